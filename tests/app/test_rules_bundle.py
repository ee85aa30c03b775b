"""The code that a client's engine runs, as archives: whole, always the same, and nothing of the server's in it."""

import os
import shutil
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

from app.games.mod_files import candidate_at
from app.games.rules_bundle import CHECKOUT, engine_bundle, game_bundle
from tests.mods.loading import MODS

IMPORT_ALL = """
import importlib, pathlib, sys
sys.path[:0] = [sys.argv[1]]
for file in pathlib.Path(sys.argv[1]).rglob("*.py"):
    name = file.relative_to(sys.argv[1]).as_posix()
    importlib.import_module(name.removesuffix(".py").removesuffix("/__init__").replace("/", "."))
print(" ".join(sys.modules))
"""


def names(data: bytes) -> list[str]:
    with ZipFile(BytesIO(data)) as archive:
        return archive.namelist()


def test_every_module_of_the_archives_can_be_imported_from_them_alone(tmp_path: Path) -> None:
    """A fresh process that sees the archives and no checkout imports all of it, and nothing that a browser tab lacks."""
    code = tmp_path / "code"
    for bundle in (engine_bundle(), game_bundle(candidate_at(MODS / "arena"))):
        ZipFile(BytesIO(bundle.data)).extractall(code)
    command = [sys.executable, "-P", "-c", IMPORT_ALL, str(code)]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.split())
    assert {"net.client.core", "systems.engine", "tickroom_mods.arena.shared.movement"} <= loaded
    assert not loaded & {"asyncio", "socket", "numpy", "structlog", "app", "net.rooms.room"}


def test_a_games_archive_has_its_shared_rules_and_nothing_else() -> None:
    """Loot tables and whatever else is in `server/` stay there."""
    found = names(game_bundle(candidate_at(MODS / "arena")).data)
    assert "tickroom_mods/arena/shared/shooting.py" in found
    assert all(name.startswith("tickroom_mods/arena/shared/") and name.endswith(".py") for name in found)


def test_a_game_of_one_file_is_packed_by_its_name(tmp_path: Path) -> None:
    """`hop.py` is the module tickroom_mods.hop, `hop/game.py` is tickroom_mods.hop.game."""
    (tmp_path / "hop.py").write_text("")
    assert names(game_bundle(candidate_at(tmp_path / "hop.py")).data) == ["tickroom_mods/hop.py"]
    (tmp_path / "skip").mkdir()
    (tmp_path / "skip" / "game.py").write_text("")
    assert names(game_bundle(candidate_at(tmp_path / "skip")).data) == ["tickroom_mods/skip/game.py"]


def test_the_same_code_is_the_same_archive(tmp_path: Path) -> None:
    """A copy made at another time, with the line ends of another system, has the same hash; a changed rule has not."""
    copy = tmp_path / "arena"
    shutil.copytree(MODS / "arena", copy)
    rules = copy / "shared" / "tuning.py"
    rules.write_bytes(rules.read_bytes().replace(b"\n", b"\r\n"))
    os.utime(rules, (0, 0))
    packed = game_bundle(candidate_at(MODS / "arena"))
    assert game_bundle(candidate_at(copy)) == packed
    rules.write_bytes(rules.read_bytes() + b"# another\n")
    assert game_bundle(candidate_at(copy)).digest != packed.digest
    assert engine_bundle() == engine_bundle(CHECKOUT)
