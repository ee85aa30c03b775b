"""Where predicted entities are drawn: between the last two predicted ticks, one tick behind the newest."""

from math import dist, tau
from typing import Any

from ecs.game import Game
from net.client.entity import Entity
from net.client.prediction.predicted import Predicted
from net.client.view import Pose, turn

Places = dict[int, tuple[float, float, float]]


class DrawnPrediction:
    """The last two predictions, and when the newer one was made (ms)."""

    def __init__(self) -> None:
        self.newest: Predicted | None = None
        self._before: Places = {}
        self._now: Places = {}
        self._keys: dict[int, int] = {}
        """The entities of `_now` that rules have spawned, by key: the server's id replaces one below 0."""
        self._at = 0.0
        self._interval = 1.0
        self._spawned: dict[int, Entity] = {}
        """What the server has not told yet."""

    def take(self, predicted: Predicted, now: float, game: Game) -> None:
        """A tick was predicted. What is farther away than the game blends is not drawn on the way there."""
        self._interval = 1000.0 / game.tick_rate
        if self.newest is None or predicted.tick != self.newest.tick:
            self._before, self._at = self._now, now
        self.newest = predicted
        self._now = {entity: _place(components) for entity, components, _ in predicted.entities}
        self._rename(predicted)
        snap = game.prediction_limits.snap
        for entity in self._now.keys() & self._before.keys():
            if dist(self._now[entity][:2], self._before[entity][:2]) > snap:
                self._before[entity] = self._now[entity]
        self._spawned = {
            entity: _entity(entity, components) for entity, components, _ in predicted.entities if entity < 0
        }

    def _rename(self, predicted: Predicted) -> None:
        """What the server has matched goes on from where it was drawn."""
        keys = {key: entity for entity, _, key in predicted.entities if key is not None}
        for key, entity in keys.items():
            before = self._keys.get(key, entity)
            if before != entity and before in self._before:
                self._before[entity] = self._before.pop(before)
        self._keys = keys

    def poses(self, poses: list[Pose], now: float) -> list[Pose]:
        """The predicted ones instead of those of the same entities, and what only the prediction knows."""
        if self.newest is None:
            return poses
        part = min(1.0, max(0.0, (now - self._at) / self._interval))
        gone = set(self.newest.gone)
        drawn = [
            self._pose(pose.entity, part) if pose.entity.id in self._now else pose
            for pose in poses
            if pose.entity.id not in gone
        ]
        return drawn + [self._pose(entity, part) for entity in self._spawned.values()]

    def _pose(self, entity: Entity, part: float) -> Pose:
        x, y, angle = self._now[entity.id]
        from_x, from_y, from_angle = self._before.get(entity.id, (x, y, angle))
        return Pose(
            entity,
            from_x + (x - from_x) * part,
            from_y + (y - from_y) * part,
            (from_angle + turn(from_angle, angle) * part) % tau,
        )


def _place(components: dict[str, list[Any]]) -> tuple[float, float, float]:
    x, y, angle = components["Position"]
    return x, y, angle


def _entity(number: int, components: dict[str, list[Any]]) -> Entity:
    """A predicted spawn as an entity of the scene: slot -1, until the server tells it."""
    kind, state, owner, w, h, _ = components["Scene"]
    x, y, angle = components["Position"]
    vx, vy, _ = components.get("Velocity", (0.0, 0.0, 0.0))
    return Entity(-1, number, kind, owner, x, y, vx, vy, w, h, angle % tau, state)
