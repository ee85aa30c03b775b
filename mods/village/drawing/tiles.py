"""The village's tiles: their names, what they do, and how each is painted on 16 x 16 pixels.

The order is the order in the tileset: kind number n of the map is tile n - 1 here, because every tile has a class.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from .pixels import Canvas, Colour, colour, shaded

SIDE = 16
GRASS, DIRT, COBBLE = colour("5d9a45"), colour("a5834f"), colour("8f8f93")
SAND, ROCK, WOOD = colour("dcc98a"), colour("6d6370"), colour("8a5a33")
WATER, LAVA, LEAF = colour("3f78b8"), colour("e2571e"), colour("2f6b35")
STONE, PLASTER, RED, BLUE = colour("777b84"), colour("d9c9a3"), colour("a8423a"), colour("3f5f9e")


@dataclass(frozen=True)
class Tile:
    """A tile's class, its properties for the rules, and its painter."""

    name: str
    paint: Callable[[Canvas, Random], None]
    properties: dict[str, bool | float | str] = field(default_factory=dict)


def ground(base: Colour, specks: int = 10) -> Callable[[Canvas, Random], None]:
    """Plain ground with a little grain."""

    def paint(canvas: Canvas, random: Random) -> None:
        canvas.box(0, 0, SIDE, SIDE, base)
        canvas.speckle(random, shaded(base, 0.9), specks)
        canvas.speckle(random, shaded(base, 1.1), specks)

    return paint


def tufts(canvas: Canvas, random: Random) -> None:
    """Grass with blades."""
    ground(GRASS)(canvas, random)
    for _ in range(5):
        x, y = random.randrange(1, 14), random.randrange(3, 15)
        canvas.box(x, y - 2, 1, 3, shaded(GRASS, 0.75))
        canvas.box(x + 1, y - 1, 1, 2, shaded(GRASS, 1.2))


def flowers(canvas: Canvas, random: Random) -> None:
    """Grass with flowers."""
    ground(GRASS)(canvas, random)
    for petal in ("f2d34f", "e8e8f0", "e07aa0", "f2d34f"):
        x, y = random.randrange(2, 13), random.randrange(2, 13)
        canvas.box(x, y, 2, 2, colour(petal))
        canvas.dot(x, y + 2, shaded(GRASS, 0.7))


def cobbles(canvas: Canvas, random: Random) -> None:
    """Round stones."""
    canvas.box(0, 0, SIDE, SIDE, shaded(COBBLE, 0.75))
    for row in range(4):
        for column in range(4):
            paint = shaded(COBBLE, random.uniform(0.92, 1.1))
            canvas.box(column * 4 + (row % 2), row * 4, 3, 3, paint)


def planks(canvas: Canvas, random: Random) -> None:
    """Boards from left to right."""
    for row in range(4):
        canvas.box(0, row * 4, SIDE, 3, shaded(WOOD, random.uniform(1.05, 1.25)))
        canvas.box(0, row * 4 + 3, SIDE, 1, shaded(WOOD, 0.6))
        canvas.box(random.randrange(SIDE), row * 4, 1, 3, shaded(WOOD, 0.7))


def waves(base: Colour, light: Colour) -> Callable[[Canvas, Random], None]:
    """A liquid with light lines."""

    def paint(canvas: Canvas, random: Random) -> None:
        ground(base, 6)(canvas, random)
        for _ in range(4):
            canvas.box(random.randrange(0, 11), random.randrange(SIDE), random.randrange(3, 6), 1, light)

    return paint


def thorns(canvas: Canvas, random: Random) -> None:
    """Dark tendrils with light thorns, transparent between."""
    for _ in range(7):
        x, y = random.randrange(0, 12), random.randrange(2, 15)
        canvas.box(x, y, 5, 1, colour("47303a"))
        canvas.box(x + 2, y - 2, 1, 5, colour("5f3c48"))
        canvas.dot(x + 2, y - 2, colour("e6d8c0"))
        canvas.dot(x + 4, y - 1, colour("e6d8c0"))


def mat(canvas: Canvas, random: Random) -> None:
    """A woven mat on cobbles."""
    cobbles(canvas, random)
    canvas.box(1, 2, 14, 12, colour("b5483d"))
    canvas.box(2, 3, 12, 10, colour("d9a441"))
    canvas.box(4, 5, 8, 6, colour("b5483d"))


def crown(leaf: Colour) -> Callable[[Canvas, Random], None]:
    """A tree: a trunk and a round crown."""

    def paint(canvas: Canvas, random: Random) -> None:
        canvas.box(6, 11, 4, 5, WOOD)
        canvas.box(6, 11, 1, 5, shaded(WOOD, 0.7))
        canvas.disc(8, 6.5, 6.6, shaded(leaf, 0.7))
        canvas.disc(8, 6, 5.8, leaf)
        canvas.disc(6.5, 4.5, 2.6, shaded(leaf, 1.25))

    return paint


def pine(canvas: Canvas, random: Random) -> None:
    """A dark fir."""
    canvas.box(7, 13, 2, 3, WOOD)
    for row in range(13):
        half = 1 + (row % 5) + row // 4
        canvas.box(8 - half, row, 2 * half, 1, shaded(LEAF, 0.62 + 0.06 * (row % 5)))


def stump(canvas: Canvas, random: Random) -> None:
    """What is left of a tree."""
    canvas.box(5, 10, 6, 4, shaded(WOOD, 0.8))
    canvas.box(5, 8, 6, 3, colour("d8b07a"))
    canvas.box(7, 9, 2, 1, shaded(WOOD, 1.1))


def cliff(canvas: Canvas, random: Random) -> None:
    """A rock face."""
    canvas.box(0, 0, SIDE, SIDE, STONE)
    canvas.box(0, 0, SIDE, 3, shaded(STONE, 1.3))
    for _ in range(6):
        canvas.box(random.randrange(14), random.randrange(4, 14), 3, 1, shaded(STONE, 0.7))
    canvas.box(0, 14, SIDE, 2, shaded(STONE, 0.6))


def ledge(canvas: Canvas, random: Random) -> None:
    """A low step, to be jumped down."""
    ground(GRASS)(canvas, random)
    canvas.box(0, 8, SIDE, 2, shaded(GRASS, 1.25))
    canvas.box(0, 10, SIDE, 4, DIRT)
    canvas.box(0, 14, SIDE, 2, shaded(DIRT, 0.6))


def stairs(canvas: Canvas, random: Random) -> None:
    """Stone steps."""
    for row in range(4):
        canvas.box(0, row * 4, SIDE, 3, shaded(STONE, 1.25))
        canvas.box(0, row * 4 + 3, SIDE, 1, shaded(STONE, 0.6))


def wall(canvas: Canvas, random: Random) -> None:
    """Plaster between beams."""
    canvas.box(0, 0, SIDE, SIDE, PLASTER)
    canvas.speckle(random, shaded(PLASTER, 0.92), 14)
    canvas.box(0, 0, SIDE, 2, shaded(WOOD, 0.8))
    canvas.box(0, 14, SIDE, 2, STONE)
    canvas.box(0, 0, 2, 14, WOOD)


def window(canvas: Canvas, random: Random) -> None:
    """A wall with a window."""
    wall(canvas, random)
    canvas.box(5, 4, 8, 7, WOOD)
    canvas.box(6, 5, 6, 5, colour("f0d890"))
    canvas.box(9, 5, 1, 5, WOOD)


def door(canvas: Canvas, random: Random) -> None:
    """A wall with a door."""
    wall(canvas, random)
    canvas.box(3, 2, 10, 14, shaded(WOOD, 0.6))
    canvas.box(4, 3, 8, 13, WOOD)
    canvas.box(10, 9, 1, 2, colour("f2d34f"))


def roof(base: Colour) -> Callable[[Canvas, Random], None]:
    """Rows of roof tiles."""

    def paint(canvas: Canvas, random: Random) -> None:
        canvas.box(0, 0, SIDE, SIDE, base)
        for row in range(4):
            canvas.box(0, row * 4 + 3, SIDE, 1, shaded(base, 0.7))
            for column in range(4):
                canvas.box(column * 4 + 2 * (row % 2), row * 4, 1, 3, shaded(base, 0.85))

    return paint


def ridge(base: Colour) -> Callable[[Canvas, Random], None]:
    """The top of a roof, which hides who walks behind it."""

    def paint(canvas: Canvas, random: Random) -> None:
        canvas.box(0, 6, SIDE, 10, base)
        canvas.box(0, 6, SIDE, 2, shaded(base, 1.3))
        canvas.box(0, 11, SIDE, 1, shaded(base, 0.7))
        canvas.box(0, 15, SIDE, 1, shaded(base, 0.7))

    return paint


def fence(canvas: Canvas, random: Random) -> None:
    """Posts and rails."""
    for y in (6, 10):
        canvas.box(0, y, SIDE, 2, shaded(WOOD, 1.2))
    for x in (2, 11):
        canvas.box(x, 3, 3, 12, WOOD)


def fountain(canvas: Canvas, random: Random) -> None:
    """A quarter of a basin."""
    canvas.box(0, 0, SIDE, SIDE, shaded(STONE, 1.2))
    canvas.box(2, 2, 12, 12, colour("69b7e0"))
    canvas.disc(8, 8, 3, colour("d4f0ff"))


def sign(canvas: Canvas, random: Random) -> None:
    """A board with a coin on it."""
    canvas.box(7, 9, 2, 7, shaded(WOOD, 0.8))
    canvas.box(1, 2, 14, 8, WOOD)
    canvas.disc(8, 6, 3, colour("f2c53f"))


def crate(canvas: Canvas, random: Random) -> None:
    """A wooden crate."""
    canvas.box(1, 2, 14, 13, shaded(WOOD, 1.2))
    canvas.box(1, 2, 14, 2, shaded(WOOD, 0.8))
    canvas.box(1, 8, 14, 1, shaded(WOOD, 0.7))
    canvas.box(1, 13, 14, 2, shaded(WOOD, 0.6))


def bush(canvas: Canvas, random: Random) -> None:
    """A round bush with berries."""
    canvas.disc(8, 9.5, 6, shaded(LEAF, 0.9))
    canvas.disc(7, 8, 4, shaded(LEAF, 1.3))
    for x, y in ((5, 9), (10, 8), (8, 12)):
        canvas.box(x, y, 2, 2, colour("c8374a"))


def bones(canvas: Canvas, random: Random) -> None:
    """Rock with bones on it."""
    ground(ROCK)(canvas, random)
    canvas.box(4, 8, 8, 2, colour("e3ddcc"))
    canvas.box(3, 7, 2, 4, colour("e3ddcc"))
    canvas.box(11, 7, 2, 4, colour("e3ddcc"))


TILES = (
    Tile("grass", ground(GRASS)),
    Tile("tufts", tufts),
    Tile("flowers", flowers),
    Tile("dirt", ground(DIRT, 16)),
    Tile("cobbles", cobbles),
    Tile("sand", ground(SAND, 16)),
    Tile("rock", ground(ROCK, 20)),
    Tile("planks", planks),
    Tile("water", waves(WATER, shaded(WATER, 1.35)), {"solid": True, "opaque": False}),
    Tile("lava", waves(LAVA, colour("ffc845")), {"damage": 12.0}),
    Tile("thorns", thorns, {"damage": 4.0}),
    Tile("mat", mat, {"trigger": "shop"}),
    Tile("tree", crown(LEAF), {"solid": True}),
    Tile("pine", pine, {"solid": True}),
    Tile("stump", stump),
    Tile("cliff", cliff, {"solid": True}),
    Tile("ledge", ledge, {"one_way": "down"}),
    Tile("stairs", stairs),
    Tile("wall", wall, {"solid": True}),
    Tile("window", window, {"solid": True}),
    Tile("door", door, {"solid": True}),
    Tile("roof", roof(RED), {"solid": True}),
    Tile("shop_roof", roof(BLUE), {"solid": True}),
    Tile("ridge", ridge(RED)),
    Tile("shop_ridge", ridge(BLUE)),
    Tile("fence", fence, {"solid": True, "opaque": False}),
    Tile("fountain", fountain, {"solid": True, "opaque": False, "trigger": "fountain"}),
    Tile("sign", sign, {"solid": True, "opaque": False}),
    Tile("crate", crate, {"solid": True, "opaque": False}),
    Tile("bush", bush, {"solid": True, "opaque": False}),
    Tile("bones", bones),
)
NUMBERS = {tile.name: number for number, tile in enumerate(TILES, 1)}
COLUMNS = 8


def tileset() -> Canvas:
    """All tiles in rows of COLUMNS."""
    rows = -(-len(TILES) // COLUMNS)
    canvas = Canvas(COLUMNS * SIDE, rows * SIDE)
    for place, tile in enumerate(TILES):
        picture = Canvas(SIDE, SIDE)
        tile.paint(picture, Random(place))
        canvas.paste(picture, place % COLUMNS * SIDE, place // COLUMNS * SIDE)
    return canvas
