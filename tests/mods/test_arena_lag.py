"""Aimed shots in the arena from far away: what the marksman sees on the own screen is what is hit."""

from io import BytesIO

import pytest

from net.hosted import HostedGame
from net.journal.reader import JournalReader
from net.replay.rerun import rerun
from tests.mods.marksman import TICK_RATE, shoot

SHOTS = 8


@pytest.mark.parametrize(("latency", "jitter"), [(125.0, 0.0), (110.0, 30.0), (30.0, 5.0), (2.0, 0.0)])
def test_what_is_aimed_at_is_hit(latency: float, jitter: float) -> None:
    """At any round trip up to 250 ms, with jitter too: 8 of 8 at a target that runs."""
    assert shoot(SHOTS, latency=latency, jitter=jitter).hits == SHOTS


def test_without_it_nothing_is() -> None:
    """A client that does not say what it saw, at 250 ms: the target has long run on."""
    done = shoot(SHOTS, latency=125.0, tells=False)
    assert (done.hits, done.behind) == (0, 0.0)


def test_nobody_is_hit_where_it_was_longer_ago_than_the_game_says() -> None:
    """At 600 ms the marksman sees what is too long ago, and misses: 400 ms is the most that the target is asked to bear."""
    done = shoot(SHOTS, latency=300.0)
    assert done.behind <= 400.0
    assert done.hits <= 1


def test_a_replay_hits_the_same() -> None:
    """Run again from each keyframe, whose world has the history, and with the views that inputs told: the same checksums."""
    done = shoot(4, latency=125.0, journal=True)
    assert done.hits == 4
    reader = JournalReader(BytesIO(done.journal))
    assert len(reader.keyframes()) >= 2
    for tick in (done.tick - TICK_RATE, done.tick):
        play = rerun(HostedGame.of(done.game), reader, to_tick=tick)
        assert play.at == tick
        if tick == done.tick:
            assert play.checksum() == done.checksum
        play.close()
