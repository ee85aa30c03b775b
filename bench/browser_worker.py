"""The Python engine in a Worker of a real Chromium, as the play page has it, for benchmarks."""

import base64
import json
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

from bench.processes import BenchFailed
from tests.conftest import CHROMIUM_FLAGS, CHROMIUM_NAMES, DIRECT, end, start_server

if TYPE_CHECKING:
    from playwright.sync_api import Page

PATIENCE = 300_000.0
"""What a page may take for one order (ms)."""
CLOCKED = """
from time import perf_counter

from net.client.prediction.recorded import costs


def measure(module, data, rounds):
    return costs(module, bytes(data), lambda: perf_counter() * 1e3, rounds)
"""
LOAD = """async ({ addresses, archives, module, given }) => {
  const { PythonEngine } = await import(addresses.page);
  const bytes = async (address) => new Uint8Array(await (await fetch(address)).arrayBuffer());
  const decoded = (text) => Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
  const began = performance.now();
  const code = await Promise.all(archives.map(bytes));
  const engine = await PythonEngine.load(addresses, [...code, ...given.map(decoded)]);
  if (module) await engine.run("net.client.prediction.browser", "prepare", module);
  const ready = performance.now() - began;
"""
READY = LOAD + "  engine.close(); return ready; }"
MEASURE = (
    LOAD.replace("{ addresses,", "{ recording, rounds, addresses,")
    + """  const costs = await engine.run("clocked", "measure", module, decoded(recording), rounds);
  engine.close();
  return costs;
}"""
)
FEED = (
    LOAD.replace("{ addresses,", "{ welcome, frames, addresses,")
    + """  const browser = (name, ...values) => engine.run("net.client.prediction.browser", name, ...values);
  await browser("start", module, decoded(welcome));
  const unpacked = frames.map(([name, data]) => [name, decoded(data)]);
  const start = performance.now();
  const answers = await Promise.all(unpacked.map(([name, data]) => browser(name, data)));
  const spent = performance.now() - start;
  engine.close();
  return [spent, answers.filter((answer) => answer instanceof Uint8Array).length];
}"""
)


@dataclass(frozen=True)
class WorkerPage:
    """A page of a server with the arena, and what a room of it says of prediction."""

    page: "Page"
    addresses: dict[str, Any]
    prediction: dict[str, Any]

    def bare(self) -> float:
        """How long Pyodide takes with our wheels where they are imported from, and nothing of ours (ms)."""
        return float(self._evaluate(READY, archives=[], module=""))

    def ready(self) -> float:
        """How long it takes until the game's rules are imported and prediction can start (ms)."""
        return float(self._evaluate(READY))

    def costs(self, recording: bytes, rounds: int) -> tuple[float, float, int]:
        """`net.client.prediction.recorded.costs` there (ms)."""
        archive = BytesIO()
        with ZipFile(archive, "w") as opened:
            opened.writestr("clocked.py", CLOCKED)
        given = [_text(archive.getvalue())]
        again, tick, pending = self._evaluate(MEASURE, recording=_text(recording), rounds=rounds, given=given)
        return float(again), float(tick), int(pending)

    def feed(self, welcome: bytes, frames: list[tuple[str, bytes]]) -> tuple[float, int]:
        """How long the Worker takes for all frames, one after the other without a pause (ms), and how often it predicted."""
        told = [(name, _text(data)) for name, data in frames]
        spent, predicted = self._evaluate(FEED, welcome=_text(welcome), frames=told)
        return float(spent), int(predicted)

    def _evaluate(self, script: str, **more: Any) -> Any:
        order = {"archives": self.prediction["archives"], "module": self.prediction["module"], "given": []}
        return self.page.evaluate(script, {"addresses": self.addresses, **order, **more})


@contextmanager
def worker_page() -> Iterator[WorkerPage]:
    """A server, a Chromium and a page. Raises BenchFailed where there is no Chromium or no engine."""
    from playwright.sync_api import sync_playwright

    chromium = next(filter(None, map(which, CHROMIUM_NAMES)), None)
    if chromium is None:
        raise BenchFailed("there is no Chromium on this machine")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = start_server(data=Path(folder))
        browser = playwright.chromium.launch(executable_path=chromium, headless=True, args=CHROMIUM_FLAGS)
        try:
            page = browser.new_page()
            page.set_default_timeout(PATIENCE)
            page.goto(server.url)
            _, room = server.request("POST", "/create", {"game": "arena"})
            prediction = server.request("GET", f"/rooms/{room['room_id']}")[1]["prediction"]
            if not prediction["engine"]:
                raise BenchFailed(f"{prediction['reason']} `make engine` builds it.")
            yield WorkerPage(page, _json(server.url + prediction["engine"]), prediction)
        finally:
            browser.close()
            end(server)


def _json(url: str) -> dict[str, Any]:
    with DIRECT.open(urllib.request.Request(url)) as answer:
        found: dict[str, Any] = json.loads(answer.read())
    return found


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
