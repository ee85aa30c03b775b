"""What changed in a room's world since the last tick, worked out once for all clients.

    refresh rows -> left, entered -> packed motion -> changed fields -> private fields by player

Nothing is replicated that a game has not declared: a Scene makes an entity visible, a component's audience says who
receives its fields.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from ecs.components import Collide, Position, Scene
from ecs.game import Game
from ecs.world import World
from net.errors import SceneError
from net.protocol import Change, EntityRecord, GameSchema
from net.replication.columns import NOTHING_MOVED, MotionColumns, motion_columns
from net.replication.own import OwnEntities
from net.replication.scene import SceneTable
from net.replication.watch import ValueChanges, Values, Watch

SIZE, STATE, OWNER = -1, -2, -3
"""`Change.component` of the SceneEntity's own fields."""
SHARED_AUDIENCES = ("near", "always")


Fixed = tuple[int, int, int, int, int, str, list[tuple[int, Values]]]
"""Slot, kind, owner, width, height, state and components of an entity: of its record what is not motion."""


class UnknownKind(SceneError):
    """A game changed a Scene's kind to one that it has not declared; the world refuses a new Scene of such a kind."""


@dataclass(slots=True)
class Changes:
    """One tick's changes, in no codec yet: the fields of a Diff, and of Private by player."""

    left: list[int]
    entered: list[EntityRecord]
    motion: MotionColumns
    changed: list[Change]
    private: dict[int, list[Change]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def none(cls) -> "Changes":
        """Nothing has changed."""
        return cls([], [], NOTHING_MOVED, [])


@dataclass(slots=True)
class Watched:
    """A replicated component of the game: its type, its place in the schema, its watch."""

    kind: type[object]
    place: int
    audience: str
    watch: Watch
    rows: object = None
    """The query's rows as last seen, with their columns."""
    entities: list[int] = field(default_factory=list)
    objects: list[object] = field(default_factory=list)


class Replicator:
    """Follows one room's world. `observe` once a tick; `records` and `private_of` describe the state it has observed."""

    def __init__(self, world: World, game: Game, schema: GameSchema) -> None:
        self._world = world
        self.steps = schema.steps
        self.table = SceneTable(world, schema.steps)
        self.audience_version = object()
        """Another object whenever somebody may have come to see an entity, or no longer, for another reason than its place."""
        self.owners_version = object()
        """Another object whenever an entity that was there has got another owner."""
        self._written_scenes = world.watch(Scene)
        self._written_shapes = world.watch(Collide)
        self._kind_numbers = {kind.name: number for number, kind in enumerate(schema.kinds)}
        self._sizes = Watch("Collide", (("w", schema.steps.size), ("h", schema.steps.size)))
        self._states = Watch("Scene", (("state", 0.0),))
        self._owners = Watch("Scene", (("owner", 0.0),))
        self._seen_by = Watch("Scene", (("seen_by", 0.0),))
        self._seen_rows: object = None
        self._components = [
            Watched(
                game.components[component.name].type,
                place,
                component.audience,
                _watch(component.name, schema, place),
            )
            for place, component in enumerate(schema.components)
        ]
        self._told: dict[tuple[int, int], tuple[int, ...]] = {}
        """(component place, entity) -> the players who know its private values."""
        self._teams: dict[int, int] = {}
        self.own = OwnEntities(world, game, self.table.slots)
        """What clients that predict are told of their own entities; `follow` it before it is asked."""
        self._fixed: dict[int, Fixed] = {}
        """By entity, until something of it is written."""

    def observe(self) -> Changes:
        """What changed since the last call. Raises a SceneError: the game's mistake."""
        table = self.table
        left, entered = table.refresh()
        new = set(entered)
        changed, owned = self._scene_changes(new)
        private: dict[int, list[Change]] = defaultdict(list)
        for watched in self._components:
            if watched.audience in SHARED_AUDIENCES:
                changed += self._shared_changes(watched, new)
            else:
                self._private_changes(watched, owned, private)
        return Changes(
            left,
            self._records(table.places(entered)),
            motion_columns(table.slot_column, table.now, table.then, self.steps.position_bits),
            changed,
            private,
        )

    def records(self) -> list[EntityRecord]:
        """Every SceneEntity in full, by entity id: a Snapshot's entities."""
        return self._records(list(range(len(self.table.rows.entities))))

    def records_of(self, slots: Iterable[int]) -> list[EntityRecord]:
        """The SceneEntities in some slots, in full."""
        return self._records([self.table.row_of(slot) for slot in slots])

    def private_of(self, player: int) -> list[Change]:
        """Every private component that the player may see."""
        return [
            self._change(entity, watched.place, watched.watch.known[entity])
            for watched in self._components
            if watched.audience not in SHARED_AUDIENCES
            for entity in sorted(watched.watch.known)
            if player in self._told.get((watched.place, entity), ())
        ]

    def audience_of(self, entity: int) -> str:
        """Who sees the entity: "near", "owner", "team" or "always".

        A component for always shows what is seen near to everybody; nothing shows what its Scene hides.
        """
        seen_by = self._world.get(entity, Scene).seen_by
        return "always" if seen_by == "near" and self._has(entity, "always") else seen_by

    def is_for_team(self, entity: int) -> bool:
        """Whether its owner's team sees it wherever it is: it says so, or has a component for the team and is not hidden."""
        seen_by = self._world.get(entity, Scene).seen_by
        return seen_by == "team" or (seen_by != "owner" and self._has(entity, "team"))

    def _has(self, entity: int, audience: str) -> bool:
        return any(each.audience == audience and entity in each.watch.known for each in self._components)

    def _scene_changes(self, new: set[int]) -> tuple[list[Change], set[int]]:
        """Changes of size, state and owner, and the entities whose audience may be another one now."""
        rows = self.table.rows
        written = self._written_scenes.keys() | self._written_shapes.keys()
        self._written_scenes.clear()
        self._written_shapes.clear()
        self._forget_fixed(written)
        changed: list[Change] = []
        owned: set[int] = set()
        for place, watch, objects in (
            (SIZE, self._sizes, rows.sizes),
            (STATE, self._states, rows.scenes),
            (OWNER, self._owners, rows.scenes),
        ):
            for entity, values in watch.look(rows, rows.entities, objects, written):
                if place == OWNER:
                    owned.add(entity)
                if values is not None and entity not in new:
                    changed.append(self._change(entity, place, values))
        if not owned <= new:
            self.owners_version = object()
        shown = self._seen_by.look(rows, rows.entities, rows.scenes, written)
        owned.update(entity for entity, _ in shown)
        owned |= self._regrouped()
        if owned or rows is not self._seen_rows:
            self.audience_version = object()
        if rows is not self._seen_rows:
            self._seen_rows = rows
            self._fixed.clear()
        return changed, owned

    def _regrouped(self) -> set[int]:
        """All entities when a player has changed teams, else none."""
        teams = self._world.seats.teams()
        if teams == self._teams:
            return set()
        self._teams = teams
        return set(self.table.rows.entities)

    def _shared_changes(self, watched: Watched, new: set[int]) -> list[Change]:
        changes = self._scan(watched)
        self._forget_fixed(entity for entity, _ in changes)
        slots = self.table.slots
        return [
            self._change(entity, watched.place, values)
            for entity, values in changes
            if entity not in new and entity in slots
        ]

    def _private_changes(self, watched: Watched, owned: set[int], private: dict[int, list[Change]]) -> None:
        """Tell those who may see it what changed, those who may from now on all of it, those who no longer may that."""
        changes = dict(self._scan(watched))
        known, slots = watched.watch.known, self.table.slots
        for entity in sorted(changes.keys() | (owned & known.keys())):
            before = self._told.pop((watched.place, entity), ())
            now = self._audience(watched, entity) if entity in known else ()
            if now:
                self._told[watched.place, entity] = now
            if entity not in slots:
                continue
            for player in now if entity in changes else sorted(set(now) - set(before)):
                private[player].append(self._change(entity, watched.place, known[entity]))
            for player in sorted(set(before) - set(now)):
                private[player].append(self._change(entity, watched.place, None))

    def _scan(self, watched: Watched) -> ValueChanges:
        rows = self._world.query(Scene, Position, watched.kind)
        if rows is not watched.rows:
            if watched.audience in ("always", "team"):
                self.audience_version = object()
            watched.rows = rows
            watched.entities = [entity for entity, _, _, _ in rows]
            watched.objects = [component for _, _, _, component in rows]
        return watched.watch.scan(rows, watched.entities, watched.objects)

    def _audience(self, watched: Watched, entity: int) -> tuple[int, ...]:
        """The players who may see a private component of the entity: those that the game knows, not who comes next tick."""
        scene = self._world.get(entity, Scene)
        owner, team = scene.owner, self._teams.get(scene.owner, -1)
        if watched.audience == "team" and scene.seen_by != "owner" and team >= 0:
            return tuple(player for player in self._world.players if self._teams[player] == team)
        return (owner,) if owner in self._teams else ()

    def _change(self, entity: int, place: int, values: Values | None) -> Change:
        return Change(self.table.slots[entity], place, values)

    def _records(self, places: list[int]) -> list[EntityRecord]:
        """The entities in some rows in full. All motion is read in one pass: a number at a time would cost four times that."""
        now = self.table.now
        motion = (column[places].tolist() for column in (now.x, now.y, now.vx, now.vy, now.angle))
        records = []
        for place, x, y, vx, vy, angle in zip(places, *motion, strict=True):
            entity = self.table.rows.entities[place]
            slot, kind, owner, width, height, state, components = self._fixed.get(entity) or self._fix(place)
            records.append(
                EntityRecord(slot, entity, kind, owner, x, y, vx, vy, width, height, angle, state, components)
            )
        return records

    def _fix(self, place: int) -> Fixed:
        """What of a row's record is not its motion; kept until something of it is written."""
        entity, scene = self.table.rows.entities[place], self.table.rows.scenes[place]
        width, height = self._sizes.known[entity]
        (owner,), (state,) = self._owners.known[entity], self._states.known[entity]
        components = [
            (watched.place, watched.watch.known[entity])
            for watched in self._components
            if watched.audience in SHARED_AUDIENCES and entity in watched.watch.known
        ]
        kind = self._kind_number(entity, scene.kind)
        fixed = self.table.slots[entity], kind, owner, width, height, state, components
        self._fixed[entity] = fixed
        return fixed

    def _forget_fixed(self, entities: Iterable[int]) -> None:
        for entity in entities:
            self._fixed.pop(entity, None)

    def _kind_number(self, entity: int, kind: str) -> int:
        try:
            return self._kind_numbers[kind]
        except KeyError:
            raise UnknownKind(
                f"the Scene of entity {entity} was given the kind {kind!r}, which game.kind(...) has not declared"
            ) from None


def _watch(name: str, schema: GameSchema, place: int) -> Watch:
    return Watch(name, [(each.name, each.step) for each in schema.components[place].fields])
