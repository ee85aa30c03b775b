"""A page that says nothing: nobody waits for it longer than the room's policy says."""

from pathlib import Path

import pytest

from net.lockstep.settings import MissingPolicy
from tests.match.mixed_match import MixedMatch, commands_of

pytestmark = pytest.mark.timeout(1_200)


@pytest.mark.parametrize(
    "policy", ["wait", "vote", *(pytest.param(each, marks=pytest.mark.slow) for each in ("empty", "drop"))]
)
def test_a_page_whose_engine_hangs_does_not_hang_the_room(
    virtual_browsers: Path, policy: MissingPolicy
) -> None:
    """Its connection lives and its packets do not come: it is awaited, the match goes on without it, and when its computer can
    do something again it catches up, plays on, and agrees with the others."""
    with MixedMatch(virtual_browsers, 6, 3, bad=False, missing=policy, patience=5_000.0) as match:
        match.begin()
        match.run(3_000.0)
        (page,) = match.pages
        page.do("pace", 4_000.0)  # an iteration takes as long as this: the generation that runs takes 8 s
        match.room.run_until(lambda: match.room.room.state == "running.paused.lagging")
        assert page.name in match.room.room.chart.detail
        if policy == "vote":
            for player in match.pythonists:
                player.client.core.request("put", f"votes/{page.player}", {"go_on": True})
        match.room.run_until(lambda: match.room.room.state == "running.iterating", 6_000.0)
        at = match.generation
        page.do("pace", 1.0)
        match.run_until(lambda: match.room.room._turns and match.room.room._turns.is_present(page.player))
        last = page.generation
        page.do("command", "stop", {"units": [1]})
        match.run_until(lambda: page.generation > last + 10)
        reference = match.pythonists[0].sums
        assert (match.room.reports, page.errors) == ([], [])
        assert page.sums[-1][0] > at
        assert all(reference[generation] == checksum for generation, checksum in page.sums)
        assert ("stop", {"units": [1]}) in commands_of(match.turns(), page.player)
