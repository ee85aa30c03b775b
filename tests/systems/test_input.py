"""The InputDispatcher: no key press is lost, nothing grows without bound, nothing of a player who left stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecs.errors import SnapshotError
from ecs.inputs import PlayerInput
from systems.input import MAX_QUEUED, InputDispatcher

UP, FIRE = 0b01, 0b10
IDLE = PlayerInput({"up": UP, "fire": FIRE}, {"aim": 0})
PATIENCE = 20


def dispatcher() -> InputDispatcher:
    """One of a game of 20 ticks a second, before its first tick."""
    return InputDispatcher(IDLE, PATIENCE)


def test_what_is_held_stays_held_until_it_is_released() -> None:
    """Pressed for one tick, held until the frame in which it is up, released for one tick."""
    inputs = dispatcher()
    inputs.enqueue(0, 1, UP, UP)
    seen = []
    for tick in range(1, 5):
        if tick == 3:
            inputs.enqueue(0, 3)
        keys = inputs.diff(tick)[0]
        seen.append((keys.held("up"), keys.pressed("up"), keys.released("up")))
    assert seen == [(True, True, False), (True, False, False), (False, False, True), (False, False, False)]


def test_a_key_tapped_between_two_ticks_is_not_lost() -> None:
    """It was down and is up again: pressed, held for this one tick, and released."""
    inputs = dispatcher()
    inputs.enqueue(0, 1, 0, FIRE)
    keys = inputs.diff(1)[0]
    assert (keys.pressed("fire"), keys.held("fire"), keys.released("fire")) == (True, True, True)
    keys = inputs.diff(2)[0]
    assert (keys.pressed("fire"), keys.held("fire"), keys.released("fire")) == (False, False, False)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3)), max_size=120))
def test_every_press_is_seen_once_at_most_and_never_lost(frames: list[tuple[int, int, int]]) -> None:
    """However early or late frames come, each key that went down is pressed in some tick, and the last state is reached."""
    inputs = dispatcher()
    sent, seen, held, ticked, tick = 0, 0, 0, 0, 0
    for now, pressed, steps in frames:
        tick = max(tick + 1, min(ticked + PATIENCE, tick + steps))
        for _ in range(max(steps, tick - ticked - PATIENCE)):
            ticked += 1
            seen |= _pressed(inputs.diff(ticked).get(0, IDLE))
        pressed |= now & ~held  # noqa: PLW2901 - a client says what went down
        held = now
        sent |= pressed
        assert inputs.enqueue(0, tick, now, pressed, (tick / 500,))
    while ticked < tick:
        ticked += 1
        seen |= _pressed(inputs.diff(ticked)[0])
    assert seen | _pressed(inputs.diff(ticked + 1).get(0, IDLE)) == sent
    last = inputs.diff(ticked + 2).get(0, IDLE)
    if frames:
        assert (last.held("up"), last.held("fire")) == (bool(held & UP), bool(held & FIRE))
        assert last.axis("aim") == tick / 500
        assert inputs.last_input(0) == tick


def _pressed(keys: PlayerInput) -> int:
    return UP * keys.pressed("up") | FIRE * keys.pressed("fire")


def test_a_frame_is_applied_in_its_own_tick() -> None:
    """Early ones wait for it, so that each moves a predicted player for exactly one tick, the same one on both sides."""
    inputs = dispatcher()
    for tick in (3, 4, 6):
        inputs.enqueue(0, tick, UP if tick == 4 else 0)
    applied = []
    for tick in range(1, 8):
        keys = inputs.diff(tick)[0]
        applied.append((keys.tick, keys.held("up")))
    assert applied == [(-1, False), (-1, False), (3, False), (4, True), (4, True), (6, False), (6, False)]


def test_late_frames_are_applied_at_once_and_their_presses_count() -> None:
    """What three late ones pressed is pressed in the next tick, with the state of the newest."""
    inputs = dispatcher()
    for tick in range(1, 10):
        inputs.diff(tick)
    inputs.enqueue(0, 4, FIRE, FIRE)
    inputs.enqueue(0, 5, 0, 0)
    inputs.enqueue(0, 6, UP, UP)
    keys = inputs.diff(10)[0]
    assert (keys.pressed("fire"), keys.held("up"), keys.tick) == (True, True, 6)
    keys = inputs.diff(11)[0]
    assert (keys.pressed("fire"), keys.pressed("up"), keys.held("fire")) == (False, False, False)


def test_a_frame_too_far_ahead_is_refused() -> None:
    """A client whose clock is wrong, or who lies, fills no queue and shuts nobody out of the ticks that come."""
    inputs = dispatcher()
    inputs.diff(1)
    assert inputs.enqueue(0, 1 + PATIENCE)
    assert not inputs.enqueue(0, 2 + PATIENCE)
    assert not inputs.enqueue(1, 2**32 - 1, UP, UP)
    assert inputs.last_heard(1) == -1
    assert inputs.enqueue(1, 2)


def test_nobody_runs_on_for_ever() -> None:
    """A player of whom nothing comes for a second holds nothing any more: released once, axes at 0; then it plays on."""
    inputs = dispatcher()
    inputs.enqueue(0, 1, UP, UP, (1.0,), 5)
    seen = [inputs.diff(tick)[0] for tick in range(1, 3 * PATIENCE)]
    held = [keys.held("up") for keys in seen]
    assert held == [True] * PATIENCE + [False] * (2 * PATIENCE - 1)
    assert [keys.released("up") for keys in seen].count(True) == 1
    assert (seen[PATIENCE].axis("aim"), seen[PATIENCE].view) == (0.0, 0)
    inputs.enqueue(0, 3 * PATIENCE, UP)
    keys = inputs.diff(3 * PATIENCE)[0]
    assert (keys.held("up"), keys.pressed("up")) == (True, True)


def test_the_queue_is_bounded() -> None:
    """A client that sends a thousand frames between two ticks takes the room of a few; its presses count."""
    inputs = dispatcher()
    inputs.diff(1000 - PATIENCE)
    for tick in range(1000):
        inputs.enqueue(1, tick, 0, FIRE if tick == 3 else 0)
    assert all(len(waiting) <= MAX_QUEUED for _, _, waiting in inputs.save()[1])
    assert inputs.diff(1000)[1].pressed("fire")


def test_the_same_frame_twice_counts_once() -> None:
    """A client may send again what was not acknowledged."""
    inputs = dispatcher()
    assert inputs.enqueue(0, 5, 0, FIRE)
    assert not inputs.enqueue(0, 5, 0, FIRE)
    assert not inputs.enqueue(0, 4, UP, UP)
    assert inputs.diff(5)[0].pressed("fire")
    assert not inputs.diff(6)[0].pressed("fire")


def test_nothing_stays_of_a_player_who_left() -> None:
    """Forgotten means: no input, no last tick; a new player of that number starts anew."""
    inputs = dispatcher()
    inputs.enqueue(3, 7, UP, UP, (1.0,))
    inputs.diff(7)
    inputs.forget(3)
    assert inputs.diff(8) == {}
    assert inputs.last_input(3) == -1
    assert inputs.enqueue(3, 0)


def test_keys_of_a_dropped_player_go_up() -> None:
    """One who lost the connection does not run on; what was pressed and waits still counts, and ticks are counted on."""
    inputs = dispatcher()
    inputs.enqueue(0, 7, UP, UP, (1.0,))
    inputs.diff(7)
    inputs.enqueue(0, 8, UP | FIRE, FIRE, (1.0,))
    inputs.enqueue(0, 9, UP, 0, (1.0,))
    inputs.release(0)
    inputs.release(0)
    keys = inputs.diff(8)[0]
    assert (keys.held("up"), keys.released("up"), keys.axis("aim")) == (False, True, 0.0)
    assert keys.pressed("fire")
    assert (inputs.last_input(0), inputs.last_heard(0)) == (7, 9)
    assert not inputs.enqueue(0, 9, 0, FIRE)
    assert not inputs.diff(9)[0].pressed("fire")
    inputs.release(9)
    assert inputs.last_heard(9) == -1


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(0, 3)), max_size=60),
    st.integers(0, 60),
)
def test_a_saved_dispatcher_goes_on_the_same(frames: list[tuple[int, int, int]], ticks: int) -> None:
    """What is held, what waits and what was applied are all in the plain values."""
    inputs = dispatcher()
    for tick, (player, held, pressed) in enumerate(frames):
        inputs.enqueue(player, tick + player, held, pressed, (0.25,), tick)
        if tick < ticks:
            inputs.diff(tick)
    other = dispatcher()
    other.load(inputs.save())
    for tick in range(60, 90):
        ours, theirs = inputs.diff(tick), other.diff(tick)
        assert ours.keys() == theirs.keys()
        for player in ours:
            assert _state(ours[player]) == _state(theirs[player])
    assert inputs.save() == other.save()


def _state(keys: PlayerInput) -> tuple[object, ...]:
    return (
        keys.held("up"),
        keys.held("fire"),
        _pressed(keys),
        keys.released("up"),
        keys.axis("aim"),
        keys.tick,
        keys.view,
    )


@pytest.mark.parametrize("data", [3, [1, [[1]]], [1, [[0, [1], []]]], [1, [["a", [0, [], 0, 0, 0, 0], []]]]])
def test_damaged_values_are_refused(data: object) -> None:
    """SnapshotError, and nothing is taken over."""
    inputs = dispatcher()
    with pytest.raises(SnapshotError):
        inputs.load(data)
    assert inputs.diff(1) == {}
