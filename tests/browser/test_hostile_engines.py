"""Engines that somebody has uploaded and that mean harm: what they reach (nothing), and what becomes of them (they are ended)."""

from pathlib import Path

import pytest

from tests.browser.sandbox import DUMP, STEP, Sandbox, sentence
from tests.conftest import ServerProcess

pytestmark = pytest.mark.browser
HOSTILE = (Path(__file__).parent / "hostile_engine.js").read_text(encoding="utf-8")
STEAL = """
let port;
const own = Object.getOwnPropertyDescriptor(MessagePort.prototype, "onmessage");
Object.defineProperty(MessagePort.prototype, "onmessage", {
  ...own, set(handler) { port = this; own.set.call(this, handler); },
});
"""


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
    sandbox: Sandbox, shared_server: ServerProcess, canary: tuple[str, list[str]]
) -> None:
    """Cookies, storage, parents, network, other code: 38 ways out are tried from the sandbox and none is open, nobody was asked
    anything; the same attempts from a Worker of the page do reach things, so that they are real ones."""
    address, visits = canary
    source = HOSTILE.replace("__CANARY__", address).replace("__SERVER__", shared_server.url)
    asked: list[str] = []
    sandbox.page.context.on("requestfinished", lambda request: asked.append(request.url))
    report = sandbox.run(source, DUMP)
    assert report["reached"] == [], report
    assert len(report["refused"]) >= 37 and visits == []
    reached_by_page = ("/engines/", "/assets/", "/sandbox")
    assert [
        url for url in asked if not url.startswith("blob:") and not any(p in url for p in reached_by_page)
    ] == []
    assert sandbox.is_empty_and_alive()
    outside = sandbox.run(source, DUMP, uploaded=False)
    assert {"fetch the server", "indexedDB", "origin", "Worker"} <= {
        each.partition(":")[0] for each in outside["reached"]
    }


LOOPS = {
    "in a step": engine(step="{ for (;;); }"),
    "at the beginning": engine(init="{ for (;;); }"),
    "while it is loaded": "for (;;);" + engine(),
    "in promises": "(function again() { return Promise.resolve().then(again); })();" + engine(),
}


def test_engines_that_loop_for_ever_are_ended(sandbox: Sandbox) -> None:
    """After five seconds without a sign of life, and the page says so; their frames are gone, the page is alive."""
    outcomes = sandbox.run_all([*LOOPS.values()], STEP)
    for where, outcome in zip(LOOPS, outcomes, strict=True):
        assert "not answered for 5 seconds" in sentence(outcome), where
    assert sandbox.is_empty_and_alive()


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
def test_an_engine_that_answers_wrongly_is_ended(sandbox: Sandbox, how: str) -> None:
    """Floods, answers to what nobody asked, values of the wrong kind or size: at the first one it is over."""
    outcome = sandbox.run(FLOODS[how], STEP)
    assert "has been ended" in sentence(outcome) or "failed" in sentence(outcome), outcome
    assert sandbox.is_empty_and_alive()


THROWS = {
    "boom": engine(step="{ throw new Error('boom'); }"),
    "bang": engine(init="{ throw 'bang'; }"),
    "cannot be written": engine(step="{ throw { toString() { throw 1; } }; }"),
    "create": "export default 1;",
    "line 2: Error: oh": "let calm;\nthrow new Error('oh');",
    "line 3: SyntaxError": "let calm;\n\nlet = = 1;",
}


@pytest.mark.parametrize("words", THROWS)
def test_an_engine_that_throws_is_over(sandbox: Sandbox, words: str) -> None:
    """The sentence says what it threw, as far as that can be said."""
    assert words in sentence(sandbox.run(THROWS[words], STEP))


def test_an_honest_engine_works(sandbox: Sandbox) -> None:
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
    outcome = sandbox.run(
        source,
        """async (engine) => {
            const refused = await engine.begin(5, { bad: true }).catch((error) => [error.name, error.message]);
            await engine.begin(5, {});
            const master = { generation: 0, iterations: 1, iteration_ms: 50, bodies: [] };
            const order = { masters: [master], told: 0, interval: 1, scenesFor: 0, commands: [], maxBody: 100 };
            const { sums, scenes } = await engine.run(order);
            return { refused, sums, scenes, dump: tickroom.readDump(await engine.dump(0)), again: await engine.again(-1, 0),
                     loaded: await engine.load(0, await engine.dump(0)) };
        }""",
    )
    assert outcome == {
        "refused": ["EngineRefused", "too bad"], "sums": [[0, 6]], "scenes": [{"count": 6, "player": 0}],
        "dump": {"count": 6}, "again": 6, "loaded": 6,
    }  # fmt: skip


def test_another_engine_than_the_rooms_is_not_run(sandbox: Sandbox) -> None:
    """The bytes have to have the hash that the room's listing says."""
    page = sandbox.page
    page.route("**/engines/other", lambda route: route.fulfill(body=engine(), content_type="text/javascript"))
    url = page.url.rpartition("/join")[0] + "/engines/other"
    why = page.evaluate(
        """(url) => tickroom.openEngine({ url, sha256: "00", media_type: "text/javascript", uploaded: true })
            .then(() => "it ran", (error) => error.message)""",
        url,
    )
    assert "not the one that the room was made with" in why
    assert sandbox.is_empty_and_alive()
