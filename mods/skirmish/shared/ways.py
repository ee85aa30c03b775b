"""Ways: for a goal, the distance of every cell to it, by breadth-first search. All units with that goal share one.

A goal is a number: its first cell * 8 + the cells along its side. At most BUDGET ways are worked out in an iteration, for
the players in turns, so that nobody's many orders keep the others waiting. Who has no way yet stands and asks again, and
who has one from before something was built goes on with it until its turn has come.
"""

from typing import Any

from tickroom import World

from .components import Realm
from .grid import FAR, KEPT_CHANGES, Grid, Land, cells_of, grid_of

BUDGET = 2
"""One takes 1.7 ms on 96 x 96 cells in CPython 3.11."""
KEPT = 128


class Way:
    """Distances in steps, to the four sides. `version` is the land's; `used` the tick of its last use."""

    __slots__ = ("distances", "used", "version")

    def __init__(self, distances: list[int] | None, version: int, used: int) -> None:
        self.distances = distances
        self.version = version
        self.used = used


class Ways:
    """A resource: the ways that are kept, by goal, and the goals that are wanted now, each with the player who asked first.
    Distances are not saved, they are worked out again from the land as it was."""

    def __init__(self) -> None:
        self.kept: dict[int, Way] = {}
        self.wanted: dict[int, int] = {}

    def save(self) -> Any:
        """Plain values."""
        return {
            "kept": [[goal, way.version, way.used] for goal, way in self.kept.items()],
            "wanted": [[goal, player] for goal, player in self.wanted.items()],
        }

    def load(self, values: Any) -> None:
        """Take over what `save` gave."""
        self.kept = {goal: Way(None, version, used) for goal, version, used in values["kept"]}
        self.wanted = dict(values["wanted"])


def goal_of(cell: int, side: int = 1) -> int:
    """The number of a goal."""
    return cell * 8 + side


def way_to(world: World, ways: Ways, land: Land, goal: int, player: int) -> list[int] | None:
    """The distances to a goal that a player's unit has, or None when they are not worked out yet. Then, and when they are
    old, they are wanted."""
    way = ways.kept.get(goal)
    if way is None:
        ways.wanted.setdefault(goal, player)
        return None
    way.used = world.tick
    if way.version < land.closed:
        ways.wanted.setdefault(goal, player)
    if way.distances is None:
        way.distances = search(_as_it_was(grid_of(world), land, way.version), goal, land.size)
    return way.distances


def work_out_ways(world: World) -> None:
    """Some of the goals that are wanted get their ways; the others are wanted again."""
    ways = world.resource(Ways)
    if not ways.wanted:
        return
    grid, land = grid_of(world), world.resource(Land)
    players = [realm.player for _, realm in world.query(Realm)]
    for place in range(min(BUDGET, len(ways.wanted))):
        goal = _next_goal(ways.wanted, players, world.tick * BUDGET + place)
        del ways.wanted[goal]
        if goal not in ways.kept and len(ways.kept) >= KEPT:
            del ways.kept[min(ways.kept, key=lambda each: (ways.kept[each].used, each))]
        ways.kept[goal] = Way(search(grid.open[:], goal, land.size), land.version, world.tick)
    ways.wanted.clear()
    if len(land.changes) > KEPT_CHANGES:
        oldest = min(way.version for way in ways.kept.values())
        del land.changes[: len(land.changes) - (land.version - oldest)]


def _next_goal(wanted: dict[int, int], players: list[int], turn: int) -> int:
    """The first that is wanted by the player whose turn it is, or by the next one who wants any."""
    for place in range(len(players)):
        player = players[(turn + place) % len(players)]
        for goal, by in wanted.items():
            if by == player:
                return goal
    raise ValueError("a goal is wanted by nobody in the match")


def _as_it_was(grid: Grid, land: Land, version: int) -> list[int]:
    cells = grid.open[:]
    for cell in land.changes[len(land.changes) - (land.version - version) :]:
        cells[cell] = -1 if cells[cell] == FAR else FAR
    return cells


def search(cells: list[int], goal: int, size: int) -> list[int]:
    """Fill `cells`, where -1 is open and FAR is closed, with distances; the goal's own cells are 0 even when closed."""
    edge = list(cells_of(goal >> 3, goal & 7, size))
    for cell in edge:
        cells[cell] = 0
    distance = 0
    while edge:
        distance += 1
        following: list[int] = []
        add = following.append
        for cell in edge:
            if cells[cell - 1] == -1:
                cells[cell - 1] = distance
                add(cell - 1)
            if cells[cell + 1] == -1:
                cells[cell + 1] = distance
                add(cell + 1)
            if cells[cell - size] == -1:
                cells[cell - size] = distance
                add(cell - size)
            if cells[cell + size] == -1:
                cells[cell + size] = distance
                add(cell + size)
        edge = following
    return cells
