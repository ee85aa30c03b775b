"""The long tests of the one file: `make soak`."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from tests.binary.conftest import Installed, Processes
from tests.conftest import ServerProcess

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1800)]

ROUNDS = 40
BOTS = 100
SECONDS = 60


def test_no_way_of_dying_leaves_anything_behind(
    installed: Installed, processes_of: Callable[[ServerProcess], Processes]
) -> None:
    """Two servers side by side; one dies in a random way, over and over; the other never notices, and no folder stays."""
    random = Random(7)
    steady = installed.start(data=folder(installed, "steady"))
    [live] = installed.extractions()
    for number in range(ROUNDS):
        server = installed.start(data=folder(installed, f"round{number}"))
        processes = processes_of(server)
        way = random.choice(("stop parent", "stop child", "kill parent", "kill child", "kill both"))
        if way in {"kill child", "kill both"}:
            processes.child.kill()
        if way in {"kill parent", "kill both"}:
            server.process.kill()
        if way == "stop parent":
            server.process.terminate()
        if way == "stop child":
            processes.child.terminate()
        processes.wait()
        assert live in installed.extractions(), way
        assert steady.request("GET", "/healthz")[0] == 200, way
    last = installed.start(data=folder(installed, "last"))
    assert len(installed.extractions()) == 2
    assert last.stop() == 0
    assert installed.extractions() == {live}


def test_a_hundred_bots_play_for_a_minute(installed: Installed, server: ServerProcess) -> None:
    """A hundred of the one file's bots play on the one file's server without an error or a lost connection."""
    command = [str(installed.program), "bots", server.url, "--game", "arena", "--json"]
    done = subprocess.run(
        [*command, "--count", str(BOTS), "--seconds", str(SECONDS)],
        env={},
        capture_output=True,
        text=True,
        check=True,
    )
    report = json.loads(done.stdout)
    assert (report["bots"], report["errors"], report["reconnects"]) == (BOTS, 0, 0), report


def folder(installed: Installed, name: str) -> Path:
    path = installed.program.parent / name
    path.mkdir()
    return path
