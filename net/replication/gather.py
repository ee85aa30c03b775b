"""Fixed-size records of entities, gathered for every player who is told of them: one numpy pass for all players."""

from itertools import pairwise

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


def gathered(told: Told, slots: Indices, records: NDArray[np.void]) -> list[bytes]:
    """The packed records that each row is sent; `records` are parallel to `slots`."""
    if not len(slots):
        return [b""] * (len(told.ends) - 1)
    place_of = np.full(max(told.width, int(slots.max()) + 1), -1, np.intp)
    place_of[slots] = np.arange(len(slots))
    places = place_of.take(told.slots)
    kept = np.flatnonzero(places >= 0)
    words = records.view(_WORDS).reshape(len(slots), -1)
    data = words.take(places.take(kept), axis=0).tobytes()
    ends = (kept.searchsorted(told.ends) * records.dtype.itemsize).tolist()
    return [data[begin:end] for begin, end in pairwise(ends)]
