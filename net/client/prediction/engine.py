"""The client's engine: the game's world and pipeline, with the systems that are declared `predicted` alone.

step(tick, input)      one tick of them
remember() / history   what each predicted entity was after a tick
rewind(moment)         back to where a tick ended; own entities are then overwritten with what the server says
"""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, NamedTuple

from ecs.components import Position, Scene
from ecs.events import Contact, Delivery, TileContact
from ecs.game import Game
from ecs.inputs import PlayerInput
from ecs.tiles import TileMap
from ecs.world import World
from systems.engine import SystemFailed
from systems.physics import Physics, Touches
from systems.pipeline import pipeline

FIRST_SPAWNED = 1 << 40
"""What predicted rules spawn is counted from here, above all ids of the server's."""
KEYS_PER_TICK = 256
Row = dict[type, tuple[Any, ...]]
"""The fields of an entity's components, by type."""


class Moment(NamedTuple):
    """The predicted entities after a tick."""

    tick: int
    next_entity: int
    touches: Touches
    rows: dict[int, Row]


@dataclass(frozen=True, slots=True)
class Fields:
    """Reads and writes one type of component."""

    names: tuple[str, ...]
    read: Callable[[Any], tuple[Any, ...]]

    def write(self, component: object, values: tuple[Any, ...]) -> None:
        """Set what differs: a write to a `Collide` or `Scene` has to be followed."""
        for name, old, new in zip(self.names, self.read(component), values, strict=True):
            if old is not new:
                setattr(component, name, new)


class PredictedEngine:
    """One player's part of a room, computed here. Raises SystemFailed when a rule raises."""

    def __init__(self, game: Game, player: int, tiles: TileMap | None = None) -> None:
        self.game = game
        self.player = player
        self.world = World(game, 0, side="client", tiles=tiles)
        self.world.count_from(FIRST_SPAWNED)
        self.physics = Physics(self.world)
        self.world.register(self.physics)
        self.predicted: dict[int, None] = {}
        """The entities that are computed ahead; all others stand still, and are in their way."""
        self.neighbours: dict[int, None] = {}
        """Those of them that are others', and bodies alone: what touches only them the rules are not told."""
        self.keys: dict[int, int] = {}
        """Of those that rules have spawned: what names each, in every run of the same ticks."""
        own = {name for name, system in game.systems.items() if system.predicted} | {"physics"}
        self._pipeline = [each for each in pipeline(game, self.physics.step) if each[0] in own]
        self.fields = {
            each.type: _fields(
                each.layout.names, all(field.scalar for field in each.layout.fields), each.layout.row
            )
            for each in game.components.values()
        }

    def step(self, tick: int, given: PlayerInput, heard: list[object], *, again: bool) -> list[Delivery]:
        """One tick; what it emitted. `heard` are the server's events for the rules. At a keyframe physics is made canonical,
        but not when the tick is computed `again`."""
        world = self.world
        world.tick = tick
        world.set_inputs({self.player: given})
        for event in heard:
            world.emit(event)
        first = world.next_entity
        for name, system in self._pipeline:
            self._run(name, system, world, world.dt)
            if name == "physics" and self.neighbours:
                world.log.drop((Contact, TileContact), self._is_of_others)
        for place, entity in enumerate(range(first, world.next_entity)):
            self.predicted[entity] = None
            self.keys[entity] = tick * KEYS_PER_TICK + place % KEYS_PER_TICK
        deliveries = world.log.deliveries[len(heard) :]
        for entity in world.doomed:
            self.predicted.pop(entity, None)
        world.end_tick()
        if not again and tick % self.game.keyframe_interval == 0:
            self._run("keyframe", self.physics.canonicalise)
        return deliveries

    def remember(self) -> Moment:
        """The predicted entities as they are now."""
        rows = {entity: self.row_of(entity) for entity in self.predicted}
        return Moment(self.world.tick, self.world.next_entity, self.physics.touches, rows)

    def row_of(self, entity: int) -> Row:
        """The fields of an entity's components."""
        fields = self.fields
        return {of: fields[of].read(component) for of, component in self.world.parts_of(entity).items()}

    def rewind(self, moment: Moment) -> None:
        """Go back to where that tick ended: what has been spawned since is gone, what has gone since is back."""
        for entity in [entity for entity in self.predicted if entity not in moment.rows]:
            self.erase(entity)
        for entity, row in moment.rows.items():
            self.put(entity, row)
        self.world.tick = moment.tick
        self.world.count_from(moment.next_entity)

    def settle(self, touches: Touches) -> None:
        """All predicted entities are where they were after that step."""
        self.physics.rewind(touches)

    def put(self, entity: int, row: Mapping[type, tuple[Any, ...]]) -> None:
        """Make an entity what the row says; it is predicted from now on."""
        world = self.world
        self.predicted[entity] = None
        if not world.exists(entity):
            world.place(entity, *(self._new(of, values) for of, values in row.items()))
            return
        parts = world.parts_of(entity)
        for of in [of for of in parts if of not in row]:
            world.remove(entity, of)
        for of, values in row.items():
            self.write(entity, of, values)

    def write(self, entity: int, of: type[Any], values: tuple[Any, ...]) -> None:
        """Make a component of an entity what the values say."""
        component = self.world.try_get(entity, of)
        if component is None:
            self.world.add(entity, self._new(of, values))
        else:
            self.fields[of].write(component, values)

    def erase(self, entity: int) -> None:
        """Take an entity out now."""
        self.predicted.pop(entity, None)
        self.keys.pop(entity, None)
        if self.world.exists(entity):
            self.world.erase(entity)

    def is_shown(self, entity: int) -> bool:
        """Whether there is anything to show."""
        return self.world.has(entity, Scene, Position)

    def close(self) -> None:
        """Free the world and the Space."""
        self.world.close()
        self.physics.close()

    def _is_of_others(self, touch: Contact | TileContact) -> bool:
        """Whether nothing of ours is in it."""
        touching = (touch.a, touch.b) if isinstance(touch, Contact) else (touch.a,)
        return not any(
            entity >= FIRST_SPAWNED or (entity in self.predicted and entity not in self.neighbours)
            for entity in touching
        )

    def _new(self, of: type, values: tuple[Any, ...]) -> Any:
        component: Any = object.__new__(of)
        for name, value in zip(self.fields[of].names, values, strict=True):
            setattr(component, name, value)
        return component

    def _run(self, name: str, function: Callable[..., None], *arguments: Any) -> None:
        try:
            function(*arguments)
        except Exception as error:
            raise SystemFailed(name, error) from error


def _fields(names: tuple[str, ...], scalar: bool, row: Callable[[Any], Any]) -> Fields:
    """Of fields that hold lists or dicts the values are copied."""
    if not names:
        return Fields((), lambda _: ())
    if not scalar:
        return Fields(names, lambda component: tuple(deepcopy(list(row(component)))))
    read = attrgetter(*names)
    return Fields(names, read if len(names) > 1 else lambda component: (read(component),))
