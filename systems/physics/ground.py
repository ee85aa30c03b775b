"""The tiles of the map in the Space: few static shapes a chunk, made where bodies come near, and who touches which tile.

Chunks get their shapes when a body comes near, so that a body far from all players meets the same walls; they lose them
at the next keyframe if nobody is near any more. A changed tile rebuilds the shapes of its chunk only. All of it depends
on nothing but the bodies' places, the map and the tick, so that a loaded world does the same.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import repeat
from math import floor
from operator import mul
from typing import Any, NamedTuple

import pymunk

from ecs.chunk import ChunkKey
from ecs.errors import SnapshotError, WorldError
from ecs.events import TileContact
from ecs.tile_flags import ANY_WAY, NOTED, SOLID
from ecs.world import World
from systems.physics.contacts import BESIDE, OVER, PRESSED, Pair, Touch
from systems.physics.movers import Movers
from systems.physics.seams import Seams
from systems.physics.solid import Solid
from systems.physics.sweep import TileHit
from systems.physics.tile_role import NOTED_ROLE, ONE_WAY_ROLES, SOLID_ROLE, make_roles
from systems.physics.tile_shape import TileShape, TileShapes
from systems.physics.tile_solid import HOLDING, PLAIN, SEAMED, TileSolid
from systems.tile_shapes import Rect, one_way_runs, rectangles
from systems.tile_touch import SLIGHT, outline, touched

MOST_CHUNKS = 4096
"""Chunks that bodies may come near in one tick."""
Plan = dict[TileShape, TileSolid]
"""The shapes of a chunk, in order, and what each is. Kept from keyframe to keyframe."""
Area = tuple[int, int]
Place = tuple[int, int, int]
"""(entity, tile x, tile y)"""


class TileState(NamedTuple):
    """How an entity touches a tile: the normal, the name of the tile's kind, and whether the tile stops the entity."""

    nx: float
    ny: float
    kind: str
    stops: bool


class Ground:
    """The tiles of one world's map, as physics has them. A resource: who touches which tile is in the snapshot."""

    checksum = True

    def __init__(self, world: World) -> None:
        self._world = world
        self._map = world.map
        header = self._map.header
        self._tile = (header.tile_width, header.tile_height)
        self._area = (header.tile_width * header.chunk_size, header.tile_height * header.chunk_size)
        self._changed = self._map.watch()
        self._touching: dict[Place, TileState] = {}
        self._seams = Seams(self._map.is_solid, self._tile)
        self._roles = make_roles(header, self._map.is_solid)
        self._nowhere = TileSolid(self._roles[SOLID_ROLE], Rect(0, 0, 0, 0))
        self._border = self._edges() if header.solid_edge else {}
        self._plans: dict[ChunkKey, Plan] = {}
        self._active: dict[ChunkKey, Plan] = {}
        self._renamed = True
        """Whether tiles may be others than when the touching ones were last named."""
        self.hits: list[TileHit] = []
        """What swept bodies met in this tick."""

    def close(self) -> None:
        """Look at the map no more, which others may go on with."""
        self._map.unwatch(self._changed)

    # The Space ------------------------------------------------------------------------------------------------------

    def enter(
        self, space: pymunk.Space, by_body: dict[int, Solid], by_shape: dict[pymunk.Shape, Solid]
    ) -> None:
        """Be in a new Space, with the edge of the map and no chunks yet."""
        self._shapes = TileShapes(space)
        self._by_shape = by_shape
        self._plans = {key: plan for key, plan in self._plans.items() if key in self._active}
        self._active = {}
        self._covered: set[Area] = set()
        self._large: dict[int, Solid] = {}
        self._take_changes()
        for role in self._roles.values():
            role.enter(space)
            by_body[role.body.id] = TileSolid(role, Rect(0, 0, 0, 0))
        self._seams.enter(space, by_shape)
        self._put(self._border)

    def cover_way(self, solid: Solid, dt: float) -> None:
        """See to it that there are walls all along the way of a swept body in this tick."""
        (x, y), (vx, vy) = (
            (solid.position.x, solid.position.y),
            (solid.velocity.x * dt, solid.velocity.y * dt),
        )
        first, last = (
            self._area_of(min(x, x + vx), min(y, y + vy)),
            self._area_of(max(x, x + vx), max(y, y + vy)),
        )
        if first == last:
            self._cover({first})
        else:
            self._cover_tiles([(*self._tile_at(min(x, x + vx), min(y, y + vy)),
                                *self._tile_at(max(x, x + vx), max(y, y + vy)))])  # fmt: skip

    def forget(self, entity: int) -> None:
        """A body is gone."""
        self._large.pop(entity, None)

    def follow(self, movers: Movers, others: Iterable[Solid]) -> None:
        """Rebuild the chunks that changed, and see to it that all bodies have walls around them.

        `others` are new, were put somewhere else or may have grown: the columns of `movers` do not have them yet.
        0.2 ms for 1,000 bodies: nothing else is as cheap as looking at all of them.
        """
        for key in self._take_changes():
            if key in self._active:
                self._rebuild(key)
        xs, ys = movers.places()
        columns, rows = map(mul, xs, repeat(1 / self._area[0])), map(mul, ys, repeat(1 / self._area[1]))
        areas = set(zip(map(int, columns), map(int, rows), strict=True))
        for solid in others:
            if max(solid.collide.w, solid.collide.h) > min(self._area) / 4:
                self._large[solid.entity] = solid
            areas.add(self._area_of(solid.position.x, solid.position.y))
        self._cover(areas)
        if self._large:
            self._cover_tiles([self._reach(solid) for _, solid in sorted(self._large.items())])

    def steps(self, dt: float, count: int) -> Iterator[float]:
        """The seconds of each step of a tick, watched over: raises after a step what a callback in it could not."""
        self._seams.held = self._held()
        for _ in range(count):
            self._seams.begin(dt / count)
            yield dt / count
            self._seams.end()

    # Contacts -------------------------------------------------------------------------------------------------------

    def obstacles(
        self, touching: dict[Pair, Touch], solids: dict[int, Solid]
    ) -> tuple[dict[Pair, Touch], dict[int, Solid]]:
        """The touching pairs and solids, and with them the tiles that stop an entity: for `resist`."""
        sides: dict[tuple[int, float, float], None] = {}
        for (entity, _, _), state in self._touching.items():
            if state.stops:
                sides[entity, state.nx, state.ny] = None
        if not sides:
            return touching, solids
        wall = self._nowhere
        pairs = {
            (-1 - place, entity): Touch(nx, ny, 0.0, 0.0, 0.0) for place, (entity, nx, ny) in enumerate(sides)
        }
        return {**touching, **pairs}, {**solids, wall.entity: wall, **{stop: wall for stop, _ in pairs}}

    def tell(self, world: World, solids: Mapping[int, Solid], near: dict[int, int]) -> None:
        """Work out who touches which tile now, and emit a TileContact for each, ordered. `near` are the entities that
        Chipmunk found at tiles."""
        before, found = self._touching, self._touches(solids, near)
        now: dict[Place, TileState] = {}
        for place in sorted(found):
            nx, ny, stops = found[place]
            known = None if self._renamed else before.get(place)
            kind = self._map.named_at(place[1], place[2]) if known is None else known.kind
            now[place] = TileState(nx, ny, kind, stops)
        for place in sorted(before.keys() | now.keys()):
            state = now.get(place)
            phase = "end" if state is None else "stay" if place in before else "begin"
            self._emit(world, place, state or before[place], phase)
        self._touching, self._renamed = now, False
        self.hits = []

    @property
    def touching(self) -> dict[Place, TileState]:
        """Who touched which tile after the last step: another dict after each."""
        return self._touching

    @touching.setter
    def touching(self, touching: dict[Place, TileState]) -> None:
        self._touching = touching

    def save(self) -> Any:
        """Who touches which tile, as plain values."""
        return [[*place, *state] for place, state in sorted(self._touching.items())]

    def load(self, data: Any) -> None:
        """Take over who touched which tile. Raises SnapshotError."""
        try:
            self._touching = {
                (int(entity), int(x), int(y)): TileState(float(nx), float(ny), str(kind), bool(stops))
                for entity, x, y, nx, ny, kind, stops in data
            }
        except (TypeError, ValueError) as error:
            raise SnapshotError(f"the touched tiles cannot be read: {error}") from None

    # Inside ---------------------------------------------------------------------------------------------------------

    def _touches(
        self, solids: Mapping[int, Solid], near: dict[int, int]
    ) -> dict[Place, tuple[float, float, bool]]:
        """Normal and whether it stops, of each tile that an entity touches now."""
        found: dict[Place, tuple[float, float, bool]] = {}
        for entity in sorted(near):
            solid = solids.get(entity)
            if solid is None or solid.shape is None:
                continue
            shape, least = outline(solid.position, solid.collide), self._least(near[entity])
            for touch in touched(shape, self._tile, self._map.window, least):
                stops = touch.free and solid.pushes and bool(touch.flags & SOLID)
                found[entity, touch.x, touch.y] = (touch.nx, touch.ny, stops)
        for entity, tiles in self._seams.holding:
            if tiles.role.way is not None and entity in solids:
                for x, y in self._under(tiles.rect, solids[entity]):
                    found[entity, x, y] = (float(tiles.role.way[0]), float(tiles.role.way[1]), True)
        for hit in self.hits:
            found[hit.entity, hit.x, hit.y] = (hit.nx, hit.ny, False)
        return found

    def _least(self, how: int) -> Callable[[int], float | None]:
        """By how much an entity that is at tiles in this way must overlap one to touch it; None: not at all.

        What Chipmunk presses against a tile may lie exactly at it. Of what it presses nowhere it also lists those that
        left three steps ago, which a loaded world does not know; so these must overlap by what nobody can overlook.
        """
        slight = SLIGHT * self._tile[0]

        def least(flags: int) -> float | None:
            if flags & SOLID and how & (PRESSED | BESIDE):
                return -slight if how & PRESSED else slight
            return slight if flags & NOTED and how & OVER else None

        return least

    def _under(self, rect: Rect, solid: Solid) -> Iterator[tuple[int, int]]:
        """The tiles of a run that a solid is over, or beside."""
        shape = outline(solid.position, solid.collide)
        (reach_x, reach_y), (across, down) = shape.reach, self._tile
        left = max(rect.x, floor((shape.x - reach_x) / across + SLIGHT))
        right = min(rect.x + rect.width - 1, floor((shape.x + reach_x) / across - SLIGHT))
        top = max(rect.y, floor((shape.y - reach_y) / down + SLIGHT))
        bottom = min(rect.y + rect.height - 1, floor((shape.y + reach_y) / down - SLIGHT))
        return ((x, y) for x in range(left, right + 1) for y in range(top, bottom + 1))

    def _held(self) -> dict[int, list[Rect]]:
        """What of one-way tiles held each entity in the last tick."""
        held: dict[int, list[Rect]] = {}
        for (entity, x, y), state in self._touching.items():
            if state.stops and self._map.flags(x, y) & (ANY_WAY | SOLID) != SOLID:
                held.setdefault(entity, []).append(Rect(x, y, 1, 1))
        return held

    def _emit(self, world: World, place: Place, state: TileState, phase: str) -> None:
        entity, x, y = place
        region = self._map.region_of(x, y)
        world.emit(TileContact(entity, x, y, region, state.kind, state.nx, state.ny, phase))

    def _take_changes(self) -> list[ChunkKey]:
        changed = sorted(self._changed)
        self._changed.clear()
        for key in changed:
            self._plans.pop(key, None)
        self._renamed = self._renamed or bool(changed)
        return changed

    # Chunks ---------------------------------------------------------------------------------------------------------

    def _area_of(self, x: float, y: float) -> Area:
        return int(x / self._area[0]), int(y / self._area[1])

    def _tile_at(self, x: float, y: float) -> tuple[int, int]:
        return floor(x / self._tile[0]), floor(y / self._tile[1])

    def _reach(self, solid: Solid) -> tuple[int, int, int, int]:
        """The tiles from the upper left to the lower right of a large body, with as much around as others get."""
        shape = outline(solid.position, solid.collide)
        (x, y), (margin_x, margin_y) = shape.reach, (self._area[0] / 2, self._area[1] / 2)
        return (
            *self._tile_at(shape.x - x - margin_x, shape.y - y - margin_y),
            *self._tile_at(shape.x + x + margin_x, shape.y + y + margin_y),
        )

    def _cover(self, areas: set[Area]) -> None:
        """Chunk-sized areas, and half of one around each."""
        new = areas - self._covered
        if new:
            self._covered |= new
            size, half = self._map.size, self._map.size // 2
            self._cover_tiles(
                [
                    (x * size - half, y * size - half, (x + 1) * size + half, (y + 1) * size + half)
                    for x, y in new
                ]
            )

    def _cover_tiles(self, spans: Iterable[tuple[int, int, int, int]]) -> None:
        wanted = {key for span in spans for key in self._map.chunks_in(*span)}
        missing = wanted - self._active.keys()
        if len(missing) > MOST_CHUNKS:
            raise WorldError(f"bodies come near {len(missing)} new chunks of the map in one tick")
        for key in sorted(missing):
            self._build(key)

    def _rebuild(self, key: ChunkKey) -> None:
        shapes = self._active.pop(key)
        for shape in shapes:
            del self._by_shape[shape]
        self._shapes.remove(shapes)
        self._build(key)

    def _build(self, key: ChunkKey) -> None:
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plans[key] = self._plan(key)
        self._put(plan)
        self._active[key] = plan

    def _put(self, plan: Plan) -> None:
        self._shapes.add(plan)
        self._by_shape.update(plan.items())

    def _plan(self, key: ChunkKey) -> Plan:
        flags = self._map.chunk_flags(key)
        if flags is None:  # on a client: it has not come yet
            return {}
        (left, top), size, header = self._map.origin_of(key), self._map.size, self._map.header
        width = min(size, header.region_width - key.x * size)
        height = min(size, header.region_height - key.y * size)
        plan: Plan = {}
        for rect in rectangles(flags, size):
            kind = SEAMED if has_edges(rect, flags, size, width, height) else PLAIN
            self._make(plan, SOLID_ROLE, _moved(rect, left, top), kind)
        if NOTED_ROLE in self._roles:
            noted = bytes([flag & NOTED if not flag & SOLID else 0 for flag in flags])
            for rect in rectangles(noted, size, NOTED):
                self._make(plan, NOTED_ROLE, _moved(rect, left, top), PLAIN)
        for flag, rect in one_way_runs(flags, size):
            self._make(plan, ONE_WAY_ROLES[flag], _moved(rect, left, top), HOLDING)
        return plan

    def _make(self, plan: Plan, role: int, rect: Rect, kind: int) -> None:
        tiles = TileSolid(self._roles[role], rect)
        plan[tiles.make_shape(kind)] = tiles

    def _edges(self) -> Plan:
        plan: Plan = {}
        for rect in self._strips():
            self._make(plan, SOLID_ROLE, rect, SEAMED)
        return plan

    def _strips(self) -> Iterator[Rect]:
        """Around each region a strip outside of each side where there is no other region, a chunk thick."""
        header, thick = self._map.header, self._map.size
        width, height = header.region_width, header.region_height
        regions = set(header.regions)
        for x, y in header.regions:
            left, top = x * width, y * height
            if (x - 1, y) not in regions:
                yield Rect(left - thick, top - thick, thick, height + 2 * thick)
            if (x + 1, y) not in regions:
                yield Rect(left + width, top - thick, thick, height + 2 * thick)
            if (x, y - 1) not in regions:
                yield Rect(left, top - thick, width, thick)
            if (x, y + 1) not in regions:
                yield Rect(left, top + height, width, thick)


def has_edges(rect: Rect, flags: Sequence[int], size: int, width: int, height: int) -> bool:
    """Whether a rectangle has a solid tile beside it, or lies at the border of its chunk, where it may have one. The chunk
    has `width` x `height` tiles, in rows of `size`."""
    right, bottom = rect.x + rect.width, rect.y + rect.height
    if rect.x == 0 or rect.y == 0 or right == width or bottom == height:
        return True
    rows, columns = range(rect.y, bottom), range(rect.x, right)
    beside = any((flags[y * size + rect.x - 1] | flags[y * size + right]) & SOLID for y in rows)
    return beside or any((flags[(rect.y - 1) * size + x] | flags[bottom * size + x]) & SOLID for x in columns)


def _moved(rect: Rect, left: int, top: int) -> Rect:
    return Rect(rect.x + left, rect.y + top, rect.width, rect.height)
