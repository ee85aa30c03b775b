"""What everything costs and can do. A place is a cell of the map; 256 units of length are the side of a cell."""

from typing import NamedTuple

CELL = 256
HALF = 128

WORKER, SPEARMAN, ARCHER, KNIGHT = 0, 1, 2, 3
HALL, HOUSE, BARRACKS, TOWER = 4, 5, 6, 7
"""Kinds of bodies: what can be hurt."""
GOLD, WOOD = 1, 2
"""What a deposit holds and a worker carries; 0: nothing."""
IDLE, MOVE, ADVANCE, ATTACK, GATHER, BUILD = 0, 1, 2, 3, 4, 5
"""What a unit has been told."""


class Row(NamedTuple):
    """One kind. Lengths are in 256ths of a cell, times in iterations, `sight` in cells."""

    name: str
    health: int
    sight: int
    gold: int
    wood: int
    time: int
    """To train or to build it."""
    room: int = 0
    """How much of the supply it needs; of a building, how much it gives."""
    speed: int = 0
    reach: int = 0
    damage: int = 0
    spread: int = 0
    """A strike does `damage` and up to so much more."""
    pause: int = 0
    """From one strike to the next."""
    side: int = 0
    """Cells along a building's side."""
    trains: tuple[int, ...] = ()


KINDS = (
    Row("worker", 40, 6, 50, 0, 100, room=1, speed=30, reach=400, damage=2, spread=2, pause=20),
    Row("spearman", 70, 7, 60, 10, 120, room=1, speed=30, reach=400, damage=7, spread=4, pause=18),
    Row("archer", 45, 8, 40, 40, 140, room=1, speed=32, reach=1400, damage=5, spread=3, pause=24),
    Row("knight", 120, 8, 110, 30, 220, room=2, speed=46, reach=400, damage=10, spread=6, pause=20),
    Row("hall", 1200, 9, 400, 250, 900, room=10, side=3, trains=(WORKER,)),
    Row("house", 400, 5, 0, 60, 240, room=10, side=2),
    Row("barracks", 800, 7, 0, 160, 500, side=3, trains=(SPEARMAN, ARCHER, KNIGHT)),
    Row("tower", 500, 10, 60, 120, 400, reach=2000, damage=9, spread=5, pause=22, side=2),
)
NAMES = tuple(row.name for row in KINDS)
UNITS = NAMES[:HALL]
BUILDINGS = NAMES[HALL:]

MAX_UNITS = 500
"""In the whole match; each player may have an equal part."""
MAX_QUEUE = 5
LOAD = 10
"""What a worker carries home at a time."""
GATHER_TIME = 40
TREE_WOOD = 100
MINE_GOLD = 4000
MINE_SIDE = 2
ARROW_SPEED = 160
"""In an iteration."""
START_GOLD, START_WOOD, START_WORKERS = 300, 200, 5
ARMY_GOLD, ARMY_WOOD = 1000, 800
SIZES = {"small": 64, "large": 96}
"""Cells along the map's side."""
