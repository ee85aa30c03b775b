"""Clock sync, the pace of ticks, the interpolated view and the back-off: time is a parameter in all of them."""

from math import pi
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from net.client.backoff import FINAL, LONGEST_AWAY, Backoff, is_final
from net.client.clock import MAX_AGE, ClockSync
from net.client.entity import Entity
from net.client.pace import CATCH_UP_TICKS, Pace
from net.client.scene import SceneChange
from net.client.view import MAX_DELAY, InterpolatedView, turn
from net.protocol import CloseReason

# --- the clock -----------------------------------------------------------------------------------------------------


@given(
    offset=st.floats(-1e6, 1e6),
    ways=st.lists(st.tuples(st.floats(0.0, 400.0), st.floats(0.0, 400.0)), min_size=1, max_size=16),
    waited=st.floats(0.0, 50.0),
)
def test_the_offset_is_never_wrong_by_more_than_half_the_shortest_round_trip(
    offset: float, ways: list[tuple[float, float]], waited: float
) -> None:
    """Whatever the ways there and back take, NTP's bound holds for the sample with the shortest."""
    clock = ClockSync()
    now = 0.0
    for there, back in ways:
        received = now + there + offset
        clock.add(now, received, received + waited, now + there + waited + back)
        now += 1_000.0
    shortest = min(there + back for there, back in ways)
    assert abs(clock.offset - offset) <= shortest / 2 + 1e-6
    assert clock.server_time(now) == now + clock.offset


def test_an_old_sample_is_forgotten_however_good_it_was() -> None:
    """Clocks drift: after a minute a worse sample is the better one."""
    clock = ClockSync()
    clock.add(0.0, 100.0, 100.0, 2.0)
    clock.add(50_000.0, 50_200.0, 50_200.0, 50_100.0)
    assert clock.offset == pytest.approx(99.0)
    clock.add(MAX_AGE + 10_000.0, MAX_AGE + 10_200.0, MAX_AGE + 10_200.0, MAX_AGE + 10_120.0)
    assert clock.offset == pytest.approx(150.0)


# --- the pace ------------------------------------------------------------------------------------------------------


def run(pace: Pace, until: float, *, rate: float = 1.0, heard: bool = True) -> list[int]:
    """Ticks at their due times against a server of `rate` x 20 Hz."""
    ticks = []
    while pace.due < until:
        now = pace.due
        if heard:
            pace.heard(int(now / 50.0 * rate), now)
        ticks.append(pace.next(now))
    return ticks


@pytest.mark.parametrize("rate", [0.98, 1.0, 1.02])
def test_the_clients_ticks_run_along_the_servers(rate: float) -> None:
    """With a clock that is 2 % off, the numbers stay within two ticks of the server's after 60 s."""
    pace = Pace()
    pace.start(20, 0, 0.0)
    ticks = run(pace, 60_000.0, rate=rate)
    assert ticks == sorted(set(ticks))
    assert abs(ticks[-1] - 1_200 * rate) <= 3


def test_a_client_that_was_held_up_does_not_send_all_it_missed() -> None:
    """After ten seconds at once two late ticks are sent, and the number has jumped along with the server's."""
    pace = Pace()
    pace.start(20, 0, 0.0)
    run(pace, 1_000.0)
    pace.heard(220, 11_000.0)
    sent = 0
    while pace.due <= 11_000.0:
        pace.next(11_000.0)
        sent += 1
    assert sent <= CATCH_UP_TICKS + 1 and pace.tick >= 220


def test_a_paused_room_does_not_slow_its_clients_down() -> None:
    """While the server's tick stands still for a minute, bundles go on at the full rate."""
    pace = Pace()
    pace.start(20, 0, 0.0)
    count = 0
    while pace.due < 60_000.0:
        pace.heard(0, pace.due)
        pace.next(pace.due)
        count += 1
    assert 1_190 <= count <= 1_200


def test_ticks_rise_through_a_reconnect() -> None:
    """A welcome of an earlier tick does not turn the client's numbers back."""
    pace = Pace()
    pace.start(20, 1_000, 0.0)
    before = pace.next(0.0)
    pace.start(20, 500, 10.0)
    assert pace.next(10.0) > before


# --- the view ------------------------------------------------------------------------------------------------------


def thing(entity_id: int = 1, **fields: float) -> Entity:
    """An entity at rest in the origin."""
    at: dict[str, Any] = {"x": 0.0, "y": 0.0, "vx": 0.0, "vy": 0.0, "w": 1.0, "h": 1.0, "angle": 0.0} | fields
    return Entity(slot=0, id=entity_id, kind="player", owner=-1, state="", **at)


def steady(view: InterpolatedView, entity: Entity, ticks: range) -> None:
    """Bundles of 20 Hz arrive on time; x is the tick."""
    for tick in ticks:
        entity.x = float(tick)
        view.record(SceneChange(False, moved=[entity]), tick, tick * 50.0)


def test_the_view_is_two_intervals_behind_and_between_two_states() -> None:
    """On a calm connection an entity of speed 1 a tick is drawn where it was two ticks ago, fractions and all."""
    view, entity = InterpolatedView(20), thing()
    view.record(SceneChange(True, entered=[entity]), 0, 0.0)
    steady(view, entity, range(1, 40))
    for now in (1_950.0, 1_962.5, 1_975.0):
        (pose,) = view.poses(now)
        assert pose.entity is entity
        assert pose.x == pytest.approx(now / 50.0 - 2.0, abs=0.01)


def test_jitter_makes_the_view_later_and_it_never_runs_back_or_ahead() -> None:
    """With bundles up to 60 ms late the delay grows, and the drawn x only rises and never leaves what was sent."""
    random = Random(7)
    view, entity = InterpolatedView(20), thing()
    view.record(SceneChange(True, entered=[entity]), 0, 0.0)
    calm = view.clock.delay
    drawn = []
    for tick in range(1, 200):
        entity.x = float(tick)
        now = tick * 50.0 + random.uniform(0.0, 60.0)
        view.record(SceneChange(False, moved=[entity]), tick, now)
        drawn += [view.poses(now)[0].x, view.poses(now + 20.0)[0].x]
        assert drawn[-1] <= tick
    assert drawn == sorted(drawn)
    assert calm < view.clock.delay <= MAX_DELAY


def test_an_entity_is_drawn_from_when_it_entered_to_when_it_left() -> None:
    """What enters or leaves now does so on the screen when the view gets there."""
    view, entity, late = InterpolatedView(20), thing(), thing(2)
    view.record(SceneChange(True, entered=[entity]), 0, 0.0)
    steady(view, entity, range(1, 20))
    view.record(SceneChange(False, entered=[late]), 20, 1_000.0)
    assert [pose.entity for pose in view.poses(1_050.0)] == [entity]
    view.record(SceneChange(False, left=[entity]), 21, 1_050.0)
    assert [pose.entity for pose in view.poses(1_110.0)] == [entity, late]
    view.record(None, 22, 1_100.0)
    view.record(None, 23, 1_150.0)
    assert [pose.entity for pose in view.poses(1_160.0)] == [late]


def test_an_entity_that_stood_still_does_not_creep() -> None:
    """After a long rest a move starts from the state before it, not from the last time it was heard of."""
    view, entity = InterpolatedView(20), thing()
    view.record(SceneChange(True, entered=[entity]), 0, 0.0)
    for tick in range(1, 40):
        view.record(None, tick, tick * 50.0)
    entity.x = 10.0
    view.record(SceneChange(False, moved=[entity]), 40, 2_000.0)
    view.record(None, 41, 2_050.0)
    assert view.poses(2_040.0)[0].x == 0.0
    assert view.poses(2_075.0)[0].x == pytest.approx(5.0, abs=0.1)


def test_a_pause_does_not_make_the_view_late_for_good() -> None:
    """After ten seconds of the same tick the view catches up with the newest state and goes on from there."""
    view, entity = InterpolatedView(20), thing()
    view.record(SceneChange(True, entered=[entity]), 0, 0.0)
    steady(view, entity, range(1, 20))
    for step in range(200):
        view.record(None, 19, 1_000.0 + step * 50.0)
    assert view.poses(11_000.0)[0].x == 19.0
    for tick in range(20, 140):
        entity.x = float(tick)
        view.record(SceneChange(False, moved=[entity]), tick, 11_000.0 + (tick - 20) * 50.0)
    assert 130.0 <= view.poses(11_000.0 + 119 * 50.0)[0].x < 139.0


@pytest.mark.parametrize(
    ("start", "end", "way"), [(0.1, 2 * pi - 0.1, -0.2), (1.0, 1.5, 0.5), (6.2, 0.1, 0.1832)]
)
def test_angles_turn_the_shorter_way(start: float, end: float, way: float) -> None:
    """Through zero where that is nearer."""
    assert turn(start, end) == pytest.approx(way, abs=1e-4)


# --- the back-off --------------------------------------------------------------------------------------------------


@given(seed=st.integers(0, 2**32))
def test_waits_have_full_jitter_and_end(seed: int) -> None:
    """Each wait is between 0 and its bound, the bounds double up to the longest, and the tries are counted."""
    backoff = Backoff(Random(seed), first=100.0, longest=1_000.0, tries=6)
    bounds = (100.0, 200.0, 400.0, 800.0, 1_000.0, 1_000.0)
    for bound in bounds:
        wait = backoff.next()
        assert wait is not None and 0.0 <= wait <= bound
    assert backoff.next() is None
    backoff.reset()
    assert backoff.next() is not None


@given(seed=st.integers(0, 2**32), away=st.floats(0.0, 1e7))
def test_a_server_that_says_when_it_is_back_is_left_alone_until_then(seed: int, away: float) -> None:
    """The next wait alone is that long, spread by a quarter, and bounded; the count of tries begins anew."""
    backoff = Backoff(Random(seed), first=100.0, longest=1_000.0, tries=2)
    backoff.next()
    backoff.away(away)
    least = min(away, LONGEST_AWAY)
    waits = [backoff.next(), backoff.next(), backoff.next()]
    assert waits[0] is not None and least <= waits[0] <= least + max(100.0, least / 4.0)
    assert waits[1] is not None and waits[1] <= 200.0
    assert waits[2] is None


def test_a_close_is_final_or_worth_another_try() -> None:
    """What would only happen again is final; a stop, a stall or an unknown code is not."""
    assert is_final(1000) and is_final(CloseReason.KICKED)
    assert not any(
        is_final(code) for code in (1001, 1006, 1011, 1012, CloseReason.SLOW_CLIENT, CloseReason.SILENT, 4999)
    )
    assert len(FINAL) < len(CloseReason)
