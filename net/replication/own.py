"""What a client that predicts is told of its own entities besides what all see: the exact numbers, where they are new.

Its own are those whose Scene it owns and that have a component that the game declares `predicted`. Their motion travels as
`Change(slot, EXACT_MOTION, [x, y, angle, vx, vy, spin])`, null for what is as it was, and null for all of it when it is told
exactly no more; a predicted component that nobody is sent, or in steps only, as `Change(slot, EXACT_COMPONENT, [its name, [its
fields]])`, the name alone when it was removed.
"""

from collections.abc import Callable
from operator import is_
from struct import Struct as Layout
from typing import Any

from ecs.components import Position, Scene, Velocity
from ecs.declare import ComponentDeclaration
from ecs.game import Game
from ecs.world import World
from net.bundle import array_header
from net.codec import MESSAGEPACK
from net.protocol import EXACT_COMPONENT, EXACT_MOTION, Change
from net.replication.scene import STILL, Slots

Read = Callable[[], list[Any]]
"""The fields of a component, as they are now."""
Part = tuple[int, str]
"""An entity, and the name of one of its components."""
NOT_TOLD = (None,) * 6
_DOUBLE = 0xCB
_PLACE = Layout(">BdBd4s")
_MOTION = Layout(">BdBdBdBdBd1s")
_NULLS = b"\xc0" * 4


class OwnMotion:
    """The motion of one entity, and what its player was told of it. In bytes it takes 1 µs, as a message 4."""

    __slots__ = ("_head", "position", "slot", "told", "velocity")

    def __init__(self, slot: int) -> None:
        self.slot = slot
        self.position = Position()
        self.velocity = STILL
        self.told: tuple[float | None, ...] = NOT_TOLD
        self._head = MESSAGEPACK.encode([slot, EXACT_MOTION, None])[:-1] + b"\x96"

    def change(self) -> Change | None:
        """What is new, or None."""
        told, now = self.told, self._now()
        if now == told:
            return None
        self.told = now
        news = [None if new == old else new for new, old in zip(now, told, strict=True)]
        return Change(self.slot, EXACT_MOTION, news)

    def packed(self) -> bytes:
        """The same in MessagePack; nothing where nothing is new."""
        told, position, velocity = self.told, self.position, self.velocity
        x, y, angle, vx, vy, spin = now = (
            position.x, position.y, position.angle, velocity.x, velocity.y, velocity.spin,
        )  # fmt: skip
        if now == told:
            return b""
        self.told = now
        if angle == told[2] and vx == told[3] and vy == told[4] and spin == told[5]:
            return self._head + _PLACE.pack(_DOUBLE, x, _DOUBLE, y, _NULLS)
        if spin == told[5]:
            return self._head + _MOTION.pack(
                _DOUBLE, x, _DOUBLE, y, _DOUBLE, angle, _DOUBLE, vx, _DOUBLE, vy, b"\xc0"
            )
        return self._head + MESSAGEPACK.encode(now)[1:]

    def _now(self) -> tuple[float, ...]:
        position, velocity = self.position, self.velocity
        return (position.x, position.y, position.angle, velocity.x, velocity.y, velocity.spin)


class OwnEntities:
    """The exact numbers of the entities of players who predict. Costs nothing while nobody asks."""

    def __init__(self, world: World, game: Game, slots: Slots) -> None:
        self._world = world
        self._slots = slots
        self._kinds: list[type[Any]] = [
            each.type for each in game.components.values() if each.predicted and not each.built_in
        ]
        self._exact = game.exact_components()
        self._queried: list[object] = []
        self._owners: object = None
        self._motions: dict[int, dict[int, OwnMotion]] = {}
        """By player and entity."""
        self._parts: dict[int, dict[Part, Read]] = {}
        """By player."""
        self._told: dict[int, dict[Part, list[Any]]] = {}
        self._gone: dict[int, list[Part]] = {}
        self._ended: dict[int, list[int]] = {}
        """The entities whose motion a player was told exactly, and is no more."""

    def follow(self, owners: object) -> None:
        """A tick has run. `owners` is another object whenever an entity has got another owner."""
        world = self._world
        queried: list[object] = [world.query(Scene, Position, kind) for kind in self._kinds]
        queried += [world.query(Scene, Velocity, kind) for kind in self._kinds]
        if owners is self._owners and all(map(is_, queried, self._queried)):
            return
        self._owners, self._queried = owners, queried
        before, self._motions = self._motions, {}
        for kind in self._kinds:
            for entity, scene, position, _ in world.query(Scene, Position, kind):
                if scene.owner >= 0:
                    motion, slot = before.get(scene.owner, {}).get(entity), self._slots[entity]
                    if motion is None or motion.slot != slot:
                        motion = OwnMotion(slot)
                    motion.position, motion.velocity = position, world.try_get(entity, Velocity) or STILL
                    self._motions.setdefault(scene.owner, {})[entity] = motion
        self._end_motions(before)
        if self._exact:
            self._follow_components()

    def motion_item(self, player: int, head: bytes) -> bytes:
        """A `Private` in MessagePack with what is new of the player's motion, or nothing. `head` is all of it that comes
        before its changes."""
        motions = self._motions.get(player)
        if motions is None:
            return b""
        if len(motions) == 1:
            (motion,) = motions.values()
            news = motion.packed()
            return head + b"\x91" + news if news else b""
        changes = [news for motion in motions.values() if (news := motion.packed())]
        return head + array_header(len(changes)) + b"".join(changes) if changes else b""

    def has_more(self, player: int) -> bool:
        """Whether there is more to be told than `motion_item` has: components, or motion that is told no more."""
        return player in self._parts or player in self._gone or player in self._ended

    def changes(self, player: int) -> list[Change]:
        """All that is new since the player was told last; what is no more comes first, for what is there again since."""
        slots, told = self._slots, self._told.setdefault(player, {}) if player in self._parts else {}
        changes = [
            Change(slots[entity], EXACT_MOTION, None)
            for entity in self._ended.pop(player, ())
            if entity in slots
        ]
        changes += [
            Change(slots[entity], EXACT_COMPONENT, [name])
            for entity, name in self._gone.pop(player, ())
            if entity in slots
        ]
        changes += [
            change
            for motion in self._motions.get(player, {}).values()
            if (change := motion.change()) is not None
        ]
        for part, read in self._parts.get(player, {}).items():
            now = read()
            if now != told.get(part):
                told[part] = now
                changes.append(Change(slots[part[0]], EXACT_COMPONENT, [part[1], now]))
        return changes

    def whole(self, player: int) -> list[Change]:
        """All of it, for a client that is sent a snapshot."""
        self._gone.pop(player, None)
        self._ended.pop(player, None)
        self._told.pop(player, None)
        for motion in self._motions.get(player, {}).values():
            motion.told = NOT_TOLD
        return self.changes(player)

    def _end_motions(self, before: dict[int, dict[int, OwnMotion]]) -> None:
        """Whose it was is told that the motion is exact no more: the last exact one would hold for ever."""
        for player, motions in before.items():
            still = self._motions.get(player, {})
            for entity, motion in motions.items():
                if entity not in still and motion.told is not NOT_TOLD:
                    self._ended.setdefault(player, []).append(entity)

    def _follow_components(self) -> None:
        """Who has which components, and what of those that players were told is there no more."""
        self._parts = {}
        for declared in self._exact:
            kind: type[Any] = declared.type
            for entity, scene, _, component in self._world.query(Scene, Position, kind):
                self._parts.setdefault(scene.owner, {})[entity, declared.name] = _fields(declared, component)
        for player, told in self._told.items():
            for part in sorted(told.keys() - self._parts.get(player, {}).keys()):
                del told[part]
                self._gone.setdefault(player, []).append(part)


def _fields(declared: ComponentDeclaration, component: object) -> Read:
    return lambda: list(declared.layout.row(component))
