"""What clients need to predict: the Python engine's files, the archives of code, and what a room says of them."""

import gzip
import json
from io import BytesIO
from pathlib import Path
from shutil import copytree
from zipfile import ZipFile

import pytest
import structlog

from app.config import ModsSection
from app.games.mods import LoadedGame, load_mods
from app.http.browser_engine import NOT_THERE, BrowserEngine
from tests.app.site_kit import CODE, Kit, make_kit
from tests.mods.loading import MODS

IMMUTABLE = "public, max-age=31536000, immutable"
PLAIN = bytes(range(256)) * 1_000
FILES = ("a.wasm", "b.zip", "c.mjs")


@pytest.fixture
def engine(tmp_path: Path, web_folder: Path) -> Path:
    """A built engine as small as can be, with its plain forms left out as in the one file, and the scripts that load it."""
    folder = tmp_path / "engine"
    (folder / "1234").mkdir(parents=True)
    for name in FILES:
        (folder / "1234" / f"{name}.br").write_bytes(b"brotli")
        (folder / "1234" / f"{name}.gz").write_bytes(gzip.compress(PLAIN))
    sizes = {"bytes": len(PLAIN), "brotli": 6, "gzip": len(gzip.compress(PLAIN))}
    manifest = {"folder": "1234", "pyodide": "1", "wheels": [], "files": dict.fromkeys(FILES, sizes)}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (web_folder / "engine.json").write_text('{"worker": "/assets/w.js", "page": "/assets/p.js"}')
    return folder


@pytest.fixture(scope="module")
def arena() -> LoadedGame:
    """The arena as the server loads it."""
    games = load_mods(ModsSection(folders=(), disabled=("village", "skirmish"))).games
    return games["arena"]


@pytest.fixture
def kit(web_folder: Path, engine: Path, arena: LoadedGame) -> Kit:
    return make_kit(arena, web=web_folder, engine=engine)


def test_a_room_says_how_its_rules_are_predicted(kit: Kit, arena: LoadedGame) -> None:
    """The seat's answer and the room's listing say the same: the engine, the archives, the game's module and fingerprint."""
    room = kit.create(game="arena")
    listing = kit.request("GET", f"/rooms/{room}").json()["prediction"]
    assert kit.request("POST", f"/join/{room}", json={}).json()["prediction"] == listing
    assert listing["module"] == "tickroom_mods.arena.shared" and listing["reason"] == ""
    assert listing["fingerprint"] == arena.hosted.game.fingerprint and len(listing["fingerprint"]) == 32
    document = kit.request("GET", listing["engine"])
    assert document.headers["cache-control"] == IMMUTABLE
    said = document.json()
    assert (said["folder"], said["worker"], said["page"]) == (
        "/assets/engine/1234/",
        "/assets/w.js",
        "/assets/p.js",
    )
    assert said["files"]["a.wasm"]["bytes"] == len(PLAIN)
    for address in listing["archives"]:
        assert kit.request("GET", address).status_code == 200


@pytest.mark.parametrize("name", FILES)
def test_the_engines_files_travel_as_the_build_has_compressed_them(kit: Kit, name: str) -> None:
    """Brotli before gzip; who takes neither gets them unpacked, though only the packed forms are there."""
    address = f"/assets/engine/1234/{name}"
    for accepted, encoding in (("gzip, deflate, br", "br"), ("gzip", "gzip"), ("identity", None)):
        answer = kit.request("GET", address, headers={"Accept-Encoding": accepted})
        assert answer.status_code == 200
        assert answer.headers.get("content-encoding") == encoding
        assert answer.headers["cache-control"] == IMMUTABLE
        if encoding == "br":
            assert int(answer.headers["content-length"]) == len(b"brotli")
        else:
            assert answer.content == PLAIN
    again = kit.request("GET", address, headers={"If-None-Match": '"1234"'})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "path",
    [
        "1234/a.wasm.br",
        "1234/a.wasm.gz",
        "5678/a.wasm",
        "manifest.json",
        "1234",
        "..%2f1234%2fa.wasm",
        "x.json",
    ],
)
def test_nothing_else_of_the_folder_has_an_address(kit: Kit, path: str) -> None:
    """The compressed forms have none of their own, another hash has none, and no path leads out."""
    assert kit.request("GET", f"/assets/engine/{path}").status_code == 404


def test_the_archive_has_a_games_shared_rules_and_nothing_of_its_server(kit: Kit, arena: LoadedGame) -> None:
    """Byte for byte: no file of `server/`, and no line of one, is in what a client is given."""
    archive = kit.request("GET", kit.site.lobby.predictions.listing("arena").archives[1])  # type: ignore[union-attr]
    assert (
        archive.headers["cache-control"] == IMMUTABLE and archive.headers["content-type"] == "application/zip"
    )
    names = ZipFile(BytesIO(archive.content)).namelist()
    assert "tickroom_mods/arena/shared/tuning.py" in names
    assert not any("server" in name for name in names)
    rules = (MODS / "arena" / "shared" / "tuning.py").read_bytes()
    assert rules in archive.content  # nothing is deflated: text can be looked for
    servers = sorted((MODS / "arena" / "server").glob("*.py"))
    assert len(servers) > 5
    shared = b"".join(path.read_bytes() for path in (MODS / "arena" / "shared").glob("*.py"))
    for file in servers:
        own = [line for line in file.read_bytes().splitlines() if len(line) > 40 and line not in shared]
        assert own and not [line for line in own if line in archive.content], file


def test_archives_travel_compressed_under_their_hash(kit: Kit) -> None:
    """gzip for whoever takes it, 304 for whoever has it, 404 for another hash or another game's."""
    address = f"/rules/{CODE.digest}.zip"
    packed = kit.request("GET", address, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip" and packed.content == CODE.data
    plain = kit.request("GET", address, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers and plain.content == CODE.data
    assert kit.request("GET", address, headers={"If-None-Match": plain.headers["etag"]}).status_code == 304
    for other in (
        f"/rules/{'0' * 32}.zip",
        f"/games/arena/rules/{'0' * 32}.zip",
        f"/games/arena/rules/{CODE.digest}.zip",
    ):
        assert kit.request("GET", other).status_code == 404


def test_without_the_engine_the_room_says_so(web_folder: Path, arena: LoadedGame, engine: Path) -> None:
    """Its listing has the reason; an engine that is built while the server runs is there for the next who asks."""
    manifest = (engine / "manifest.json").rename(engine / "later.json")
    kit = make_kit(arena, web=web_folder, engine=engine)
    room = kit.create(game="arena")
    listing = kit.request("GET", f"/rooms/{room}").json()["prediction"]
    assert (listing["engine"], listing["reason"]) == ("", NOT_THERE)
    assert kit.request("GET", "/assets/engine/1234/a.wasm").status_code == 404
    manifest.rename(engine / "manifest.json")
    listing = kit.request("GET", f"/rooms/{room}").json()["prediction"]
    assert listing["engine"].startswith("/assets/engine/") and listing["reason"] == ""


def test_the_log_says_whether_there_is_an_engine(web_folder: Path, engine: Path) -> None:
    """One line when the server starts, and one when an engine is found that was built later."""
    there, late = (
        BrowserEngine(engine, web_folder),
        BrowserEngine(engine.parent / "late" / "dist", web_folder),
    )
    with structlog.testing.capture_logs() as logs:
        there.announce()
        late.announce()
        copytree(engine, engine.parent / "late" / "dist")
        assert late.reason == late.reason == ""
    assert [(line["event"], line["log_level"]) for line in logs] == [
        ("browser engine found", "info"),
        ("no browser engine", "warning"),
        ("browser engine found", "info"),
    ]


def test_code_that_the_engine_has_compiled_is_an_archive_more(kit: Kit, engine: Path) -> None:
    """Where the build has compiled this very code; what it has compiled of other code is not given out with it."""
    room = kit.create(game="arena")
    assert len(kit.request("GET", f"/rooms/{room}").json()["prediction"]["archives"]) == 2
    for name in (CODE.digest, "d" * 32):
        (engine / "1234" / f"{name}.zip.gz").write_bytes(gzip.compress(PLAIN))
    archives = kit.request("GET", f"/rooms/{room}").json()["prediction"]["archives"]
    assert archives[1] == f"/assets/engine/1234/{CODE.digest}.zip" and len(archives) == 3
    for accepted in ("gzip", "identity"):
        answer = kit.request("GET", archives[1], headers={"Accept-Encoding": accepted})
        assert (answer.content, answer.headers["cache-control"]) == (PLAIN, IMMUTABLE)


def test_a_game_without_predicted_rules_has_nothing_to_say(web_folder: Path, engine: Path) -> None:
    """No engine is fetched for it."""
    kit = make_kit(web=web_folder, engine=engine)
    room = kit.create()
    assert kit.request("GET", f"/rooms/{room}").json()["prediction"] is None
    assert kit.request("POST", f"/join/{room}", json={}).json()["prediction"] is None
