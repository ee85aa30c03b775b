"""Interest and rations, driven beside a plain model that looks at every pair in every tick."""

from collections.abc import Sequence
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import net.replication.interest
import net.replication.pairs
from net.replication.gather import Told, gathered
from net.replication.interest import Audience, Eyes, Interest, Subjects
from net.replication.pairs import Pairs, Points, key, near_keys
from tests.effort import examples
from tests.net.dense_interest import DenseInterest

RADIUS = 40.0
SIDE = 200.0
ROWS, SLOTS = 6, 24


class Place:
    """Players (rows) and entities (slots) that walk, jump, come and go in a square; two interests watch them."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self._x = np.full(SLOTS, np.nan, np.float32)
        self._y = np.full(SLOTS, np.nan, np.float32)
        angles = self._random.uniform(0.0, 2.0 * np.pi, SLOTS)
        self._headings = np.array((np.cos(angles), np.sin(angles)), np.float32)
        self._owners: dict[int, int] = {}
        self._rows = 1
        self._audience = Audience()
        self.interest = Interest(RADIUS)
        self.dense = DenseInterest(RADIUS)

    def tick(self, steps: float, jumps: int, comings: int, goings: int, regroup: bool) -> None:
        """All walk on, `steps` far; some jump, come and go; both interests look and must agree."""
        here = np.flatnonzero(~np.isnan(self._x))
        self._x += steps * self._headings[0]
        self._y += steps * self._headings[1]
        for slot in self._some(here, jumps):
            self._put(slot)
        gone = self._some(here, goings)
        for slot in gone:
            self._x[slot] = self._y[slot] = np.nan
        for slot in self._some(np.flatnonzero(np.isnan(self._x)), comings):
            self._put(slot)
        if regroup or comings or gone:
            self._regroup()
        self._watch(gone)

    def _put(self, slot: int) -> None:
        self._x[slot], self._y[slot] = self._random.uniform(0, SIDE, 2)

    def _some(self, slots: "np.ndarray[tuple[int], np.dtype[np.intp]]", count: int) -> list[int]:
        return sorted(self._random.permutation(slots)[:count].tolist())

    def _regroup(self) -> None:
        """Others own entities, and other entities are hidden, shown or there for all."""
        here = np.flatnonzero(~np.isnan(self._x))
        self._rows = min(ROWS, self._rows + 1)
        hidden, owned, always = (self._some(here, count) for count in (3, self._rows, 1))
        lookers = self._random.permutation(self._rows)[: len(owned)].tolist()
        self._owners = dict(zip(lookers, owned, strict=True))
        shown = tuple(self._owners.items())
        self._audience = Audience(tuple(set(hidden) - set(always)), shown, tuple(always))

    def _watch(self, gone: list[int]) -> None:
        here = np.flatnonzero(~np.isnan(self._x))
        count = int(here.max()) + 1 if len(here) else 0
        subjects = Subjects(Points(self._x[:count].copy(), self._y[:count].copy()), self._audience)
        lookers = {row: slot for row, slot in self._owners.items() if not np.isnan(self._x[slot])}
        at = list(lookers.values())
        blind = [row for row in range(self._rows) if row not in lookers]
        for interest in (self.interest, self.dense):
            interest.look(self._rows, Eyes(np.array(list(lookers), np.intp), self._x[at], self._y[at]), blind)
        sight = self.interest.update(subjects, gone)
        self.dense.update(subjects, gone)
        for mask, expected in (
            (sight.entered, self.dense.entered),
            (sight.left, self.dense.left),
            (sight.stays, self.dense.stays),
        ):
            assert pairs_of(sight.pairs, mask) == sorted(expected)
        self._ask(sight, subjects)

    def _ask(self, sight: net.replication.interest.Sight, subjects: Subjects) -> None:
        dense = self.dense
        for row in range(self._rows):
            assert self.interest.sees(row) == sorted(slot for each, slot in dense.seen if each == row)
            assert sight.entering().get(row, []) == sorted(
                slot for each, slot in dense.entered if each == row
            )
            assert sight.leaving().get(row, []) == sorted(slot for each, slot in dense.left if each == row)
        for row, slot in product(range(self._rows), range(SLOTS)):
            assert self.interest.shows(row, slot) == ((row, slot) in dense.seen)
        near = pairs_of(sight.pairs, self.interest.closer_than(RADIUS / 2) & sight.stays)
        assert near == sorted(
            (row, slot)
            for row, slot in dense.stays
            if dense.square(subjects, row, slot) < np.float32(RADIUS * RADIUS / 4)
        )


def pairs_of(pairs: Pairs, mask: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> list[tuple[int, int]]:
    """The (row, slot)s of a mask, in their order."""
    at = np.flatnonzero(mask)
    return list(zip(pairs.rows_of(at).tolist(), pairs.slots[at].tolist(), strict=True))


seldom = [0] * 8
ticks = st.tuples(
    st.sampled_from((0.5, 3.0, 3.0, 3.0, 30.0)),
    st.sampled_from((*seldom, 2)),
    st.sampled_from((*seldom, 1, 6)),
    st.sampled_from((*seldom, 1, 4)),
    st.sampled_from((*seldom, 1)).map(bool),
)


@pytest.mark.parametrize("few", [0, net.replication.interest.FEW])
@examples(60)
@given(seed=st.integers(0, 2**32 - 1), moves=st.lists(ticks, min_size=1, max_size=20))
def test_views_are_as_if_every_pair_was_looked_at(
    few: int, seed: int, moves: list[tuple[float, int, int, int, bool]]
) -> None:
    """Whoever walks, jumps, comes and goes: the pairs that are looked at are enough, whether found by a search or all."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(net.replication.interest, "FEW", few)
        patch.setattr(net.replication.pairs, "SEARCHED", 4)
        place = Place(seed)
        place.tick(0.0, 0, SLOTS // 2, 0, True)
        for move in moves:
            place.tick(*move)


def test_nobody_sees_nothing() -> None:
    """A room without players, or without entities, has no pairs."""
    nowhere, somewhere = Points(*np.zeros((2, 0), np.float32)), Points(*np.zeros((2, 1), np.float32))
    for players, places in ((0, somewhere), (1, nowhere), (0, nowhere)):
        interest = Interest(RADIUS)
        interest.look(players, Eyes(np.arange(players), *np.zeros((2, players), np.float32)), ())
        assert len(interest.update(Subjects(places), ()).pairs) == 0


def test_a_search_is_kept_while_nobody_moves_far() -> None:
    """Small steps are looked at through the same pairs; a jump is not."""
    interest = Interest(RADIUS)
    random = np.random.default_rng(1)
    x = random.uniform(0, 1000, 100).astype(np.float32)
    y = random.uniform(0, 1000, 100).astype(np.float32)

    def look(x: "np.ndarray[tuple[int], np.dtype[np.float32]]") -> Pairs:
        interest.look(100, Eyes(np.arange(100), x, y), ())
        return interest.update(Subjects(Points(x, y)), ()).pairs

    first = look(x)
    assert len(first) < 100 * 100 / 10
    assert look(x + np.float32(1.0)) is first
    x[5] += 300.0
    assert look(x) is not first


@examples(60)
@given(seed=st.integers(0, 2**32 - 1), reach=st.floats(0.5, 500.0), spread=st.floats(0.0, 1000.0))
def test_near_pairs_are_all_found(seed: int, reach: float, spread: float) -> None:
    """The search by strips finds the pairs that looking at all of them does, each once, also for eyes far outside: all but
    those that are as far as the reach to a millionth."""
    random = np.random.default_rng(seed)
    eyes = Points(*random.uniform(-2 * spread, 2 * spread, (2, 12)).astype(np.float32))
    places = Points(*random.uniform(-spread, spread, (2, 30)).astype(np.float32))
    places.x[3] = places.y[3] = eyes.x[0] = eyes.y[0] = np.nan
    (block,) = near_keys(eyes, places, reach)
    found: list[int] = block.tolist()
    squares = {
        key(row, slot): (float(eyes.x[row]) - float(places.x[slot])) ** 2
        + (float(eyes.y[row]) - float(places.y[slot])) ** 2
        for row, slot in product(range(12), range(30))
    }
    assert len(found) == len(set(found))
    assert {pair for pair, square in squares.items() if square <= reach**2 * (1 - 1e-6)} <= set(found)
    assert all(squares[pair] <= reach**2 * (1 + 1e-6) for pair in found)


@given(
    st.sets(st.tuples(st.integers(0, 4), st.integers(0, 9))),
    st.sets(st.tuples(st.integers(0, 4), st.integers(0, 9))),
    st.sets(st.integers(0, 12)),
)
def test_everyone_gets_the_records_of_what_it_is_told(
    known: set[tuple[int, int]], told: set[tuple[int, int]], changed: set[int]
) -> None:
    """Each row's bytes are the records of those of its pairs that changed, in the order of their slots."""
    pairs = Pairs(np.array(sorted(key(*pair) for pair in known | told), np.int64), 5)
    mask = pairs.marked(np.array(sorted(key(*pair) for pair in told), np.int64))
    slots: Sequence[int] = sorted(changed)
    records = np.array([(slot, slot * 7) for slot in slots], np.dtype([("slot", "<u2"), ("value", "<u4")]))
    rows = gathered(Told(pairs, mask), np.array(slots, np.intp), records)
    for row in range(5):
        expected = [record for record in records if (row, int(record["slot"])) in told]
        assert rows.of(row) == b"".join(record.tobytes() for record in expected)
