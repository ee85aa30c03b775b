"""A server that is killed and started again, on the same data folder and the same port."""

import os
import re
import signal
from pathlib import Path
from time import monotonic
from typing import Any

import psutil

from tests.conftest import START_SECONDS, ServerProcess, launch_server
from tests.ports import free_port

PATIENCE = float(os.environ.get("TICKROOM_PATIENCE", "0"))
"""By how much more a loaded machine may take; 0: as loaded as it is."""
MISTAKE = re.compile(r'"level": "(error|critical)"|^Traceback')
GAMES = Path(__file__).parent / "games"
CONFIG = """
[limits]
creates_per_minute = 10000
joins_per_minute = 100000
handshakes_per_minute = 100000
[rooms]
empty_timeout = 600.0
seat_kept = 600.0
[journals]
segment_bytes = 262144
[mods]
folders = ["{games}"]
[log]
format = "json"
"""


def patience() -> float:
    """How many times longer than it should something may take here and now: as many programs as want each core."""
    return PATIENCE or max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


class Mortal:
    """One server after the other. Everything here blocks: `asyncio.to_thread` keeps it aside."""

    def __init__(
        self,
        folder: Path,
        *,
        command: list[str] | None = None,
        environment: dict[str, str] | None = None,
        config: str = CONFIG,
    ) -> None:
        self.data = folder / "data"
        self.data.mkdir(exist_ok=True)
        self.starts = 0
        self._command = command
        self._environment = environment
        self._config = folder / "tickroom.toml"
        self._config.write_text(config.format(games=GAMES))
        self._port = free_port()
        self._server: ServerProcess | None = None
        self.mistakes: list[str] = []
        """What the servers have logged as an error."""
        self._told: list[str] = []
        self._admin_token = ""

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def output(self) -> str:
        """All that the servers have said."""
        running = [] if self._server is None else self._server.output
        return "".join([*self._told, *running])

    @property
    def process(self) -> psutil.Process:
        """The running server."""
        assert self._server is not None
        return psutil.Process(self._server.process.pid)

    def launch(self) -> None:
        """Start it, and do not wait."""
        self.starts += 1
        arguments = ("--config", str(self._config), "--port", str(self._port))
        self._server = launch_server(
            *arguments, data=self.data, command=self._command, environment=self._environment
        )

    def start(self) -> float:
        """Start it and wait until it listens; when that was (`time.monotonic`)."""
        self.launch()
        return self.wait_until_ready()

    def wait_until_ready(self) -> float:
        """Wait until it listens; when that was."""
        assert self._server is not None
        self._server.wait_until_ready(START_SECONDS * patience())
        self._admin_token = self._server.admin_token or self._admin_token  # it is said once
        return self._server.ready_at

    def kill(self) -> float:
        """SIGKILL to all its processes, in no order that it could make use of; when that was. Nothing where there is none."""
        if self._server is None:
            return monotonic()
        processes = [*self.process.children(recursive=True), self.process] if self.alive else []
        for each in processes:
            _signal(each, signal.SIGSTOP)  # so that no child sees its parent go and stops in order
        moment = monotonic()
        for each in processes:
            _signal(each, signal.SIGKILL)
        psutil.wait_procs(processes[:-1], timeout=10.0)
        self._server.process.wait(10.0)
        self._bury()
        return moment

    def terminate(self) -> None:
        """SIGTERM, and no more."""
        assert self._server is not None
        self._server.process.terminate()

    def stop(self) -> int:
        """SIGTERM, to the end; its exit code."""
        assert self._server is not None
        code = self._server.stop()
        self._bury()
        return code

    @property
    def alive(self) -> bool:
        """Whether there is one now."""
        return self._server is not None and self._server.process.poll() is None

    def request(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """As `ServerProcess.request`, as the admin; raises OSError or HTTPException where there is no server."""
        server = self._server
        if server is None:
            raise ConnectionRefusedError("the server is dead")
        return ServerProcess(server.process, self.data, url=self.url).request(
            method, path, body, token=self._admin_token
        )

    def create(self, game: str) -> str:
        """A room of a game; its id."""
        status, answer = self.request("POST", "/create", {"game": game})
        assert status == 201, answer
        room_id: str = answer["room_id"]
        return room_id

    def _bury(self) -> None:
        assert self._server is not None
        self._server.close()
        self._told += self._server.output
        self.mistakes += [line for line in self._server.output if MISTAKE.search(line)]
        del self._told[:-2000]
        self._server = None


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    try:
        os.kill(process.pid, number)
    except ProcessLookupError:
        return
