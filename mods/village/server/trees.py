"""Trees are tiles: hit often enough they fall, leave a stump and wood, and grow back."""

from tickroom import Collide, Position, World
from tickroom.maths import distance

from ..shared.components import Bag
from ..shared.events import Chopped
from ..shared.game import game
from ..shared.tuning import REACH
from .components import Grove
from .loot import gain
from .tables import TREE_HITS, TREE_HITS_WITH_AXE, TREE_RETURN, WOOD

THINGS = "things"
ROW = 256
"""Tiles in a row of the map, for numbering them."""


@game.on("create")
def plant(world: World) -> None:
    """All trees are as they were drawn."""
    world.register(Grove())


def nearest_tree(world: World, x: float, y: float) -> tuple[int, int] | None:
    """The tile of the nearest tree within reach."""
    middle_x, middle_y = world.map.tile_at(x, y)
    tree = world.map.number_of("tree")
    found = [
        (distance(x, y, *world.map.centre_of(column, row)), column, row)
        for column in range(middle_x - 2, middle_x + 3)
        for row in range(middle_y - 2, middle_y + 3)
        if world.map.tile(column, row, THINGS) == tree
    ]
    nearest = min(found, default=(REACH, 0, 0))
    return nearest[1:] if nearest[0] < REACH else None


def chop(world: World, hero: int, player: int, column: int, row: int) -> None:
    """One blow; the last one fells the tree."""
    grove, number = world.resource(Grove), row * ROW + column
    enough = TREE_HITS_WITH_AXE if world.get(hero, Bag).axe else TREE_HITS
    hits = grove.hits.pop(number, 0) + 1
    left = max(0, enough - hits)
    x, y = world.map.centre_of(column, row)
    world.emit(Chopped(player, x, y, left), at=(x, y))
    if left:
        grove.hits[number] = hits
    else:
        fell(world, grove, hero, column, row)


def fell(world: World, grove: Grove, hero: int, column: int, row: int) -> None:
    """The tree is a stump now, for everybody, and its wood in the bag."""
    world.map.set_tile(column, row, "stump", THINGS)
    grove.grows[row * ROW + column] = world.tick + TREE_RETURN
    gain(world, hero, "wood", world.random.choice(WOOD))


@game.system("logic")
def grow(world: World, dt: float) -> None:
    """Reads and writes Grove and the map: stumps become trees again, unless somebody stands there."""
    grove = world.resource(Grove)
    if world.tick % 20 or not grove.grows:
        return
    ripe = [number for number, tick in grove.grows.items() if world.tick >= tick]
    taken = occupied(world) if ripe else frozenset()
    for number in ripe:
        row, column = divmod(number, ROW)
        if (column, row) not in taken:
            world.map.set_tile(column, row, "tree", THINGS)
            del grove.grows[number]


def occupied(world: World) -> frozenset[tuple[int, int]]:
    """The tiles on which somebody stands, and those around."""
    tiles = [world.map.tile_at(at.x, at.y) for _, _, at in world.query(Collide, Position)]
    return frozenset((x + dx, y + dy) for x, y in tiles for dx in (-1, 0, 1) for dy in (-1, 0, 1))
