"""When the ticks of a journal were, where they are of no fixed length: those of lock-step rooms are generations."""

from typing import NamedTuple

MAX_MARKS = 512
"""Of these that are told: a page's slider has as many places."""


class Moment(NamedTuple):
    """When a tick had run, in ms of play since the first; between two moments ticks are even."""

    tick: int
    ms: float


class Lengths:
    """Moments, one wherever ticks become longer or shorter."""

    def __init__(self) -> None:
        self._moments: list[Moment] = []
        self._last: Moment | None = None
        self._length = -1.0

    def add(self, tick: int, length: float) -> None:
        """A tick took so many ms; those that were left out since the last took none."""
        before = self._last or Moment(tick - 1, 0.0)
        if self._last is None or length != self._length or tick != before.tick + 1:
            self._moments.append(before)
            self._length = length
        if tick != before.tick + 1:
            self._moments.append(Moment(tick - 1, before.ms))
        self._last = Moment(tick, before.ms + length)

    @property
    def total(self) -> float:
        """Of all of them (ms)."""
        return self._last.ms if self._last is not None else 0.0

    def moments(self) -> list[Moment]:
        """From the first to the last, no more than `MAX_MARKS`; empty where there was none."""
        if self._last is None:
            return []
        every = -(-len(self._moments) // (MAX_MARKS - 1))
        return [*self._moments[::every], self._last]
