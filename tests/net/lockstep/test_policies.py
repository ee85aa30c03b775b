"""Missing packets: a notice, a pause, and then what the room says; whatever the policy, it ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from net.lockstep.policies import LAG_AFTER, LEAST_BUDGET, NOTHING, NOTICE_AFTER, SHORT, Missing
from net.lockstep.settings import LockstepSettings, MissingPolicy

POLICIES: tuple[MissingPolicy, ...] = ("wait", "empty", "drop", "vote")


def missing(policy: MissingPolicy = "wait", patience: float = 10_000.0) -> Missing:
    """Of a room with this policy."""
    return Missing(LockstepSettings(missing=policy, patience=patience))


def test_a_short_delay_is_not_mentioned() -> None:
    """What comes within half a second leaves no trace."""
    one = missing()
    assert one.look([1], [0, 1], 0.0) == NOTHING
    assert one.look([1], [0, 1], NOTICE_AFTER - 1.0) == NOTHING
    assert one.look([], [0, 1], NOTICE_AFTER) == NOTHING


def test_a_notice_then_a_pause_and_its_end() -> None:
    """Each is told once, with who is awaited; when the packet is there the pause is over."""
    one = missing()
    one.look([1], [0, 1, 2], 0.0)
    assert one.look([1], [0, 1, 2], NOTICE_AFTER).notice == [1]
    assert one.look([1], [0, 1, 2], NOTICE_AFTER + 1.0) == NOTHING
    assert one.look([1], [0, 1, 2], LAG_AFTER).lag == [1]
    assert one.look([1], [0, 1, 2], LAG_AFTER + 1.0) == NOTHING
    assert one.look([], [0, 1, 2], LAG_AFTER + 2.0).over
    assert one.look([], [0, 1, 2], LAG_AFTER + 3.0) == NOTHING


@pytest.mark.parametrize(("policy", "after", "how"), [
    ("wait", 10_000.0, "drop"), ("vote", 10_000.0, "drop"), ("drop", SHORT, "drop"), ("empty", SHORT, "stand_in"),
])  # fmt: skip
def test_what_the_room_says_comes_in_time(policy: MissingPolicy, after: float, how: str) -> None:
    """A silent player is stood in for or dropped exactly when the policy's time is over."""
    one = missing(policy)
    one.look([1], [0, 1], 0.0)
    before = one.look([1], [0, 1], after - 1.0)
    assert before.drop == before.stand_in == []
    assert getattr(one.look([1], [0, 1], after), how) == [1]


def test_a_majority_of_those_who_are_there_votes() -> None:
    """Of three who are there two are needed; the awaited one has no vote, and outside of a pause there is none."""
    one = missing("vote")
    everybody = [0, 1, 2, 3]
    one.look([3], everybody, 0.0)
    assert not one.vote(0, 3, go_on=True)
    one.look([3], everybody, LAG_AFTER)
    assert not one.vote(3, 3, go_on=True)
    assert one.vote(0, 3, go_on=True)
    assert one.look([3], everybody, LAG_AFTER + 1.0).drop == []
    assert one.vote(1, 3, go_on=False)
    assert one.look([3], everybody, LAG_AFTER + 2.0).drop == []
    assert one.vote(1, 3, go_on=True)
    assert one.look([3], everybody, LAG_AFTER + 3.0).drop == [3]


def test_there_is_no_vote_in_a_room_that_waits() -> None:
    """With the policy `wait` votes are refused."""
    one = missing("wait")
    one.look([1], [0, 1], 0.0)
    one.look([1], [0, 1], LAG_AFTER)
    assert not one.vote(0, 1, go_on=True)


@given(st.sampled_from(POLICIES), st.lists(st.floats(1.0, 5_000.0), min_size=60, max_size=90))
def test_nobody_hangs_a_room_for_ever(policy: MissingPolicy, steps: list[float]) -> None:
    """However often it is looked, whoever is silent is gone at the first look after the limit."""
    one, now, gone = missing(policy, 20_000.0), 0.0, False
    one.look([1], [0, 1], now)
    for step in steps:
        now += step
        decision = one.look([1], [0, 1], now)
        gone = gone or bool(decision.drop or decision.stand_in)
        assert gone or now < 20_000.0


@pytest.mark.parametrize("policy", POLICIES)
def test_who_gives_each_packet_at_the_last_moment_holds_nobody_for_ever(policy: MissingPolicy) -> None:
    """A player who is always waited for until just before the limit is out all the same, also after pauses of the host."""
    one, now, limit = missing(policy, 30_000.0), 0.0, 30_000.0 if policy in ("wait", "vote") else SHORT
    held, went_on = 0.0, False
    while held < 300_000.0 and not went_on:
        began = now
        while now - began < limit - 100.0 and not went_on:
            decision = one.look([1], [0, 1], now)
            went_on = bool(decision.drop or decision.stand_in)
            now, held = now + 50.0, held + 50.0
        one.look([], [0, 1], now)
        one.begin_anew()
        now += 100.0
    assert went_on
    assert held < 3 * max(limit, LEAST_BUDGET)


def test_a_stall_now_and_then_is_forgiven() -> None:
    """Two seconds of ten, for ten minutes: nobody is dropped for a network that stalls."""
    one = missing("drop")
    for second in range(600):
        awaited = [1] if second % 10 < 2 else []
        decision = one.look(awaited, [0, 1], second * 1_000.0)
        assert decision.drop == []
