"""A rectangle of tiles in the Space, as the rest of physics sees it: a Solid that never moves and is no entity."""

from math import floor

from ecs.components import Position, Velocity
from systems.physics.solid import Solid
from systems.physics.tile_role import Role
from systems.physics.tile_shape import TileShape
from systems.tile_shapes import Rect

FACING = 0.5
"""One-way tiles hold what touches their side by a normal within 60 degrees of it (its cosine)."""
INSET = 1.37e-6
"""A part of a tile by which shapes are smaller: a circle whose centre is exactly above an edge confuses Chipmunk (7.0.3:
it finds it 4 units deep, to the side), and bodies that rules put on the grid are exactly there."""
PLAIN, SEAMED, HOLDING = 0, 1, 2
"""Collision types: of the shapes that Chipmunk alone handles, of those with inner edges, of one-way tiles."""


class TileSolid(Solid):
    """A rectangle of tiles, counted over the whole map; `bounds` are its left, top, right and bottom in world units."""

    __slots__ = ("bounds", "rect", "role")

    def __init__(self, role: Role, rect: Rect) -> None:
        self.entity = role.entity
        self.position = _NOWHERE
        self.velocity = _STILL
        self.collide = role.collide
        self.body = None
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

    def make_shape(self, collision_type: int) -> TileShape:
        """Its shape, for as long as the tiles are the same."""
        left, top, right, bottom = self.bounds
        inset = INSET * self.role.tile[0]
        bounds = (left + inset, top + inset, right - inset, bottom - inset)
        self.shape = TileShape(bounds, self.role, collision_type)
        return self.shape


_NOWHERE = Position()
_STILL = Velocity()
