"""Rooms with an uploaded engine: pages and programs play it and agree."""

import asyncio
import json
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import httpx
import pytest

from app.games.rules_bundle import engine_bundle
from net.drivers.asyncio_lockstep import LockstepPlayer
from systems.lockstep import LockstepEngine, MasterPacket
from tests.browser.engine_match import built_engine
from tests.browser.engines import counting
from tests.browser.player import until
from tests.browser.sandbox import ZIP
from tests.browser.test_lockstep import Open, assert_agree, begin, generation, has_run, join, sums
from tests.browser.uploads import COUNTING_PY, COUNTING_WASM, archive
from tests.conftest import ServerProcess

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", autouse=True)
def _engine() -> None:
    """All of these need the Python engine for browsers, or would be as good as none without."""
    built_engine()


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
