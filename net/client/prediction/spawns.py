"""What predicted rules have spawned, matched with what the server spawned of the same input: by kind, owner and place."""

from math import hypot

from ecs.components import Position, Scene, Velocity
from net.client.entity import Entity
from net.client.prediction.engine import Moment, PredictedEngine

GRACE = 1
"""Ticks after its own in which a predicted spawn is waited for: the input may have come a tick late."""
NEAR_TICKS = 2.5
"""A spawn matches where it is no farther off than it flies in so many ticks."""


class Spawns:
    """Local entity -> the server's, and back. A spawn that the server never has was a mistake."""

    def __init__(self, engine: PredictedEngine) -> None:
        self._engine = engine
        self.server_of: dict[int, int] = {}
        self.local_of: dict[int, int] = {}

    def match(self, entity: Entity, moment: Moment | None) -> bool:
        """An own entity has entered: whether it is one that was predicted, as of that tick."""
        nearest, local = self._nearest(entity, moment)
        if local is None or nearest > self._reach(local, moment, entity):
            return False
        self.server_of[local] = entity.id
        self.local_of[entity.id] = local
        return True

    def unconfirmed(self, tick: int, last_input: int) -> list[int]:
        """The predicted spawns that the server should have told by the state of `tick`, and has not."""
        return [
            local
            for local, key in self._engine.keys.items()
            if local not in self.server_of and key // 256 + GRACE < tick and key // 256 <= last_input
        ]

    def forget(self, local: int) -> None:
        """It is gone."""
        server = self.server_of.pop(local, None)
        if server is not None:
            self.local_of.pop(server, None)

    def _nearest(self, entity: Entity, moment: Moment | None) -> tuple[float, int | None]:
        found: list[tuple[float, int]] = []
        for local, row in (moment.rows if moment is not None else {}).items():
            scene = row.get(Scene)
            if local in self._engine.keys and local not in self.server_of and scene is not None:
                kind, _, owner, *_ = scene
                if kind == entity.kind and owner == entity.owner:
                    x, y, _ = row[Position]
                    found.append((hypot(x - entity.x, y - entity.y), local))
        return min(found, default=(0.0, None))

    def _reach(self, local: int, moment: Moment | None, entity: Entity) -> float:
        row = moment.rows[local] if moment is not None else {}
        vx, vy, _ = row.get(Velocity, (0.0, 0.0, 0.0))
        flight = max(hypot(vx, vy), hypot(entity.vx, entity.vy)) * self._engine.world.dt
        return NEAR_TICKS * flight + max(entity.w, entity.h, 1.0)
