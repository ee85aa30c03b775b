"""The SceneEntities of a room as clients know them: which there are, their slots on the wire, their motion as sent."""

from bisect import bisect_left
from dataclasses import dataclass
from heapq import heappop, heappush
from math import isfinite
from operator import is_

import numpy as np

from ecs.components import Collide, Position, Scene, Velocity
from ecs.world import World
from net.errors import SceneError
from net.protocol import Steps
from net.replication.columns import EMPTY, Columns, MotionReader, NotFinite, Numbers

STILL = Velocity(0.0, 0.0)
"""What an entity without a velocity moves by."""
MAX_SLOTS = 65_536


class TooManyEntities(SceneError):
    """A room shows more entities at once than slots can name."""


class Slots:
    """Short names of entities on the wire: the lowest free number, given again after its entity has left."""

    def __init__(self) -> None:
        self._of: dict[int, int] = {}
        self._free: list[int] = []

    def __getitem__(self, entity: int) -> int:
        return self._of[entity]

    def __contains__(self, entity: int) -> bool:
        return entity in self._of

    def take(self, entity: int) -> int:
        """A slot for an entity that enters. Raises TooManyEntities."""
        slot = heappop(self._free) if self._free else len(self._of)
        if slot >= MAX_SLOTS:
            raise TooManyEntities(f"more than {MAX_SLOTS} entities are visible at once")
        self._of[entity] = slot
        return slot

    def free(self, entity: int) -> int:
        """The slot of an entity that leaves, free from now on."""
        slot = self._of.pop(entity)
        heappush(self._free, slot)
        return slot


@dataclass(slots=True)
class SceneRows:
    """Parallel lists of the entities that have a Scene and a Position, by entity id."""

    entities: list[int]
    scenes: list[Scene]
    positions: list[Position]
    velocities: list[Velocity]
    sizes: list[Collide | Scene]
    """What `w` and `h` are read from: the collide shape, else the scene itself."""


class SceneTable:
    """Follows the SceneEntities of a world: rows, slots, and motion now and as last sent."""

    def __init__(self, world: World, steps: Steps) -> None:
        self._world = world
        self._steps = steps
        self._reader = MotionReader(steps)
        self._queried: tuple[object, object, object] | None = None
        self.slots = Slots()
        self.rows = SceneRows([], [], [], [], [])
        """Another object whenever an entity has come or gone."""
        self.slot_column: Numbers = np.zeros(0, np.int64)
        self._row_of: dict[int, int] = {}
        """Slot -> row."""
        self.now = EMPTY
        self.then = EMPTY

    def refresh(self) -> tuple[list[int], list[int]]:
        """Follow the world: (slots of those that left, entities that entered). Then `now` and `then` are comparable."""
        world = self._world
        queried = (world.query(Scene, Position), world.query(Scene, Velocity), world.query(Scene, Collide))
        left: list[int] = []
        entered: list[int] = []
        self.then = self.now
        if not self._is_as_before(queried):
            self._queried = queried
            left, entered = self._follow([entity for entity, _, _ in queried[0]])
        self.now = self._read()
        self._forget_motion(entered)
        return left, entered

    def _is_as_before(self, queried: tuple[object, object, object]) -> bool:
        """A query gives the same object as the last time when nothing was added or removed."""
        return self._queried is not None and all(map(is_, queried, self._queried))

    def row_of(self, slot: int) -> int:
        """The row of the entity in a slot."""
        return self._row_of[slot]

    def places(self, entities: list[int]) -> list[int]:
        """The rows of visible entities (ascending ids)."""
        return [bisect_left(self.rows.entities, entity) for entity in entities]

    def _follow(self, entities: list[int]) -> tuple[list[int], list[int]]:
        """Take over new rows; keep the sent motion of those that stay in place beside them."""
        before = self.rows.entities
        known, here = set(before), set(entities)
        left = [self.slots.free(entity) for entity in before if entity not in here]
        entered = [entity for entity in entities if entity not in known]
        for entity in entered:
            self.slots.take(entity)
        self.rows = self._rows(entities)
        slots = [self.slots[entity] for entity in entities]
        self.slot_column = np.array(slots, np.int64)
        self._row_of = {slot: row for row, slot in enumerate(slots)}
        self.then = _aligned(self.then, before, entities)
        return left, entered

    def _rows(self, entities: list[int]) -> SceneRows:
        world = self._world
        seen = world.query(Scene, Position)
        velocities = {entity: velocity for entity, _, velocity in world.query(Scene, Velocity)}
        shapes = {entity: shape for entity, _, shape in world.query(Scene, Collide)}
        return SceneRows(
            entities,
            [scene for _, scene, _ in seen],
            [position for _, _, position in seen],
            [velocities.get(entity, STILL) for entity in entities],
            [shapes.get(entity, scene) for entity, scene, _ in seen],
        )

    def _read(self) -> Columns:
        rows, reader, steps = self.rows, self._reader, self._steps
        try:
            return Columns(
                reader.positions([position.x for position in rows.positions], steps.origin_x),
                reader.positions([position.y for position in rows.positions], steps.origin_y),
                reader.velocities([velocity.x for velocity in rows.velocities]),
                reader.velocities([velocity.y for velocity in rows.velocities]),
                reader.angles([position.angle for position in rows.positions]),
            )
        except FloatingPointError:
            raise self._not_finite() from None

    def _not_finite(self) -> NotFinite:
        """The first entity whose motion is not finite."""
        for entity, position, velocity in zip(
            self.rows.entities, self.rows.positions, self.rows.velocities, strict=True
        ):
            for name, value in (
                ("Position", position.x + position.y + position.angle),
                ("Velocity", velocity.x + velocity.y),
            ):
                if not isfinite(value):
                    return NotFinite(name, entity)
        raise AssertionError("a column was not finite, and every number of it is")

    def _forget_motion(self, entered: list[int]) -> None:
        """What enters travels in full: its motion has not changed since."""
        places = self.places(entered)
        for name in Columns.__slots__:
            getattr(self.then, name)[places] = getattr(self.now, name)[places]


def _aligned(columns: Columns, before: list[int], entities: list[int]) -> Columns:
    """The columns of `before` in the places of `entities` (both ascending); 0 where an entity is new."""
    if not before or not entities:
        return Columns(*(np.zeros(len(entities), np.int64) for _ in Columns.__slots__))
    old = np.array(before)
    new = np.array(entities)
    places = np.minimum(np.searchsorted(old, new), len(old) - 1)
    stays = old[places] == new
    return Columns(*(np.where(stays, getattr(columns, name)[places], 0) for name in Columns.__slots__))
