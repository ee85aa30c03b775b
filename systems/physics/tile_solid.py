"""A rectangle of tiles in the Space, as the rest of physics sees it: a Solid that never moves and is no entity."""

from collections.abc import Callable
from dataclasses import dataclass
from math import floor

import pymunk

from ecs.components import ONE_WAY_TILES, TILES, Collide, Position, Velocity
from ecs.map_header import WAYS, MapHeader
from ecs.tile_flags import ONE_WAY
from systems.physics.solid import Solid, shape_filter
from systems.tile_shapes import Rect

Vector = tuple[float, float]
IsSolid = Callable[[int, int], bool]
SOLID_ROLE = 0
NOTED_ROLE = -2
ONE_WAY_ROLES = {ONE_WAY[name]: -3 - place for place, name in enumerate(WAYS)}
"""What stands in the place of an entity's id, below all of those; -1 is `Collide.ignore`'s "nobody"."""
FACING = 0.5
"""One-way tiles hold what touches their side by a normal within 60 degrees of it (its cosine)."""
INSET = 1.37e-6
"""A part of a tile by which shapes are smaller: a circle whose centre is exactly above an edge confuses Chipmunk (7.0.3:
it finds it 4 units deep, to the side), and bodies that rules put on the grid are exactly there."""
PLAIN, SEAMED, HOLDING = 0, 1, 2
"""Collision types: of the shapes that Chipmunk alone handles, of those with inner edges, of one-way tiles."""


class _Poly(pymunk.Poly):
    __setattr__ = object.__setattr__  # type: ignore[assignment] # as in solid.py


@dataclass(slots=True)
class Role:
    """What tiles of one sort are in the Space: one static body for all of them.

    `way`: of one-way tiles the direction in which they let pass, from which they hold. `collide` is what the rest of
    physics reads.
    """

    entity: int
    collide: Collide
    body: pymunk.Body
    tile: Vector
    is_solid: IsSolid
    way: tuple[int, int] | None = None


def make_roles(header: MapHeader, is_solid: IsSolid) -> dict[int, Role]:
    """The roles that the map's kinds of tiles can have, by their number."""
    tile = (header.tile_width, header.tile_height)
    roles = [Role(SOLID_ROLE, _collide(header, TILES), _body(), tile, is_solid)]
    if any(kind.damage or kind.trigger for kind in header.kinds):
        noted = Collide(body="static", solid=False, sensor=True, category=TILES)
        roles.append(Role(NOTED_ROLE, noted, _body(), tile, is_solid))
    for name, way in WAYS.items():
        if any(kind.one_way == name for kind in header.kinds):
            collide = _collide(header, ONE_WAY_TILES)
            roles.append(Role(ONE_WAY_ROLES[ONE_WAY[name]], collide, _body(), tile, is_solid, way))
    return {role.entity: role for role in roles}


class TileSolid(Solid):
    """A rectangle of tiles, counted over the whole map; `bounds` are its left, top, right and bottom in world units."""

    __slots__ = ("bounds", "rect", "role")

    def __init__(self, role: Role, rect: Rect) -> None:
        self.entity = role.entity
        self.position = _NOWHERE
        self.velocity = _STILL
        self.collide = role.collide
        self.body = role.body
        self.shape = None
        self.role = role
        self.rect = rect
        across, down = role.tile
        right, bottom = (rect.x + rect.width) * across, (rect.y + rect.height) * down
        self.bounds = (rect.x * across, rect.y * down, right, bottom)

    @property
    def pushes(self) -> bool:
        return not self.collide.sensor

    def tile_at(self, x: float, y: float) -> tuple[int, int]:
        """Which of its tiles is at, or nearest to, a place."""
        rect, (across, down) = self.rect, self.role.tile
        column = min(max(floor(x / across), rect.x), rect.x + rect.width - 1)
        return column, min(max(floor(y / down), rect.y), rect.y + rect.height - 1)

    def sides(self, x: float, y: float) -> tuple[int, int]:
        """On which side of the rectangle a place is: -1, 0 or 1 along x and y."""
        left, top, right, bottom = self.bounds
        return (x > right) - (x < left), (y > bottom) - (y < top)

    def stops(self, x: float, y: float, nx: float, ny: float, *, inside: bool) -> bool:
        """Whether a circle that is at (x, y) when it meets these tiles, with this normal, meets them at all. `inside`: it
        was in them from the start."""
        way = self.role.way
        if way is not None:
            return not inside and nx * way[0] + ny * way[1] >= FACING
        return self.collide.sensor or not self.is_seam(x, y)

    def is_seam(self, x: float, y: float) -> bool:
        """Whether what a circle with this centre touches of the rectangle has a solid tile before it.

        The nearest place of the rectangle is on a side (the tile before it counts) or at a corner (then those beside
        and above it: with one of them it is one flat wall, which the other rectangle is there for).
        """
        is_solid = self.role.is_solid
        side_x, side_y = self.sides(x, y)
        if not side_x and not side_y:
            return False
        inner_x, inner_y = self.tile_at(x, y)
        if side_x and is_solid(inner_x + side_x, inner_y):
            return True
        return side_y != 0 and is_solid(inner_x, inner_y + side_y)

    def make_shape(self, collision_type: int) -> pymunk.Shape:
        """The shape, on the role's body."""
        left, top, right, bottom = self.bounds
        inset = INSET * self.role.tile[0]
        left, top, right, bottom = left + inset, top + inset, right - inset, bottom - inset
        shape = _Poly(self.role.body, [(left, top), (right, top), (right, bottom), (left, bottom)])
        collide = self.collide
        if collide.sensor:
            shape.sensor = True
        if collide.friction:
            shape.friction = collide.friction
        if collide.elasticity:
            shape.elasticity = collide.elasticity
        if collision_type != PLAIN:
            shape.collision_type = collision_type
        shape.filter = shape_filter(collide.category, collide.mask)
        self.shape = shape
        return shape


def _collide(header: MapHeader, category: int) -> Collide:
    return Collide(
        shape="box", body="static", friction=header.friction, elasticity=header.elasticity, category=category
    )


def _body() -> pymunk.Body:
    return pymunk.Body(body_type=pymunk.Body.STATIC)


_NOWHERE = Position()
_STILL = Velocity()
