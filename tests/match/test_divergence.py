"""A state that is changed on purpose, in Python's engine or in JavaScript's: found out at once, and named."""

from pathlib import Path
from typing import Any

import pytest

from tests.match.mixed_match import MixedMatch

pytestmark = pytest.mark.timeout(1_200)
PATIENT: dict[str, Any] = {"missing": "wait", "patience": 300_000.0}
CHANGES = {"gold": ("Realm", "gold"), "health": ("Body", "health")}


@pytest.mark.parametrize("interval", [1, pytest.param(4, marks=pytest.mark.slow)])
@pytest.mark.parametrize("culprit", [0, 1], ids=["in Python", "in a browser"])
@pytest.mark.parametrize("players", [2, 3, 4])
def test_a_changed_state_is_named(virtual_browsers: Path, players: int, culprit: int, interval: int) -> None:
    """Within one checksum interval of the change the game halts; the report has the culprit, the entity, the component and the
    field, the same whichever language the culprit's engine is in."""
    what = "gold" if (players + culprit) % 2 else "health"
    with MixedMatch(virtual_browsers, 10 + players, players, checksum_interval=interval) as match:
        match.begin()
        match.run(match.random.uniform(2_000.0, 6_000.0))
        before = match.change(culprit, what)
        match.room.run_until(lambda: match.room.reports)
        match.run(2_000.0)
        (report,) = match.room.reports
        assert match.room.room.state == "running.paused.desynced"
        assert before < report.generation <= before + interval
        assert (report.component, report.field) == CHANGES[what]
        assert (report.entity == 1) == (what == "gold")
        assert (report.wrong, report.suspects) == (([culprit], []) if players > 2 else ([], [culprit]))


@pytest.mark.slow
@pytest.mark.parametrize("culprit", [0, 1], ids=["in Python", "in a browser"])
def test_a_changed_state_is_put_right_across_languages(virtual_browsers: Path, culprit: int) -> None:
    """With `resync` the culprit gets the state of the right ones, of whichever language theirs is, and plays on with them."""
    with MixedMatch(virtual_browsers, 31, 3, desync="resync") as match:
        match.begin()
        match.run(8_000.0)
        match.change(culprit, "gold")
        match.room.run_until(lambda: match.room.reports)
        at = match.generation
        match.run(20_000.0)
        match.rest()
        assert match.room.room.state == "running.iterating"
        assert [report.wrong for report in match.room.reports] == [[culprit]]
        assert match.generation > at + 20
        last = min(match.generation_of(number) for number in range(3))
        recent = [dict(player.sums)[last] for player in match.players]
        assert len(set(recent)) == 1


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3])
def test_changed_states_are_put_right_on_bad_lines(virtual_browsers: Path, seed: int) -> None:
    """Four times somebody's state is changed while lines stall and are cut: each time that player is found wrong, once, whatever
    was on its way then; and in the end all agree."""
    with MixedMatch(virtual_browsers, seed, 3 + seed % 2, desync="resync", **PATIENT) as match:
        match.begin()
        culprits: list[int] = []
        while len(culprits) < 4:
            match.run_on(15)
            culprits.append(next(who for who in match.random.sample(range(3), 3) if culprits.count(who) < 2))
            match.change(culprits[-1], match.random.choice(list(CHANGES)))
            match.run_until(lambda: len(match.room.reports) >= len(culprits))
        match.rest()
        assert match.room.room.state == "running.iterating"
        assert [report.wrong for report in match.room.reports] == [[culprit] for culprit in culprits]
        last = min(match.generation_of(number) for number in range(len(match.players)))
        assert len({dict(player.sums)[last] for player in match.players}) == 1
