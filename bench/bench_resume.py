"""A village with fifty players whose server is killed: how soon everybody plays again.

The players are bots on the SDK that try again each 50 ms, so that what is measured is the server: from the moment it says where
it listens until the last of them has been welcomed and has its snapshot. How long it took to get there, with the re-run of
what came after the last keyframe, is in the details. The kills come at different places between two keyframes.
"""

import asyncio
import os
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from random import Random

from bench.harness import Bench, Measured, figure, spread
from bench.processes import ROOT, BenchFailed, pinned
from net.client.backoff import Backoff
from tests.crash.bots import TRIES, Wanderer, together
from tests.crash.mortal import Mortal

PLAYERS = 50
KILLS = 7
KEYFRAMES_APART = 20.0
"""Seconds between two keyframes of the village."""
TRY_AGAIN = 50.0
PATIENCE = 60.0
NOTE = "from listening to the last of 50 welcomed, with its snapshot; they try each 50 ms; one core for the server"


class Eager(Wanderer):
    """A player who comes back at once."""

    def make_backoff(self) -> Backoff:
        """A short wait, always."""
        return Backoff(self.random, first=TRY_AGAIN, longest=TRY_AGAIN, tries=TRIES)


@dataclass(frozen=True, slots=True)
class Return:
    """One kill, and the return."""

    played: float
    """Seconds of play before it."""
    start: float
    """Seconds from the kill until the next server listened."""
    first: float
    last: float
    """Seconds from there until the first and the last were back."""


@figure("resume.village50.seconds", unit="s", goal=1.0, note=NOTE)
def resume_village(bench: Bench) -> Measured:
    """The median of several kills; the worst is in the details."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {bench.load_core})
    try:
        returns = asyncio.run(_kills(bench))
    finally:
        os.sched_setaffinity(0, allowed)
    last = [each.last for each in returns]
    details = (
        ("all back after listening", ", ".join(f"{each:.2f} s" for each in last)),
        ("the first", ", ".join(f"{each.first:.2f} s" for each in returns)),
        ("from the kill to listening", ", ".join(f"{each.start:.2f} s" for each in returns)),
        ("played since the last start", ", ".join(f"{each.played:.1f} s" for each in returns)),
    )
    return Measured(statistics.median(last), len(last), spread(last), details)


async def _kills(bench: Bench) -> list[Return]:
    with tempfile.TemporaryDirectory() as folder:
        mortal = Mortal(
            Path(folder),
            command=[*pinned(bench.server_core), sys.executable, "-m", "app"],
            environment=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        random = Random(1)
        bots = [Eager(f"villager {n}", mortal.request, Random(n)) for n in range(PLAYERS)]
        try:
            await asyncio.to_thread(mortal.start)
            room_id = await asyncio.to_thread(mortal.create, "village")
            await together([bot.enter(room_id) for bot in bots])
            return [await _kill(bench, mortal, bots, random, number) for number in range(KILLS)]
        finally:
            await asyncio.gather(*(bot.close() for bot in bots), return_exceptions=True)
            await asyncio.to_thread(mortal.kill)


async def _kill(bench: Bench, mortal: Mortal, bots: list[Eager], random: Random, number: int) -> Return:
    played = random.uniform(2.0, KEYFRAMES_APART)
    await asyncio.sleep(played)
    killed = await asyncio.to_thread(mortal.kill)
    ready = await asyncio.to_thread(mortal.start)
    async with asyncio.timeout(PATIENCE):
        backs = await together([bot.back_since(ready) for bot in bots])
    faults = [fault for bot in bots for fault in bot.faults]
    if faults:
        raise BenchFailed(f"they are not back as they were: {faults[:3]}")
    found = Return(played, ready - killed, min(backs), max(backs))
    bench.progress(
        f"kill {number + 1}: listening after {found.start:.2f} s, all back {found.last:.2f} s later"
    )
    return found
