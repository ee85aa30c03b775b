"""A game in `mods/` beside the one file."""

import json
import subprocess
import sys

from tests.binary.conftest import Installed
from tests.conftest import ROOT

SHARED = """from tickroom import Game

game = Game("everything", title="Everything", version="1.0.0", tick_rate=20, max_players=2, width=100.0, height=100.0)
"""


def importable_modules() -> list[str]:
    """Every standard-library module that the Python the one file was built with can import."""
    command = [sys.executable, "-I", "-S", str(ROOT / "packaging" / "stdlib.py")]
    names: list[str] = json.loads(subprocess.run(command, env={}, stdout=subprocess.PIPE, check=True).stdout)
    return names


def importing(names: list[str]) -> str:
    """A module that imports them all, each by an import statement, and writes down which failed."""
    tries = "".join(
        f"try:\n    import {name}\nexcept BaseException as error:\n    failed[{name!r}] = repr(error)\n"
        for name in names
    )
    report = 'pathlib.Path(__file__).with_name("failed.json").write_text(json.dumps(failed))\n'
    return f"import json, pathlib\nfailed = {{}}\n{tries}{report}"


def test_a_game_beside_the_program_may_import_the_whole_standard_library(installed: Installed) -> None:
    """A mod imports each module that the build's Python can import, and its game is there to be played."""
    names = importable_modules()
    assert {"sqlite3", "asyncio", "xml.etree.ElementTree", "multiprocessing.pool"} <= set(names)
    shared, server = installed.mods / "everything" / "shared", installed.mods / "everything" / "server"
    shared.mkdir(parents=True)
    server.mkdir()
    (shared / "__init__.py").write_text(SHARED)
    (server / "__init__.py").write_text(importing(names))

    running = installed.start()

    assert json.loads((server / "failed.json").read_text()) == {}
    status, answer = running.request("GET", "/games")
    assert status == 200
    assert "everything" in [game["name"] for game in answer["games"]]
    assert running.request("POST", "/create", {"game": "everything"}, token=running.admin_token)[0] == 201
