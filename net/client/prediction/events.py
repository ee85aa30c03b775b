"""The ClientEventDispatcher: what own rules say happened, told once though ticks are computed again; and what the server says."""

from collections import deque
from collections.abc import Iterable
from typing import Any

from ecs.events import Delivery
from ecs.game import Game

MAX_WAITING = 256
"""Events of the server's that wait for the next predicted tick."""


class ClientEventDispatcher:
    """`collect` gives what a tick emitted, the first time it is computed; `take` what the server told since, for the rules."""

    def __init__(self, game: Game, player: int) -> None:
        self._player = player
        self._declared = {each.type: each for each in game.events.values() if not each.server_only}
        self._by_name = {each.name: each for each in game.events.values() if not each.server_only}
        self._heard: deque[object] = deque(maxlen=MAX_WAITING)
        self._told_up_to = -1

    def collect(self, tick: int, deliveries: Iterable[Delivery]) -> list[tuple[str, list[Any]]]:
        """(name, fields) of what this client may know of; nothing for a tick that was computed before."""
        if tick <= self._told_up_to:
            return []
        self._told_up_to = tick
        return [
            (declared.name, list(declared.layout.row(delivery.event)))
            for delivery in deliveries
            if (declared := self._declared.get(type(delivery.event))) is not None
            and (delivery.scope != "player" or delivery.player == self._player)
        ]

    def hear(self, name: str, body: Any) -> None:
        """The server told an event; rules of the next predicted tick see it in `world.events`."""
        declared = self._by_name.get(name)
        if declared is not None:
            values = [getattr(body, field) for field in declared.layout.names]
            self._heard.append(declared.layout.build(values))

    def take(self) -> list[object]:
        """What the server has told since, once."""
        heard = list(self._heard)
        self._heard.clear()
        return heard
