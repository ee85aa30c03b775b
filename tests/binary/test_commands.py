"""The one file's other commands, with nothing in their environment."""

import json
import subprocess

from ecs.version import VERSION
from tests.binary.conftest import Installed
from tests.conftest import ServerProcess


def run(installed: Installed, *arguments: str) -> str:
    """Runs the one file to its end and returns what it wrote on standard output."""
    command = [str(installed.program), *arguments]
    folder = installed.program.parent
    done = subprocess.run(command, check=False, cwd=folder, env={}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_says_its_version(installed: Installed) -> None:
    """`tickroom --version` is the engine's version."""
    assert run(installed, "--version").strip() == VERSION


def test_the_configuration_it_writes_is_right(installed: Installed) -> None:
    """`init` writes a tickroom.toml that `check` accepts."""
    run(installed, "init")
    assert (installed.program.parent / "tickroom.toml").exists()
    run(installed, "check")


def test_its_bots_play(installed: Installed, server: ServerProcess) -> None:
    """`tickroom bots` of the one file plays on the one file's server, without an error."""
    count, seconds = 3, 2
    report = json.loads(
        run(
            installed,
            "bots",
            server.url,
            "--game",
            "arena",
            "--count",
            f"{count}",
            "--seconds",
            f"{seconds}",
            "--json",
        )
    )
    assert (report["bots"], report["errors"], report["reconnects"]) == (count, 0, 0)
    assert report["bytes_per_client_tick"] > 0
