"""Fixed-size records of entities, gathered for every player who is told of them: one numpy pass for all players."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from net.replication.pairs import Indices, Mask, Pairs

_WORDS = np.dtype("<u2")
"""Every record is made of these: a gather of such is some times as fast as one of structures."""


class Told:
    """The pairs of a mask, by row: found once for all the columns that are gathered by it."""

    def __init__(self, pairs: Pairs, mask: Mask) -> None:
        at = np.flatnonzero(mask)
        self.slots: Indices = pairs.slots.take(at)
        self.ends: Indices = at.searchsorted(pairs.ends)
        self.width = pairs.width


class Gathered:
    """The packed records that each row is sent, one row after the other in one block.

    A row's are cut out of it when its diff is written: cut for all rows before, 5,000 players' lay in memory for a while and
    had left the processor's cache when they were wanted (0305).
    """

    __slots__ = ("data", "ends")

    def __init__(self, data: bytes, ends: list[int]) -> None:
        self.data = data
        self.ends = ends
        """Where each row's begin, and at last where all end."""

    def of(self, row: int) -> bytes:
        """A row's records."""
        return self.data[self.ends[row] : self.ends[row + 1]]


def gathered(told: Told, slots: Indices, records: NDArray[np.void]) -> Gathered:
    """What each row is sent of `records`, which are parallel to `slots`."""
    if not len(slots):
        return Gathered(b"", [0] * len(told.ends))
    place_of = np.full(max(told.width, int(slots.max()) + 1), -1, np.intp)
    place_of[slots] = np.arange(len(slots))
    places = place_of.take(told.slots)
    kept = np.flatnonzero(places >= 0)
    words = records.view(_WORDS).reshape(len(slots), -1)
    data = words.take(places.take(kept), axis=0).tobytes()
    return Gathered(data, (kept.searchsorted(told.ends) * records.dtype.itemsize).tolist())


def joined(portions: Sequence[Gathered]) -> Gathered:
    """Each row's records of all portions."""
    if len(portions) == 1:
        return portions[0]
    ends = [sum(each) for each in zip(*(portion.ends for portion in portions), strict=True)]
    rows = range(len(ends) - 1)
    return Gathered(b"".join(portion.of(row) for row in rows for portion in portions), ends)
