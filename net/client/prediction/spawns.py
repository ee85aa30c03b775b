"""What predicted rules have spawned, matched with what the server spawned of the same input: by kind, owner and place."""

from collections.abc import Container
from math import hypot

from ecs.components import Position, Scene, Velocity
from net.client.entity import Entity
from net.client.prediction.engine import KEYS_PER_TICK, Moment, PredictedEngine
from net.client.prediction.predicted import Statistics
from net.client.prediction.truth import Truth
from net.client.scene import Scene as ClientScene

GRACE = 1
"""Ticks after its own in which a predicted spawn is waited for: the input may have come a tick late."""
NEAR_TICKS = 2.5
"""A spawn matches where it is no farther off than it flies in so many ticks."""
Moments = dict[int, Moment]


class Spawns:
    """Local entity -> the server's, and back. A spawn that the server never has was a mistake."""

    def __init__(self, engine: PredictedEngine, truth: Truth, statistics: Statistics) -> None:
        self._engine = engine
        self._truth = truth
        self._statistics = statistics
        self.server_of: dict[int, int] = {}
        self.local_of: dict[int, int] = {}
        self.adopted: dict[int, int] = {}
        """The keys of own entities that were spawned here first, by the server's id."""
        self.lost: list[int] = []
        """The keys of what was a mistake, until its reader clears it."""

    def follow(
        self, scene: ClientScene, tick: int, last_input: int, moments: Moments, own: Container[int]
    ) -> bool:
        """Match what the server has spawned up to `tick`, and let go of what it has removed or never had.

        `own` are entities that are known as the player's. Whether the moment of that tick is wrong by it.
        """
        moment = moments.get(tick)
        wrong = False
        for local, server in [*self.server_of.items()]:
            wrong |= self._keep(local, scene.get(server), moments, moment)
        for entity in scene:
            is_new = entity.id not in self.local_of and entity.id not in own
            if is_new and entity.owner == self._engine.player and moment is not None:
                found = self._match(entity, moment)
                wrong |= found is not None and self._take(entity, found, moments, moment)
        for local in self._unconfirmed(tick, last_input):
            if local in self._engine.predicted:
                if not self._engine.is_shown(local):
                    continue  # what has no Scene no server tells
                self.mistaken(self._engine.keys[local])
            self._forget(local, moments)  # also what came and went within a tick, which is not told either
        return wrong

    def mistaken(self, key: int) -> None:
        """The server does not have it."""
        self._statistics.mistaken += 1
        self.lost.append(key)

    def know(self, own: Container[int]) -> None:
        """These are the player's now: the keys of others are forgotten."""
        self.adopted = {entity: key for entity, key in self.adopted.items() if entity in own}

    def hidden(self) -> list[int]:
        """What the server shows, and is predicted to be gone."""
        return [server for local, server in self.server_of.items() if local not in self._engine.predicted]

    def _keep(self, local: int, entity: Entity | None, moments: Moments, moment: Moment | None) -> bool:
        """A spawn that is matched: gone with the server's; where the server has it; or none of ours any more, because it was
        predicted to be gone by now and is not."""
        if entity is None:
            self._forget(local, moments)
        elif moment is not None and local in moment.rows:
            return self._put_right(entity, local, moment)
        elif local not in self._engine.predicted:
            self._part(local)
        return False

    def _take(self, entity: Entity, local: int, moments: Moments, moment: Moment) -> bool:
        """The server has what was spawned here. What is predicted like an own entity goes on under the server's id."""
        self._statistics.matched += 1
        if not self._truth.is_predicted(entity):
            self.server_of[local] = entity.id
            self.local_of[entity.id] = local
            return self._put_right(entity, local, moment)
        self.adopted[entity.id] = self._engine.keys[local]
        self._forget(local, moments)
        return True

    def _put_right(self, entity: Entity, local: int, moment: Moment) -> bool:
        """It is where the server says at this tick; whether that is beyond the steps in which it says so."""
        truth, row = self._truth.row(entity), moment.rows[local]
        if Position not in row:
            return False
        if not self._truth.is_elsewhere(truth, row, exact=False):
            return False
        moment.rows[local] = {**row, Position: truth[Position], Velocity: truth[Velocity]}
        return True

    def _match(self, entity: Entity, moment: Moment) -> int | None:
        """The spawn that this entity is, as of that tick."""
        found: list[tuple[float, int]] = []
        for local, row in moment.rows.items():
            if (
                local in self._engine.keys
                and local not in self.server_of
                and Scene in row
                and Position in row
            ):
                kind, _, owner, *_ = row[Scene]
                if (kind, owner) == (entity.kind, entity.owner):
                    x, y, _ = row[Position]
                    found.append((hypot(x - entity.x, y - entity.y), local))
        nearest, local = min(found, default=(0.0, -1))
        return local if local >= 0 and nearest <= self._reach(moment.rows[local], entity) else None

    def _reach(self, row: dict[type, tuple[float, ...]], entity: Entity) -> float:
        vx, vy, _ = row.get(Velocity, (0.0, 0.0, 0.0))
        flight = max(hypot(vx, vy), hypot(entity.vx, entity.vy)) * self._engine.world.dt
        return NEAR_TICKS * flight + max(entity.w, entity.h, 1.0)

    def _unconfirmed(self, tick: int, last_input: int) -> list[int]:
        """The spawns that the server should have told by the state of `tick`, and has not."""
        spawned = {local: key // KEYS_PER_TICK for local, key in self._engine.keys.items()}
        return [
            local
            for local, at in spawned.items()
            if local not in self.server_of and at + GRACE < tick and at <= last_input
        ]

    def _forget(self, local: int, moments: Moments) -> None:
        """It is gone for good, from all ticks."""
        self._part(local)
        self._engine.erase(local)
        for moment in moments.values():
            moment.rows.pop(local, None)

    def _part(self, local: int) -> None:
        server = self.server_of.pop(local, None)
        if server is not None:
            self.local_of.pop(server, None)
