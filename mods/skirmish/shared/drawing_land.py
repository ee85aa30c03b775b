"""The map of a match: one quarter is drawn by chance and mirrored, so that all corners are alike."""

from collections.abc import Iterator

from .chance import Chance
from .tables import HALL, KINDS, MINE_SIDE

GRASS, ROAD, ROCK, WATER, TREE = 0, 1, 2, 3, 4
LETTERS = ".,#~."
BASE = 11
"""How far from the edges a hall's first cell is."""
CLEAR = 8
"""Around the hall's middle nothing stands so near, but for the mine."""


class Plan:
    """What is drawn: a number a cell, the mines' first cells, the halls' first cells."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.cells = [GRASS] * (size * size)
        self.mines: list[int] = []
        self.bases: list[int] = []

    def put(self, x: int, y: int, what: int) -> None:
        """Into all four quarters."""
        last = self.size - 1
        for each_x, each_y in ((x, y), (last - x, y), (x, last - y), (last - x, last - y)):
            self.cells[each_y * self.size + each_x] = what

    def squares(self, x: int, y: int, side: int) -> list[int]:
        """The first cells of a square and its three mirror images."""
        far_x, far_y = self.size - side - x, self.size - side - y
        places = ((x, y), (far_x, y), (x, far_y), (far_x, far_y))
        return [each_y * self.size + each_x for each_x, each_y in places]

    def text(self) -> str:
        """The land's ground."""
        return "".join(LETTERS[what] for what in self.cells)

    def trees(self) -> Iterator[int]:
        """The cells with a tree, ascending."""
        return (cell for cell, what in enumerate(self.cells) if what == TREE)


def draw(chance: Chance, size: int) -> Plan:
    """Ponds, rocks and forests; roads between the halls, which nothing blocks; two mines in each quarter."""
    plan, half = Plan(size), size // 2
    for _ in range(2 + size // 32):
        _blot(plan, chance, WATER, 10 + chance.below(14), half)
    for _ in range(2 + size // 32):
        _blot(plan, chance, ROCK, 6 + chance.below(10), half)
    for _ in range(4 + size // 24):
        _blot(plan, chance, TREE, 10 + chance.below(12), half)
    _grove(plan, chance)
    for along in range(BASE - 1, half):
        for across in range(3):
            plan.put(along, BASE + across, ROAD)
            plan.put(BASE + across, along, ROAD)
    for edge in range(half):
        plan.put(edge, 0, ROCK)
        plan.put(0, edge, ROCK)
    plan.bases = plan.squares(BASE, BASE, KINDS[HALL].side)
    for x, y in ((BASE - 6, BASE + 1), (half - 8, half - 7)):
        for each_y in range(y - 1, y + MINE_SIDE + 1):
            for each_x in range(x - 1, x + MINE_SIDE + 1):
                plan.put(each_x, each_y, GRASS)
        plan.mines += plan.squares(x, y, MINE_SIDE)
    return plan


def _blot(plan: Plan, chance: Chance, what: int, count: int, half: int) -> None:
    """A random walk that leaves this behind, away from the halls and the mines."""
    x, y = 2 + chance.below(half - 3), 2 + chance.below(half - 3)
    for _ in range(count):
        if not _is_kept(x, y):
            plan.put(x, y, what)
            plan.put(min(half - 1, x + 1), y, what)
        turn = chance.below(4)
        x = max(1, min(half - 1, x + (1, -1, 0, 0)[turn]))
        y = max(1, min(half - 1, y + (0, 0, 1, -1)[turn]))


def _grove(plan: Plan, chance: Chance) -> None:
    """Wood for everybody's beginning, on the far side of the mine."""
    for y in range(4):
        for x in range(12):
            if chance.below(4):
                plan.put(BASE - 3 + x, 2 + y, TREE)


def _is_kept(x: int, y: int) -> bool:
    across, down = x - BASE - 1, y - BASE - 1
    return across * across + down * down < CLEAR * CLEAR
