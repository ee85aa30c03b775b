"""At 250 ms there and back, with jitter: what is predicted comes true."""

import pytest

from tests.prediction.far_players import play


@pytest.mark.slow
def test_a_minute_of_walking_and_shooting_needs_no_correction() -> None:
    """Nobody pushes: not one correction of more than a unit, and every shot is the server's."""
    (statistics,) = play("arena", 1, 60.0, shoots=True)
    assert [size for size in statistics.sizes if size > 1.0] == []
    assert statistics.snapped == 0
    assert statistics.matched > 100
    assert statistics.mistaken == 0


def test_some_seconds_of_it() -> None:
    """The same for ten seconds, in the arena; and in the village, where trees and walls are in the way."""
    (arena,) = play("arena", 1, 10.0, shoots=True)
    (village,) = play("village", 1, 10.0, shoots=False)
    for statistics in (arena, village):
        assert [size for size in statistics.sizes if size > 1.0] == []
        assert statistics.compared > 100


def test_players_who_push_one_another_are_put_right() -> None:
    """Six in the arena, each computing its neighbours along: there are corrections, none is larger than a fighter and a half, and
    all go on predicting."""
    all_of_them = play("arena", 6, 10.0, shoots=False)
    assert sum(len(statistics.sizes) for statistics in all_of_them) > 0
    assert all(statistics.compared > 150 for statistics in all_of_them)
    assert max(statistics.largest for statistics in all_of_them) < 54.0
