"""The World: entities, their components, events, random numbers and inputs of one room. The only file that knows esper.

esper keeps its current world in module globals. Every World has a context name of its own and switches to it before it
changes anything; what it only reads, it reads from its context's own dictionary, which esper never replaces. So
worlds may take turns in any order, and a read never sees another room. Never use threads.
"""

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any, TypeVar, cast, overload

import esper

from ecs.components import Scene
from ecs.declare import AuthorityDeclaration
from ecs.errors import WorldError
from ecs.events import Delivery, EventLog, Scope
from ecs.game import Game
from ecs.index import Index
from ecs.inputs import VIEW_STEPS, PlayerInput
from ecs.open_map import open_map
from ecs.players import Player, Players
from ecs.random import BriefRandom, Random, SeededRandom, ServersRandom, mix
from ecs.rewind import Past, PlaceHistory
from ecs.saved import SavedData
from ecs.tiles import TileMap
from ecs.watched import Watched, attach, detach, watched_by

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
E = TypeVar("E")

Side = str
MAX_ASKED = 256
_contexts = count(1)


class World:
    """One room's state. Systems get it as their first argument; `Engine` owns and closes it.

    Entities are integers from 1, never used again. A despawn takes effect at the end of the tick. Misuse raises
    WorldError.
    """

    def __init__(
        self, game: Game, seed: int, *, side: Side = "server", room_id: str = "", tiles: TileMap | None = None
    ) -> None:
        """`tiles`: on a client, the map as far as the server has sent it."""
        self.game = game
        self.side = side
        self.room_id = room_id
        self.seed = seed
        self.tick = 0
        """The tick being computed, from 1; 0 before the first."""
        self.dt = 1.0 / game.tick_rate
        """Seconds a tick."""
        computes_all = side == "server" or game.model == "lockstep"
        self.random = (SeededRandom if computes_all else ServersRandom)(mix(seed))
        """Seeded random numbers. In authoritative rooms they are the server's, and raise on a client: predicted systems
        use `predicted_random`."""
        self.log = EventLog()
        self.seats = Players()
        self.asked: list[tuple[int, object]] = []
        """On a client: this tick's requests that only the server may answer, as (player, request)."""
        self.doomed: dict[int, None] = {}
        self._next = 1
        self._declared = {d.type for d in game.components.values()}
        self._event_types = {d.type for d in game.events.values()}
        self._inputs: Mapping[int, PlayerInput] = {}
        key_bits = {key: 1 << place for place, key in enumerate(game.inputs.keys)}
        axis_places = {axis: place for place, axis in enumerate(game.inputs.axes)}
        self.idle_input = PlayerInput(key_bits, axis_places)
        """The input of a player who presses nothing."""
        self._indexes: dict[tuple[type, ...], Index] = {}
        self._by_type: dict[type, list[Index]] = {}
        self._plans: dict[tuple[type, ...], list[Index]] = {}
        self._logs: dict[type, list[dict[int, None]]] = {}
        self.resources: dict[str, Any] = {}
        self._context = f"tickroom-{next(_contexts)}"
        esper.switch_world(self._context)
        self._entities: dict[int, dict[type, Any]] = esper._entities  # noqa: SLF001 - see above
        self.register(self.seats)
        self._map = open_map(game, seed, side) if tiles is None else tiles
        if self._map is not None:
            self.register(self._map)
        self.saved_data = SavedData(game.save) if game.save is not None and side == "server" else None
        """What is kept of the players; on the server only, and only where the game declares it."""
        if self.saved_data is not None:
            self.register(self.saved_data)
        self.history = None if game.rewind is None else PlaceHistory(game.rewind, game.tick_rate)
        """Where entities were in the last ticks; on a client what the server told of that. Only where the game declares it."""
        if self.history is not None and side == "server":
            self.register(self.history)

    # Entities -------------------------------------------------------------------------------------------------------

    def spawn(self, *components: object) -> int:
        """Make an entity of these components and return its id. It is in all queries at once."""
        types = tuple(map(type, components))
        indexes = self._plans.get(types)
        if indexes is None:
            indexes = self._plan(types)
        self._watch_all(self._next, components)
        self._activate()
        entity = esper.create_entity(*components)
        self._next = entity + 1
        row = self._entities[entity]
        for index in indexes:
            index.put(entity, row)
        return entity

    def despawn(self, entity: int) -> None:
        """Remove an entity at the end of the tick; until then it is there as before. Doing it again changes nothing."""
        if entity in self._entities:
            self.doomed[entity] = None
        elif not 0 < entity < self._next:
            raise WorldError(f"there never was an entity {entity!r}")

    def leaving(self, entity: int) -> bool:
        """Whether the entity is gone at the end of this tick, or is gone already."""
        return entity in self.doomed or entity not in self._entities

    def exists(self, entity: int) -> bool:
        """Whether the entity is there in this tick."""
        return entity in self._entities

    def add(self, entity: int, component: object) -> None:
        """Put a component on an entity, instead of the one of that type if it has one."""
        of = type(component)
        self._check(of)
        row = self._row(entity)
        old = row.get(of)
        if old is component:
            return
        self._watch_all(entity, (component,))
        if isinstance(old, Watched):
            detach(old)
        self._activate()
        esper.add_component(entity, component)
        for index in self._by_type.get(of, ()):
            index.put(entity, row)

    def remove(self, entity: int, of: type[A]) -> A:
        """Take a component off an entity and return it. Raises WorldError when it is not there."""
        component = self.get(entity, of)
        self._activate()
        esper.remove_component(entity, of)
        if isinstance(component, Watched):
            detach(component)
        for index in self._by_type.get(of, ()):
            index.drop(entity)
        return component

    def get(self, entity: int, of: type[A]) -> A:
        """The entity's component of a type, to read and to change. Raises WorldError when it is not there."""
        try:
            return cast(A, self._entities[entity][of])
        except KeyError:
            raise WorldError(self._missing(entity, of)) from None

    def try_get(self, entity: int, of: type[A]) -> A | None:
        """The entity's component of a type, or None when the entity or the component is not there."""
        row = self._entities.get(entity)
        return None if row is None else row.get(of)

    def has(self, entity: int, *types: type) -> bool:
        """Whether the entity is there and has components of all these types."""
        row = self._entities.get(entity)
        return row is not None and all(of in row for of in types)

    def components_of(self, entity: int) -> tuple[Any, ...]:
        """All components of an entity, by the name of their type."""
        row = self._row(entity)
        return tuple(row[of] for of in sorted(row, key=lambda of: of.__name__))

    def parts_of(self, entity: int) -> Mapping[type, Any]:
        """The components of an entity by their type: live, for reading only."""
        return self._row(entity)

    @property
    def entities(self) -> tuple[int, ...]:
        """All entities, in id order."""
        return tuple(sorted(self._entities))

    @overload
    def query(self, a: type[A], /) -> tuple[tuple[int, A], ...]: ...
    @overload
    def query(self, a: type[A], b: type[B], /) -> tuple[tuple[int, A, B], ...]: ...
    @overload
    def query(self, a: type[A], b: type[B], c: type[C], /) -> tuple[tuple[int, A, B, C], ...]: ...
    @overload
    def query(
        self, a: type[A], b: type[B], c: type[C], d: type[D], /
    ) -> tuple[tuple[int, A, B, C, D], ...]: ...
    @overload
    def query(
        self, a: type[A], b: type[B], c: type[C], d: type[D], e: type[E], /
    ) -> tuple[tuple[int, A, B, C, D, E], ...]: ...
    def query(self, *types: type) -> tuple[tuple[Any, ...], ...]:
        """Rows (entity, component, ...) of all entities that have these components, in id order.

        The rows are as they are now: what is spawned, added or removed while going through them is in the next query.
        """
        index = self._indexes.get(types)
        if index is None:
            index = self._new_index(types)
        return index.rows()

    def index(self, *types: type) -> Index:
        """The live index behind `query`: `entities`, `columns` and a `version`, for reading many components at once."""
        return self._indexes.get(types) or self._new_index(types)

    @property
    def queried(self) -> tuple[tuple[type, ...], ...]:
        """What has been asked for with `query` and `index` so far, by the types of each."""
        return tuple(self._indexes)

    def watch(self, of: type[Watched]) -> dict[int, None]:
        """A dict that collects, as keys, the entities whose component of this type is written or is new.

        For parts of the engine that follow rarely written components (`Collide`, `Scene`); the reader clears it.
        """
        log: dict[int, None] = {}
        self._logs.setdefault(of, []).append(log)
        return log

    # Time, chance, players ------------------------------------------------------------------------------------------

    def predicted_random(self, player: int, input_tick: int) -> Random:
        """Random numbers that a client can predict: the same on both sides for one player and one tick of its input."""
        return BriefRandom(mix(0x7072656469637465, player, input_tick))

    @property
    def players(self) -> tuple[int, ...]:
        """The numbers of the seated players, ascending."""
        return self.seats.numbers

    def player(self, number: int) -> Player:
        """Name, connection and team of a seated player. Raises WorldError when nobody has the seat."""
        return self.seats.of(number)

    def name_of(self, player: int) -> str:
        """A seated player's name."""
        return self.seats.of(player).name

    def team_of(self, player: int) -> int:
        """A seated player's team, or -1."""
        return self.seats.of(player).team

    def set_team(self, player: int, team: int) -> None:
        """Put a seated player in a team (0 to 32,767), or in none (-1)."""
        if not -1 <= team <= 32_767:
            raise WorldError(f"a team is -1 to 32767, not {team!r}")
        self.seats.of(player).team = team

    @overload
    def saved(self, player: int) -> Any: ...
    @overload
    def saved(self, player: int, of: type[A]) -> A: ...
    def saved(self, player: int, of: type[Any] | None = None) -> Any:
        """A seated player's saved data, to read and to change in place; say the class as well, and type checkers know it.

        It is there from the hook "join" to the end of the hook "leave", on the server only. Raises WorldError.
        """
        if self.saved_data is None:
            raise WorldError(_why_nothing_saved(self.game, self.side))
        saved = self.saved_data.of(player)
        if of is not None and type(saved) is not of:
            raise WorldError(f"the game's saved data is {type(saved).__name__}, not {of.__name__}")
        return saved

    def input(self, player: int) -> PlayerInput:
        """What a player pressed in this tick; nothing for one who is not seated or has sent nothing."""
        return self._inputs.get(player, self.idle_input)

    def seen_by(self, player: int) -> Past:
        """The world as the player saw it when it gave its input of this tick, as far back as `game.lag_compensation` allows.

        The present for who tells no view. On a client it is what the server told of those ticks.
        """
        return self.past(self.input(player).view / VIEW_STEPS)

    def past(self, ago: float) -> Past:
        """The world `ago` ticks before now; not before now and not further back than `game.lag_compensation` says.

        For projectiles, which keep the `ago` that `seen_by` had when they were shot.
        """
        return Past(self, self.history, ago)

    def set_inputs(self, inputs: Mapping[int, PlayerInput]) -> None:
        """Called by the input stage."""
        self._inputs = inputs

    # Events and requests --------------------------------------------------------------------------------------------

    def emit(
        self,
        event: object,
        *,
        at: tuple[float, float] | None = None,
        to: int | None = None,
        team: int | None = None,
        scope: str = "room",
    ) -> None:
        """Say that something happened: to those who see the place `at`, to one player, to a team; to the whole room
        when none is given, or to all rooms with `scope="server"`. Systems of this tick see it in `events`."""
        if type(event) not in self._event_types:
            raise WorldError(f"{type(event).__name__} is no event of the game: declare it with @game.event")
        self.log.add(_delivery(event, at, to, team, scope))

    def events(self, of: type[A]) -> tuple[A, ...]:
        """This tick's events of a type so far, in the order they were emitted."""
        return self.log.of(of)

    def ask(self, request: object, player: int = -1) -> None:
        """Ask for what only the server may decide, for a player. On the server the game's authority answers at once,
        inside the tick; on a client nothing happens until the server's events arrive."""
        if self.game.model == "lockstep":
            raise WorldError("a lock-step room has no authority to ask: all sides compute the same")
        if self.side != "server":
            if len(self.asked) < MAX_ASKED:
                self.asked.append((player, request))
            return
        authority: AuthorityDeclaration | None = self.game.authorities.get(type(request))
        if authority is None:
            raise WorldError(f"the game has no @game.authority({type(request).__name__})")
        authority.handler(self, player, request)

    # Resources ------------------------------------------------------------------------------------------------------

    def register(self, resource: object) -> None:
        """Keep a value of the whole room, such as a score table: a plain dataclass, or an object with `save()` that gives
        plain values and `load(values)`. It is in the snapshot, so register it in `on("create")`."""
        name = type(resource).__name__
        if name in self.resources:
            raise WorldError(f"a resource {name} is registered already")
        if self.tick > 0:
            raise WorldError(
                f'the resource {name} must be registered in @game.on("create"), before the first tick'
            )
        self.resources[name] = resource

    def resource(self, of: type[A]) -> A:
        """The registered resource of a type. Raises WorldError when there is none."""
        found = self.resources.get(of.__name__)
        if type(found) is not of:
            raise WorldError(f"no resource {of.__name__} is registered")
        return found

    @property
    def map(self) -> TileMap:
        """The tile map. Raises WorldError when the game has none."""
        if self._map is None:
            raise WorldError("the game has no map: declare it with game.map(...)")
        return self._map

    @property
    def has_map(self) -> bool:
        """Whether the game has a tile map."""
        return self._map is not None

    # The engine's side ----------------------------------------------------------------------------------------------

    @property
    def next_entity(self) -> int:
        """The id that the next spawned entity gets."""
        return self._next

    def end_tick(self) -> None:
        """Despawn what was doomed and forget the tick's events. Called by the engine."""
        for entity in sorted(self.doomed):
            self._delete(entity)
        self.doomed.clear()
        self.log.clear()
        self.asked.clear()
        if self._map is not None:
            self._map.end_tick(self.tick)

    def restore(self, entities: Mapping[int, Sequence[object]], next_entity: int) -> None:
        """Replace all entities by these, ids included. Called by `load`."""
        for components in self._entities.values():
            for component in components.values():
                if isinstance(component, Watched):
                    detach(component)
        self._activate()
        esper.clear_database()
        self.doomed.clear()
        for index in self._indexes.values():
            index.clear()
        for entity in sorted(entities):
            self._count_from(entity)
            self.spawn(*entities[entity])
        self._count_from(next_entity)

    def place(self, entity: int, *components: object) -> None:
        """Put an entity in under an id that the server gave it, or that it had before a client went back in time."""
        if entity in self._entities:
            raise WorldError(f"there is an entity {entity} already")
        following = self._next
        self._activate()
        self._count_from(entity)
        try:
            self.spawn(*components)
        finally:
            self._activate()
            self._count_from(following)

    def erase(self, entity: int) -> None:
        """Take an entity out at once, between two ticks."""
        self._delete(entity)
        self.doomed.pop(entity, None)

    def count_from(self, entity: int) -> None:
        """The next spawned entity gets this id: a client counts its own apart from the server's, and again after it has
        gone back in time."""
        self._activate()
        self._count_from(entity)

    def close(self) -> None:
        """Free the esper context. The world cannot be used any more; doing it again changes nothing."""
        if self._context in esper.list_worlds():
            if esper.current_world == self._context:
                esper.switch_world("default")
            esper.delete_world(self._context)
        self._entities = {}
        self._indexes.clear()
        self.resources.clear()

    # Inside ---------------------------------------------------------------------------------------------------------

    def _count_from(self, entity: int) -> None:
        """The next spawned entity gets this id."""
        esper._entity_count = count(entity)  # noqa: SLF001 - esper has no other way to give an id
        self._next = entity

    def _activate(self) -> None:
        if esper.current_world != self._context:
            if self._context not in esper.list_worlds():
                raise WorldError("the world is closed")
            esper.switch_world(self._context)

    def _plan(self, types: tuple[type, ...]) -> list[Index]:
        for of in types:
            self._check(of)
        if len(set(types)) != len(types):
            raise WorldError(f"an entity has one component of a type, not {[of.__name__ for of in types]}")
        given = set(types)
        plan = [index for index in self._indexes.values() if given.issuperset(index.types)]
        self._plans[types] = plan
        return plan

    def _new_index(self, types: tuple[type, ...]) -> Index:
        for of in types:
            self._check(of)
        if not types:
            raise WorldError("a query names at least one component")
        index = self._indexes[types] = Index(types)
        for of in set(types):
            self._by_type.setdefault(of, []).append(index)
        self._plans.clear()
        for entity in sorted(self._entities):
            index.put(entity, self._entities[entity])
        return index

    def _delete(self, entity: int) -> None:
        row = self._entities[entity]
        for of, component in row.items():
            if isinstance(component, Watched):
                detach(component)
            for index in self._by_type.get(of, ()):
                index.drop(entity)
        self._activate()
        esper.delete_entity(entity, immediate=True)

    def _watch_all(self, entity: int, components: tuple[object, ...]) -> None:
        for component in components:
            if isinstance(component, Watched):
                holder = watched_by(component)
                if holder is not None:
                    raise WorldError(
                        f"this {type(component).__name__} is on entity {holder} already: make a new one"
                    )
                if type(component) is Scene and component.kind not in self.game.kinds:
                    raise WorldError(self._unknown_kind(entity, component.kind))
                logs = self._logs.setdefault(type(component), [])
                attach(component, entity, logs)
                for log in logs:
                    log[entity] = None

    def _row(self, entity: int) -> dict[type, Any]:
        try:
            return self._entities[entity]
        except KeyError:
            raise WorldError(f"there is no entity {entity!r}") from None

    def _check(self, of: type) -> None:
        if of not in self._declared:
            raise WorldError(f"{of.__name__} is no component of the game: declare it with @game.component")

    def _unknown_kind(self, entity: int, kind: object) -> str:
        kinds = list(self.game.kinds)
        return f"entity {entity}: the game declares no kind {kind!r}; it has {kinds}: declare it with game.kind(...)"

    def _missing(self, entity: int, of: type) -> str:
        return (
            f"entity {entity} has no {of.__name__}"
            if entity in self._entities
            else f"there is no entity {entity!r}"
        )


def _delivery(
    event: object, at: tuple[float, float] | None, to: int | None, team: int | None, scope: str
) -> Delivery:
    if (at is not None) + (to is not None) + (team is not None) + (scope != "room") > 1:
        raise WorldError("an event goes to one of: at=, to=, team=, scope=")
    if at is not None:
        return Delivery(event, "near", at=(float(at[0]), float(at[1])))
    if to is not None:
        return Delivery(event, "player", player=to)
    if team is not None:
        return Delivery(event, "team", team=team)
    if scope not in ("room", "server"):
        raise WorldError(f"an event's scope is 'room' or 'server', not {scope!r}")
    return Delivery(event, cast(Scope, scope))


def _why_nothing_saved(game: Game, side: Side) -> str:
    if game.save is None:
        return "the game has no saved data: declare it with @game.saved"
    return f"saved data is the server's; on the {side} there is none"
