"""Engines that are uploaded with a room: how they are taken, kept, given out and refused."""

import asyncio
import json
from collections.abc import Mapping
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from click.testing import CliRunner

from app.cli import commands
from app.config import StoreSection
from app.exits import ProgramError
from app.http.addresses import Addresses
from app.http.pages import Files, web_folder
from app.http.upload import FRAME
from app.replay.site import ReplaySite
from app.rooms.definition import Definition, hosted_again, hosted_by
from app.rooms.uploads import DAY, POLICY
from app.rooms.watching import viewer_settings
from app.store.store import memory_store
from net.journal.packing import PlainWriter
from net.journal.reader import JournalReader
from net.journal.writer import JournalWriter
from net.protocol import CloseReason
from net.replay.outline import read_outline
from net.rooms.chart_document import ChartError
from net.watching.lockstep_show import LockstepShow
from net.watching.reel import FileReel
from net.watching.screening import Screening
from tests.app.site_kit import ADMIN, Clock, Kit, loaded, make_kit
from tests.app.test_lobby import assert_problem
from tests.mods.loading import load

ENGINE = b"export function create() { return {}; }"
OPEN = '[server]\nhost = "0.0.0.0"\n'
STATES = {
    "states": {"setup.organizing": {"states": {"teams": {}, "draft": {}}}},
    "events": ["drafted"],
    "transitions": [{"event": "drafted", "from": "setup.organizing.teams", "to": "setup.organizing.draft"}],
}


@pytest.fixture(autouse=True)
def rooms_for_uploads(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if there were lock-step rooms."""


def upload(
    kit: Kit,
    data: bytes = ENGINE,
    *,
    name: str = "race.js",
    media_type: str = "",
    room: object = None,
    method: str = "POST",
    **options: Any,
) -> httpx.Response:
    """Makes a room with an engine, as `curl -F engine=@race.js -F room=...` does."""
    file = (name, data, media_type) if media_type else (name, data)
    form = {} if room is None else {"room": room if isinstance(room, str) else json.dumps(room)}
    return kit.request(method, "/create", files={"engine": file}, data=form, **options)


def engine_of(kit: Kit, created: httpx.Response) -> dict[str, Any]:
    """What the room's listing says of its engine."""
    assert created.status_code == 201, created.text
    listing: dict[str, Any] = kit.request("GET", f"/rooms/{created.json()['room_id']}").json()
    engine: dict[str, Any] = listing["engine"]
    return engine


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_room_brings_its_engine(method: str) -> None:
    """The listing has the engine's address, hash and type; the address has the bytes, and cannot be guessed from them."""
    kit = make_kit()
    created = upload(kit, room={"name": "Race", "tick_rate": 25, "max_players": 3}, method=method)
    listing = kit.request("GET", f"/join?game_id={created.json()['room_id']}").json()
    expected = {"name": "Race", "title": "Race", "model": "lockstep", "tick_rate": 25, "max_players": 3}
    assert expected.items() <= listing.items()
    engine = listing["engine"]
    digest = sha256(ENGINE).hexdigest()
    assert (engine["sha256"], engine["media_type"], engine["uploaded"]) == (digest, "text/javascript", True)
    assert len(engine["url"].rpartition("/")[2]) == 32 and digest not in engine["url"]
    assert kit.request("GET", engine["url"]).content == ENGINE


def test_the_same_engine_again_is_kept_once() -> None:
    """Two rooms of one upload have one address; the same bytes as another type have another."""
    kit = make_kit()
    first, again = (engine_of(kit, upload(kit)) for _ in range(2))
    other = engine_of(kit, upload(kit, name="race.bin"))
    assert (
        first == again and other["url"] != first["url"] and other["media_type"] == "application/octet-stream"
    )
    assert kit.rooms.engines.size() == 2 * len(ENGINE)


def test_an_engine_that_is_opened_is_a_file_and_nothing_else() -> None:
    """No browser runs it in our origin or guesses its type, and no page of another origin is given it."""
    kit = make_kit()
    url = engine_of(kit, upload(kit, b"<script>alert(1)</script>", name="x.html", media_type="text/html"))[
        "url"
    ]
    answer = kit.request("GET", url)
    assert answer.headers["content-type"] == "text/html"
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert "immutable" in answer.headers["cache-control"] and "private" in answer.headers["cache-control"]
    assert kit.request("GET", url, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304


@pytest.mark.parametrize("key", ["x", "0" * 32, sha256(ENGINE).hexdigest(), "..%2f..%2fetc%2fpasswd", "%00"])
def test_only_the_address_opens_it(key: str) -> None:
    """A guess is 404, the hash of the content too."""
    kit = make_kit()
    engine_of(kit, upload(kit))
    assert_problem(kit.request("GET", f"/engines/{key}"), 404, "")


@pytest.mark.parametrize(
    ("name", "given", "taken"),
    [
        ("a.js", "", "text/javascript"),
        ("a.mjs", "application/octet-stream", "text/javascript"),
        ("a.py", "text/plain", "text/x-python"),
        ("a.wasm", "application/wasm", "application/wasm"),
        ("a.bin", "application/x-my-engine; version=2", "application/x-my-engine"),
        ("a", "", "application/octet-stream"),
        ("a.js", "image/png", "image/png"),
    ],
)
def test_the_media_type_is_what_is_said_else_what_the_name_says(name: str, given: str, taken: str) -> None:
    """curl calls most files octet-stream; then the end of the name decides."""
    kit = make_kit()
    engine = b"\0asm\x01\0\0\0" if taken == "application/wasm" else ENGINE
    assert engine_of(kit, upload(kit, engine, name=name, media_type=given))["media_type"] == taken


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.wasm", b"\0asm\x02\0\0\0", "does not begin as one"),
        ("a.wasm", ENGINE, "does not begin as one"),
        ("a.zip", ENGINE, "does not begin as one"),
        ("a.js", b"\0asm\x01\0\0\0", "is no text"),
        ("a.py", b"import os\0", "is no text"),
    ],
)
def test_what_cannot_be_an_engine_of_its_type_is_refused(name: str, data: bytes, reason: str) -> None:
    """A module of another version, another file under this name: said when the room is to be made."""
    assert_problem(upload(make_kit(), data, name=name), 422, reason)


def test_sizes_are_bounded() -> None:
    """The engine, the whole form and the part `room`, whether the length is announced or not; all engines together."""
    store = memory_store(lambda: 0.0, StoreSection(engine_bytes=3000))
    kit = make_kit(toml="[limits]\nupload_bytes = 2000\n", store=store)
    assert upload(kit, b"x" * 2000).status_code == 201
    assert_problem(upload(kit, b"x" * 2001), 413, "2000 bytes")
    assert_problem(upload(kit, b"x" * (2000 + 16_384 + FRAME)), 413, "The form may have")
    assert_problem(upload(kit, room={"name": "n" * 16_385}), 400, "maximum size")
    assert_problem(upload(kit, b"y" * 1001), 507, "no more engines")
    assert kit.rooms.engines.size() == 2000


def test_uploads_can_be_switched_off() -> None:
    """`upload_bytes = 0`: none are taken."""
    assert_problem(upload(make_kit(toml="[limits]\nupload_bytes = 0\n")), 403, "takes no uploaded engines")


def part(disposition: str, content: str = "x") -> bytes:
    """A form of one part, its boundary being x."""
    head = f"Content-Disposition: form-data; {disposition}".removesuffix("; ")
    return f"--x\r\n{head}\r\n\r\n{content}\r\n--x--\r\n".encode()


@pytest.mark.parametrize(
    ("content", "boundary", "status", "sentence"),
    [
        (b"", "", 400, "boundary"),
        (b"", "x", 422, "engine"),
        (b"garbage", "x", 400, "form"),
        (part('name="engine"'), "x", 422, "file"),
        (part(""), "x", 400, "name"),
        (part('name="engine"; filename="a"', content=""), "x", 422, "empty"),
        (part('name="engine"; filename="a"\r\nContent-Type: ../x'), "x", 415, "media type"),
        (part('name="engine"; filename="a"')[:-7] + part('name="b"; filename="b"'), "x", 400, "Too many files"),
    ],
)  # fmt: skip
def test_forms_that_are_none_are_refused(content: bytes, boundary: str, status: int, sentence: str) -> None:
    """Each with a status and a sentence; nothing is kept of them."""
    kit = make_kit()
    kind = "multipart/form-data" + (f"; boundary={boundary}" if boundary else "")
    answer = kit.request("POST", "/create", content=content, headers={"Content-Type": kind})
    assert_problem(answer, status, sentence)
    assert kit.rooms.engines.size() == 0


@pytest.mark.parametrize(
    ("room", "status", "part"),
    [
        ("{", 400, "not JSON"),
        ('{"states": {"a": ' + "[" * 10_000, 400, "not JSON"),
        ("7", 422, "does not fit"),
        ('{"game": "walk"}', 422, "game"),
        ('{"tick_rate": 0}', 422, "tick_rate"),
        ('{"max_players": 1000000}', 422, "max_players"),
        ('{"name": "a\\u0007"}', 422, "printable"),
        ('{"title": "a\\u0007"}', 422, "printable"),
        ('{"title": "a\\u202eb"}', 422, "printable"),
        ('{"setup": {"x": 111111111111111111111111111111}}', 422, "whole numbers"),
        ('{"setup": {"x": [{"__proto__": 1}]}}', 422, "no key"),
        ('{"setup": {"x": 1e400}}', 422, "out of range"),
        ('{"states": {"transitions": [{"event": 111111111111111111111111111111}]}}', 422, "state document"),
        ('{"states": {"__proto__": 1}}', 422, "state document"),
        ('{"seed": 111111111111111111111111111111}', 422, "seed"),
    ],
)
def test_rooms_that_do_not_fit_are_refused(room: str, status: int, part: str) -> None:
    """The part `room` is checked as the body of any other create is, before the engine is kept."""
    kit = make_kit()
    assert_problem(upload(kit, room=room), status, part)
    assert kit.rooms.engines.size() == 0


def nested(depth: int) -> dict[str, Any]:
    """So many states below each other."""
    inner: dict[str, Any] = {}
    for level in range(depth):
        inner = {"states": {f"s{level}": inner}}
    return inner


@pytest.mark.parametrize(
    ("states", "part"),
    [
        ({"states": {"setup.organizing": nested(40)}}, "deeper"),
        ({"states": {"setup.organizing": {"states": {f"s{n}": {} for n in range(300)}}}}, "more than 256"),
        ({**STATES, "transitions": [{"from": "setup.organizing.teams", "to": "setup.organizing.draft"}]}, "no event"),
        ({**STATES, "events": ["start"]}, "reserved"),
        ({"states": {"setup.organizing": {"states": {"send": {"script": "x"}}}}}, "unknown key"),
        ({"states": {"running": {"states": {"a": {}}}}}, "no built-in leaf"),
    ],
)  # fmt: skip
def test_state_documents_are_checked(states: Mapping[str, Any], part: str) -> None:
    """Deep, many, eventless, clashing, with code in them, in a wrong place: refused, and the engine is not kept."""
    kit = make_kit()
    assert_problem(upload(kit, room={"states": states}), 422, part)
    assert kit.rooms.engines.size() == 0


def test_a_state_document_becomes_the_rooms_chart() -> None:
    """The room begins in the document's first state and takes its transitions."""
    kit = make_kit()
    room_id = upload(kit, room={"states": STATES}).json()["room_id"]
    chart = kit.rooms.entry(room_id).room.chart
    assert chart.state == "setup.organizing.teams"
    chart.send("drafted")
    assert chart.state == "setup.organizing.draft"


def test_an_installed_game_takes_a_state_document_too() -> None:
    """Its room begins in the document's first state, and is made again from its journal's header; a wrong one is refused, and so
    is any for a game that is not lock-step."""
    kit = make_kit(loaded(load("skirmish")), loaded(load("arena")))
    created = kit.request("POST", "/create", json={"game": "skirmish", "states": STATES})
    room = kit.rooms.entry(created.json()["room_id"]).room
    assert room.chart.state == "setup.organizing.teams"
    installed = kit.site.lobby.games["skirmish"].hosted
    assert "drafted" in hosted_again(room.hosted.definition, installed).chart.events
    wrong: dict[str, Any] = {"states": {"setup.nowhere": {}}}
    assert_problem(
        kit.request("POST", "/create", json={"game": "skirmish", "states": wrong}), 422, "document"
    )
    assert_problem(
        kit.request("POST", "/create", json={"game": "arena", "states": STATES}), 422, "no lock-step"
    )


def test_a_journal_is_watched_with_the_engine_that_its_room_was_made_with(tmp_path: Path) -> None:
    """The site gives that engine to pages, and their sandbox; without the file, or with another one, nothing is served."""
    kit = make_kit()
    room = kit.rooms.entry(upload(kit).json()["room_id"]).room
    room.journal = JournalWriter(packing=PlainWriter)
    data = room.begin_journal(name="Race", created_at=0.0)
    journal, other = tmp_path / "000000.journal", tmp_path / "other.js"
    journal.write_bytes(data)
    other.write_bytes(b"another one")
    for arguments, reason in (([], "--engine FILE"), (["--engine", str(other)], "is another engine")):
        result = CliRunner().invoke(commands, ["replay", str(journal), "--watch", *arguments])
        assert isinstance(result.exception, ProgramError)
        assert reason in str(result.exception)
    reader = JournalReader(BytesIO(data))
    outline = read_outline(reader)
    show = LockstepShow(FileReel(reader, outline), hosted_again(outline.header.definition, None))
    screening = Screening(
        show, settings=viewer_settings(kit.config), now=0.0, viewers=1, controlled=True, epoch=0.0, piece=1
    )
    site = ReplaySite(screening, outline, Addresses(kit.config, ""), Files(web_folder(), {}), ENGINE)

    async def look() -> tuple[httpx.Response, ...]:
        transport = httpx.ASGITransport(site.application())
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            engine = (await client.get(f"/rooms/{room.room_id}")).json()["engine"]
            return await client.get(engine["url"]), await client.get(engine["url"] + "x")

    found, none = asyncio.run(look())
    assert (found.content, found.headers["Content-Security-Policy"]) == (ENGINE, POLICY)
    assert none.status_code == 404


def test_the_engine_that_is_shown_is_the_one_that_was_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its file is read once: one that is written meanwhile is not given to pages unlooked at."""
    kit = make_kit()
    room = kit.rooms.entry(upload(kit).json()["room_id"]).room
    room.journal = JournalWriter(packing=PlainWriter)
    journal, engine = tmp_path / "000000.journal", tmp_path / "engine.js"
    journal.write_bytes(room.begin_journal(name="Race", created_at=0.0))
    engine.write_bytes(ENGINE)
    read, shown = Path.read_bytes, []

    def read_and_change(path: Path) -> bytes:
        data = read(path)
        if path == engine:
            path.write_bytes(b"another one")
        return data

    def watch(*given: object) -> int:
        shown.append(given[-1])
        return 0

    monkeypatch.setattr(Path, "read_bytes", read_and_change)
    monkeypatch.setattr("app.replay.site.watch", watch)
    result = CliRunner().invoke(commands, ["replay", str(journal), "--watch", "--engine", str(engine)])
    assert (result.exit_code, shown) == (0, [ENGINE])


def test_an_engine_that_would_not_be_used_is_refused(tmp_path: Path) -> None:
    """Without `--watch`, and for a game that is installed: a file that is given is never silently passed over."""
    kit = make_kit()
    engine = tmp_path / "engine.js"
    engine.write_bytes(ENGINE)
    rooms = (upload(kit).json()["room_id"], kit.create())
    for room_id, arguments, reason in (
        (rooms[0], [], "--engine goes with --watch"),
        (rooms[0], ["--verify"], "--engine goes with --watch"),
        (rooms[1], ["--watch"], "this game is installed"),
    ):
        room = kit.rooms.entry(room_id).room
        room.journal = JournalWriter(packing=PlainWriter)
        journal = tmp_path / f"{room_id}.journal"
        journal.write_bytes(room.begin_journal(name="Race", created_at=0.0))
        result = CliRunner().invoke(
            commands, ["replay", str(journal), *arguments, "--engine", str(engine)], env={"COLUMNS": "200"}
        )
        assert (result.exit_code, reason in result.output) == (2, True), result.output


def test_a_room_can_be_made_again_from_its_journals_header() -> None:
    """Engine, title, rate, seats and states come back; what is damaged or has no game raises."""
    kit = make_kit()
    created = upload(kit, room={"name": "Race", "tick_rate": 30, "max_players": 5, "states": STATES})
    hosted = kit.rooms.entry(created.json()["room_id"]).room.hosted
    again = hosted_again(hosted.definition, None)
    assert again.engine == hosted.engine and again.definition == hosted.definition
    assert (again.game.title, again.game.tick_rate, again.game.max_players) == ("Race", 30, 5)
    assert "drafted" in again.chart.events and again.game.fingerprint == sha256(ENGINE).hexdigest()
    with pytest.raises(msgspec.DecodeError):
        hosted_again(hosted.definition[:-1], None)
    with pytest.raises(ValueError, match="neither"):
        hosted_by(Definition(), None)


def test_a_document_is_for_games_without_states_of_their_own() -> None:
    """An installed game gets the document's states, and keeps its own where it has some."""
    kit = make_kit()
    installed = kit.site.lobby.games["walk"].hosted
    assert hosted_by(Definition(), installed) is installed
    assert "drafted" in hosted_by(Definition(None, STATES), installed).chart.events
    installed.game.chart = STATES
    with pytest.raises(ChartError, match="of its own"):
        hosted_by(Definition(None, STATES), installed)


def test_who_may_make_rooms_may_upload() -> None:
    """On an open server only the admin; a page of another origin never; too often never."""
    kit = make_kit(toml=OPEN + "[limits]\ncreates_per_minute = 2\n")
    assert_problem(upload(kit), 401, "")
    token = {"Authorization": f"Bearer {ADMIN}"}
    assert_problem(upload(kit, headers={**token, "Origin": "https://evil.example"}), 403, "origin")
    assert upload(kit, headers=token).status_code == 201
    assert upload(kit, headers=token).status_code == 201
    assert_problem(upload(kit, headers=token), 429, "times a minute")


def test_the_server_never_imports_what_was_uploaded(tmp_path: Path) -> None:
    """A Python mod that would leave a mark when it is run is kept and served, and leaves none."""
    mark = tmp_path / "mark"
    kit = make_kit()
    engine = engine_of(kit, upload(kit, f"open({str(mark)!r}, 'w')".encode(), name="game.py"))
    kit.turn(1_000)
    assert engine["media_type"] == "text/x-python" and not mark.exists()


def test_what_no_room_has_had_for_long_is_removed() -> None:
    """An upload makes room: engines of running rooms stay, those unused for `engine_days` go."""
    clock = Clock()
    kit = make_kit(toml="[store]\nengine_days = 2\n", store=memory_store(clock))
    used, unused = engine_of(kit, upload(kit, b"used")), engine_of(kit, upload(kit, b"unused"))
    entry = next(entry for entry in kit.rooms if entry.room.hosted.game.fingerprint == unused["sha256"])
    kit.rooms.end(entry, CloseReason.ROOM_ENDED)
    clock.pass_ms(1.9 * DAY)
    upload(kit, b"other")
    assert kit.request("GET", unused["url"]).status_code == 200
    clock.pass_ms(0.2 * DAY)
    upload(kit, b"other")
    assert kit.request("GET", unused["url"]).status_code == 404
    assert kit.request("GET", used["url"]).status_code == 200
