"""Engines that somebody has uploaded and that mean harm: what they reach (nothing), and what becomes of them (they are ended)."""

from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import ServerProcess, end, start_server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

pytestmark = pytest.mark.browser
HOSTILE = (Path(__file__).parent / "hostile_engine.js").read_text(encoding="utf-8")
MASTER = "{ generation: 0, iterations: 1, iteration_ms: 50, bodies: [] }"
ORDER = f"{{ masters: [{MASTER}], told: 0, interval: 1, scenesFor: 0, commands: [], maxBody: 100 }}"
Run = Callable[..., Any]
STEAL = """
let port;
const own = Object.getOwnPropertyDescriptor(MessagePort.prototype, "onmessage");
Object.defineProperty(MessagePort.prototype, "onmessage", {
  ...own, set(handler) { port = this; own.set.call(this, handler); },
});
"""


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
    page.goto(f"{shared_server.url}/join/none")
    page.evaluate("localStorage.token = sessionStorage.token = 'secret'")
    yield page
    context.close()


@pytest.fixture
def run(page: "Page") -> Run:
    """Opens an engine from its source and lets `act` (of the handle `engine`) have it; what that gives, or why it failed."""

    def run(source: str, act: str, *, uploaded: bool = True) -> Any:
        digest = sha256(source.encode()).hexdigest()
        path = f"/engines/{digest}"

        def fulfil(route: "Route") -> None:
            route.fulfill(body=source, content_type="text/javascript")

        page.route(f"**{path}", fulfil)
        return page.evaluate(
            f"""async ([url, sha256, uploaded]) => {{
                const engine = await tickroom.openEngine({{ url, sha256, media_type: "text/javascript", uploaded }});
                const over = engine.ended.then((why) => ({{ ended: why }}));
                const act = async () => {{
                    try {{ return await ({act}); }} catch (error) {{ return {{ error: error.name, message: error.message }}; }}
                }};
                const outcome = await Promise.race([act(), over]);
                engine.end();
                return outcome;
            }}""",
            [page.url.rpartition("/join")[0] + path, digest, uploaded],
        )

    return run


def engine(**methods: str) -> str:
    """The source of a module whose engine does nothing but for `methods`."""
    plain = {"init": "{}", "step": "{}", "checksum": "{ return 1; }", "dump": "{ return {}; }", "load": "{}"}
    bodies = {**plain, **methods}
    return (
        "export function create() { return { "
        + ", ".join(f"{name}() {body}" for name, body in bodies.items())
        + " }; }"
    )


def test_an_engine_reaches_nothing(
    page: "Page", run: Run, shared_server: ServerProcess, canary: tuple[str, list[str]]
) -> None:
    """Cookies, storage, parents, network, other code: 38 ways out are tried from the sandbox and none is open, nobody was asked
    anything; the same attempts from a Worker of the page do reach things, so that they are real ones."""
    address, visits = canary
    source = HOSTILE.replace("__CANARY__", address).replace("__SERVER__", shared_server.url)
    asked: list[str] = []
    begin = f"await engine.begin(1, {{}}); await engine.run({ORDER});"
    act = f"(async () => {{ {begin} return tickroom.readDump(await engine.dump(0)); }})()"
    page.context.on("requestfinished", lambda request: asked.append(request.url))
    report = run(source, act)
    assert report["reached"] == [], report
    assert len(report["refused"]) >= 37 and visits == []
    reached_by_page = ("/engines/", "/assets/", "/sandbox")
    assert [
        url for url in asked if not url.startswith("blob:") and not any(p in url for p in reached_by_page)
    ] == []
    assert page.locator("iframe").count() == 0
    outside = run(source, act, uploaded=False)
    assert {"fetch the server", "indexedDB", "origin", "Worker"} <= {
        each.partition(":")[0] for each in outside["reached"]
    }


LOOPS = {
    "in a step": engine(step="{ for (;;); }"),
    "at the beginning": engine(init="{ for (;;); }"),
    "while it is loaded": "for (;;);" + engine(),
    "in promises": "(function again() { return Promise.resolve().then(again); })();" + engine(),
}


@pytest.mark.parametrize("where", LOOPS)
def test_an_engine_that_loops_for_ever_is_ended(page: "Page", run: Run, where: str) -> None:
    """After five seconds without a sign of life, and the page says so; the frame is gone, the page is alive."""
    act = f"(async () => {{ await engine.begin(1, {{}}); await engine.run({ORDER}); return new Promise(() => {{}}); }})()"
    outcome = run(LOOPS[where], act)
    assert "not answered for 5 seconds" in (outcome.get("ended") or outcome["message"])
    assert page.locator("iframe").count() == 0 and page.evaluate("1 + 1") == 2


FLOODS = {
    "many messages": STEAL + "setInterval(() => { for (let i = 0; i < 1e4; i += 1) port.postMessage(i); }, 0);" + engine(),
    "answers to nothing": STEAL + "setTimeout(() => port.postMessage({ id: 999, value: 1 }), 50);" + engine(),
    "an answer of another kind": STEAL
    + "setTimeout(() => port.postMessage({ id: 2, value: { generation: 0, body: 'x' } }), 1);"
    + engine(step="{ const end = Date.now() + 500; while (Date.now() < end); }"),
    "a scene that is too large": engine(scene="{ return Array(1e6).fill(0); }"),
    "a scene that is too deep": engine(scene="{ let a = []; for (let i = 0; i < 100; i += 1) a = [a]; return a; }"),
    "a scene that is no plain value": engine(scene="{ return new Map(); }"),
    "a scene that cannot be told": engine(scene="{ return () => 1; }"),
    "a checksum of a strange kind": engine(checksum="{ return { valueOf() { throw 1; } }; }"),
    "a result without end": engine(result="{ return 'x'.repeat(1e9); }"),
}  # fmt: skip


@pytest.mark.parametrize("how", FLOODS)
def test_an_engine_that_answers_wrongly_is_ended(page: "Page", run: Run, how: str) -> None:
    """Floods, answers to what nobody asked, values of the wrong kind or size: at the first one it is over."""
    act = f"(async () => {{ await engine.begin(1, {{}}); await engine.run({ORDER}); return new Promise(() => {{}}); }})()"
    outcome = run(FLOODS[how], act)
    sentence = outcome.get("ended") or outcome["message"]
    assert "has been ended" in sentence or "failed" in sentence, outcome
    assert page.locator("iframe").count() == 0


THROWS = {
    "boom": engine(step="{ throw new Error('boom'); }"),
    "bang": engine(init="{ throw 'bang'; }"),
    "cannot be written": engine(step="{ throw { toString() { throw 1; } }; }"),
    "create": "export default 1;",
    "oh": "throw new Error('oh');",
}


@pytest.mark.parametrize("sentence", THROWS)
def test_an_engine_that_throws_is_over(run: Run, sentence: str) -> None:
    """The sentence says what it threw, as far as that can be said."""
    outcome = run(
        THROWS[sentence], f"(async () => {{ await engine.begin(1, {{}}); await engine.run({ORDER}); }})()"
    )
    assert sentence in (outcome.get("ended") or outcome["message"])


def test_an_honest_engine_works(run: Run) -> None:
    """A refusal of the setup is no failure; the same engine then begins, runs, is dumped and loaded."""
    source = """
    export function create() {
      let count = 0;
      return {
        init(seed, setup) { if (setup.bad) throw { refused: "too bad" }; count = seed; },
        step(master, between) { for (let i = 0; i < master.iterations; i += 1) { count += 1; between?.(i); } },
        checksum: () => count, dump: () => ({ count }), load(dump) { count = dump.count; },
        scene: (player) => ({ count, player }),
      };
    }"""
    outcome = run(
        source,
        f"""(async () => {{
            const refused = await engine.begin(5, {{ bad: true }}).catch((error) => [error.name, error.message]);
            await engine.begin(5, {{}});
            const {{ sums, scenes }} = await engine.run({ORDER});
            return {{ refused, sums, scenes, dump: tickroom.readDump(await engine.dump(0)), again: await engine.again(-1, 0),
                      loaded: await engine.load(0, await engine.dump(0)) }};
        }})()""",
    )
    assert outcome == {
        "refused": ["EngineRefused", "too bad"], "sums": [[0, 6]], "scenes": [{"count": 6, "player": 0}],
        "dump": {"count": 6}, "again": 6, "loaded": 6,
    }  # fmt: skip


def test_another_engine_than_the_rooms_is_not_run(page: "Page", run: Run) -> None:
    """The bytes have to have the hash that the room's listing says."""
    page.route("**/engines/other", lambda route: route.fulfill(body=engine(), content_type="text/javascript"))
    url = page.url.rpartition("/join")[0] + "/engines/other"
    sentence = page.evaluate(
        """(url) => tickroom.openEngine({ url, sha256: "00", media_type: "text/javascript", uploaded: true })
            .then(() => "it ran", (error) => error.message)""",
        url,
    )
    assert "not the one that the room was made with" in sentence
    assert page.locator("iframe").count() == 0
