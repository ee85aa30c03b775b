"""The same state and inputs give the same predicted world: here, in another process, from the archives that clients get."""

import json
import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from app.games.mod_files import candidate_at
from app.games.rules_bundle import engine_bundle, game_bundle
from net.client.prediction.recorded import checksums_of, unpacked
from tests.mods.loading import MODS, load
from tests.prediction.recording import INPUTS, record

ELSEWHERE = """
import json, sys
sys.path.insert(0, sys.argv[1])
from net.client.prediction.recorded import checksums
print(json.dumps(checksums(sys.argv[2], open(sys.argv[3], "rb").read())))
"""


def from_archives(folder: Path, game: str, data: bytes) -> list[int]:
    """Computed by a process that has the engine's archive and the game's shared rules, and other hashes."""
    recording = folder / "recording"
    recording.write_bytes(data)
    code = folder / "code"
    for bundle in (engine_bundle(), game_bundle(candidate_at(MODS / game))):
        ZipFile(BytesIO(bundle.data)).extractall(code)
    command = [sys.executable, "-P", "-c", ELSEWHERE, code, f"tickroom_mods.{game}.shared", recording]
    environment = {**os.environ, "PYTHONHASHSEED": "77", "PYTHONPATH": ""}
    done = subprocess.run(
        [*map(str, command)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [int(each) for each in json.loads(done.stdout)]


@pytest.mark.parametrize("game", ["arena", "village"])
def test_predicted_systems_compute_the_same_from_archives(game: str, tmp_path: Path) -> None:
    """2,000 inputs with aiming and collisions, ten keyframes or five: every tick has the checksum that it has here."""
    data = record(game)
    here = checksums_of(load(game), data)
    assert len(here) == INPUTS
    assert len(set(here)) > INPUTS * 0.9, "hardly anything happened"
    assert from_archives(tmp_path, game, data) == here


@pytest.mark.parametrize("game", ["arena", "village"])
def test_a_recording_holds_what_its_name_says(game: str) -> None:
    """One welcome, the server's bundles with a snapshot, and one input a bundle."""
    recording = unpacked(record(game, inputs=10))
    assert len(recording.client) == 10
    assert len(recording.server) >= 60
