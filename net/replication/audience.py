"""Who is told of an event, or hears a line of chat."""

import numpy as np

from ecs.events import Delivery
from ecs.world import World
from net.replication.pairs import Places
from net.replication.replicate import Replicator
from net.replication.surroundings import Surroundings


class Audience:
    """The players of a room by team and by place. They hear from where they see: from their first own entity, and from
    where that was when it is gone. `begin` once a tick, when the replicator has observed it."""

    def __init__(
        self,
        world: World,
        replicator: Replicator,
        radius: float | None,
        surroundings: Surroundings | None = None,
    ) -> None:
        """`radius` is in world units; None: everybody is near. `surroundings` say who is where, if not the players."""
        self._world = world
        self._radius = radius
        self._surroundings = surroundings or Surroundings(world, replicator)
        self._x = _nowhere(0)
        self._y = _nowhere(0)

    def begin(self) -> None:
        """A tick has run: players have moved."""
        if self._radius is None:
            return
        eyes = self._surroundings.eyes()
        missing = max(eyes.rows, default=-1) + 1 - len(self._x)
        if missing > 0:
            self._x = np.concatenate((self._x, _nowhere(missing)))
            self._y = np.concatenate((self._y, _nowhere(missing)))
        self._x[eyes.rows] = eyes.x
        self._y[eyes.rows] = eyes.y

    def forget(self, player: int) -> None:
        """The player has left: the number may be given to another."""
        if player < len(self._x):
            self._x[player] = self._y[player] = np.nan

    def of(self, delivery: Delivery) -> list[int] | None:
        """The players of a delivery, ascending, or None for everybody."""
        if delivery.scope == "player":
            return [delivery.player]
        if delivery.scope == "team":
            return [player for player in self._world.players if self._world.team_of(player) == delivery.team]
        if delivery.scope == "near" and delivery.at is not None and self._radius is not None:
            return self._near(*delivery.at, self._radius)
        return None

    def of_line(self, player: int, channel: str) -> list[int] | None:
        """Who hears a player on a channel (`room`, `near`, `team`), the player included; None for everybody."""
        if channel == "team" and player in self._world.players:
            team = self._world.team_of(player)
            return [
                each
                for each in self._world.players
                if each == player or self._world.team_of(each) == team >= 0
            ]
        if channel == "near" and self._radius is not None:
            is_somewhere = player < len(self._x) and not np.isnan(self._x[player])
            return self._near(self._x[player], self._y[player], self._radius) if is_somewhere else [player]
        return [player] if channel == "team" else None

    def _near(self, x: float, y: float, radius: float) -> list[int]:
        """The players within a distance of a place, ascending."""
        squares = (self._x - x) ** 2 + (self._y - y) ** 2
        near: list[int] = np.flatnonzero(squares <= radius * radius).tolist()
        return near


def _nowhere(count: int) -> Places:
    return np.full(count, np.nan, np.float32)
