"""When a room's ticks are due: on a grid of whole periods, with a bounded way back after a delay.

A tick that comes late does not move the grid, so that a room has its rate and clients can tell the time by its ticks. A room
that is up to CATCH_UP ticks behind makes them up, never closer together than half a period; one that is further behind skips
all of them. So a hiccup of the machine costs nothing, a slow tick makes a game slow, and neither ever becomes a burst or a
spiral.
"""

from dataclasses import dataclass

CATCH_UP = 3
"""How many ticks a room makes up."""
LEAST_GAP = 0.5
"""Periods between the beginnings of two ticks that are made up."""


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
