"""The own input on the own screen: within one tick and two frames, at any ping."""

import pytest

from tests.prediction.key_to_screen import FRAME, longest

TICK = 1000.0 / 30.0


@pytest.mark.parametrize(("latency", "jitter"), [(0.0, 0.0), (50.0, 10.0), (125.0, 15.0), (250.0, 10.0)])
def test_a_key_is_seen_within_a_tick_and_two_frames(latency: float, jitter: float) -> None:
    """Presses at any moment of a tick; virtual time, so the busiest machine says the same."""
    assert longest(8, latency=latency, jitter=jitter) <= TICK + 2 * FRAME


def test_without_prediction_it_takes_the_way_there_and_back() -> None:
    """And the view's delay: at 250 ms more than 250."""
    assert longest(2, latency=125.0, predict=False) > 250.0
