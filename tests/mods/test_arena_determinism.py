"""The same inputs give the same arena, bit for bit, whoever computes it and wherever it was saved and loaded."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.mods.arena_table import ArenaTable
from tests.mods.gladiators import Match, come_and_go, play_tick, record
from tickroom import Game, load, save

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
SEED = 20
TICKS = 2000


@pytest.fixture(scope="module")
def fought(arena_game: Game) -> tuple[Match, ArenaTable]:
    """2,000 ticks of gladiators who join, fight, die, and leave."""
    arena = ArenaTable(arena_game, SEED, wild=True)
    match = record(arena, TICKS)
    arena.engine.close()
    return match, arena


def test_the_match_is_worth_comparing(fought: tuple[Match, ArenaTable]) -> None:
    """Fighters shot each other dead, hunters bit and fell, loot was taken, and bodies pushed each other all the time."""
    match, arena = fought
    names = Counter(type(event).__name__ for event in arena.happened)
    deaths = [event for event in arena.happened if type(event).__name__ == "Died"]
    assert sum(event.victim >= 0 <= event.killer for event in deaths) >= 5
    assert sum(event.victim < 0 for event in deaths) >= 5
    assert names["Shot"] >= 300 and names["Hit"] >= 100 and names["Picked"] >= 3 and names["Respawned"] >= 10
    assert match.pushes >= 100
    assert len(set(match.checksums)) == TICKS


def test_two_processes_compute_the_same_arena(fought: tuple[Match, ArenaTable], tmp_path: Path) -> None:
    """Two other processes, with hash seeds of their own, reach the same checksum in each of 2,000 ticks."""
    match, _ = fought
    file = tmp_path / "match.json"
    file.write_text(json.dumps({"seed": SEED, "script": match.script}))
    for hash_seed in ("1", "4242"):
        answer = subprocess.run(
            [sys.executable, "-m", "tests.mods.gladiators", str(file)],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            stdout=subprocess.PIPE,
            check=True,
            timeout=150,
        )
        assert json.loads(answer.stdout) == match.checksums


def test_an_arena_saved_and_loaded_at_every_keyframe_goes_on_alike(
    arena_game: Game, fought: tuple[Match, ArenaTable]
) -> None:
    """At each keyframe the world is moved into a new engine through its snapshot; no tick differs from the match."""
    match, _ = fought
    arena = ArenaTable(arena_game, SEED, wild=True)
    moves = 0
    for tick, frames in enumerate(match.script, 1):
        come_and_go(arena, tick)
        assert play_tick(arena, frames) == match.checksums[tick - 1], f"tick {tick}"
        if tick % arena_game.keyframe_interval == 0:
            arena = moved(arena)
            moves += 1
    arena.engine.close()
    assert moves == TICKS // arena_game.keyframe_interval


def moved(arena: ArenaTable) -> ArenaTable:
    """The same world in a new engine, made from a snapshot's bytes; the old engine is gone."""
    data = save(arena.world)
    arena.engine.close()
    other = ArenaTable(arena.game, seed=999, wild=True)
    load(other.world, data)
    assert save(other.world) == data
    return other
