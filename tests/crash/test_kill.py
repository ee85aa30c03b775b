"""A server is killed at random moments under fifty bots and started again: nothing is lost, nothing is doubled.

Another seed: `TICKROOM_SEED=7`. A fault is reproduced as well as the moments of a kill can be: the seed fixes what is chosen.
"""

import asyncio
import os
from pathlib import Path
from random import Random

import pytest

from tests.crash.disk import cut, frame_bounds, running_journals, tear
from tests.crash.mortal import Mortal
from tests.crash.siege import Siege

SEED = int(os.environ.get("TICKROOM_SEED", "1"))
CROWD = {"arena": 12, "village": 12}
CLERKS = 26
DEATHS = ("kill", "kill at the door", "stop", "tear", "kill twice", "kill stopping")
SOAK_DEATHS = 100
SOAK_WAYS = ("kill", "kill", "kill", "kill", "kill twice", "kill stopping", "kill at the door", "tear")


async def besieged(siege: Siege, crowd: dict[str, int], clerks: int, ways: tuple[str, ...]) -> None:
    """Brings a server through so many deaths, and to its end."""
    try:
        await siege.begin(crowd, clerks)
        for way in ways:
            await siege.die(way)
        await siege.end()
    finally:
        await siege.close()
    assert siege.all_faults() == []


@pytest.mark.slow
def test_five_deaths_take_nothing(tmp_path: Path) -> None:
    """Rooms, seats, ticks, commands, calls, presses, events, saved data: all as acknowledged, and each once, after each death."""
    asyncio.run(besieged(Siege(Mortal(tmp_path), SEED), CROWD, CLERKS, DEATHS))


@pytest.mark.slow
def test_a_forgetful_server_is_found(tmp_path: Path) -> None:
    """The proof can fail: a journal without its last second, and everybody who was told of that second notices."""

    async def forgets() -> list[str]:
        siege = Siege(Mortal(tmp_path), SEED)
        try:
            await siege.begin({}, 6)
            await asyncio.sleep(1.0)
            await asyncio.to_thread(siege.mortal.kill)
            for path in running_journals(siege.mortal.data):
                cut(path, 20)
            await siege.return_from("forget", await siege.start())
        finally:
            await siege.close()
        return siege.all_faults()

    faults = "\n".join(asyncio.run(forgets()))
    assert "ticks were taken back" in faults
    assert "acknowledged and lost" in faults


def test_a_torn_record_is_half_a_record(tmp_path: Path) -> None:
    """What `tear` leaves is the beginning of a record and never a whole one, and `cut` leaves whole ones: what they are to be."""
    asyncio.run(_begin_and_kill(tmp_path))
    data = tmp_path / "data"
    for path in running_journals(data):
        whole = path.read_bytes()
        bounds = frame_bounds(path)
        assert bounds[-1][1] == len(whole)
        assert 0 < tear(path, Random(SEED)) < bounds[-1][1] - bounds[-1][0]
        assert path.read_bytes().startswith(whole)
        path.write_bytes(whole)
        assert cut(path, 2) == len(whole) - bounds[max(1, len(bounds) - 2) - 1][1]
        assert whole.startswith(path.read_bytes())


async def _begin_and_kill(folder: Path) -> None:
    siege = Siege(Mortal(folder), SEED)
    try:
        await siege.begin({}, 1)
    finally:
        await siege.close()


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_a_hundred_deaths_take_nothing(tmp_path: Path) -> None:
    """The same, a hundred times, in ways of which each comes again and again."""
    random = Random(SEED)
    ways = [random.choice(SOAK_WAYS) for _ in range(SOAK_DEATHS)]
    for place in range(9, SOAK_DEATHS, 10):
        ways.insert(place, "stop")
    asyncio.run(besieged(Siege(Mortal(tmp_path), SEED), CROWD, CLERKS, tuple(ways)))
