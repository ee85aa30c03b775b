"""Engines that are opened in the sandbox of a play page, as the page would open a room's; and what tests let them do."""

from collections.abc import Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from tests.conftest import ServerProcess

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

JAVASCRIPT, PYTHON, ZIP, WASM = "text/javascript", "text/x-python", "application/zip", "application/wasm"
OPEN = """async ([entries, values]) => {{
    const act = {act};
    const opened = async (entry) => {{
        try {{
            const engine = await tickroom.openEngine(entry);
            const over = engine.ended.then((why) => ({{ ended: why }}));
            const acted = async () => {{
                try {{ return await act(engine, ...values); }}
                catch (error) {{ return {{ error: error.name, message: error.message }}; }}
            }};
            const outcome = await Promise.race([acted(), over]);
            engine.end();
            return outcome;
        }} catch (error) {{ return {{ error: error.name, message: error.message }}; }}
    }};
    return Promise.all(entries.map(opened));
}}"""
STEP = """async (engine) => {
    await engine.begin(1, { players: [] });
    const master = { generation: 0, iterations: 1, iteration_ms: 50, bodies: [] };
    await engine.run({ masters: [master], told: 0, interval: 1, scenesFor: 0, commands: [], maxBody: 100 });
    return new Promise(() => {});
}"""
"""Runs one generation, and waits for the engine's end."""
DUMP = STEP.replace("return new Promise(() => {});", "return tickroom.readDump(await engine.dump(0));")
"""Runs one generation; what its dump has."""
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
"""Runs all of a match, and half of it again from a dump."""
GENERATIONS = 40


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


class Sandbox:
    """A play page with a cookie and something in its storage, for an engine to find."""

    def __init__(self, page: "Page", server: ServerProcess) -> None:
        self.page = page
        self._url = server.url
        status, room = server.request("POST", "/create", {"game": "arena"})
        assert status == 201, room
        prediction = server.request("GET", f"/rooms/{room['room_id']}")[1]["prediction"]
        server.request("DELETE", f"/rooms/{room['room_id']}", token=server.admin_token)  # lobbies are empty
        self._python = {**prediction, "archives": prediction["archives"][:-1]}
        page.context.add_cookies([{"name": "secret", "value": "1", "url": self._url}])
        page.set_default_timeout(120_000)
        page.goto(f"{self._url}/join/none")
        page.evaluate("localStorage.token = sessionStorage.token = 'secret'")

    def run(
        self,
        source: bytes | str,
        act: str,
        *values: object,
        media_type: str = JAVASCRIPT,
        uploaded: bool = True,
    ) -> Any:
        """Opens an engine and lets `act`, a function of its handle and `values`, have it; what that gives, or why it failed."""
        [outcome] = self.run_all([source], act, *values, media_type=media_type, uploaded=uploaded)
        return outcome

    def run_all(
        self,
        sources: Sequence[bytes | str],
        act: str,
        *values: object,
        media_type: str = JAVASCRIPT,
        uploaded: bool = True,
    ) -> list[Any]:
        """The same with several engines side by side, which wait in the time that one takes."""
        entries = [self._entry(source, media_type, uploaded) for source in sources]
        outcomes: list[Any] = self.page.evaluate(OPEN.format(act=act), [entries, list(values)])
        return outcomes

    def is_empty_and_alive(self) -> bool:
        """Whether no engine is left in the page, and it goes on."""
        return self.page.locator("iframe").count() == 0 and self.page.evaluate("1 + 1") == 2

    def _entry(self, source: bytes | str, media_type: str, uploaded: bool) -> dict[str, Any]:
        """What a room's listing would say of the engine, which the page then gets."""
        body = source.encode() if isinstance(source, str) else source
        digest = sha256(body).hexdigest()
        path = f"/engines/{digest}"

        def fulfil(route: "Route") -> None:
            route.fulfill(body=body, content_type=media_type)

        self.page.route(f"**{path}", fulfil)
        return {
            "url": self._url + path, "sha256": digest, "media_type": media_type, "uploaded": uploaded,
            "python": self._python if media_type in (PYTHON, ZIP) else None,
        }  # fmt: skip


def sentence(outcome: dict[str, Any]) -> str:
    """Why it is over."""
    return str(outcome.get("ended") or outcome["message"])
