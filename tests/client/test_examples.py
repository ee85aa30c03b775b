"""The examples run as they stand, against a real server."""

import ast
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
NATIVE = ROOT / "examples" / "native_client.py"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The native client in a process of its own, warnings being errors."""
    command = [sys.executable, "-W", "error", "-m", "examples.native_client", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def test_the_native_client_plays(stroll_server: Any) -> None:
    """It takes a seat, walks, hears of its own shots, and gives the seat back."""
    ran = run(stroll_server.url, "--game", "stroll", "--name", "Ada", "--seconds", "2.5")
    assert ran.returncode == 0, ran.stderr
    assert "playing Stroll as player 0" in ran.stdout and "with Ada" in ran.stdout
    assert "Waved(player=0)" in ran.stdout
    places = {line for line in ran.stdout.splitlines() if line.startswith("  my player is at")}
    assert places
    _, listed = stroll_server.request("GET", "/rooms")
    assert [room["players"] for room in listed["rooms"]] == [0]


def test_the_command_of_its_docstring_works(stroll_server: Any) -> None:
    """The command line that the docstring and docs/clients.md show plays; only address, game and time are others here."""
    docstring = ast.get_docstring(ast.parse(NATIVE.read_text())) or ""
    [shown] = re.findall(r"^ +(\.venv/bin/python .+)$", docstring, re.MULTILINE)
    page = (ROOT / "docs" / "clients.md").read_text()
    [on_the_page] = re.findall(r"^    (\.venv/bin/python .+)$", page, re.MULTILINE)
    assert shown.startswith(on_the_page)
    assert "VENV := .venv\n" in (ROOT / "Makefile").read_text()
    others = {"http://127.0.0.1:7373": stroll_server.url, "arena": "stroll", "20": "1.5"}
    _, *arguments = [others.pop(word, word) for word in shlex.split(shown)]
    assert not others
    command = [sys.executable, "-W", "error", *arguments]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0 and "playing Stroll" in ran.stdout, ran.stderr


def test_the_native_client_says_what_is_wrong(stroll_server: Any) -> None:
    """A game that is not there and a server that is not there are a sentence each, not a traceback."""
    for arguments, sentence in [
        ((stroll_server.url, "--game", "chess"), "chess"),
        (("http://127.0.0.1:1",), "refused"),
    ]:
        ran = run(*arguments)
        assert ran.returncode == 1 and sentence in ran.stderr and "Traceback" not in ran.stderr


def test_the_native_client_is_short_and_uses_the_facade_alone() -> None:
    """Under 100 lines, and of ours it imports `tickroom` only."""
    source = NATIVE.read_text()
    imported = {line.split()[1] for line in source.splitlines() if line.startswith(("import ", "from "))}
    assert len(source.splitlines()) < 100
    assert imported == {"argparse", "asyncio", "math", "tickroom.client"}
