"""What the journal of any room determines: seats taken, state chart, chat. No connection, no clock.

    apply(entry)... tick() ... apply(entry)... tick()

`apply`, `hear` and `tick` are the only ways in, for a room that is played and for one whose journal is run again: the same
entries give the same room. What is to be told is in `news`, by player number.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ecs.errors import WorldError
from ecs.layout import NotPlain
from net.hosted import HostedGame
from net.journal.entries import (
    Act,
    Announcement,
    AnyEntry,
    Canonicalised,
    Drop,
    Ended,
    Entry,
    Join,
    Leave,
    Line,
    Return,
    Transition,
)
from net.journal.errors import JournalError
from net.journal.inputs import Heard
from net.players.seats import Seats
from net.players.session import Seat
from net.protocol import Input, Notice, RoomState, Said
from net.rooms.chart import IllegalEvent, RoomChart
from net.rooms.chat import Chat
from net.rooms.news import News


class BasePlay(ABC):
    """The part of a room that is the same each time its journal is run. A model adds what its ticks are."""

    def __init__(self, hosted: HostedGame, seats: Seats) -> None:
        self.hosted = hosted
        self.seats = seats
        self.chart = RoomChart(hosted.chart)
        self.chat = Chat()
        self.news = News()
        self._verbs: dict[type[Entry], Callable[[Any], None]] = {
            Join: self._join,
            Leave: self._leave,
            Drop: self._drop,
            Return: self._return,
            Line: self._line,
            Act: self._act,
            Transition: self._transition,
            Announcement: self._announce,
            Canonicalised: self._canonicalise,
            Ended: self._end,
        }

    # What a model adds -----------------------------------------------------------------------------------------------

    @property
    @abstractmethod
    def at(self) -> int:
        """The last tick that has run; 0 before the first."""

    def hear(self, player: int, given: Input) -> bool:
        """Queue an input. False where it changes nothing: one of that tick or a later one came before, or it is too far ahead.

        Raises JournalError where the model has no inputs.
        """
        raise JournalError(f"player {player} gives an input ({given.tick}) to a room that has none")

    @abstractmethod
    def image(self) -> bytes:
        """All of it, between two ticks. Raises SnapshotError."""

    @abstractmethod
    def restore(self, data: bytes) -> None:
        """Become what `image` gave, in a room in which nobody has joined. Raises JournalError."""

    @abstractmethod
    def checksum(self) -> int:
        """48 bits over all that a tick changes. Raises SnapshotError."""

    def close(self) -> None:
        """Free what it holds. Doing it again changes nothing."""

    def _joined(self, seat: Seat, join: Join) -> None:
        """A player has taken a seat. Raises JournalError."""

    def _left(self, player: int) -> None:
        """A player has given up the seat."""

    def _dropped(self, player: int) -> None:
        """A player's connection is lost."""

    def _returned(self, player: int) -> None:
        """A player has a connection again."""

    @abstractmethod
    def _hearers(self, line: Line) -> Sequence[int] | None:
        """Who hears a line; None: everybody."""

    def _canonicalise(self, _: Canonicalised) -> None:
        """Nothing, where ticks have no hidden state."""

    # What comes in ---------------------------------------------------------------------------------------------------

    def feed(self, entries: Iterable[AnyEntry | Heard]) -> None:
        """Hear and apply what a frame of the journal has. Raises JournalError."""
        try:
            for entry in entries:
                if isinstance(entry, list):
                    for player, given in entry:
                        self.hear(player, given)
                else:
                    self.apply(entry)
        except (IllegalEvent, NotPlain, ValueError, WorldError) as error:
            raise JournalError(f"the journal has what cannot have been in this room: {error}") from error

    def apply(self, entry: AnyEntry) -> None:
        """What an entry does. Raises JournalError for one that this game or this room cannot have had."""
        verb = self._verbs.get(type(entry))
        if verb is None:
            raise JournalError(
                f"a room of the model {self.hosted.game.model!r} has no {type(entry).__name__}"
            )
        verb(entry)

    def _join(self, join: Join) -> None:
        seat = self.seats.join(join.player, join.player_id, join.name)
        seat.joined_at = max(seat.joined_at, self.at)
        self._joined(seat, join)
        self.news.seat_changed(join.player)

    def _leave(self, leave: Leave) -> None:
        seat = self._seat(leave.player)
        self.seats.free(seat)
        self.chat.forget(leave.player)
        self._left(leave.player)
        self.news.seat_changed(leave.player)

    def _drop(self, drop: Drop) -> None:
        self._seat(drop.player).connected = False
        self._dropped(drop.player)
        self.news.seat_changed(drop.player)

    def _return(self, back: Return) -> None:
        self._seat(back.player).connected = True
        self._returned(back.player)
        self.news.seat_changed(back.player)

    def _line(self, line: Line) -> None:
        said = Said(line.player, line.channel, line.text, self._seat(line.player).name)
        self.chat.keep(said)
        self.news.tell(self._hearers(line), said)

    def _act(self, act: Act) -> None:
        if act.act == "mute":
            self.news.tell(
                [act.player], Notice(f"You are muted: {act.reason}" if act.reason else "You are muted.")
            )

    def _transition(self, transition: Transition) -> None:
        """Raises IllegalEvent."""
        state = self.chart.send(transition.event, transition.detail)
        self.news.tell_all(RoomState(state, transition.detail))

    def _announce(self, announcement: Announcement) -> None:
        self.news.tell_all(Notice(announcement.text))

    def _end(self, _: Ended) -> None:
        """Nothing follows; whoever runs the journal sees the entry."""

    def _seat(self, player: int) -> Seat:
        seat = self.seats.get(player)
        if seat is None or not seat.joined:
            raise JournalError(f"the journal lets player {player} act, who has not joined")
        return seat
