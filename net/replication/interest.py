"""Who sees which entity: worked out at once for all players, over the pairs that are near enough to matter.

An entity comes into view within `radius` of a player's eye and leaves it beyond `radius * HYSTERESIS`, so that walking
along a border does not flap.

Which pairs are near is searched for with some room (`SKIN`) and holds until somebody has moved through half of it: a
Verlet list (L. Verlet, Physical Review 159, 1967), as molecular dynamics keeps its neighbours. In between a tick is
arithmetic on a few columns with a number for each pair.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from net.replication.pairs import (
    Indices,
    Keys,
    Mask,
    Pairs,
    Places,
    Points,
    all_keys,
    key,
    merged,
    near_keys,
    row_blocks,
)

HYSTERESIS = 1.1
"""How many times farther away than where it came into view an entity leaves it."""
SKIN = 0.25
"""How much farther than a view reaches pairs are searched for, in its radii."""
WORN = 0.49
"""The part of the skin that an eye or an entity may move through; both may, so half of it, less what rounding takes."""
FEW = 4_096
"""So many players times slots are not worth searching: all pairs are looked at."""


@dataclass(frozen=True, slots=True)
class Audience:
    """The slots that are not simply for those who are near."""

    hidden: tuple[int, ...] = ()
    """Slots that nobody sees for being near."""
    shown: tuple[tuple[int, int], ...] = ()
    """(row, slot) that the row sees wherever it is: what its player owns, what is for its team."""
    always: tuple[int, ...] = ()
    """Slots that everybody sees."""


@dataclass(slots=True)
class Subjects:
    """What there is to see: places by slot (NaN where there is no entity)."""

    places: Points
    audience: Audience = field(default_factory=Audience)


@dataclass(slots=True)
class Eyes:
    """Where rows look from: parallel columns."""

    rows: Indices
    x: Places
    y: Places


class Interest:
    """The views of a room's players. `look` sets where they look from, `update` looks once a tick."""

    def __init__(self, radius: float) -> None:
        self._radius = radius
        self._enter = np.float32(radius * radius)
        self._leave = np.float32((radius * HYSTERESIS) ** 2)
        self._eyes = _nowhere(0)
        self._found = _Found.nothing()
        self._squares: Places = np.zeros(0, np.float32)
        self._seen: Mask = np.zeros(0, np.bool_)

    def look(self, rows: int, eyes: Eyes, gone: Iterable[int]) -> None:
        """Where rows look from; a row that is not named keeps its eye, a `gone` one loses it and sees nothing near."""
        self._eyes = _grown(self._eyes, rows)
        for row in gone:
            self._eyes.x[row] = self._eyes.y[row] = np.nan
        self._eyes.x[eyes.rows] = eyes.x
        self._eyes.y[eyes.rows] = eyes.y

    def sees(self, row: int) -> list[int]:
        """The slots that a row sees after the last update, ascending; none for a row that was not there yet."""
        pairs = self._found.pairs
        if row >= len(pairs.counts):
            return []
        span = pairs.span(row)
        slots: list[int] = pairs.slots[span][self._seen[span]].tolist()
        return slots

    def shows(self, row: int, slot: int) -> bool:
        """Whether a row sees a slot after the last update."""
        at = self._found.pairs.place(row, slot)
        return at is not None and bool(self._seen[at])

    def closer_than(self, distance: float) -> Mask:
        """What lies nearer to each row's eye than `distance` (world units), as of the last update."""
        mask: Mask = self._squares < np.float32(distance * distance)
        return mask

    def update(self, subjects: Subjects, gone: Sequence[int]) -> "Sight":
        """Look again. `gone` are slots whose entity has left the world; another may be there already."""
        if not self._found.holds(self._eyes, subjects):
            seen = self._found.pairs.keys[self._seen]
            self._found, self._seen = _Found.search(self._eyes, subjects, self._radius, seen)
        pairs, before = self._found.pairs, self._seen
        lost = pairs.of_slots(gone, before)
        before[lost] = False
        now = self._look_at(_grown(subjects.places, pairs.width), before)
        left = before > now
        left[lost] = True
        self._seen = now
        return Sight(pairs, entered=now > before, left=left, stays=now & before)

    def _look_at(self, places: Points, before: Mask) -> Mask:
        """What is seen of the pairs. Comparisons with NaN are false: no entity, or no eye yet."""
        found = self._found
        self._squares = found.pairs.squared_distances(self._eyes, places)
        now: Mask = self._squares < self._leave
        now &= before
        now |= self._squares < self._enter
        now &= found.by_place
        now |= found.wherever
        return now


@dataclass(frozen=True, slots=True)
class _Found:
    """Pairs, and what the search for them began from."""

    pairs: Pairs
    by_place: Mask
    """Pairs that are seen for being near."""
    wherever: Mask
    """Pairs that are seen wherever they are."""
    eyes: Points
    places: Points
    """Where everybody was: infinitely far where there was nobody, who has moved that far when there is somebody."""
    audience: Audience
    slack: float
    """How far eyes and entities may move from there, squared."""

    @classmethod
    def nothing(cls) -> "_Found":
        """For no row and no slot."""
        none = np.zeros(0, np.bool_)
        return cls(Pairs(np.zeros(0, np.int64), 0), none, none, _nowhere(0), _nowhere(0), Audience(), 0.0)

    @classmethod
    def search(cls, eyes: Points, subjects: Subjects, radius: float, seen: Keys) -> tuple["_Found", Mask]:
        """All pairs that may come to be near while nobody moves farther than the slack, those that are not a matter of
        place, and those that are `seen`, which may be so no longer. Also the mask of the latter."""
        rows, audience = len(eyes.x), subjects.audience
        shown = [key(row, slot) for row, slot in audience.shown]
        shown += [key(row, slot) for row in range(rows) for slot in audience.always]
        if rows * len(subjects.places.x) <= FEW:
            near: Iterable[Keys] = row_blocks(all_keys(rows, len(subjects.places.x)), rows)
            slack = float("inf")
        else:
            skin = radius * SKIN
            near, slack = near_keys(eyes, subjects.places, radius * HYSTERESIS + skin), skin * WORN
        anywhere = np.array(sorted(shown), np.int64)
        keys, marks = merged(near, anywhere, seen, rows)
        pairs = Pairs(keys, rows)
        by_place = np.ones(len(pairs), np.bool_)
        by_place[pairs.of_slots(audience.hidden, by_place)] = False
        found = cls(
            pairs=pairs,
            by_place=by_place,
            wherever=pairs.marked(anywhere),
            eyes=_far_away(eyes),
            places=_far_away(subjects.places),
            audience=audience,
            slack=slack * slack,
        )
        return found, marks

    def holds(self, eyes: Points, subjects: Subjects) -> bool:
        """Whether the same pairs are still all that matter."""
        return (
            len(eyes.x) == len(self.eyes.x)
            and len(subjects.places.x) <= len(self.places.x)
            and subjects.audience == self.audience
            and not _has_strayed(eyes, self.eyes, self.slack)
            and not _has_strayed(subjects.places, self.places, self.slack)
        )


@dataclass(slots=True)
class Sight:
    """One tick's view: masks of pairs."""

    pairs: Pairs
    entered: Mask
    left: Mask
    stays: Mask
    """Seen in this tick and in the one before: these get what changed."""

    def entering(self) -> dict[int, list[int]]:
        """Row -> the slots that came into its view, ascending."""
        return self._by_row(np.flatnonzero(self.entered))

    def leaving(self) -> dict[int, list[int]]:
        """Row -> the slots that left its view, ascending."""
        return self._by_row(np.flatnonzero(self.left))

    def watching(self, slots: list[int]) -> dict[int, list[int]]:
        """Row -> which of some slots it sees now as before, ascending."""
        return self._by_row(self.pairs.of_slots(slots, self.stays))

    def _by_row(self, at: Indices) -> dict[int, list[int]]:
        result: dict[int, list[int]] = {}
        for row, slot in zip(self.pairs.rows_of(at).tolist(), self.pairs.slots[at].tolist(), strict=True):
            result.setdefault(row, []).append(slot)
        return result


def _has_strayed(now: Points, then: Points, slack: float) -> bool:
    """Whether anybody is farther from where it was than the root of `slack`."""
    x, y = now.x - then.x[: len(now.x)], now.y - then.y[: len(now.y)]
    return bool((x * x + y * y > slack).any())


def _far_away(points: Points) -> Points:
    return Points(
        *(np.where(np.isnan(column), np.float32(np.inf), column) for column in (points.x, points.y))
    )


def _nowhere(count: int) -> Points:
    return Points(np.full(count, np.nan, np.float32), np.full(count, np.nan, np.float32))


def _grown(points: Points, count: int) -> Points:
    """At least so many points."""
    more = count - len(points.x)
    if more <= 0:
        return points
    nowhere = np.full(more, np.nan, np.float32)
    return Points(np.append(points.x, nowhere), np.append(points.y, nowhere))
