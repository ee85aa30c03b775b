"""Which (row, slot)s are worth looking at: the pairs of a player and an entity that are near each other, as sorted columns."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

STRIPS = 4
"""Entities are sorted into strips; so many lie in the width of a search."""
SEARCHED = 128
"""The pairs of so many rows are searched for at a time: what a block takes stays in the processor's second cache (0295)."""
_SLOT_BITS = 16
"""A pair's key is row << 16 | slot: keys in ascending order are by row, and by slot in it."""

Mask = NDArray[np.bool_]
Places = NDArray[np.float32]
Indices = NDArray[np.intp]
Keys = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Points:
    """Places by number (world units); NaN where there is none."""

    x: Places
    y: Places


class Pairs:
    """(row, slot)s by row, ascending. A mask of pairs has a number for each of them."""

    def __init__(self, keys: Keys, rows: int) -> None:
        """`keys` are sorted, each once, of rows below `rows`."""
        self.keys = keys
        self.slots: Indices = keys & (2**_SLOT_BITS - 1)
        self.ends: Indices = keys.searchsorted(np.arange(rows + 1) << _SLOT_BITS)
        """Where each row's pairs begin, and at last where all end."""
        self.counts: Indices = np.diff(self.ends)
        self.width = int(self.slots.max()) + 1 if len(keys) else 0
        """All slots are below."""

    def __len__(self) -> int:
        return len(self.keys)

    def rows_of(self, at: Indices) -> Indices:
        """The rows of the pairs in some places."""
        rows: Indices = self.keys[at] >> _SLOT_BITS
        return rows

    def span(self, row: int) -> slice:
        """The places of a row's pairs."""
        return slice(int(self.ends[row]), int(self.ends[row + 1]))

    def place(self, row: int, slot: int) -> int | None:
        """Where a pair is, or None."""
        key = row << _SLOT_BITS | slot
        at = int(self.keys.searchsorted(key))
        return at if at < len(self.keys) and self.keys[at] == key else None

    def marked(self, keys: Keys) -> Mask:
        """The mask of some of these pairs."""
        mask = np.zeros(len(self.keys), np.bool_)
        mask[self.keys.searchsorted(keys)] = True
        return mask

    def of_slots(self, slots: Sequence[int] | Indices, mask: Mask) -> Indices:
        """The places of those pairs in a mask that have one of some slots."""
        if not len(slots):
            return np.zeros(0, np.intp)
        named = np.zeros(self.width, np.bool_)
        numbers = np.asarray(slots, np.intp)
        named[numbers[numbers < self.width]] = True
        return np.flatnonzero(named.take(self.slots) & mask)

    def squared_distances(self, eyes: Points, places: Points) -> Places:
        """Between eye and entity of each pair; NaN where either is nowhere."""
        squares = places.x.take(self.slots)
        squares -= np.repeat(eyes.x, self.counts)
        squares *= squares
        along_y = places.y.take(self.slots)
        along_y -= np.repeat(eyes.y, self.counts)
        along_y *= along_y
        squares += along_y
        return squares


def row_blocks(keys: Keys, rows: int) -> list[Keys]:
    """Keys that are by row, cut into those of SEARCHED rows each: one block at least."""
    cuts = keys.searchsorted(np.arange(0, max(rows, 1), SEARCHED) << _SLOT_BITS).tolist()
    return [keys[begin:end] for begin, end in pairwise([*cuts, len(keys)])]


def key(row: int, slot: int) -> int:
    """What a pair is sorted by."""
    return row << _SLOT_BITS | slot


def all_keys(rows: int, slots: int) -> Keys:
    """Every pair there may be."""
    return (np.arange(rows)[:, np.newaxis] << _SLOT_BITS | np.arange(slots)).ravel()


def near_keys(eyes: Points, places: Points, reach: float) -> Iterator[Keys]:
    """The pairs that are no farther from each other than `reach`, in as many blocks of rows as `row_blocks` makes.

    The entities are sorted by strips of the y axis, and by x in each: what an eye may see is one range in each of few
    strips, found by bisection. The cost is that of the pairs found, whatever the size of the world.
    """
    rows, slots = np.flatnonzero(np.isfinite(eyes.x)), np.flatnonzero(np.isfinite(places.x))
    if not len(rows) or not len(slots):
        yield from row_blocks(np.zeros(0, np.int64), len(eyes.x))
        return
    eye_x, eye_y = eyes.x[rows].astype(np.float64), eyes.y[rows].astype(np.float64)
    x, y = places.x[slots].astype(np.float64), places.y[slots].astype(np.float64)
    left, top, strip = x.min(), y.min(), 2.0 * reach / STRIPS
    # all strips stand in one line, each so long that no range reaches into the next
    length = x.max() - left + 4.0 * reach
    line = np.floor((y - top) / strip) * length + (x - left)
    order = line.argsort()
    slots = slots[order]
    ordered = _Line(line[order], Points(places.x[slots], places.y[slots]), slots)
    strips = np.floor((eye_y - reach - top) / strip)[:, np.newaxis] + np.arange(STRIPS + 1)
    middles = strips * length + np.clip(eye_x - left, -reach, length - 3.0 * reach)[:, np.newaxis]
    cuts = rows.searchsorted(np.arange(0, len(eyes.x), SEARCHED)).tolist()
    for begin, end in pairwise([*cuts, len(rows)]):
        yield ordered.near(rows[begin:end], eyes, middles[begin:end], reach)


@dataclass(frozen=True, slots=True)
class _Line:
    """All entities in the order in which they stand in their strips, one strip after the other."""

    along: NDArray[np.float64]
    """Where in the line of all strips."""
    places: Points
    slots: Indices

    def near(self, rows: Indices, eyes: Points, middles: NDArray[np.float64], reach: float) -> Keys:
        """The pairs of some rows; `middles` say where in the line each of them looks."""
        begin = self.along.searchsorted((middles - reach).ravel())
        end = self.along.searchsorted((middles + reach).ravel(), "right")
        counts = end - begin
        at = np.repeat(begin - counts.cumsum() + counts, counts)
        at += np.arange(len(at))
        counts = counts.reshape(middles.shape).sum(axis=1)
        x_away = self.places.x.take(at) - np.repeat(eyes.x[rows], counts)
        y_away = self.places.y.take(at) - np.repeat(eyes.y[rows], counts)
        x_away *= x_away
        y_away *= y_away
        x_away += y_away
        close = np.flatnonzero(x_away <= np.float32(reach * reach))
        found: Keys = np.repeat(rows << _SLOT_BITS, counts).take(close)
        found |= self.slots.take(at.take(close))
        return found


def merged(near: Iterable[Keys], anywhere: Keys, marked: Keys, rows: int) -> tuple[Keys, Mask]:
    """The keys of all, ascending, each once, and which of them are marked. All are merged in blocks of rows, as `near` comes."""
    blocks = zip(near, row_blocks(anywhere, rows), row_blocks(marked, rows), strict=True)
    parts = [_merged_block((SEARCHED * place) << _SLOT_BITS, *block) for place, block in enumerate(blocks)]
    return np.concatenate([keys for keys, _ in parts]), np.concatenate([marks for _, marks in parts])


def _merged_block(first: int, near: Keys, anywhere: Keys, marked: Keys) -> tuple[Keys, Mask]:
    """A key's mark is its last bit, which makes it the last of its equals. Beyond the block's `first` key all fit in 32 bits,
    which are sorted twice as quickly as 64."""
    every = np.concatenate((near, anywhere, marked))
    every -= first
    tagged = every.astype(np.uint32)
    tagged <<= 1
    tagged[len(tagged) - len(marked) :] |= 1
    tagged.sort()
    keys = tagged >> 1
    last = np.flatnonzero(np.append(keys[1:] != keys[:-1], True)) if len(keys) else np.zeros(0, np.intp)
    found: Keys = keys.take(last).astype(np.int64)
    found += first
    return found, (tagged.take(last) & 1).astype(np.bool_)
