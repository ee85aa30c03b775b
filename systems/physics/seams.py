"""Which contacts with tiles are none: at the edges between two solid tiles, and in the way of one-way tiles.

Chipmunk knows rectangles, not walls. Where two lie side by side, what slides along hits the edge of the next one: a
circle of radius 8 is thrown off its way by 9 degrees, a box stands still for a tick. So a contact with an edge that has
another solid tile before it is not processed (a callback, only for rectangles that have such edges).

A one-way tile holds what comes from the side it lets pass to, and was wholly on that side before this step, or was held
in the step before; and nothing else.
"""

from collections.abc import Mapping
from math import floor
from typing import Any

import pymunk

from systems.physics.solid import Solid
from systems.physics.tile_role import IsSolid, Vector
from systems.physics.tile_solid import FACING, HOLDING, SEAMED, TileSolid
from systems.tile_shapes import Rect
from systems.tile_touch import SLIGHT, Outline, outline_at

SUNK = 0.25
"""How deep, in world units, what rests on a one-way tile may lie in it: Chipmunk leaves 0.1."""


class Seams:
    """The callbacks of one Space. They must not raise (Chipmunk is above them): what they raise is kept in `error`."""

    def __init__(self, is_solid: IsSolid, tile: Vector) -> None:
        self._is_solid = is_solid
        self._tile = tile
        self._solids: Mapping[pymunk.Shape, Solid] = {}
        self._dt = 0.0
        self.held: dict[int, list[Rect]] = {}
        """Entity -> what of one-way tiles held it in the step before."""
        self.holding: list[tuple[int, TileSolid]] = []
        """(entity, tiles) that hold it in this step."""
        self.error: Exception | None = None

    def enter(self, space: pymunk.Space, solids: Mapping[pymunk.Shape, Solid]) -> None:
        """Be asked by a Space; `solids` says whose each shape is."""
        self._solids = solids
        space.on_collision(SEAMED, None, pre_solve=self._at_edge)
        space.on_collision(HOLDING, None, pre_solve=self._at_one_way)

    def begin(self, dt: float) -> None:
        """A step of `dt` seconds begins."""
        self._dt = dt
        self.holding = []

    def end(self) -> None:
        """A step ends: what held in it may go on holding. Raises what a callback could not."""
        self.held = {}
        for entity, tiles in self.holding:
            self.held.setdefault(entity, []).append(tiles.rect)
        error, self.error = self.error, None
        if error is not None:
            raise error

    def _at_edge(self, arbiter: pymunk.Arbiter, _space: pymunk.Space, _data: Any) -> None:
        try:
            tiles, other, sign = self._sides(arbiter)
            arbiter.process_collision = not self._is_inner(tiles, other, arbiter, sign)
        except Exception as error:  # noqa: BLE001 - raised again after the step
            self.error = error

    def _at_one_way(self, arbiter: pymunk.Arbiter, _space: pymunk.Space, _data: Any) -> None:
        try:
            tiles, other, sign = self._sides(arbiter)
            holds = self._holds(tiles, other, arbiter, sign)
            arbiter.process_collision = holds
            if holds:
                self.holding.append((other.entity, tiles))
        except Exception as error:  # noqa: BLE001 - raised again after the step
            self.error = error

    def _sides(self, arbiter: pymunk.Arbiter) -> tuple[TileSolid, Solid, float]:
        """The tiles, what touches them, and the sign that makes the normal point from the tiles to it."""
        first, second = arbiter.shapes
        a, b = self._solids[first], self._solids[second]
        if isinstance(a, TileSolid):
            return a, b, 1.0
        assert isinstance(b, TileSolid)
        return b, a, -1.0

    # Edges between tiles --------------------------------------------------------------------------------------------

    def _is_inner(self, tiles: TileSolid, other: Solid, arbiter: pymunk.Arbiter, sign: float) -> bool:
        body = other.body
        assert body is not None
        x, y = body.position
        nx, ny = arbiter.normal
        if other.collide.shape == "circle":
            return tiles.is_seam(x, y) or self._is_askew(tiles.sides(x, y), nx * sign, ny * sign)
        return self._box_at_seam(
            tiles.rect, outline_at(x, y, body.angle, other.collide), nx * sign, ny * sign
        )

    def _is_askew(self, sides: tuple[int, int], nx: float, ny: float) -> bool:
        """Whether a normal is none for the side that a circle is before: Chipmunk gives one of those when the centre is
        exactly above an edge."""
        return 0 in sides and sides != (0, 0) and nx * sides[0] + ny * sides[1] < FACING

    def _box_at_seam(self, rect: Rect, shape: Outline, nx: float, ny: float) -> bool:
        """Whether all tiles before the side that the box touches are solid."""
        (reach_x, reach_y), (across, down) = shape.reach, self._tile
        if abs(nx) > 0.99:
            column = rect.x - 1 if nx < 0 else rect.x + rect.width
            top = max(rect.y, floor((shape.y - reach_y) / down + SLIGHT))
            bottom = min(rect.y + rect.height - 1, floor((shape.y + reach_y) / down - SLIGHT))
            return all(self._is_solid(column, row) for row in range(top, bottom + 1))
        if abs(ny) > 0.99:
            row = rect.y - 1 if ny < 0 else rect.y + rect.height
            left = max(rect.x, floor((shape.x - reach_x) / across + SLIGHT))
            right = min(rect.x + rect.width - 1, floor((shape.x + reach_x) / across - SLIGHT))
            return all(self._is_solid(column, row) for column in range(left, right + 1))
        return False

    # One-way tiles --------------------------------------------------------------------------------------------------

    def _holds(self, tiles: TileSolid, other: Solid, arbiter: pymunk.Arbiter, sign: float) -> bool:
        body, way = other.body, tiles.role.way
        assert body is not None and way is not None
        nx, ny = arbiter.normal
        if (nx * way[0] + ny * way[1]) * sign < FACING:
            return False
        if any(_overlap(tiles.rect, held) for held in self.held.get(other.entity, ())):
            return True
        x, y = body.position
        vx, vy = body.velocity
        shape = outline_at(x - vx * self._dt, y - vy * self._dt, body.angle, other.collide)
        return beyond(tiles, shape, way) >= -SUNK


def beyond(tiles: TileSolid, shape: Outline, way: tuple[int, int]) -> float:
    """How far a shape is beyond the side of one-way tiles that holds; negative: it reaches into them."""
    left, top, right, bottom = tiles.bounds
    reach_x, reach_y = shape.reach
    if way[1]:
        return top - (shape.y + reach_y) if way[1] < 0 else (shape.y - reach_y) - bottom
    return left - (shape.x + reach_x) if way[0] < 0 else (shape.x - reach_x) - right


def _overlap(a: Rect, b: Rect) -> bool:
    across = a.x < b.x + b.width and b.x < a.x + a.width
    return across and a.y < b.y + b.height and b.y < a.y + a.height
