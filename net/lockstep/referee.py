"""The server's own engine for one match, as a room sees it: at its own pace, somewhere else, and nobody waits for it.

    Refereeing.look(match, now) -> what it has said; meanwhile it is given what it lacks of the match, a bounded piece at a time

What it is given is the match's own history, so that nothing is queued; a referee that falls behind, does not answer or dies is
told of once, and the match goes on.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from msgspec import Struct

from net.lockstep.history import CHUNK
from net.lockstep.play import Match

BEHIND = 100
"""With so many generations to go a referee is behind: ten seconds."""
LEVEL = 10
"""And with so many it is level again."""
SILENT = 30_000.0
"""A referee that has work and says nothing for so long (ms) is given up."""


class Begin(Struct, frozen=True, tag=True):
    """To the referee: the match. Every `interval` generations clients compute a checksum."""

    seed: int
    setup: dict[str, Any]
    interval: int


class Generations(Struct, frozen=True, tag=True):
    """To the referee: the next ones, as a History has them."""

    data: bytes


class Ask(Struct, frozen=True, tag=True):
    """To the referee: the state after a generation is wanted."""

    generation: int


class Sums(Struct, frozen=True, tag=True):
    """From the referee: checksums by generation, and the last one that it has run."""

    generation: int
    sums: dict[int, int]


class State(Struct, frozen=True, tag=True):
    """From the referee: a packed dump; no bytes where it has none of that generation."""

    generation: int
    packed: bytes


class Lost(Struct, frozen=True, tag=True):
    """From the referee, or of it: it says nothing more."""

    reason: str


Order = Begin | Generations | Ask
Word = Sums | State | Lost


class NoReferee(Exception):
    """None can be had now; the sentence says why."""


class Referee(Protocol):
    """An engine elsewhere. Nothing of it blocks or raises."""

    def takes_more(self) -> bool:
        """Whether it is to be given anything now."""

    def give(self, order: Order) -> None:
        """Something to do."""

    def heard(self) -> list[Word]:
        """What it has said since the last time."""

    def close(self) -> None:
        """It is needed no more. Idempotent."""


MakeReferee = Callable[[Mapping[str, Any]], Referee]
"""Makes one; it is handed the setup of the match. Raises NoReferee."""


class Refereeing:
    """The referee of one match. Times are ms."""

    def __init__(self, referee: Referee, match: Match, interval: int, now: float) -> None:
        self.generation = -1
        """The last that it has run."""
        self.notices: list[str] = []
        """For everybody in the room; whoever tells them takes them out."""
        self._referee = referee
        self._given = 0
        self._heard_at = now
        self._behind = False
        self._lost = False
        referee.give(Begin(match.seed, match.setup, interval))

    @property
    def is_there(self) -> bool:
        """Whether anything may still come from it."""
        return not self._lost

    def ask(self, generation: int) -> None:
        """Ask for the state after a generation."""
        if not self._lost:
            self._referee.give(Ask(generation))

    def look(self, match: Match, now: float) -> Iterator[Word]:
        """What it has said; it is given more."""
        if self._lost:
            return
        for word in self._referee.heard():
            self._heard_at = now
            if isinstance(word, Sums):
                self.generation = word.generation
            elif isinstance(word, Lost):
                yield self._lose(word.reason)
                return
            yield word
        if self.generation >= self._given - 1:
            self._heard_at = now  # it has nothing to do
        if now - self._heard_at > SILENT:
            yield self._lose(f"it has said nothing for {SILENT / 1000.0:.0f} s")
            return
        self._feed(match)
        self._say_how_far(match.generation - self.generation)

    def close(self) -> None:
        """It is needed no more. Idempotent."""
        self._lost = True
        self._referee.close()

    def _feed(self, match: Match) -> None:
        ahead = self._given - 1 - self.generation
        if ahead < CHUNK and self._given < len(match.history) and self._referee.takes_more():
            piece = match.history.piece(self._given, len(match.history))
            self._given += piece.count
            self._referee.give(Generations(piece.data))

    def _say_how_far(self, missing: int) -> None:
        if not self._behind and missing > BEHIND:
            self._behind = True
            self.notices.append(
                f"The referee is {missing} generations behind; the match does not wait for it."
            )
        elif self._behind and missing <= LEVEL:
            self._behind = False
            self.notices.append("The referee is level with the match again.")

    def _lose(self, reason: str) -> Lost:
        self.close()
        self.notices.append(f"The match goes on without the referee: {reason}.")
        return Lost(reason)
