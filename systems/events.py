"""The EventDispatcher: what happened in a tick, and to whom it is told. The server's variant groups it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ecs.events import Delivery
from ecs.game import Game


@dataclass(slots=True)
class EventBatch:
    """A tick's events for clients. `deliveries` has all of them in the order of emission; the rest group the same."""

    deliveries: list[Delivery] = field(default_factory=list)
    room: list[Delivery] = field(default_factory=list)
    server: list[Delivery] = field(default_factory=list)
    near: list[Delivery] = field(default_factory=list)
    players: dict[int, list[Delivery]] = field(default_factory=dict)
    teams: dict[int, list[Delivery]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.deliveries)


class EventDispatcher:
    """Turns what the world's log holds at the end of a tick into an EventBatch; server-only events stay out."""

    def __init__(self, game: Game) -> None:
        self._told = frozenset(d.type for d in game.events.values() if not d.server_only)

    def collect(self, deliveries: Iterable[Delivery]) -> EventBatch:
        """Group the deliveries that may reach clients: per player, near a place, per team, room, server-wide."""
        batch = EventBatch()
        for delivery in deliveries:
            if type(delivery.event) in self._told:
                batch.deliveries.append(delivery)
                _group(batch, delivery).append(delivery)
        return batch


def _group(batch: EventBatch, delivery: Delivery) -> list[Any]:
    match delivery.scope:
        case "player":
            return batch.players.setdefault(delivery.player, [])
        case "team":
            return batch.teams.setdefault(delivery.team, [])
        case "near":
            return batch.near
        case "server":
            return batch.server
        case _:
            return batch.room
