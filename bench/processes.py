"""The programs that a benchmark starts, each pinned to a core."""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / "bench" / "peers"
READY = re.compile(r"ready at (http://\S+?)/?\s*$")
LOAD_SECONDS = 120.0
"""How long a load may take in all."""

CONFIG = """
[server]
port = 0
[auth]
create = "anyone"
[limits]
joins_per_minute = 100000
handshakes_per_minute = 100000
connections_per_address = 10000
[mods]
folders = ["{games}"]
[log]
level = "warning"
"""


class BenchFailed(Exception):
    """A benchmark could not be run, or what it measured was not what it should be."""


@dataclass(frozen=True)
class Server:
    """A program that serves at `url`."""

    pid: int
    url: str


@contextmanager
def tickroom(core: int) -> Iterator[Server]:
    """Our server, from this source, with the games of the benchmarks."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "tickroom.toml"
        config.write_text(CONFIG.format(games=ROOT / "bench" / "games"))
        command = [sys.executable, "-m", "app", "serve", "--config", str(config), "--data", f"{folder}/data"]
        with _serving(command, core) as server:
            yield server


@contextmanager
def node_ws(core: int, size: int) -> Iterator[Server]:
    """A bare node `ws` server that broadcasts messages of `size` bytes."""
    node = shutil.which("node")
    if node is None:
        raise BenchFailed("there is no node to compare with")
    if not (PEERS / "node_modules" / "ws").exists():
        subprocess.run(["npm", "ci"], cwd=PEERS, check=True, stdout=subprocess.DEVNULL)
    with _serving([node, str(PEERS / "ws_server.js"), str(size)], core) as server:
        yield server


@contextmanager
def _serving(command: list[str], core: int) -> Iterator[Server]:
    process = subprocess.Popen([*pinned(core), *command], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    with process:
        try:
            yield Server(process.pid, _address(process))
        finally:
            process.terminate()
            process.communicate()


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if ready := READY.search(line):
            return ready.group(1)
    raise BenchFailed("the server ended before it was ready")


def load(core: int, kind: str, server: Server, *, count: int, seconds: float) -> dict[str, Any]:
    """Runs bench.load against the server and returns its report."""
    arguments = [kind, server.url, str(count), str(seconds), str(server.pid)]
    done = subprocess.run(
        [*pinned(core), sys.executable, "-m", "bench.load", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        timeout=LOAD_SECONDS,
        check=True,
    )
    report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return report


def pinned(core: int) -> list[str]:
    """The beginning of a command whose threads and children are to stay on one core."""
    return ["taskset", "--cpu-list", str(core)]
