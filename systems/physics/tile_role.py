"""What tiles of one sort are in the Space: solid ones, noted ones, one-way ones by direction."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pymunk

from ecs.components import ONE_WAY_TILES, TILES, Collide
from ecs.map_header import WAYS, MapHeader
from ecs.tile_flags import ONE_WAY

Vector = tuple[float, float]
IsSolid = Callable[[int, int], bool]
SOLID_ROLE = 0
NOTED_ROLE = -2
ONE_WAY_ROLES = {ONE_WAY[name]: -3 - place for place, name in enumerate(WAYS)}
"""What stands in the place of an entity's id, below all of those; -1 is `Collide.ignore`'s "nobody"."""


def _body() -> pymunk.Body:
    return pymunk.Body(body_type=pymunk.Body.STATIC)


@dataclass(slots=True)
class Role:
    """What tiles of one sort are in the Space: one static body for all of them, a new one in each Space.

    `way`: of one-way tiles the direction in which they let pass, from which they hold. `collide` is what the rest of
    physics reads.
    """

    entity: int
    collide: Collide
    tile: Vector
    is_solid: IsSolid
    way: tuple[int, int] | None = None
    body: pymunk.Body = field(default_factory=_body)

    def enter(self, space: pymunk.Space) -> None:
        """Be in a new Space."""
        self.body = _body()
        space.add(self.body)


def make_roles(header: MapHeader, is_solid: IsSolid) -> dict[int, Role]:
    """The roles that the map's kinds of tiles can have, by their number."""
    tile = (header.tile_width, header.tile_height)
    roles = [Role(SOLID_ROLE, _collide(header, TILES), tile, is_solid)]
    if any(kind.damage or kind.trigger for kind in header.kinds):
        noted = Collide(body="static", solid=False, sensor=True, category=TILES)
        roles.append(Role(NOTED_ROLE, noted, tile, is_solid))
    for name, way in WAYS.items():
        if any(kind.one_way == name for kind in header.kinds):
            collide = _collide(header, ONE_WAY_TILES)
            roles.append(Role(ONE_WAY_ROLES[ONE_WAY[name]], collide, tile, is_solid, way))
    return {role.entity: role for role in roles}


def _collide(header: MapHeader, category: int) -> Collide:
    return Collide(
        shape="box", body="static", friction=header.friction, elasticity=header.elasticity, category=category
    )
