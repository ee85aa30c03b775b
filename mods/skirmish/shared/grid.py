"""The map: its land, which never changes, and what stands on it, which is derived from the components."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tickroom import World

from .components import Body, Deposit, Structure, Walker
from .tables import CELL, HALF, KINDS, MINE_SIDE, WOOD

FAR = 32_767
"""In a way's distances: a cell where something stands. -1: a cell that nothing leads to."""
KEPT_CHANGES = 512


@dataclass(slots=True)
class Land:
    """The ground as text, a letter a cell: `.` grass, `,` road, `#` rock, `~` water; the edge is never walked on.

    `version` counts the cells that were closed or opened since the start; `closed` is the version of the last closing;
    `changes` are the latest of these cells, so that a way can be worked out again as it was at its version.
    """

    size: int = 0
    ground: str = ""
    version: int = 0
    closed: int = 0
    changes: list[int] = field(default_factory=list)


class Grid:
    """Derived, and not in a dump: `ground[cell]` is 0, -1 for rock and water, or the building or deposit that stands there;
    `taken[cell]` is the unit that has it, or 0; `open[cell]` is -1 or FAR, what a search begins with."""

    checksum = False

    def __init__(self) -> None:
        self.fresh = False
        self.ground: list[int] = []
        self.taken: list[int] = []
        self.open: list[int] = []

    def save(self) -> None:
        """Nothing: all of it is worked out from the components."""

    def load(self, _: Any) -> None:
        """The world has been replaced: what was worked out is old."""
        self.fresh = False


def grid_of(world: World) -> Grid:
    """The grid, worked out anew after a load."""
    grid = world.resource(Grid)
    if not grid.fresh:
        _work_out(world, grid)
    return grid


def _work_out(world: World, grid: Grid) -> None:
    land = world.resource(Land)
    grid.ground = [-1 if letter in "#~" else 0 for letter in land.ground]
    grid.taken = [0] * len(grid.ground)
    for entity, deposit in world.query(Deposit):
        for cell in cells_of(deposit.cell, side_of_deposit(deposit), land.size):
            grid.ground[cell] = entity
    for entity, structure, body in world.query(Structure, Body):
        for cell in cells_of(structure.cell, KINDS[body.kind].side, land.size):
            grid.ground[cell] = entity
    for entity, walker in world.query(Walker):
        grid.taken[walker.cell] = entity
    grid.open = [FAR if what else -1 for what in grid.ground]
    grid.fresh = True


def cells_of(cell: int, side: int, size: int) -> Iterator[int]:
    """The cells of a square, row by row."""
    for row in range(cell, cell + side * size, size):
        yield from range(row, row + side)


def side_of_deposit(deposit: Deposit) -> int:
    """Cells along its side."""
    return 1 if deposit.what == WOOD else MINE_SIDE


def cover(world: World, cell: int, side: int, entity: int) -> None:
    """Something stands there now (its entity), or does no more (0)."""
    grid, land = grid_of(world), world.resource(Land)
    for each in cells_of(cell, side, land.size):
        grid.ground[each] = entity
        grid.open[each] = FAR if entity else -1
        land.changes.append(each)
        land.version += 1
    if entity:
        land.closed = land.version


def is_near(cell: int, other: int, side: int, size: int) -> bool:
    """Whether a cell touches a square, also at its corners."""
    x, y = cell % size - other % size, cell // size - other // size
    return -1 <= x <= side and -1 <= y <= side


def square(a: int, b: int, size: int) -> int:
    """The square of the distance of two cells."""
    x, y = a % size - b % size, a // size - b // size
    return x * x + y * y


def middle(cell: int, size: int) -> tuple[int, int]:
    """The point in the middle of a cell."""
    return cell % size * CELL + HALF, cell // size * CELL + HALF


def ring(cell: int, side: int, radius: int, size: int) -> Iterator[int]:
    """The cells around a square, `radius` away, row by row; those on the map."""
    left, top = cell % size - radius, cell // size - radius
    last = side + 2 * radius - 1
    for y in range(last + 1):
        for x in range(0, last + 1, 1 if y in (0, last) else last):
            if 0 <= left + x < size and 0 <= top + y < size:
                yield (top + y) * size + left + x


def free_near(grid: Grid, cell: int, side: int, size: int, farthest: int) -> int:
    """The first free cell around a square, the nearest ring first, or -1."""
    for radius in range(1, farthest + 1):
        for each in ring(cell, side, radius, size):
            if grid.ground[each] == 0 and grid.taken[each] == 0:
                return each
    return -1
