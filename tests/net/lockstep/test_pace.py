"""Pace: a generation is as long as the slowest way and the slowest computer need, within bounds, and no shorter too soon."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from net.lockstep.pace import CALM, NOBODY, STEP_DOWN, Arrival, Length, Pace
from net.lockstep.settings import LockstepSettings
from net.protocol import Slowest

SETTINGS = LockstepSettings()


def pace(**changes: float) -> Pace:
    """Of a game of 20 iterations a second."""
    return Pace(20, LockstepSettings(**changes))  # type: ignore[arg-type]


def test_a_good_network_has_the_least_generation() -> None:
    """With nothing reported, and with short ways and quick computers, a generation is 2 iterations of 50 ms."""
    one = pace()
    assert one.next(0.0) == Length(2, 50)
    one.report(0, 80, 60)
    assert one.next(0.0) == Length(2, 50)
    assert one.slowest() is NOBODY


def test_the_slowest_way_makes_generations_longer_at_once() -> None:
    """A round trip of 700 ms at a delay of 2 needs 350 ms, and the game keeps its speed; whose it is is known."""
    one = pace()
    one.report(0, 30, 60)
    one.report(1, 700, 60)
    assert one.next(0.0) == Length(7, 50)
    assert one.slowest() == Slowest(1, "latency", 700)


def test_a_slow_computer_makes_iterations_longer_up_to_the_bound_and_is_named() -> None:
    """10 iterations a second make the game half as fast; 1 a second, for ever, three times slower and no more."""
    one = pace()
    one.report(1, 0, 10)
    assert one.next(0.0).iteration_ms == 100
    one.report(1, 0, 1)
    assert one.next(0.0).iteration_ms == 150
    assert one.slowest() == Slowest(1, "framerate", 1)


def test_it_comes_down_slowly_and_only_after_a_calm_spell() -> None:
    """After a bad moment a generation stays long for 10 s, then loses an iteration every 2 s until the least."""
    one = pace()
    one.report(0, 500, 60)
    assert one.next(0.0) == Length(5, 50)
    one.report(0, 20, 60)
    assert one.next(100.0) == Length(5, 50)
    assert one.next(100.0 + CALM - 1.0) == Length(5, 50)
    seen = [one.next(100.0 + CALM + STEP_DOWN * step).iterations for step in range(5)]
    assert seen == [4, 3, 2, 2, 2]


def test_a_spike_ends_the_calm_spell() -> None:
    """A second spike while waiting raises at once and the waiting begins anew."""
    one = pace()
    one.report(0, 400, 0)
    one.next(0.0)
    one.report(0, 20, 0)
    one.next(1.0)
    one.report(0, 400, 0)
    one.next(CALM)
    one.report(0, 20, 0)
    assert one.next(CALM + 2.0).iterations == 4
    assert one.next(2 * CALM).iterations == 4
    assert one.next(2 * CALM + 3.0).iterations == 3


def test_who_left_slows_nobody() -> None:
    """A forgotten player's report counts no more."""
    one = pace()
    one.report(3, 900, 1)
    one.forget(3)
    assert one.wanted() == Length(2, 50)
    assert one.slowest() is NOBODY


def arrival(took: float, at: float = 0.0, *, has_computed: bool = True) -> Arrival:
    """Of the packet of a generation of two iterations."""
    return Arrival(at, took, 2, has_computed)


@pytest.mark.parametrize("has_computed", [True, False])
def test_a_claim_counts_as_far_as_the_server_has_seen_it(has_computed: bool) -> None:
    """Packets that come 60 ms after their generation bear out 120 ms there and back, not ten seconds; and who has run two
    iterations in 60 ms can do 33 a second, whatever is said, with a checksum or without."""
    one = pace()
    one.claim(0, 10_000, 1, arrival(60.0, has_computed=has_computed))
    assert one.next(0.0) == Length(2, 50)
    assert one.slowest() is NOBODY


def test_a_claim_that_is_borne_out_counts() -> None:
    """A line of 700 ms and a computer of ten iterations a second slow the others down, and so does the memory of them for a
    moment."""
    one = pace()
    one.claim(0, 700, 60, arrival(700.0))
    assert one.next(0.0) == Length(7, 50)
    one.claim(0, 700, 60, arrival(400.0))
    assert one.wanted() == Length(7, 50)
    one.claim(1, 0, 10, arrival(210.0))
    assert one.slowest() == Slowest(1, "framerate", 10)
    one.claim(1, 0, 10, arrival(60.0, 100.0))
    assert one.slowest() == Slowest(1, "framerate", 10)


def test_a_slow_computer_without_a_checksum_is_remembered_for_nothing() -> None:
    """The next packet that comes soon shows what the computer can do."""
    one = pace()
    one.claim(1, 0, 10, arrival(210.0, has_computed=False))
    assert one.slowest() == Slowest(1, "framerate", 10)
    one.claim(1, 0, 10, arrival(60.0, 100.0, has_computed=False))
    assert one.slowest() is NOBODY


def test_who_was_slow_and_is_not_is_not_believed_for_long() -> None:
    """A stall of two seconds is forgotten in the half minute that follows."""
    one = pace()
    one.claim(0, 2_000, 0, arrival(2_000.0))
    assert one.wanted().iterations == 20
    for packet in range(300):
        one.claim(0, 2_000, 0, arrival(30.0, packet * 100.0))
    assert one.wanted() == Length(2, 50)


def test_what_was_seen_is_forgotten_while_nothing_is_claimed() -> None:
    """One stall of ten seconds, half an hour of a good line, and then a lie: it counts for what that packet shows."""
    one = pace()
    one.claim(0, 60_000, 60, arrival(10_000.0))
    one.report(0, 40, 60)
    one.claim(0, 60_000, 60, arrival(60.0, 1_800_000.0))
    assert one.wanted() == Length(2, 50)


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 65_535), st.integers(0, 65_535), st.floats(0, 5_000)),
        max_size=40,
    )
)
def test_it_stays_within_its_bounds_and_never_below_what_is_wanted(
    reports: list[tuple[int, int, int, float]],
) -> None:
    """Whatever is reported: 2 to 20 iterations of 50 to 150 ms, and never less than the reports of the moment ask for."""
    one, now = Pace(20, SETTINGS), 0.0
    for player, latency, framerate, passed in reports:
        now += passed
        one.report(player, latency, framerate)
        iterations, iteration_ms = one.next(now)
        assert 2 <= iterations <= 20
        assert 50 <= iteration_ms <= 150
        assert iterations >= one.wanted().iterations
        assert iteration_ms >= one.wanted().iteration_ms
