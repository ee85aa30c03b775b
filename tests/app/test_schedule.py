"""When ticks are due: the grid, what is made up, what is skipped, and that nothing bursts or spirals."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rooms.schedule import CATCH_UP, LEAST_GAP, Schedule

PERIOD = 50.0


def begun(schedule: Schedule, lates: list[float], took: float = 1.0) -> list[float]:
    """Runs a tick for each lateness (ms after it is due); answers when they began."""
    beginnings, now = [], 0.0
    for late in lates:
        now = max(now, schedule.due) + late
        beginnings.append(now)
        schedule.ran(now, now + took)
        now += took
    return beginnings


def test_late_ticks_do_not_move_the_grid() -> None:
    """Delays shorter than a period are gone with the next tick."""
    schedule = Schedule(20, 1_000.0)
    begun(schedule, [0.0, 7.0, 31.0, 3.0, 48.0])
    assert schedule.due == 1_000.0 + 5 * PERIOD


@pytest.mark.parametrize(
    ("periods", "skipped"), [(0.5, None), (0.9, None), (1.2, 0), (2.5, 0), (3.9, 0), (4.1, 4), (10.5, 10)]
)
def test_what_is_made_up_and_what_is_skipped(periods: float, skipped: int | None) -> None:
    """Less than a period late is nothing; up to three ticks are made up; more are skipped, to the next of the grid."""
    schedule = Schedule(20, 0.0)
    late = periods * PERIOD
    overrun = schedule.ran(late, late)
    assert (overrun.skipped if overrun else None) == skipped
    if skipped:
        assert late + LEAST_GAP * PERIOD <= schedule.due <= late + PERIOD


def test_making_up_is_no_burst() -> None:
    """Ticks that are made up begin half a period apart, and then the grid is reached."""
    schedule = Schedule(20, 0.0)
    beginnings = begun(schedule, [2.9 * PERIOD, 0, 0, 0, 0, 0, 0], took=0.0)
    gaps = [(after - before) / PERIOD for before, after in pairwise(beginnings)]
    assert gaps[:4] == pytest.approx([LEAST_GAP] * 4)
    assert gaps[-1] == pytest.approx(1.0) and beginnings[-1] % PERIOD == pytest.approx(0.0)


def test_ticks_that_are_always_too_long_leave_time_for_others() -> None:
    """A room whose ticks take 1.8 periods is skipped to the grid again and again: it is never far behind."""
    schedule = Schedule(20, 0.0)
    now, skipped = 0.0, 0
    for _ in range(100):
        now = max(now, schedule.due)
        overrun = schedule.ran(now, now + 1.8 * PERIOD)
        now += 1.8 * PERIOD
        skipped += overrun.skipped if overrun else 0
        assert now - schedule.due <= CATCH_UP * PERIOD
    assert skipped > 50


@given(
    st.lists(st.tuples(st.floats(0, 500), st.floats(0, 300)), min_size=1, max_size=60), st.integers(1, 128)
)
def test_whatever_happens_no_tick_comes_early_or_in_a_burst(
    delays: list[tuple[float, float]], rate: int
) -> None:
    """For any delays and durations: gaps of at least half a period, never more than CATCH_UP behind, no drift."""
    schedule = Schedule(rate, 0.0)
    now, before, ran = 0.0, None, 0
    for late, took in delays:
        begin = max(now, schedule.due) + late
        if before is not None:
            assert begin - before >= LEAST_GAP * schedule.period - 1e-6
        overrun = schedule.ran(begin, begin + took)
        ran += 1 + (overrun.skipped if overrun else 0)
        before, now = begin, begin + took
        assert now - schedule.due <= CATCH_UP * schedule.period + 1e-6
        assert schedule.due >= ran * schedule.period - 1e-6
