"""Clock sync, the pace of ticks, the interpolated view and the back-off: time is a parameter in all of them."""

import importlib.util
from collections import deque
from dataclasses import dataclass, field
from itertools import pairwise
from math import pi
from pathlib import Path
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

ROOT = Path(__file__).resolve().parents[2]

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


def test_a_clock_that_jumped_is_found_out_by_the_next_ping() -> None:
    """Samples that cannot be of the same two clocks: the older ones are void, however short their way was."""
    clock = ClockSync()
    for at in (0.0, 1_000.0, 2_000.0):
        clock.add(at, at + 105.0, at + 105.0, at + 10.0)
    clock.add(3_000.0, 63_140.0, 63_140.0, 3_080.0)
    assert clock.offset == pytest.approx(60_100.0)
    clock.add(4_000.0, 64_105.0, 64_105.0, 4_010.0)
    assert clock.offset == pytest.approx(60_100.0)


# --- the pace ------------------------------------------------------------------------------------------------------


@dataclass
class FarServer:
    """A server of 20 ticks a second, and the way to it: what it would tell of each input. Times are the client's ms."""

    there: float = 60.0
    back: float = 60.0
    jitter: float = 0.0
    rate: float = 1.0
    """How fast its clock goes."""
    paused_until: float = 0.0
    held_until: float = 0.0
    """Nothing arrives there before: the line stalls."""
    random: Random = field(default_factory=lambda: Random(7))
    inputs: list[tuple[float, int]] = field(default_factory=list)
    leads: list[float] = field(default_factory=list)
    """Of each tick that it ran, how early the newest input had come (ms)."""
    late: int = 0
    """Inputs that came after their tick."""
    told: deque[tuple[float, int, int, int]] = field(default_factory=deque)
    tick: int = 0
    last_input: int = -1
    heard: tuple[float, int] = (0.0, -1)

    def sent(self, number: int, now: float) -> None:
        """An input leaves."""
        if not self.inputs or number > self.inputs[-1][1]:
            arrives = max(now + self.there + self.random.uniform(0.0, self.jitter), self.held_until)
            self.inputs.append((max(arrives, self.inputs[-1][0] if self.inputs else 0.0), number))

    def run(self, until: float, interval: float) -> None:
        """Its ticks until then: inputs that have come, the tick, a bundle that leaves."""
        while (at := (self.tick + 1) * interval / self.rate + self.paused_until) <= until:
            came = [each for each in self.inputs if each[0] <= at and each[1] > self.heard[1]]
            self.tick += 1
            if came:
                self.heard = came[-1]
                self.late += sum(number < self.tick for _, number in came)
            due = [
                number
                for _, number in self.inputs
                if self.last_input < number <= self.tick and number <= self.heard[1]
            ]
            self.last_input = max([self.last_input, *due])
            lead = (at - self.heard[0]) + (self.heard[1] - self.tick) * interval / self.rate
            self.leads.append(lead)
            self.told.append(
                (
                    at + self.back + self.random.uniform(0.0, self.jitter),
                    self.tick,
                    self.last_input,
                    int(lead),
                )
            )


def play(
    pace: Pace, server: FarServer, until: float, offset: float = 0.0, *, interval: float = 50.0
) -> list[int]:
    """The client's ticks at their due times; `offset`: what its clock has jumped by."""
    ticks = []
    while pace.due - offset < until:
        now = pace.due - offset
        server.run(now, interval)
        while server.told and server.told[0][0] <= now:
            at, tick, last_input, lead = server.told.popleft()
            pace.heard(tick, last_input, lead, at + offset)
        now = max(now, pace.due - offset)
        ticks.append(pace.next(now + offset))
        server.sent(ticks[-1], now)
    return ticks


@pytest.mark.parametrize(
    ("there", "back"), [(0.0, 0.0), (20.0, 20.0), (125.0, 125.0), (200.0, 20.0), (5.0, 300.0)]
)
@pytest.mark.parametrize("jitter", [0.0, 30.0])
def test_inputs_come_shortly_before_their_tick(there: float, back: float, jitter: float) -> None:
    """On any way, even or not, the client leads by the way there and its jitter: after two seconds nothing comes late, and
    nothing more than a tick and twice the jitter early."""
    pace, server = Pace(), FarServer(there, back, jitter)
    pace.start(20, 0, 0.0)
    play(pace, server, 2_000.0)
    server.late = 0
    del server.leads[:]
    ticks = play(pace, server, 62_000.0)
    assert ticks == list(range(ticks[0], ticks[-1] + 1))
    assert server.late == 0
    assert max(server.leads) < 50.0 + 2 * jitter + 10.0


@pytest.mark.parametrize("tick_rate", [1, 2, 3, 128])
@pytest.mark.parametrize("way", [20.0, 150.0])
def test_at_any_tick_rate_inputs_come_shortly_before_their_tick(tick_rate: int, way: float) -> None:
    """Also where a tick is longer than what is too early elsewhere: after half a minute none is late, or half a tick early."""
    interval = 1000.0 / tick_rate
    pace, server = Pace(), FarServer(way, way)
    pace.start(tick_rate, 0, 0.0)
    play(pace, server, 30_000.0, interval=interval)
    server.late = 0
    del server.leads[:]
    play(pace, server, 60_000.0, interval=interval)
    assert server.late == 0
    assert max(server.leads) < 0.5 * interval + 20.0


@pytest.mark.parametrize("rate", [0.98, 1.02])
def test_a_client_with_a_slow_or_fast_clock_keeps_its_lead(rate: float) -> None:
    """With a clock that is 2 % off, inputs of the second half minute are still just in time."""
    pace, server = Pace(), FarServer(100.0, 100.0, 10.0, rate)
    pace.start(20, 0, 0.0)
    play(pace, server, 30_000.0)
    server.late = 0
    play(pace, server, 60_000.0)
    assert server.late <= 6


def test_a_longer_way_makes_it_run_faster_and_a_shorter_slower() -> None:
    """From 20 to 80 ms there and back: a few per cent at most from tick to tick, in time again after four seconds."""
    pace, server = Pace(), FarServer(20.0, 20.0)
    pace.start(20, 0, 0.0)
    play(pace, server, 5_000.0)
    for way in (80.0, 20.0):
        server.there = server.back = way
        start = server.inputs[-1][0] + 100.0
        before = len(server.inputs)
        play(pace, server, start + 8_000.0)
        gaps = [b[0] - a[0] for a, b in pairwise(server.inputs[before + 5 :])]
        assert all(50.0 * 0.95 - 0.01 <= gap <= 50.0 * 1.05 + 0.01 for gap in gaps)
        assert 0.0 <= server.leads[-1] < 60.0


def test_a_client_that_was_held_up_does_not_send_all_it_missed() -> None:
    """After 800 ms at once two late ticks are sent, and the numbers have gone on along with the server's."""
    pace, server = Pace(), FarServer()
    pace.start(20, 0, 0.0)
    play(pace, server, 3_000.0)
    held_up = pace.due + 800.0
    before, sent = pace.tick, 0
    while pace.due <= held_up:
        pace.next(held_up)
        sent += 1
    assert sent <= CATCH_UP_TICKS + 1
    assert 16 <= pace.tick - before <= 17


@pytest.mark.parametrize("jump", [60_000.0, -60_000.0, 1e9])
def test_a_clock_that_jumps_is_right_again_within_two_seconds(jump: float) -> None:
    """The program slept, or its clock was set: no tick is due in a minute's time, and none is numbered a minute ahead."""
    pace, server = Pace(), FarServer()
    pace.start(20, 0, 0.0)
    play(pace, server, 5_000.0)
    at = pace.due
    server.run(at, 50.0)
    number = pace.next(at + jump)
    assert number <= server.tick + 20
    assert pace.due <= at + jump + 51.0
    play(pace, server, at + 2_000.0, offset=jump)
    server.late = 0
    play(pace, server, at + 10_000.0, offset=jump)
    assert server.late == 0


@pytest.mark.parametrize("asleep", [450.0, 900.0, 3_000.0, 60_000.0])
def test_a_machine_that_was_suspended_is_right_again_within_two_seconds(asleep: float) -> None:
    """Its clock has stood still meanwhile, and nothing else tells of it: the next bundles do."""
    pace, server = Pace(), FarServer()
    pace.start(20, 0, 0.0)
    play(pace, server, 5_000.0)
    server.run(pace.due + asleep, 50.0)
    woken = pace.due + asleep
    server.told = deque((max(at, woken), tick, heard, lead) for at, tick, heard, lead in server.told)
    play(pace, server, woken + 2_000.0, offset=-asleep)
    server.late, before = 0, len(server.inputs)
    play(pace, server, woken + 12_000.0, offset=-asleep)
    assert server.late == 0
    assert len(server.inputs) - before >= 195


def test_while_the_room_stands_still_no_tick_is_counted() -> None:
    """A paused room's tick is told again and again: bundles go on at the full rate, without inputs; then the count goes on."""
    pace = Pace()
    pace.start(20, 0, 0.0)
    for tick in range(1, 40):
        pace.heard(tick, pace.tick, 20, pace.due)
        pace.next(pace.due)
    before, count, end = pace.tick, 0, pace.due + 60_000.0
    while pace.due < end:
        pace.heard(39, before, 20, pace.due)
        assert pace.next(pace.due) == before
        count += 1
    assert 1_190 <= count <= 1_201
    pace.heard(40, before, 20, pace.due)
    assert pace.next(pace.due) == before + 1


def test_inputs_that_the_server_refuses_are_counted_anew() -> None:
    """It is a second too far ahead: within another one the client is told so by what is not applied, and comes back."""
    pace = Pace()
    pace.start(20, 0, 0.0, last_input=500)
    assert pace.next(0.0) == 501
    told = [pace.heard(tick, 500, 0, tick * 50.0) for tick in range(1, 30)]
    assert told.count(True) == 1 and told.index(True) == 21
    assert pace.next(pace.due) == 501, "what was heard before counts"


def test_inputs_that_are_held_up_on_their_way_are_not_refused() -> None:
    """A line that stalls for three seconds: nothing is applied meanwhile, and the numbers go on along with the server's."""
    pace = Pace()
    pace.start(20, 0, 0.0)
    for tick in range(1, 40):
        pace.heard(tick, tick, 20, pace.due)
        pace.next(pace.due)
    before = pace.tick
    told = []
    for tick in range(40, 100):
        told.append(pace.heard(tick, 39, 20, pace.due))
        pace.next(pace.due)
    assert not any(told)
    assert pace.tick == before + 60


@pytest.mark.parametrize("jitter", [5.0, 30.0])
def test_after_stalls_the_lead_is_soon_what_it_was(jitter: float) -> None:
    """Three times nothing goes through for 1.5 seconds; five seconds later inputs come no earlier than before, and none late."""
    pace, server = Pace(), FarServer(110.0, 110.0, jitter)
    pace.start(20, 0, 0.0)
    play(pace, server, 20_000.0)
    before = sum(server.leads[-100:]) / 100
    for stall in range(3):
        server.held_until = pace.due + 1_500.0
        play(pace, server, 27_000.0 + 7_000.0 * stall)
    server.late = 0
    del server.leads[:]
    play(pace, server, pace.due + 5_000.0)
    assert server.late == 0
    assert abs(sum(server.leads) / len(server.leads) - before) < 5.0


def test_the_vectors_for_other_languages_are_fresh() -> None:
    """docs/pace-vectors.json is what build/pace_vectors.py writes now."""
    path = ROOT / "build" / "pace_vectors.py"
    spec = importlib.util.spec_from_file_location("pace_vectors", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.text() == (ROOT / "docs" / "pace-vectors.json").read_text(encoding="utf-8"), (
        f"run {path.name}"
    )


def test_a_clock_that_is_set_back_makes_a_tick_due_at_once() -> None:
    """Not when the clock is there again, half a minute later."""
    pace = Pace()
    pace.start(20, 0, 30_000.0)
    pace.next(30_000.0)
    assert (pace.is_due(30_040.0), pace.is_due(30_050.0)) == (False, True)
    assert pace.is_due(100.0)
    assert (pace.next(100.0), pace.due) == (2, 150.0)


def test_a_welcome_says_where_to_count_on() -> None:
    """Above the server's tick, and above the last input of the seat that was ever heard."""
    pace = Pace()
    pace.start(20, 1_000, 0.0)
    assert pace.next(0.0) == 1_001
    pace.start(20, 1_010, 10.0, last_input=1_015)
    assert pace.next(10.0) == 1_016


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


def test_a_teleport_is_drawn_at_once() -> None:
    """Between two states farther apart than the view's jump, the entity is in the first place until it is in the second."""
    for jump, x in ((99.0, 19.0), (101.0, 69.0)):
        view, entity = InterpolatedView(20, jump), thing()
        view.record(SceneChange(True, entered=[entity]), 0, 0.0)
        steady(view, entity, range(1, 20))
        entity.x = 119.0
        view.record(SceneChange(False, moved=[entity]), 20, 1_000.0)
        for tick in (21, 22):
            view.record(None, tick, tick * 50.0)
        assert view.poses(1_075.0)[0].x == pytest.approx(x, abs=1.0)
        assert view.poses(1_101.0)[0].x == 119.0
