"""The InputDispatcher: no key press is lost, nothing grows without bound, nothing of a player who left stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecs.errors import SnapshotError
from ecs.inputs import PlayerInput
from systems.input import MAX_LEFT, MAX_QUEUED, PATIENCE, InputDispatcher

UP, FIRE = 0b01, 0b10
IDLE = PlayerInput({"up": UP, "fire": FIRE}, {"aim": 0})


def test_what_is_held_stays_held_until_it_is_released() -> None:
    """Pressed for one tick, held until the frame in which it is up, released for one tick."""
    inputs = InputDispatcher(IDLE)
    inputs.enqueue(0, 1, UP, UP)
    seen = []
    for tick in range(4):
        if tick == 2:
            inputs.enqueue(0, 2)
        keys = inputs.diff()[0]
        seen.append((keys.held("up"), keys.pressed("up"), keys.released("up")))
    assert seen == [(True, True, False), (True, False, False), (False, False, True), (False, False, False)]


def test_a_key_tapped_between_two_ticks_is_not_lost() -> None:
    """It was down and is up again: pressed, held for this one tick, and released."""
    inputs = InputDispatcher(IDLE)
    inputs.enqueue(0, 1, 0, FIRE)
    keys = inputs.diff()[0]
    assert (keys.pressed("fire"), keys.held("fire"), keys.released("fire")) == (True, True, True)
    keys = inputs.diff()[0]
    assert (keys.pressed("fire"), keys.held("fire"), keys.released("fire")) == (False, False, False)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.booleans()), max_size=120))
def test_every_press_is_seen_once_at_most_and_never_lost(frames: list[tuple[int, int, bool]]) -> None:
    """However frames and ticks mix, each key that went down is pressed in some tick, and the last state is reached."""
    inputs = InputDispatcher(IDLE)
    sent, seen, held = 0, 0, 0
    for tick, (now, pressed, step) in enumerate(frames):
        pressed |= now & ~held  # noqa: PLW2901 - a client says what went down
        held = now
        sent |= pressed
        assert inputs.enqueue(0, tick, now, pressed, (tick / 200,))
        if step:
            seen |= _pressed(inputs.diff()[0])
    for _ in range(MAX_QUEUED + 1):
        keys = inputs.diff().get(0)
        seen |= _pressed(keys) if keys else 0
    assert seen == sent
    if frames:
        last = inputs.diff()[0]
        assert (last.held("up"), last.held("fire")) == (bool(held & UP), bool(held & FIRE))
        assert last.axis("aim") == (len(frames) - 1) / 200
        assert inputs.last_input(0) == len(frames) - 1


def _pressed(keys: PlayerInput) -> int:
    return UP * keys.pressed("up") | FIRE * keys.pressed("fire")


def test_one_frame_is_applied_a_tick_and_a_few_may_wait() -> None:
    """So that each input moves a predicted player for exactly one tick; what is more than a few is merged."""
    inputs = InputDispatcher(IDLE)
    for tick in range(MAX_LEFT + 1):
        inputs.enqueue(0, tick)
    applied = []
    for _ in range(MAX_LEFT + 1):
        inputs.diff()
        applied.append(inputs.last_input(0))
    assert applied == list(range(MAX_LEFT + 1))
    for tick in range(10, 20):
        inputs.enqueue(0, tick)
    inputs.diff()
    assert inputs.last_input(0) == 19 - MAX_LEFT


def test_a_stalls_delay_does_not_stay() -> None:
    """With one frame in and one out, the frames that wait since a stall are used up after a while."""
    inputs = InputDispatcher(IDLE)
    tick = 0
    for tick in range(3):
        inputs.enqueue(0, tick)
    for tick in range(3, 3 + 3 * PATIENCE):
        inputs.enqueue(0, tick)
        inputs.diff()
    assert inputs.last_input(0) == tick


def test_the_queue_is_bounded() -> None:
    """A client that sends a thousand frames between two ticks takes the room of a few; its presses count."""
    inputs = InputDispatcher(IDLE)
    for tick in range(1000):
        inputs.enqueue(0, tick, 0, FIRE if tick == 3 else 0)
    assert len(inputs.save()[0][2]) <= MAX_QUEUED
    assert inputs.diff()[0].pressed("fire")


def test_the_same_frame_twice_counts_once() -> None:
    """A client may send again what was not acknowledged."""
    inputs = InputDispatcher(IDLE)
    assert inputs.enqueue(0, 5, 0, FIRE)
    assert not inputs.enqueue(0, 5, 0, FIRE)
    assert not inputs.enqueue(0, 4, UP, UP)
    assert inputs.diff()[0].pressed("fire")
    assert not inputs.diff()[0].pressed("fire")


def test_nothing_stays_of_a_player_who_left() -> None:
    """Forgotten means: no input, no last tick; a new player of that number starts anew."""
    inputs = InputDispatcher(IDLE)
    inputs.enqueue(3, 7, UP, UP, (1.0,))
    inputs.diff()
    inputs.forget(3)
    assert inputs.diff() == {}
    assert inputs.last_input(3) == -1
    assert inputs.enqueue(3, 0)


def test_keys_of_a_dropped_player_go_up() -> None:
    """One who lost the connection does not run on; what was pressed and waits still counts, and ticks are counted on."""
    inputs = InputDispatcher(IDLE)
    inputs.enqueue(0, 7, UP, UP, (1.0,))
    inputs.diff()
    inputs.enqueue(0, 8, UP | FIRE, FIRE, (1.0,))
    inputs.enqueue(0, 9, UP, 0, (1.0,))
    inputs.release(0)
    inputs.release(0)
    keys = inputs.diff()[0]
    assert (keys.held("up"), keys.released("up"), keys.axis("aim")) == (False, True, 0.0)
    assert keys.pressed("fire")
    assert (inputs.last_input(0), inputs.last_heard(0)) == (9, 9)
    assert not inputs.enqueue(0, 9, 0, FIRE)
    assert not inputs.diff()[0].pressed("fire")
    inputs.release(9)
    assert inputs.last_heard(9) == -1


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(0, 3)), max_size=60),
    st.integers(0, 60),
)
def test_a_saved_dispatcher_goes_on_the_same(frames: list[tuple[int, int, int]], ticks: int) -> None:
    """What is held, what waits and what was applied are all in the plain values."""
    inputs = InputDispatcher(IDLE)
    for tick, (player, held, pressed) in enumerate(frames):
        inputs.enqueue(player, tick, held, pressed, (0.25,))
        if tick < ticks:
            inputs.diff()
    other = InputDispatcher(IDLE)
    other.load(inputs.save())
    for _ in range(5):
        ours, theirs = inputs.diff(), other.diff()
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
    )


@pytest.mark.parametrize("data", [3, [[1]], [[0, [1], []]], [["a", [0, [], 0, 0, 0], []]]])
def test_damaged_values_are_refused(data: object) -> None:
    """SnapshotError, and nothing is taken over."""
    inputs = InputDispatcher(IDLE)
    with pytest.raises(SnapshotError):
        inputs.load(data)
    assert inputs.diff() == {}
