"""Swept bodies: fast ones, whose whole way through a tick is searched, so that they jump through nothing.

Chipmunk moves a body and then looks what it overlaps: at 1,200 units a second and 20 Hz that is 60 units further on.
A swept body is in no Space. Its way is a thick segment, tried against each shape near it, in the frame of that shape's
own motion. (A Space's own segment query forgets the radius when it searches its tree: it misses what only the side of
a thick segment hits.)
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import hypot
from typing import Any, NamedTuple

import pymunk

from systems.physics.contacts import Pair, Touch
from systems.physics.solid import Solid, shape_filter
from systems.physics.tile_solid import TileSolid

GRAZING = 1e-9
"""Motion into a surface of less than this part of the speed is motion along it."""


class Hit(NamedTuple):
    """Where on its way (0 to 1) a swept body meets a solid; the normal points from that solid to the swept body."""

    way: float
    entity: int
    solid: Solid
    nx: float
    ny: float
    depth: float


class TileHit(NamedTuple):
    """A swept entity meets the tile (x, y) of the map; the normal points to the entity."""

    entity: int
    x: int
    y: int
    nx: float
    ny: float


@dataclass(slots=True)
class Surroundings:
    """What the swept bodies of one tick move through. `shapes` says whose each shape is, `owner` who owns an entity."""

    space: pymunk.Space
    shapes: dict[pymunk.Shape, Solid]
    owner: Callable[[int], int]
    dt: float
    margin: float
    """How far anything else has moved in this tick."""
    tile_hits: list[TileHit]
    """Gets what is met of the map's tiles, which are no entities."""


def sweep(swept: Solid, around: Surroundings) -> dict[Pair, Touch]:
    """Move a swept body through one tick; what it touches on its way, nearest first.

    A solid one stops at the first solid that it runs into, and both bounce off as their masses and elasticities say
    (without friction). One that a sensor or a sensor's way crosses goes on.
    """
    position, velocity = swept.position, swept.velocity
    start, move = (position.x, position.y), (velocity.x * around.dt, velocity.y * around.dt)
    touches: dict[Pair, Touch] = {}
    way = 1.0
    for hit in _hits(swept, start, move, around):
        if hit.entity > 0:
            _note(touches, swept, hit, start, move)
        else:
            _note_tile(around, swept, hit, start, move)
        if _blocks(swept, hit):
            way = hit.way
            _bounce(swept, hit)
            break
    position.x = start[0] + move[0] * way
    position.y = start[1] + move[1] * way
    return touches


def _hits(
    swept: Solid, start: tuple[float, float], move: tuple[float, float], around: Surroundings
) -> list[Hit]:
    """Everything on the way, nearest first; at equal distance by entity id."""
    radius = _radius(swept)
    reach = radius + around.margin
    end = (start[0] + move[0], start[1] + move[1])
    box = pymunk.BB(
        min(start[0], end[0]) - reach, min(start[1], end[1]) - reach,
        max(start[0], end[0]) + reach, max(start[1], end[1]) + reach,
    )  # fmt: skip
    mask = shape_filter(swept.collide.category, swept.collide.mask)
    hits = []
    for shape in around.space.bb_query(box, mask):
        solid = around.shapes[shape]
        if _meets(swept, solid, around.owner):
            hit = _hit(solid, shape, start, end, radius, around.dt)
            if hit is not None and _counts(hit, start, end):
                hits.append(hit)
    hits.sort(key=_order)
    return hits


def _order(hit: Hit) -> tuple[Any, ...]:
    bounds = hit.solid.bounds if isinstance(hit.solid, TileSolid) else ()
    return (hit.way, hit.entity, bounds)


def _counts(hit: Hit, start: tuple[float, float], end: tuple[float, float]) -> bool:
    """Whether a hit is one: tiles have inner edges, and let pass in one way."""
    if not isinstance(hit.solid, TileSolid):
        return True
    x, y = start[0] + (end[0] - start[0]) * hit.way, start[1] + (end[1] - start[1]) * hit.way
    return hit.solid.stops(x, y, hit.nx, hit.ny, inside=hit.way == 0.0)


def _hit(
    solid: Solid,
    shape: pymunk.Shape,
    start: tuple[float, float],
    end: tuple[float, float],
    radius: float,
    dt: float,
) -> Hit | None:
    """In the frame of the solid at the tick's end, the swept body comes from `start` plus the solid's own motion."""
    if solid.moves:
        start = (start[0] + solid.velocity.x * dt, start[1] + solid.velocity.y * dt)
    found = shape.segment_query(start, end, radius)
    if found is None:
        return None
    if found.alpha > 0.0:
        return Hit(found.alpha, solid.entity, solid, found.normal.x, found.normal.y, 0.0)
    inside = shape.point_query(
        start
    )  # overlapping from the start: only this gives a normal that points outwards
    return Hit(
        0.0, solid.entity, solid, inside.gradient.x, inside.gradient.y, max(0.0, radius - inside.distance)
    )


def _meets(swept: Solid, solid: Solid, owner_of: Callable[[int], int]) -> bool:
    if swept.collide.ignore == solid.entity:
        return False
    owner = owner_of(swept.entity)
    return owner < 0 or owner != owner_of(solid.entity)


def _note(
    touches: dict[Pair, Touch], swept: Solid, hit: Hit, start: tuple[float, float], move: tuple[float, float]
) -> None:
    radius = _radius(swept)
    x = start[0] + move[0] * hit.way - hit.nx * radius
    y = start[1] + move[1] * hit.way - hit.ny * radius
    if hit.entity < swept.entity:
        touches[hit.entity, swept.entity] = Touch(hit.nx, hit.ny, hit.depth, x, y)
    else:
        touches[swept.entity, hit.entity] = Touch(-hit.nx, -hit.ny, hit.depth, x, y)


def _note_tile(
    around: Surroundings, swept: Solid, hit: Hit, start: tuple[float, float], move: tuple[float, float]
) -> None:
    assert isinstance(hit.solid, TileSolid)
    radius = _radius(swept)
    x = start[0] + move[0] * hit.way - hit.nx * radius
    y = start[1] + move[1] * hit.way - hit.ny * radius
    around.tile_hits.append(TileHit(swept.entity, *hit.solid.tile_at(x, y), hit.nx, hit.ny))


def _approach(swept: Solid, hit: Hit) -> tuple[float, float]:
    """The relative speed along the normal (negative: into the solid), and the relative speed."""
    vx, vy = swept.velocity.x, swept.velocity.y
    if hit.solid.moves:
        vx, vy = vx - hit.solid.velocity.x, vy - hit.solid.velocity.y
    return vx * hit.nx + vy * hit.ny, hypot(vx, vy)


def _blocks(swept: Solid, hit: Hit) -> bool:
    mine, its = swept.collide, hit.solid.collide
    if mine.sensor or its.sensor or not (mine.solid and its.solid):
        return False
    along, speed = _approach(swept, hit)
    return along < -GRAZING * speed


def _bounce(swept: Solid, hit: Hit) -> None:
    """The impulse of two bodies that meet: j = -(1 + e) v.n / (1/m1 + 1/m2), with e as Chipmunk mixes it."""
    mine, its = swept.collide, hit.solid.collide
    inverse, its_inverse = 1.0 / mine.mass, 1.0 / its.mass if its.body == "dynamic" else 0.0
    along, _ = _approach(swept, hit)
    impulse = -(1.0 + mine.elasticity * its.elasticity) * along / (inverse + its_inverse)
    swept.velocity.x += impulse * inverse * hit.nx
    swept.velocity.y += impulse * inverse * hit.ny
    if its_inverse:
        hit.solid.velocity.x -= impulse * its_inverse * hit.nx
        hit.solid.velocity.y -= impulse * its_inverse * hit.ny


def _radius(swept: Solid) -> float:
    """Half of the width; of a box, the largest circle in it."""
    collide = swept.collide
    return collide.w / 2 if collide.shape == "circle" else min(collide.w, collide.h) / 2
