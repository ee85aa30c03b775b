"""When a room's ticks are due: on a grid of whole periods, with a bounded way back after a delay.

A tick that comes late does not move the grid, so that a room has its rate and clients can tell the time by its ticks. A room
that is up to CATCH_UP ticks behind makes them up, never closer together than half a period; one that is further behind skips
all of them. So a hiccup of the machine costs nothing, a slow tick makes a game slow, and neither ever becomes a burst or a
spiral.
"""

from dataclasses import dataclass
from typing import Protocol

CATCH_UP = 3
"""How many ticks a room makes up."""
LEAST_GAP = 0.5
"""Periods between the beginnings of two ticks that are made up."""


STEP_GAP = 5.0
"""Between two steps of a room that says itself when it is due (ms): one that stands still, or is wrong, costs little."""
LONG_STEP = 100.0
"""A step of such a room that took longer is an overrun (ms)."""


class Due(Protocol):
    """What says when it is due next (ms)."""

    @property
    def due(self) -> float:
        """The time of the next step."""


@dataclass(frozen=True, slots=True)
class Overrun:
    """A tick that ended when the next one was due already: how late it began (ms), how many ticks are skipped for it."""

    late: float
    skipped: int


class Schedule:
    """One room's ticks. Times are monotonic ms."""

    __slots__ = ("_grid", "due", "period")

    def __init__(self, tick_rate: int, first: float) -> None:
        self.period = 1000.0 / tick_rate
        self._grid = first
        self.due = first
        """When the next tick is to begin."""

    def ran(self, begin: float, end: float) -> Overrun | None:
        """A tick has run. Sets when the next one is due; answers where this one overran."""
        late = begin - self._grid
        self._grid += self.period
        self.due = self._grid
        behind = (end - self._grid) / self.period
        if behind < 0:
            return None
        skipped = int(behind) + 1 if behind >= CATCH_UP else 0
        self._grid += skipped * self.period
        self.due = max(self._grid, begin + LEAST_GAP * self.period)
        return Overrun(late, skipped)


class OwnSchedule:
    """The steps of a room that says itself when it is due, as a lock-step room does. Times are monotonic ms."""

    __slots__ = ("_not_before", "_room", "period")

    def __init__(self, room: Due, first: float) -> None:
        self.period = LONG_STEP
        self._room = room
        self._not_before = first

    @property
    def due(self) -> float:
        """When the next step is to begin."""
        return max(self._room.due, self._not_before)

    def ran(self, begin: float, end: float) -> Overrun | None:
        """A step has run; answers where it took too long."""
        self._not_before = begin + STEP_GAP
        return Overrun(0.0, 0) if end - begin > LONG_STEP else None
