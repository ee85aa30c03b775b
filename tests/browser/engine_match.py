"""A match of the arena for the Python engine in a browser to play again, and the archives that it needs for it."""

import json
import os
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from app.games.mod_files import candidate_at
from app.games.rules_bundle import engine_bundle, game_bundle
from app.http.browser_engine import BrowserEngine, engine_folder
from app.http.pages import web_folder
from tests.browser.engine_scenes import scenes
from tests.mods.arena_table import ArenaTable
from tests.mods.gladiators import record
from tests.mods.loading import MODS, load

ROOT = Path(__file__).resolve().parents[2]
SEED, TICKS = 20, 600
PLAY = '''
import gc
from time import perf_counter

from tests.browser.engine_scenes import scenes
from tests.mods.arena_table import ArenaTable
from tests.mods.gladiators import replay
from tests.mods.loading import load


def ready():
    """The game is imported."""


def views(*given):
    """How many views of bytes there are; each value that is handed in from JavaScript is one, or has one."""
    return sum(type(each) is memoryview for each in gc.get_objects())


def play(seed, script):
    began = perf_counter()
    arena = ArenaTable(load("arena"), seed, wild=True)
    checksums = replay(arena, script)
    return {"checksums": checksums, "milliseconds": (perf_counter() - began) * 1e3}
'''
LOAD = """
import tickroom_mods.arena.server
from tickroom_mods.arena.shared import game

game.seal()


def load(name):
    return game
"""


@dataclass(frozen=True, slots=True)
class RecordedMatch:
    """600 ticks of gladiators and some heaps on this Python, and the zip archives with which another one plays them."""

    script: list[Any]
    checksums: list[int]
    scenes: dict[str, list[int]]
    archives: list[bytes]


def built_engine() -> dict[str, Any]:
    """engine.json; without one the test is skipped, and says so, and in CI it fails."""
    built = BrowserEngine(engine_folder(), web_folder()).built
    if built is None:
        reason = "NOT TESTED: the Python engine for browsers is not built (`make engine`)"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    addresses: dict[str, Any] = json.loads(built.document)
    return addresses


def recorded() -> RecordedMatch:
    """Fights with physics, hunters, loot and respawns; ticks 200, 400 and 600 are keyframes."""
    arena = ArenaTable(load("arena"), SEED, wild=True)
    match = record(arena, TICKS)
    arena.engine.close()
    candidate = candidate_at(MODS / "arena")
    archives = [engine_bundle().data, game_bundle(candidate).data, _tests(candidate.path / "server")]
    return RecordedMatch(match.script, match.checksums, scenes(), archives)


def _tests(server: Path) -> bytes:
    """What only a test may send to a client: the arena's server side, which spawns and decides, and who plays."""
    files = {f"tickroom_mods/arena/server/{path.name}": path.read_text() for path in server.glob("*.py")}
    for name in ("arena_table", "driver", "gladiators"):
        files[f"tests/mods/{name}.py"] = (ROOT / "tests" / "mods" / f"{name}.py").read_text()
    files["tests/browser/engine_scenes.py"] = (ROOT / "tests" / "browser" / "engine_scenes.py").read_text()
    files |= {"tests/mods/loading.py": LOAD, "play_match.py": PLAY}
    archive = BytesIO()
    with ZipFile(archive, "w") as opened:
        for name, text in files.items():
            opened.writestr(name, text)
    return archive.getvalue()
