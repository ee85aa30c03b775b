"""Which tiles a shape touches, and on which side: exact geometry of a circle or box and square tiles.

Chipmunk says that a body touches a rectangle of merged tiles; this says which of its tiles, and what the body feels of
them: two tiles side by side are one wall, so the edge between them is none.
"""

from collections.abc import Callable, Iterator, Sequence
from math import floor, hypot
from typing import NamedTuple

from ecs.components import Collide, Position
from ecs.errors import WorldError
from ecs.maths import cos, sin
from ecs.tile_flags import SOLID

MOST = 4096
"""Tiles that one entity may touch in a tick."""
SLIGHT = 1e-6
"""A part of a tile: more than rounding can make, less than anybody can see."""

Vector = tuple[float, float]
Window = Callable[[int, int, int, int], Sequence[Sequence[int]]]
Around = tuple[int, int, int, int]
"""Whether the tiles to the left, to the right, above and below are solid."""


class TileTouch(NamedTuple):
    """An entity touches the tile (x, y). The normal points from the tile to the entity, (0, 0) when its centre is inside.
    `free`: the side that it touches is no inner edge between solid tiles. `flags` are the tile's."""

    x: int
    y: int
    nx: float
    ny: float
    free: bool
    flags: int = 0


class Outline(NamedTuple):
    """A shape in the world: its centre, half its width and height, and the directions of its sides (None: a circle)."""

    x: float
    y: float
    half_width: float
    half_height: float
    axis: Vector | None

    @property
    def reach(self) -> Vector:
        """How far it reaches from its centre along x and y."""
        if self.axis is None:
            return self.half_width, self.half_width
        c, s = abs(self.axis[0]), abs(self.axis[1])
        return c * self.half_width + s * self.half_height, s * self.half_width + c * self.half_height


def outline(position: Position, collide: Collide) -> Outline:
    """The outline of an entity's shape."""
    return outline_at(position.x, position.y, position.angle, collide)


def outline_at(x: float, y: float, angle: float, collide: Collide) -> Outline:
    """The outline that a shape has at a place."""
    if collide.shape == "circle":
        return Outline(x, y, collide.w / 2, collide.w / 2, None)
    axis = (cos(angle), sin(angle)) if angle else (1.0, 0.0)
    return Outline(x, y, collide.w / 2, collide.h / 2, axis)


def touched(
    shape: Outline, tile_size: Vector, window: Window, least: Callable[[int], float | None]
) -> Iterator[TileTouch]:
    """The tiles that a shape touches, ascending by (x, y). Raises WorldError when they are too many.

    `window` gives the flags of tiles; `least` says of a tile's flags by how much the shape must overlap it, None for
    one that does not count.
    """
    across, down = tile_size
    reach_x, reach_y = (reach + SLIGHT * across for reach in shape.reach)
    left, right = floor((shape.x - reach_x) / across), floor((shape.x + reach_x) / across)
    top, bottom = floor((shape.y - reach_y) / down), floor((shape.y + reach_y) / down)
    if (right - left + 1) * (bottom - top + 1) > MOST:
        raise WorldError(
            f"a shape {2 * reach_x:g} x {2 * reach_y:g} units large touches more than {MOST} tiles"
        )
    touch = _circle_touch if shape.axis is None else _box_touch
    rows = window(left - 1, top - 1, right + 1, bottom + 1)
    for x in range(left, right + 1):
        column = x - left + 1
        for y in range(top, bottom + 1):
            row = y - top + 1
            flags = rows[row][column]
            enough = least(flags)
            if enough is not None:
                around = (
                    rows[row][column - 1] & SOLID, rows[row][column + 1] & SOLID,
                    rows[row - 1][column] & SOLID, rows[row + 1][column] & SOLID,
                )  # fmt: skip
                found = touch(shape, x, y, tile_size, around, enough)
                if found is not None:
                    yield found._replace(flags=flags)


def _circle_touch(
    shape: Outline, x: int, y: int, size: Vector, around: Around, enough: float
) -> TileTouch | None:
    """The nearest place of the tile: on a side, at a corner, or the centre itself."""
    near_x = min(max(shape.x, x * size[0]), (x + 1) * size[0])
    near_y = min(max(shape.y, y * size[1]), (y + 1) * size[1])
    dx, dy = shape.x - near_x, shape.y - near_y
    distance = hypot(dx, dy)
    if shape.half_width - distance < enough:
        return None
    if distance == 0.0:
        return TileTouch(x, y, 0.0, 0.0, free=False)
    side_x, side_y = (dx > 0) - (dx < 0), (dy > 0) - (dy < 0)
    beside = side_x != 0 and around[side_x > 0]
    above = side_y != 0 and around[2 + (side_y > 0)]
    if not (side_x and side_y):
        return TileTouch(x, y, float(side_x), float(side_y), free=not (beside or above))
    if beside and above:
        return TileTouch(x, y, dx / distance, dy / distance, free=False)
    if beside:
        return TileTouch(x, y, 0.0, float(side_y), free=True)
    if above:
        return TileTouch(x, y, float(side_x), 0.0, free=True)
    return TileTouch(x, y, dx / distance, dy / distance, free=True)


def _box_touch(
    shape: Outline, x: int, y: int, size: Vector, around: Around, enough: float
) -> TileTouch | None:
    """Separating axes: the overlap along each side's direction; the smallest that a free side allows is the normal."""
    assert shape.axis is not None
    dx, dy = shape.x - (x + 0.5) * size[0], shape.y - (y + 0.5) * size[1]
    reach_x, reach_y = shape.reach
    overlap_x = reach_x + size[0] / 2 - abs(dx)
    overlap_y = reach_y + size[1] / 2 - abs(dy)
    if overlap_x < enough or overlap_y < enough:
        return None
    tilted = None if shape.axis[1] == 0.0 or shape.axis[0] == 0.0 else _tilted(shape, dx, dy, size)
    if tilted is not None and tilted[0] < enough:
        return None
    side_x, side_y = (dx > 0) - (dx < 0), (dy > 0) - (dy < 0)
    sides = [
        (overlap_x, float(side_x), 0.0, side_x != 0 and not around[side_x > 0]),
        (overlap_y, 0.0, float(side_y), side_y != 0 and not around[2 + (side_y > 0)]),
    ]
    free = [side for side in sides if side[3]]
    overlap, nx, ny, is_free = min(free or sides)
    if tilted is not None and free and tilted[0] < overlap:
        return TileTouch(x, y, tilted[1], tilted[2], free=True)
    return TileTouch(x, y, nx, ny, free=is_free)


def _tilted(shape: Outline, dx: float, dy: float, size: Vector) -> tuple[float, float, float]:
    """The smaller overlap along the box's own two directions, and that direction, towards the box."""
    assert shape.axis is not None
    c, s = shape.axis
    found = []
    for ax, ay, half in ((c, s, shape.half_width), (-s, c, shape.half_height)):
        along = dx * ax + dy * ay
        overlap = half + abs(ax) * size[0] / 2 + abs(ay) * size[1] / 2 - abs(along)
        sign = 1.0 if along >= 0 else -1.0
        found.append((overlap, ax * sign, ay * sign))
    return min(found)
