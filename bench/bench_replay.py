"""How much faster than it was played a journal is verified: 50 bots in the arena and in the village."""

import gc
import tempfile
from io import BytesIO
from pathlib import Path
from random import Random
from time import perf_counter, process_time

from app.replay.verifying import verify_all
from bench.harness import Bench, Measured, figure
from bench.processes import BenchFailed
from net.hosted import HostedGame
from net.journal.reader import JournalReader
from net.replay.outline import read_outline
from net.replay.verify import stretches, verify
from tests.replay.recording import Recording, Rpc
from tickroom.testing import load_game

MODS = Path(__file__).resolve().parents[1] / "mods"
BOTS = 50
SECONDS = 120
GOAL = 20.0
NOTE = "a journal of 50 bots for 2 minutes, verified by as many processes as there are processors"


@figure("replay.verify.arena", unit="times", goal=GOAL, higher_is_better=True, note=NOTE)
def arena(bench: Bench) -> Measured:
    """Physics, shots and hunters."""
    return _verified(bench, "arena", None)


@figure("replay.verify.village", unit="times", goal=GOAL, higher_is_better=True, note=NOTE)
def village(bench: Bench) -> Measured:
    """A tile map, monsters, villagers, trade."""
    return _verified(bench, "village", _trade)


def _trade(random: Random) -> tuple[str, object]:
    return random.choice(["buy", "sell"]), {"what": random.choice(["potion", "axe", "wood"]), "count": 1}


def _verified(bench: Bench, name: str, rpc: Rpc | None) -> Measured:
    hosted = load_game(MODS / name)
    bench.progress(f"recording {SECONDS} s of {name}")
    recording = Recording(hosted, BOTS, rpc=rpc)
    journal = bytes(recording.run(SECONDS * hosted.game.tick_rate).journal)
    recording.close()
    jobs = len(bench.cores)
    with tempfile.NamedTemporaryFile(suffix=".journal") as file:
        file.write(journal)
        file.flush()
        reader = JournalReader(BytesIO(journal))
        outline = read_outline(reader)
        begin = perf_counter()
        total, mismatch = verify_all(
            Path(file.name), reader, outline, hosted, outline.last, jobs, lambda _: None
        )
        took = perf_counter() - begin
    if mismatch is not None or total.ticks != outline.last:
        raise BenchFailed(f"the journal of {name} is not verified: {mismatch}")
    alone = _alone(hosted, journal)
    return Measured(
        SECONDS / took,
        details=(
            ("processes", str(jobs)),
            ("one process alone, CPU time", f"{alone:.1f} times"),
            ("journal, bytes a tick", f"{len(journal) / outline.last:.0f}"),
        ),
    )


def _alone(hosted: HostedGame, journal: bytes) -> float:
    """How much faster one process is, by its CPU time."""
    reader = JournalReader(BytesIO(journal))
    outline = read_outline(reader)
    gc.collect()
    gc.disable()
    begin = process_time()
    for part in stretches(outline):
        verify(reader, hosted, part)
    took = process_time() - begin
    gc.enable()
    return SECONDS / took
