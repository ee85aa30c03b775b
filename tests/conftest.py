"""What tests share: hypothesis profiles, a Chromium, and a whole server in a process of its own."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parent.parent
READY = re.compile(r"Tickroom is ready at (http://\S+?)/?$")
ADMIN_TOKEN = re.compile(r"Admin token[^:]*: (\S+)$")
START_SECONDS = 90.0
SERVER_LINES = 200
"""How much of what a server said is shown of a failed test."""
DIRECT = urllib.request.build_opener(
    urllib.request.ProxyHandler({})
)  # a proxy cannot reach this machine's loopback

# Derandomised but for the soak run, so that a commit passes or fails the same way each time; no deadlines, because
# a busy machine is not a fault.
settings.register_profile("default", deadline=None, derandomize=True, max_examples=100)
settings.register_profile("quick", deadline=None, derandomize=True, max_examples=30)
settings.register_profile(
    "soak", deadline=None, max_examples=5000, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


# --- a server in a process of its own -------------------------------------------------------------------------------


@dataclass
class ServerProcess:
    """A running server: its address, and what it has said so far."""

    process: subprocess.Popen[str]
    data: Path
    url: str = ""
    admin_token: str = ""
    output: list[str] = field(default_factory=list)
    ready_at: float = 0.0
    """When it said where it listens (`time.monotonic`)."""
    _ready: threading.Event = field(default_factory=threading.Event)
    _reader: threading.Thread | None = None

    @property
    def socket_url(self) -> str:
        """The address of its WebSockets, without a path."""
        return "ws" + self.url.removeprefix("http")

    def request(self, method: str, path: str, body: object = None, *, token: str = "") -> tuple[int, Any]:
        """One HTTP request with a JSON body; answers the status and the decoded body."""
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        try:
            with DIRECT.open(request, timeout=60) as response:
                status, payload = response.status, response.read()
        except urllib.error.HTTPError as refusal:
            with refusal:
                status, payload = refusal.code, refusal.read()
        return status, json.loads(payload) if payload else None

    def stop(self, number: int = signal.SIGTERM, timeout: float = 60.0) -> int:
        """Sends the signal, waits for the end and returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(timeout)

    def wait_until_ready(self, timeout: float = START_SECONDS) -> None:
        """Returns when the server has said where it listens; raises with all it said when it ends or hangs first."""
        if not self._ready.wait(timeout) or not self.url:
            self.process.kill()
            self.process.wait()
            pytest.fail("the server did not start:\n" + "".join(self.output))

    def listen(self) -> None:
        """Begins to read what the server says, in a thread."""
        self._reader = threading.Thread(target=self.follow, daemon=True)
        self._reader.start()

    def close(self) -> None:
        """The process has ended: reads the rest of what it said."""
        if self._reader is not None:
            self._reader.join(timeout=10.0)
        if self.process.stdout is not None:
            self.process.stdout.close()

    def follow(self) -> None:
        """Reads what the server says until it ends; runs in a thread."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output.append(line)
            if token := ADMIN_TOKEN.search(line.rstrip()):
                self.admin_token = token.group(1)
            if ready := READY.search(line.rstrip()):
                self.url, self.ready_at = ready.group(1), time.monotonic()
                self._ready.set()
        self._ready.set()


def start_server(
    *arguments: str, data: Path, command: list[str] | None = None, environment: dict[str, str] | None = None
) -> ServerProcess:
    """Starts a server on a free port and returns when it says where it listens."""
    server = launch_server(*arguments, data=data, command=command, environment=environment)
    server.wait_until_ready()
    return server


def launch_server(
    *arguments: str, data: Path, command: list[str] | None = None, environment: dict[str, str] | None = None
) -> ServerProcess:
    """Starts a server and returns at once. A `--port` of the arguments goes before the free one."""
    program = command or [sys.executable, "-m", "app"]
    process = subprocess.Popen(
        [*program, "serve", "--host", "127.0.0.1", "--port", "0", "--data", str(data), *arguments],
        cwd=ROOT if command is None else data.parent,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )
    server = ServerProcess(process, data)
    server.listen()
    return server


@pytest.fixture
def data_directory(tmp_path: Path) -> Path:
    """An empty folder for a server's data."""
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


SERVERS: pytest.StashKey[list[ServerProcess]] = pytest.StashKey()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed test shows what its servers said: why they closed or refused is only there."""
    report = yield
    if report.failed:
        servers: list[ServerProcess] = item.stash.get(SERVERS, [])
        for number, server in enumerate(servers):
            report.sections.append((f"server {number} said", "".join(server.output[-SERVER_LINES:])))
    return report


@pytest.fixture
def serve(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[..., ServerProcess]]:
    """A function that starts servers, which are all stopped at the end: `serve("--config", path, data=folder)`."""
    started: list[ServerProcess] = []
    said = request.node.stash.setdefault(SERVERS, [])

    def start(*arguments: str, data: Path | None = None, **options: Any) -> ServerProcess:
        folder = data or tmp_path / f"data{len(started)}"
        folder.mkdir(exist_ok=True)
        started.append(start_server(*arguments, data=folder, **options))
        said.append(started[-1])
        return started[-1]

    yield start
    for server in started:
        end(server)


@pytest.fixture
def server(serve: Callable[..., ServerProcess]) -> ServerProcess:
    """One server with the built-in configuration, on a free port, with a data folder of its own."""
    return serve()


def end(server: ServerProcess) -> None:
    """Stops a server whatever state it is in; one that has to be killed fails the test."""
    try:
        server.stop()
    except subprocess.TimeoutExpired:
        server.process.kill()
        server.process.wait()
        pytest.fail("the server did not stop on SIGTERM:\n" + "".join(server.output))
    finally:
        server.close()


# --- Chromium -------------------------------------------------------------------------------------------------------

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-gpu-watchdog",  # on a busy machine drawing may take long, and is not to be begun anew
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Where the Chromium of this machine is; without one the test is skipped, and in CI it fails."""
    found = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if found is None:
        reason = "NO CHROMIUM ON THIS MACHINE: nothing was tested in a browser"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@pytest.fixture(scope="session")
def chromium(chromium_path: str) -> Iterator["Browser"]:
    """A running headless Chromium, driven by playwright."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path, headless=True, args=CHROMIUM_FLAGS
        )
        yield browser
        browser.close()
