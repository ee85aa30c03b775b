"""What a screening shows: where the ticks come from and how they become bundles is the show's own business."""

from collections.abc import Iterable
from typing import Protocol

from net.hosted import HostedGame
from net.players.session import Session
from net.protocol import PlayerRecord
from net.replay.lengths import Moment
from net.replication.map_feed import MapFeed
from net.rooms.chat import Chat
from net.rooms.outbox import Outgoing


class Show(Protocol):
    """A game that goes on by itself, from tick to tick. Times are ms."""

    @property
    def room_id(self) -> str:
        """The room's that is shown."""

    @property
    def hosted(self) -> HostedGame:
        """Its game."""

    @property
    def first(self) -> int:
        """The first tick that can be shown."""

    @property
    def last(self) -> int:
        """The last one, as far as is known."""

    @property
    def tick(self) -> int:
        """The tick that is shown, or the one that has been reached on the way to another."""

    @property
    def state(self) -> str:
        """The room's state as a dotted path."""

    @property
    def is_over(self) -> bool:
        """Whether the room has ended with what has been shown."""

    @property
    def roster(self) -> list[PlayerRecord]:
        """The players."""

    @property
    def players(self) -> tuple[int, ...]:
        """Who can be followed, ascending."""

    @property
    def nobody(self) -> int:
        """Whom a viewer follows who has chosen nobody who is there: a player, or a number that is nobody's."""

    @property
    def interval(self) -> float:
        """How long a tick is shown at the game's own speed, now (ms)."""

    @property
    def moments(self) -> list[Moment]:
        """When its ticks were; empty where they are even, or that is not known."""

    @property
    def chat(self) -> Chat:
        """What was said."""

    @property
    def map_feed(self) -> MapFeed | None:
        """The tile map, where there is one."""

    def run(self, most: int) -> int:
        """Run up to so many ticks more; returns how many there were."""

    def seek(self, tick: int) -> None:
        """Go to a tick. `travel` does it; until then nothing is shown."""

    def travel(self, most: int) -> bool:
        """Run up to so many ticks on the way; True when it is there. Without a way to go it is."""

    def write(self, sessions: Iterable[Session], now: float, followed: frozenset[int]) -> Outgoing:
        """The bundles of what has run since the last time, for sessions whose seat's `player` is the one they follow."""

    def close(self) -> None:
        """Free what it takes. Idempotent."""
