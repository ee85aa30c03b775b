"""What browser tests share: pages that are watched for errors and for anything fetched from elsewhere."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from shutil import copytree
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.sandbox import Sandbox
from tests.conftest import SERVERS, ServerProcess, end, start_server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PHONE = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 2,
}
"""A phone held upright."""
EXPECTED = (
    "the server responded with a status of",
    "WebSocket connection to",
    *(
        f"net::ERR_{why}"
        for why in (
            "CONNECTION_REFUSED",
            "CONNECTION_RESET",
            "CONNECTION_CLOSED",
            "CONNECTION_ABORTED",
            "CONTENT_LENGTH_MISMATCH",
            "EMPTY_RESPONSE",
            "INCOMPLETE_CHUNKED_ENCODING",
            "SOCKET_NOT_CONNECTED",
        )
    ),
)
"""What Chromium itself writes to the console when a server refuses or is away: that is what some tests are about."""

ROOMY = """
[limits]
rooms_per_address = 1000
creates_per_minute = 100000
joins_per_minute = 1000000
handshakes_per_minute = 1000000
[mods]
folders = ['{games}']
"""
"""One address is everybody here. There is a game more, in which nobody pushes anybody."""
CALM = """(() => {
    localStorage.setItem("tickroom.prediction", "off");
    const ask = window.requestAnimationFrame.bind(window), drop = window.cancelAnimationFrame.bind(window), asked = new Map();
    window.requestAnimationFrame = (then) => {
        const number = ask(() => asked.set(number, ask((now) => { asked.delete(number); then(now); })));
        asked.set(number, number);
        return number;
    };
    window.cancelAnimationFrame = (number) => { drop(asked.get(number) ?? number); asked.delete(number); };
})()"""
"""No prediction, and every second frame: a page then takes 0.3 of a core in place of 0.5."""
FED = """(() => {
    if (window !== top) return;
    window.fed = [];
    new MutationObserver((changes) => {
        for (const { target, addedNodes } of changes) {
            if (target.id !== "feed" || !target.checkVisibility()) continue;
            for (const { textContent } of addedNodes) window.fed.push(textContent);
        }
    }).observe(document, { childList: true, subtree: true });
})()"""
"""Keeps every line of the feed that was shown: there it stays for seconds, and not so long where more are said."""
OWN_PREDICTOR = Path(__file__).parent / "own_predictor"


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """One server for all tests that neither stop it nor configure it: starting one takes longer than most of them."""
    folder = tmp_path_factory.mktemp("shared")
    config, data = folder / "tickroom.toml", folder / "data"
    copytree(OWN_PREDICTOR, folder / "games" / "sliders")
    config.write_text(ROOMY.format(games=folder / "games"), encoding="utf-8")
    data.mkdir()
    server = start_server("--config", str(config), data=data)
    yield server
    end(server)


@pytest.fixture
def server(shared_server: ServerProcess, request: pytest.FixtureRequest) -> Iterator[ServerProcess]:
    """The shared server, as if it were new: its rooms end with the test. Who stops a server takes one by `serve`."""
    request.node.stash.setdefault(SERVERS, []).append(shared_server)
    yield shared_server
    end_rooms(shared_server)


def end_rooms(server: ServerProcess) -> None:
    """As the admin."""
    _, listed = server.request("GET", "/rooms")
    for room in listed["rooms"]:
        server.request("DELETE", f"/rooms/{room['room_id']}", token=server.admin_token)


@dataclass
class Watched:
    """What the pages of one test did."""

    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def follow(self, page: "Page") -> None:
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("websocket", lambda socket: self.requests.append(socket.url))
        page.on(
            "pageerror", lambda error: self.errors.append(f"{error.name}: {error.message}\n{error.stack}")
        )
        page.on("console", lambda message: self._heard(message.type, message.text))

    def _heard(self, kind: str, text: str) -> None:
        if kind == "error" and not any(expected in text for expected in EXPECTED):
            self.errors.append(text)

    def hosts(self) -> set[str]:
        """All hosts, with port, that anything was asked of."""
        return {url.split("/")[2] for url in self.requests if "://" in url}


@pytest.fixture
def watched() -> Watched:
    """The record of what the test's pages did."""
    return Watched()


@pytest.fixture
def open_page(chromium: "Browser", watched: Watched, tmp_path: Path) -> Iterator[Callable[..., "Page"]]:
    """Opens pages, each in a browser profile of its own; at the end no script may have failed in any, and nothing
    may have been fetched from another host.

    A page that need not predict (`predicts=False`) loads no engine and draws less often: the one takes seconds of the machine's
    time, the other half of a core.
    What the pages look like at the end is kept as PNG files in the test's temporary folder.
    """
    pages: list[Page] = []

    def open_page(address: str, predicts: bool = True, **options: Any) -> "Page":
        options.setdefault("viewport", {"width": 1280, "height": 800})
        page = chromium.new_context(**options).new_page()
        page.add_init_script(FED)
        if not predicts:
            page.add_init_script(CALM)
        page.set_default_timeout(60_000)
        watched.follow(page)
        pages.append(page)
        page.goto(address)
        return page

    yield open_page
    for number, page in enumerate(pages):
        page.screenshot(path=tmp_path / f"page-{number}.png")
        page.context.close()
    assert watched.errors == []
    assert all(host.startswith("127.0.0.1:") for host in watched.hosts()), "something came from another host"


@pytest.fixture(scope="module")
def sandbox(chromium: "Browser", shared_server: ServerProcess) -> Iterator[Sandbox]:
    """A page for the engines of a file's tests, each of which leaves it empty."""
    context = chromium.new_context()
    yield Sandbox(context.new_page(), shared_server)
    context.close()


class Canary(BaseHTTPRequestHandler):
    """Answers anybody, and remembers that somebody came."""

    visits: list[str]

    def do_GET(self) -> None:
        self.visits.append(f"{self.command} {self.path}")
        self.send_response(200)
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Content-Type", "text/javascript")
        self.end_headers()

    do_POST = do_OPTIONS = do_GET  # noqa: N815 - the names are http.server's

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
        """Say nothing."""


@pytest.fixture
def canary() -> Iterator[tuple[str, list[str]]]:
    """Another server: its address, and who came."""
    visits: list[str] = []
    handler = type("Handler", (Canary,), {"visits": visits})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", visits
    server.shutdown()
    server.server_close()
    thread.join()
