"""`tickroom proxy`: a process before a server, and what it says of wrong options."""

import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app.bots.command import bots
from app.exits import Exit
from app.proxy import proxy

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.slow
def test_bots_play_through_it(serve: Any) -> None:
    """A server, a proxy in a process of its own, and a bot that lags by what is between; the proxy ends in order."""
    target = serve().url.removeprefix("http://")
    command = [sys.executable, "-m", "app", "proxy", "--network", "3g", "--to", target]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", said)
        assert found, said
        arguments = [found[0], "--game", "arena", "--count", "1", "--seconds", "1", "--json"]
        played = CliRunner().invoke(bots, arguments, catch_exceptions=False)
        process.send_signal(signal.SIGTERM)
        rest = process.stdout.read()
    assert played.exit_code == Exit.OK, played.output
    assert process.returncode == Exit.OK
    assert re.search(r"\d+ connections, 0 of them refused", rest)


@pytest.mark.parametrize(
    "to", ["nowhere", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:99999", "127.0.0.1:80/x", ":80"]
)
def test_a_target_is_a_host_and_a_port(to: str) -> None:
    """Anything else is a wrong command line, with what it should be."""
    result = CliRunner().invoke(proxy, ["--network", "lan", "--to", to])
    assert result.exit_code == Exit.USAGE
    assert "127.0.0.1:7373" in result.output


def test_an_unknown_network_is_answered_with_those_there_are() -> None:
    """From lan to train."""
    result = CliRunner().invoke(proxy, ["--network", "moon"])
    assert result.exit_code == Exit.USAGE
    assert "lan" in result.output and "train" in result.output
