"""Clients in Python and the browser's SDK with the JavaScript engine, in one room, in virtual time."""

import os
from pathlib import Path
from typing import Any

import pytest

from net.conditions import PRESETS
from net.lockstep.play import VIEWERS
from tests.match.mixed_match import MixedMatch, commands_of

MINUTES = 10
HOURS = 3
SEED = int(os.environ.get("TICKROOM_SEED", "1"))
pytestmark = pytest.mark.timeout(1_200)
PATIENT: dict[str, Any] = {"missing": "wait", "patience": 300_000.0}


def play(program: Path, seed: int, minutes: float) -> None:
    """A match on bad lines, with servers that are killed: nothing is lost, and all are equal."""
    with MixedMatch(program, seed, delay=2 + seed % 3, **PATIENT) as match:
        match.begin()
        end = match.room.now + minutes * 60_000.0
        while match.room.now < end:
            match.run(match.random.uniform(200.0, 5_000.0))
            if match.random.random() < 0.2:
                match.slow_down()
            if match.random.random() < 0.03:
                match.room.restart()
            if match.random.random() < 0.8:
                match.mend()
        match.rest()
        match.assert_nothing_is_lost()
        assert all(len(player.given) >= 5 for player in match.players), "nobody has played"


def test_python_and_browsers_play_half_a_minute_on_bad_lines(virtual_browsers: Path) -> None:
    """Two of each; latency to half a second, jitter, stalls, cuts, slow computers and killed servers: equal checksums in every
    generation, each generation once, every command once."""
    play(virtual_browsers, 3, 0.5)


def test_a_page_that_is_loaded_again_and_one_that_comes_late(virtual_browsers: Path) -> None:
    """Both run the match from its beginning, in packed histories, to the state of the others; the one plays on, the other watches
    and is awaited by nobody."""
    with MixedMatch(virtual_browsers, 5, 3, **PATIENT) as match:
        match.begin()
        match.run(40_000.0)
        page = match.pages[0]
        page.load_again()
        late = match.browsers.join(match.room, "Late", PRESETS["3g"])
        at = match.generation
        match.run_until(lambda: page.generation > at and late.generation > at)
        page.do("command", "stop", {"units": [1]})
        match.run_until(lambda: page.generation > at + 40)
        assert late.player >= VIEWERS
        assert ("stop", {"units": [1]}) in commands_of(match.turns(), page.player)
        reference = match.pythonists[0].sums
        for browser in (page, late):
            assert browser.errors == []
            assert browser.sums[-1][0] >= at
            assert all(reference[generation] == checksum for generation, checksum in browser.sums)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 4])
def test_two_rooms_of_four_play_ten_minutes_on_bad_lines(virtual_browsers: Path, seed: int) -> None:
    """The same in two rooms, eight clients, four of each kind: one on the worst lines, one on trains, phones and wifi."""
    play(virtual_browsers, seed, MINUTES)


@pytest.mark.soak
@pytest.mark.timeout(14_400)
@pytest.mark.parametrize("hour", range(HOURS))
def test_four_play_for_an_hour(virtual_browsers: Path, hour: int) -> None:
    """Rooms of all kinds of lines, an hour each, until villages are full and mines are empty. Others: `TICKROOM_SEED=n`."""
    play(virtual_browsers, 100 * SEED + hour, 60)
