"""Who touches whom after a step: read from Chipmunk's arbiters, in an order of our own.

Chipmunk keeps arbiters for three steps after a pair has come apart, lists them by the addresses of the shapes, and says
"first contact" again after a reload. So only what it says about this step is read, and begin and end come from the set
of pairs that touched in the step before, which is in the snapshot.
"""

from typing import NamedTuple

import pymunk
from pymunk import batch

from systems.physics import tile_role
from systems.physics.solid import Solid

_FIELDS = (
    batch.ArbiterFields.BODY_A_ID | batch.ArbiterFields.BODY_B_ID | batch.ArbiterFields.CONTACT_COUNT
    | batch.ArbiterFields.NORMAL | batch.ArbiterFields.POINT_A_1 | batch.ArbiterFields.POINT_B_1
    | batch.ArbiterFields.DISTANCE_1
)  # fmt: skip
_BUFFER = batch.Buffer()  # pymunk never frees its memory: one for all rooms

Pair = tuple[int, int]
PRESSED, BESIDE, OVER = 1, 2, 4
"""How an entity is at tiles: pressed against solid ones, perhaps overlapping solid ones without pushing, perhaps
overlapping noted ones."""


class Touch(NamedTuple):
    """How a pair touches: the normal points from the entity of lower id to the other; `depth` >= 0; (x, y) a point."""

    nx: float
    ny: float
    depth: float
    x: float
    y: float


def touching(space: pymunk.Space, solids: dict[int, Solid], at_tiles: dict[int, int]) -> dict[Pair, Touch]:
    """The pairs that touch after this step, physically and logically. `solids` is by `Body.id`. Unordered.

    Entities that are at the map's tiles go into `at_tiles` instead, with how: PRESSED, BESIDE, OVER.
    """
    _BUFFER.clear()
    batch.get_space_arbiters(space, _FIELDS, _BUFFER)
    whole = iter(memoryview(_BUFFER.int_buf()).cast("P").tolist())
    real = iter(memoryview(_BUFFER.float_buf()).cast("d").tolist())
    found: dict[Pair, Touch] = {}
    rows = zip(whole, whole, whole, real, real, real, real, real, real, real, strict=True)
    for first, second, count, nx, ny, ax, ay, bx, by, distance in rows:
        a, b = solids[first], solids[second]
        if a.entity < 1 or b.entity < 1:
            how = _at_tiles(a, b, count)
            if how:
                entity = max(a.entity, b.entity)
                at_tiles[entity] = at_tiles.get(entity, 0) | how
        elif count:
            _put(found, a, b, Touch(nx, ny, max(0.0, -distance), (ax + bx) / 2, (ay + by) / 2))
        elif _only_logical(a, b):
            touch = _collide(a, b)
            if touch is not None:
                _put(found, a, b, touch)
    return found


def _at_tiles(a: Solid, b: Solid, count: int) -> int:
    match min(a.entity, b.entity):
        case tile_role.SOLID_ROLE:
            return PRESSED if count else BESIDE if _only_logical(a, b) else 0
        case tile_role.NOTED_ROLE:
            return OVER
    return 0  # one-way tiles say themselves whom they hold


def _only_logical(a: Solid, b: Solid) -> bool:
    """Whether Chipmunk gives the pair no contact points though it may touch: sensors, and two that nothing pushes."""
    return a.collide.sensor or b.collide.sensor or "dynamic" not in (a.collide.body, b.collide.body)


def _collide(a: Solid, b: Solid) -> Touch | None:
    if a.shape is None or b.shape is None:
        return None
    try:
        contact = a.shape.shapes_collide(b.shape)
    except AssertionError:  # pymunk 7.3.1's answer for two shapes that are apart
        return None
    if not contact.points:  # the same under `python -O`
        return None
    point = contact.points[0]
    x, y = (point.point_a + point.point_b) / 2
    return Touch(contact.normal.x, contact.normal.y, max(0.0, -point.distance), x, y)


def _put(found: dict[Pair, Touch], a: Solid, b: Solid, touch: Touch) -> None:
    if a.entity < b.entity:
        found[a.entity, b.entity] = touch
    else:
        nx, ny, depth, x, y = touch  # `_replace` takes five times as long
        found[b.entity, a.entity] = Touch(-nx, -ny, depth, x, y)
