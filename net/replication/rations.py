"""A budget of bytes for each client: who is over it is told of far things less often, of near ones as before.

A thing that a client was not told of is stale for it, and comes as a place, not as a nudge, when its turn is there: a
nudge is a way from what the client holds.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from net.replication.pairs import Indices, Mask, Pairs

EVERY = 4
"""A client that is short of bytes is told of each far thing in every so many ticks, not of all in the same."""
SAVED = 1.0
"""Seconds of budget that a client may save up, and may owe: one that was short for an hour is not for the next."""
NEAR = 0.5
"""The part of the view's radius within which everything is told in every tick."""


@dataclass(slots=True)
class Portion:
    """What rows are told of in a tick, as masks of pairs."""

    follow: Mask
    """Told what changed since the tick before."""
    catch_up: Mask
    """Told where it is now, after ticks in which they were not told."""


class Rations:
    """The budgets of a room's clients, by row."""

    def __init__(self, bytes_per_second: float, tick_rate: int) -> None:
        self._per_tick = bytes_per_second / tick_rate
        self._most = bytes_per_second * SAVED
        self._left: NDArray[np.float64] = np.zeros(0)
        self._pairs = Pairs(np.zeros(0, np.int64), 0)
        self._stale: Mask = np.zeros(0, np.bool_)

    def spend(self, row: int, size: int) -> None:
        """A row was sent so many bytes."""
        if row < len(self._left):
            self._left[row] -= size

    def begin_anew(self, row: int) -> None:
        """A row was sent a snapshot: nothing is stale for it."""
        if row < len(self._left):
            self._stale[self._pairs.span(row)] = False

    def portion(self, pairs: Pairs, stays: Mask, close: Mask, moving: Indices, tick: int) -> Portion | None:
        """What the rows are told of in this tick; None: of everything. `moving` are the slots whose motion changed."""
        self._fit(pairs)
        np.clip(self._left + self._per_tick, -self._most, self._most, out=self._left)
        short = self._left < 0.0
        self._stale &= stays
        if not short.any() and not self._stale.any():
            return None
        due = (pairs.slots + tick) % EVERY == 0
        told = stays & (close | due | ~np.repeat(short, pairs.counts))
        catch_up = told & self._stale
        missed = np.zeros_like(stays)
        missed[pairs.of_slots(moving, stays & ~told)] = True
        self._stale = (self._stale | missed) & ~told
        return Portion(told & ~catch_up, catch_up)

    def _fit(self, pairs: Pairs) -> None:
        """Go on with other pairs; what is stale was seen, and is among them."""
        if pairs is self._pairs:
            return
        more = len(pairs.counts) - len(self._left)
        self._left = np.append(self._left, np.full(more, self._most))
        self._stale = pairs.marked(self._pairs.keys[self._stale])
        self._pairs = pairs
