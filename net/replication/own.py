"""What a client that predicts is told of its own entities besides what all see: the exact numbers, where they are new.

Its own are those whose Scene it owns and that have a component that the game declares `predicted`. Their motion travels as
`Change(slot, EXACT_MOTION, [x, y, angle, vx, vy, spin])`, null for what is as it was; a predicted component that nobody is sent,
or in steps only, as `Change(slot, EXACT_COMPONENT - n, its fields)`, n its place among those, by name.
"""

from collections.abc import Callable
from operator import is_
from typing import Any

from ecs.components import Position, Scene, Velocity
from ecs.declare import ComponentDeclaration
from ecs.game import Game
from ecs.world import World
from net.protocol import EXACT_COMPONENT, EXACT_MOTION, Change
from net.replication.scene import STILL, Slots

Read = Callable[[], list[Any]]
"""The numbers of one part of an entity, as they are now."""


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
        self._audience: object = None
        self._parts: dict[int, list[tuple[int, int, Read]]] = {}
        """Player -> (entity, what the Change is of, what reads it)."""
        self._told: dict[int, dict[tuple[int, int], list[Any]]] = {}

    def follow(self, audience: object) -> None:
        """A tick has run. `audience` is another object whenever somebody may own something else."""
        world = self._world
        queried: list[object] = [world.query(Scene, Position, kind) for kind in self._kinds]
        queried.append(world.query(Scene, Velocity))
        if audience is self._audience and all(map(is_, queried, self._queried)):
            return
        self._audience, self._queried = audience, queried
        self._parts = {}
        owned = {entity: at for kind in self._kinds for entity, at in self._owned(kind)}
        for entity, (player, position) in sorted(owned.items()):
            velocity = world.try_get(entity, Velocity) or STILL
            self._parts.setdefault(player, []).append((entity, EXACT_MOTION, _motion(position, velocity)))
        for number, declared in enumerate(self._exact):
            kind: type[Any] = declared.type
            for entity, scene, _, component in world.query(Scene, Position, kind):
                read = _fields(declared, component)
                self._parts.setdefault(scene.owner, []).append((entity, EXACT_COMPONENT - number, read))
        self._told = {
            player: {part[:2]: told[part[:2]] for part in self._parts.get(player, ()) if part[:2] in told}
            for player, told in self._told.items()
            if player in self._parts
        }

    def changes(self, player: int) -> list[Change]:
        """What is new since the player was told last."""
        parts = self._parts.get(player)
        if parts is None:
            return []
        told = self._told.get(player)
        if told is None:
            return self.whole(player)
        changes: list[Change] = []
        for entity, place, read in parts:
            now, before = read(), told.get((entity, place))
            if now != before:
                told[entity, place] = now
                changes.append(Change(self._slots[entity], place, _news(place, now, before)))
        return changes

    def whole(self, player: int) -> list[Change]:
        """All of it, for a client that is sent a snapshot."""
        parts = self._parts.get(player, [])
        told = self._told[player] = {(entity, place): read() for entity, place, read in parts}
        return [Change(self._slots[entity], place, values) for (entity, place), values in told.items()]

    def _owned(self, kind: type[Any]) -> list[tuple[int, tuple[int, Position]]]:
        rows = self._world.query(Scene, Position, kind)
        return [(entity, (scene.owner, position)) for entity, scene, position, _ in rows if scene.owner >= 0]


def _motion(position: Position, velocity: Velocity) -> Read:
    return lambda: [position.x, position.y, position.angle, velocity.x, velocity.y, velocity.spin]


def _fields(declared: ComponentDeclaration, component: object) -> Read:
    return lambda: list(declared.layout.row(component))


def _news(place: int, now: list[Any], before: list[Any] | None) -> list[Any]:
    if before is None or place != EXACT_MOTION:
        return now
    return [None if new == old else new for new, old in zip(now, before, strict=True)]
