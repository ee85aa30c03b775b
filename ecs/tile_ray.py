"""A straight line over tiles: which tile it meets first."""

from collections.abc import Callable
from math import floor, inf, isfinite
from typing import NamedTuple

from ecs.errors import WorldError

MAX_TILES = 4096
"""Tiles that one ray may cross."""


class TileHit(NamedTuple):
    """Where a ray meets a tile: the tile (x, y), the place in world units, the normal of the side it meets, and how much
    of the ray lies before it (0 to 1). A ray that starts inside the tile has normal (0, 0)."""

    x: int
    y: int
    place_x: float
    place_y: float
    nx: float
    ny: float
    part: float


def cast_ray(
    start: tuple[float, float],
    end: tuple[float, float],
    tile_size: tuple[float, float],
    blocks: Callable[[int, int], bool],
) -> TileHit | None:
    """The first tile on the way from `start` to `end` that `blocks`, or None.

    Amanatides and Woo, A Fast Voxel Traversal Algorithm (1987). A ray through the corner where two blocking tiles meet
    is blocked; through the corner of one alone it is not, from whichever side it comes. Raises WorldError for a ray that
    is not finite or crosses more than MAX_TILES.
    """
    if not all(map(isfinite, (*start, *end))):
        raise WorldError(f"a ray goes from one place to another, not from {start} to {end}")
    x, y = floor(start[0] / tile_size[0]), floor(start[1] / tile_size[1])
    last_x, last_y = floor(end[0] / tile_size[0]), floor(end[1] / tile_size[1])
    if abs(last_x - x) + abs(last_y - y) > MAX_TILES:
        raise WorldError(f"the ray from {start} to {end} crosses more than {MAX_TILES} tiles")
    if blocks(x, y):
        return TileHit(x, y, start[0], start[1], 0.0, 0.0, 0.0)
    axis_x, axis_y = _Axis(start[0], end[0], tile_size[0]), _Axis(start[1], end[1], tile_size[1])
    while (x, y) != (last_x, last_y):
        part_x, part_y = axis_x.leaves(x), axis_y.leaves(y)
        part = min(part_x, part_y)
        if part > 1.0:
            return None
        if part_x == part_y:
            if blocks(x + axis_x.step, y) and blocks(x, y + axis_y.step):
                return _hit(start, end, part, x + axis_x.step, y, -axis_x.step, 0)
            x, y, normal = x + axis_x.step, y + axis_y.step, (-axis_x.step, 0)
        elif part_x < part_y:
            x, normal = x + axis_x.step, (-axis_x.step, 0)
        else:
            y, normal = y + axis_y.step, (0, -axis_y.step)
        if blocks(x, y):
            return _hit(start, end, part, x, y, *normal)
    return None


class _Axis:
    """A ray along one axis: the step from tile to tile, and which part of it lies before the end of a tile."""

    __slots__ = ("_size", "_start", "_way", "step")

    def __init__(self, start: float, end: float, size: float) -> None:
        self._start, self._way, self._size = start, end - start, size
        self.step = (self._way > 0) - (self._way < 0)

    def leaves(self, tile: int) -> float:
        if self.step == 0:
            return inf
        border = tile + 1 if self.step > 0 else tile
        return (border * self._size - self._start) / self._way


def _hit(
    start: tuple[float, float], end: tuple[float, float], part: float, x: int, y: int, nx: int, ny: int
) -> TileHit:
    place_x = start[0] + (end[0] - start[0]) * part
    place_y = start[1] + (end[1] - start[1]) * part
    return TileHit(x, y, place_x, place_y, float(nx), float(ny), part)
