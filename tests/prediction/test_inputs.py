"""The ClientInputDispatcher: what counts in which tick, and what another connection makes of what was sent."""

from ecs.inputs import PlayerInput
from net.client.prediction.inputs import ClientInputDispatcher
from net.protocol import Input

IDLE = PlayerInput({"fire": 1, "left": 2}, {})


def dispatcher(*sent: tuple[int, int, int]) -> ClientInputDispatcher:
    """Inputs of (tick, held, pressed) that were sent."""
    inputs = ClientInputDispatcher(IDLE)
    for tick, held, pressed in sent:
        assert inputs.enqueue(Input(tick, held, pressed, []))
    return inputs


def presses(inputs: ClientInputDispatcher, ticks: range) -> list[int]:
    """The ticks in which `fire` goes down, computed from what the server has acknowledged."""
    inputs.rewind()
    return [tick for tick in ticks if inputs.diff(tick).pressed("fire")]


def test_a_press_that_is_told_again_counts_once() -> None:
    """The line was cut before the server heard of it: over the next one it is told with a later input, and with that alone."""
    inputs = dispatcher((6, 0, 0), (7, 1, 1), (8, 0, 0))
    inputs.acknowledge(6)
    assert presses(inputs, range(7, 12)) == [7]
    inputs.unheard(6)
    assert inputs.enqueue(Input(10, 0, 1, []))
    assert presses(inputs, range(7, 12)) == [10]


def test_the_number_of_an_input_that_was_not_heard_is_free() -> None:
    """The first input over another connection may have the tick of the last one over the one before."""
    inputs = dispatcher((6, 0, 0), (8, 0, 0))
    inputs.acknowledge(6)
    inputs.unheard(6)
    assert inputs.enqueue(Input(8, 0, 1, []))
    assert presses(inputs, range(7, 12)) == [8]
    assert not inputs.enqueue(Input(8, 0, 1, []))


def test_what_a_server_has_forgotten_does_not_hold_up_what_it_hears() -> None:
    """It acknowledged tick 9 and came back from before that: the input of tick 8 counts."""
    inputs = dispatcher((9, 2, 2))
    inputs.acknowledge(9)
    inputs.unheard(6)
    assert inputs.enqueue(Input(8, 1, 1, []))
    assert presses(inputs, range(7, 12)) == [8]
