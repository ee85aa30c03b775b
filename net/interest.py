"""Who sees which entity: one matrix, a row for each player number and a column for each slot, worked out at once.

An entity comes into view within `radius` of a player's eye and leaves it beyond `radius * HYSTERESIS`, so that walking
along a border does not flap. All work is done in matrices that are kept: allocating them anew each tick cost ten
times what the arithmetic does (400 players and 900 slots: 0.4 ms).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

HYSTERESIS = 1.1
"""How many times farther away than where it came into view an entity leaves it."""
GROWTH = 64
"""Rows and slots are added by so many at a time."""

_ZERO = np.zeros(1, np.intp)
_WORDS = np.dtype("<u2")
"""Every record is made of these: a gather of such is some times as fast as one of structures."""

Mask = NDArray[np.bool_]
Places = NDArray[np.float32]


@dataclass(slots=True)
class Subjects:
    """What there is to see: places by slot (NaN where there is no entity), and the slots with an audience of their own."""

    x: Places
    y: Places
    hidden: Sequence[int] = ()
    """Slots that nobody sees for being near."""
    shown: Sequence[tuple[int, int]] = ()
    """(row, slot) that the row sees wherever it is: what its player owns, what is for its team."""
    always: Sequence[int] = ()
    """Slots that everybody sees."""


@dataclass(slots=True)
class Eyes:
    """Where rows look from: parallel columns."""

    rows: Sequence[int]
    x: Places
    y: Places


class Interest:
    """The views of a room's players. `look` sets where they look from, `update` looks once a tick."""

    def __init__(self, radius: float) -> None:
        self._enter = np.float32(radius * radius)
        self._leave = np.float32((radius * HYSTERESIS) ** 2)
        self._matrices = _Matrices(0, 0)

    def look(self, rows: int, eyes: Eyes, gone: Iterable[int]) -> None:
        """Where rows look from; a row that is not named keeps its eye, a `gone` one loses it and sees nothing near."""
        self._fit(rows, 0)
        for row in gone:
            self._matrices.eye_x[row] = self._matrices.eye_y[row] = np.nan
        self._matrices.eye_x[eyes.rows, 0] = eyes.x
        self._matrices.eye_y[eyes.rows, 0] = eyes.y

    def sees(self, row: int) -> list[int]:
        """The slots that a row sees after the last update, ascending; none for a row that was not there yet."""
        if row >= len(self._matrices.seen):
            return []
        return [int(slot) for slot in np.flatnonzero(self._matrices.seen[row])]

    def shows(self, row: int, slot: int) -> bool:
        """Whether a row sees a slot after the last update."""
        return bool(self._matrices.seen[row, slot])

    def closer_than(self, distance: float) -> Mask:
        """What lies nearer to each row's eye than `distance` (world units), as of the last update."""
        mask: Mask = self._matrices.dx < np.float32(distance * distance)
        return mask

    def update(self, subjects: Subjects, gone: Sequence[int]) -> "Sight":
        """Look again. `gone` are slots whose entity has left the world; another may be there already.

        The masks of the answer are the object's own and hold until the next update.
        """
        self._fit(0, len(subjects.x))
        have = self._matrices
        before, now = have.seen, have.spare
        lost = [(slot, np.flatnonzero(before[:, slot])) for slot in gone]
        before[:, gone] = False
        self._find(subjects, before, now)
        np.logical_and(now, before, out=have.stays)
        np.greater(now, before, out=have.entered)
        np.greater(before, now, out=have.left)
        for slot, rows in lost:
            have.left[rows, slot] = True
        have.seen, have.spare = now, before
        return Sight(have.entered, have.left, have.stays)

    def _find(self, subjects: Subjects, before: Mask, now: Mask) -> None:
        """What each row sees, into `now`. Comparisons with NaN are false: no entity, or no eye yet."""
        dx, dy, kept = self._matrices.dx, self._matrices.dy, self._matrices.kept
        count = len(subjects.x)
        dx[:, count:] = np.nan
        dy[:, count:] = 0.0  # the matrix begins as whatever the memory held, whose square may overflow
        np.subtract(self._matrices.eye_x, subjects.x, out=dx[:, :count])
        np.subtract(self._matrices.eye_y, subjects.y, out=dy[:, :count])
        np.multiply(dx, dx, out=dx)
        np.multiply(dy, dy, out=dy)
        np.add(dx, dy, out=dx)
        np.less(dx, self._enter, out=now)
        np.less(dx, self._leave, out=kept)
        np.logical_and(kept, before, out=kept)
        np.logical_or(now, kept, out=now)
        now[:, subjects.hidden] = False
        now[:, subjects.always] = True
        for row, slot in subjects.shown:
            now[row, slot] = True

    def _fit(self, rows: int, slots: int) -> None:
        """Make room for so many rows and slots."""
        before = self._matrices
        have_rows, have_slots = before.seen.shape
        if rows <= have_rows and slots <= have_slots:
            return
        now = self._matrices = _Matrices(_rounded(max(rows, have_rows)), _rounded(max(slots, have_slots)))
        now.seen[:have_rows, :have_slots] = before.seen
        now.eye_x[:have_rows] = before.eye_x
        now.eye_y[:have_rows] = before.eye_y


class _Matrices:
    """The memory of an Interest, for so many rows and slots."""

    def __init__(self, rows: int, slots: int) -> None:
        def mask() -> Mask:
            return np.zeros((rows, slots), np.bool_)

        self.seen, self.spare, self.kept = mask(), mask(), mask()
        self.stays, self.entered, self.left = mask(), mask(), mask()
        self.dx: Places = np.zeros((rows, slots), np.float32)
        self.dy: Places = np.zeros((rows, slots), np.float32)
        self.eye_x: Places = np.full((rows, 1), np.nan, np.float32)
        self.eye_y: Places = np.full((rows, 1), np.nan, np.float32)


@dataclass(slots=True)
class Sight:
    """One tick's view: masks by (row, slot)."""

    entered: Mask
    left: Mask
    stays: Mask
    """Seen in this tick and in the one before: these get what changed."""

    def entering(self) -> dict[int, list[int]]:
        """Row -> the slots that came into its view, ascending."""
        return _by_row(self.entered)

    def leaving(self) -> dict[int, list[int]]:
        """Row -> the slots that left its view, ascending."""
        return _by_row(self.left)

    def watchers(self, slot: int) -> list[int]:
        """The rows that see a slot now as before."""
        return [int(row) for row in np.flatnonzero(self.stays[:, slot])]


class Pairs:
    """The (row, slot)s of a mask, by row: found once for all the columns that are gathered by it."""

    def __init__(self, mask: Mask) -> None:
        rows, width = mask.shape
        counts = np.count_nonzero(mask, axis=1)
        self.width = width
        self.slots = np.flatnonzero(mask) - np.repeat(np.arange(rows) * width, counts)
        self.ends = np.concatenate((_ZERO, np.cumsum(counts)))


class Gathered:
    """Fixed-size records of some slots, gathered for every row that stays with them: one numpy pass for all rows."""

    def __init__(self, told: Pairs, slots: NDArray[np.intp], records: NDArray[np.void]) -> None:
        """`records` are parallel to `slots`."""
        place_of = np.full(told.width, -1, np.intp)
        place_of[slots] = np.arange(len(slots))
        places = place_of[told.slots]
        kept = places >= 0
        self._data: bytes = (
            records.view(_WORDS).reshape(-1, records.dtype.itemsize // 2).take(places[kept], axis=0).tobytes()
        )
        before = np.concatenate((_ZERO, np.cumsum(kept)))
        self._ends: list[int] = (before[told.ends] * records.dtype.itemsize).tolist()

    def of(self, row: int) -> bytes:
        """The packed records that a row is sent."""
        return self._data[self._ends[row] : self._ends[row + 1]]


def _by_row(mask: Mask) -> dict[int, list[int]]:
    width = mask.shape[1]
    result: dict[int, list[int]] = {}
    for place in np.flatnonzero(mask).tolist():
        row, slot = divmod(place, width)
        result.setdefault(row, []).append(slot)
    return result


def _rounded(count: int) -> int:
    return -(-count // GROWTH) * GROWTH
