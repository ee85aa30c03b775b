"""What a client that predicts is told of its own entities besides what all see: the exact numbers, where they are new.

Its own are those whose Scene it owns and that have a component that the game declares `predicted`. Their motion travels as
`Change(slot, EXACT_MOTION, [x, y, angle, vx, vy, spin])`, null for what is as it was; a predicted component that nobody is sent,
or in steps only, as `Change(slot, EXACT_COMPONENT, [its name, its fields...])`, the name alone when it was removed.
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
Part = tuple[int, str]
"""An entity, and the name of one of its components; without a name its motion."""
MOTION = ""


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
        self._parts: dict[int, dict[Part, Read]] = {}
        """By player."""
        self._told: dict[int, dict[Part, list[Any]]] = {}
        self._gone: dict[int, list[Part]] = {}

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
            self._parts.setdefault(player, {})[entity, MOTION] = _motion(position, velocity)
        for declared in self._exact:
            kind: type[Any] = declared.type
            for entity, scene, _, component in world.query(Scene, Position, kind):
                self._parts.setdefault(scene.owner, {})[entity, declared.name] = _fields(declared, component)
        self._let_go()

    def changes(self, player: int) -> list[Change]:
        """What is new since the player was told last."""
        parts, told = self._parts.get(player, {}), self._told.get(player)
        if told is None:
            return self.whole(player) if parts else []
        changes = [
            Change(self._slots[entity], EXACT_COMPONENT, [name])
            for entity, name in self._gone.pop(player, ())
        ]
        for part, read in parts.items():
            now, before = read(), told.get(part)
            if now != before:
                told[part] = now
                changes.append(self._change(part, now, before))
        return changes

    def whole(self, player: int) -> list[Change]:
        """All of it, for a client that is sent a snapshot."""
        self._gone.pop(player, None)
        told = self._told[player] = {part: read() for part, read in self._parts.get(player, {}).items()}
        return [self._change(part, values, None) for part, values in told.items()]

    def _change(self, part: Part, now: list[Any], before: list[Any] | None) -> Change:
        entity, name = part
        if name:
            return Change(self._slots[entity], EXACT_COMPONENT, [name, *now])
        if before is not None:
            now = [None if new == old else new for new, old in zip(now, before, strict=True)]
        return Change(self._slots[entity], EXACT_MOTION, now)

    def _let_go(self) -> None:
        """Forget what was told of what is not there any more; of what is still seen, it has to be told."""
        for player, told in self._told.items():
            gone = told.keys() - self._parts.get(player, {}).keys()
            for part in sorted(gone):
                del told[part]
                if part[1] and part[0] in self._slots:
                    self._gone.setdefault(player, []).append(part)

    def _owned(self, kind: type[Any]) -> list[tuple[int, tuple[int, Position]]]:
        rows = self._world.query(Scene, Position, kind)
        return [(entity, (scene.owner, position)) for entity, scene, position, _ in rows if scene.owner >= 0]


def _motion(position: Position, velocity: Velocity) -> Read:
    return lambda: [position.x, position.y, position.angle, velocity.x, velocity.y, velocity.spin]


def _fields(declared: ComponentDeclaration, component: object) -> Read:
    return lambda: list(declared.layout.row(component))
