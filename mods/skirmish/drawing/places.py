"""What stands: buildings, the mine, trees. 16 pixels are a cell; what is taller rises above its cells."""

from collections.abc import Iterator
from random import Random

from mods.village.drawing.pixels import Canvas, Colour, colour, shaded

from .people import TEAM, TEAM_DARK, TEAM_LIGHT

STONE, TIMBER, PLASTER, DARK = colour("9a9a9e"), colour("7a5230"), colour("dcc9a0"), colour("2a2230")
GOLD, THATCH = colour("f2c53f"), colour("b98d44")


def bricks(canvas: Canvas, x: int, y: int, width: int, height: int, paint: Colour) -> None:
    """A wall of stones."""
    canvas.box(x, y, width, height, paint)
    for row in range(y, y + height, 4):
        canvas.box(x, row, width, 1, shaded(paint, 0.82))
        for column in range(x + (row // 4 % 2) * 3, x + width, 6):
            canvas.box(column, row, 1, min(4, y + height - row), shaded(paint, 0.82))
    canvas.box(x, y, 1, height, shaded(paint, 1.15))
    canvas.box(x + width - 1, y, 1, height, shaded(paint, 0.65))


def beams(canvas: Canvas, x: int, y: int, width: int, height: int) -> None:
    """A half-timbered wall."""
    canvas.box(x, y, width, height, PLASTER)
    for column in range(x, x + width, 7):
        canvas.box(column, y, 1, height, TIMBER)
    canvas.box(x, y + height - 1, width, 1, TIMBER)
    canvas.box(x + width - 1, y, 1, height, shaded(TIMBER, 0.8))


def roof(
    canvas: Canvas, x: int, y: int, width: int, height: int, shades: tuple[Colour, Colour, Colour]
) -> None:
    """Tiles that narrow towards the ridge."""
    dark, base, light = shades
    for row in range(height):
        inset = (height - 1 - row) * width // (height * 5)
        canvas.box(x + inset, y + row, width - 2 * inset, 1, dark if row % 4 == 3 else base)
    canvas.box(x + width // 5, y, width - 2 * (width // 5), 1, light)
    canvas.box(x, y + height - 1, width, 1, dark)


def window(canvas: Canvas, x: int, y: int) -> None:
    """A lit one."""
    canvas.box(x, y, 4, 5, DARK)
    canvas.box(x + 1, y + 1, 2, 3, colour("ffd97a"))


def door(canvas: Canvas, x: int, y: int, width: int, height: int) -> None:
    """With a handle."""
    canvas.box(x, y, width, height, DARK)
    canvas.box(x + 1, y + 1, width - 2, height - 1, TIMBER)
    canvas.dot(x + width - 3, y + height // 2, GOLD)


def flag(canvas: Canvas, x: int, y: int) -> None:
    """In the player's colour."""
    canvas.box(x, y, 1, 10, colour("5a4632"))
    canvas.box(x + 1, y, 6, 4, TEAM)
    canvas.box(x + 1, y + 3, 6, 1, TEAM_DARK)
    canvas.box(x + 1, y, 6, 1, TEAM_LIGHT)


ROOF = (TEAM_DARK, TEAM, TEAM_LIGHT)


def hall() -> Canvas:
    """Three cells wide: two wings and a tower."""
    canvas = Canvas(48, 56)
    bricks(canvas, 3, 34, 42, 20, STONE)
    roof(canvas, 0, 20, 48, 15, ROOF)
    bricks(canvas, 16, 18, 16, 36, shaded(STONE, 1.1))
    roof(canvas, 13, 8, 22, 11, ROOF)
    flag(canvas, 24, 0)
    door(canvas, 20, 42, 8, 12)
    for x in (6, 11, 33, 38):
        window(canvas, x, 40)
    window(canvas, 22, 25)
    return canvas


def house() -> Canvas:
    """Two cells wide, with thatch and a chimney."""
    canvas = Canvas(32, 36)
    canvas.box(23, 3, 4, 9, shaded(STONE, 0.8))
    beams(canvas, 3, 19, 26, 15)
    roof(canvas, 0, 6, 32, 14, (shaded(THATCH, 0.75), THATCH, shaded(THATCH, 1.2)))
    door(canvas, 6, 25, 6, 9)
    window(canvas, 19, 23)
    canvas.box(13, 21, 4, 6, TEAM)
    canvas.box(13, 26, 4, 1, TEAM_DARK)
    return canvas


def barracks() -> Canvas:
    """Three cells wide: a yard wall, banners, crossed blades."""
    canvas = Canvas(48, 52)
    bricks(canvas, 2, 28, 44, 22, shaded(STONE, 0.85))
    slate = colour("5a6274")
    roof(canvas, 0, 12, 48, 17, (shaded(slate, 0.8), slate, shaded(slate, 1.25)))
    for x in range(2, 46, 8):
        canvas.box(x, 26, 4, 3, STONE)
    door(canvas, 18, 37, 12, 13)
    for x in (7, 35):
        canvas.box(x, 32, 6, 11, TEAM)
        canvas.box(x, 41, 6, 2, TEAM_DARK)
        canvas.box(x, 32, 6, 1, TEAM_LIGHT)
    for step in range(8):
        canvas.dot(20 + step, 17 + step, colour("e8eef4"))
        canvas.dot(27 - step, 17 + step, colour("c8d0dc"))
    flag(canvas, 40, 3)
    return canvas


def tower() -> Canvas:
    """Two cells wide and tall."""
    canvas = Canvas(32, 48)
    bricks(canvas, 7, 18, 18, 28, STONE)
    bricks(canvas, 4, 12, 24, 9, shaded(STONE, 1.08))
    for x in (4, 11, 18, 24):
        canvas.box(x, 9, 4, 4, shaded(STONE, 1.15))
    canvas.box(15, 25, 2, 7, DARK)
    door(canvas, 12, 37, 8, 9)
    flag(canvas, 15, 0)
    canvas.box(11, 33, 10, 2, TEAM)
    return canvas


def mine() -> Canvas:
    """Two cells of rock with a gold vein."""
    canvas, rock = Canvas(32, 32), colour("8a8078")
    for x, y, radius in ((16, 18, 13), (8, 22, 8), (24, 22, 8)):
        canvas.disc(x, y, radius, shaded(rock, 0.7))
        canvas.disc(x - 1, y - 1, radius - 1, rock)
    canvas.disc(13, 12, 6, shaded(rock, 1.15))
    canvas.disc(16, 25, 5, DARK)
    canvas.box(11, 20, 2, 11, TIMBER)
    canvas.box(20, 20, 2, 11, TIMBER)
    canvas.box(10, 18, 13, 2, TIMBER)
    for x, y in ((7, 17), (23, 14), (17, 9), (26, 22), (12, 14), (5, 24)):
        canvas.box(x, y, 2, 2, GOLD)
        canvas.dot(x, y, shaded(GOLD, 1.3))
    return canvas


def tree(kind: int) -> Canvas:
    """One of three, a cell wide and half a cell taller."""
    canvas, random = Canvas(16, 26), Random(kind)
    leaves = colour(("3f7a3a", "2f6b4a", "5a8a35")[kind])
    for column in range(10):
        canvas.dot(3 + column, 24, DARK, 80)
    canvas.box(7, 18, 3, 7, TIMBER)
    canvas.box(9, 18, 1, 7, shaded(TIMBER, 0.75))
    if kind == 1:
        for layer, (y, half) in enumerate(((3, 2), (8, 4), (13, 6))):
            for row in range(7):
                canvas.box(
                    8 - half * row // 6,
                    y + row,
                    1 + 2 * (half * row // 6),
                    1,
                    shaded(leaves, 1.1 - layer * 0.1),
                )
            canvas.box(8 - half, y + 6, 2 * half + 1, 1, shaded(leaves, 0.7))
        return canvas
    for x, y, radius, part in ((8, 12, 7.0, 0.7), (8, 11, 6.4, 0.9), (6, 9, 4.2, 1.05), (10, 8, 3.4, 1.15)):
        canvas.disc(x, y, radius, shaded(leaves, part))
    for _ in range(9):
        canvas.dot(4 + random.randrange(8), 6 + random.randrange(9), shaded(leaves, 1.3))
    return canvas


def places() -> Iterator[tuple[str, Canvas]]:
    """Each by its name."""
    for draw in (hall, house, barracks, tower, mine):
        yield draw.__name__, draw()
    for kind in range(3):
        yield f"tree_{kind}", tree(kind)
