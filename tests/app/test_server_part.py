"""What lies in a game's `server/` never reaches a client: looked for at every address and in every byte of a socket."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest

from app.config import ModsSection
from app.games.mod_files import Candidate, candidates
from app.games.mods import LoadedGame, load_mod
from net.protocol import ClientBundle, ClientItem, Request
from tests.app.engines import engine_of
from tests.app.site_kit import ADMIN, Kit, make_kit

SHORTEST = 16
"""Shorter lines say nothing of where they are from."""
TICKS = 60


def lines_of(folder: Path) -> set[bytes]:
    """The lines of a folder's sources that tell it from any other text."""
    files = [file for file in folder.rglob("*") if file.suffix in {".py", ".js", ".css"}]
    lines = (line.strip() for file in files for line in file.read_bytes().splitlines())
    return {line for line in lines if len(line) >= SHORTEST and not line.startswith((b"from ", b"import "))}


def with_parts() -> list[Candidate]:
    """The example games that have a server part."""
    found = [each for each in candidates(ModsSection()) if (each.path / "server").is_dir()]
    assert {each.name for each in found} >= {"arena", "village"}
    return found


@pytest.fixture(params=with_parts(), ids=lambda candidate: candidate.name)
def game(request: pytest.FixtureRequest) -> LoadedGame:
    """A loaded game."""
    return load_mod(request.param)


@pytest.fixture
def kit(game: LoadedGame) -> Iterator[Kit]:
    """A site with the game."""
    kit = make_kit(game)
    yield kit
    for entry in kit.rooms:
        engine_of(entry.room).close()


def told_by_addresses(kit: Kit, game: LoadedGame, room_id: str) -> tuple[bytes, dict[str, int]]:
    """All that GET answers, a guest and the admin, and the status of each address."""
    digest = game.assets_hash
    files = [file.relative_to(game.path).as_posix() for file in game.path.rglob("*") if file.is_file()]
    below = [f"/games/{game.name}/{digest}/{file}" for file in [*game.assets.files, *files]]
    ways = ["../", "..%2f", "%2e%2e/", "client/../", "..%5c", "/", "//"]
    out = [f"/games/{game.name}/{digest}/{way}{file}" for way in ways for file in files]
    out += [f"/assets/{way}mods/{game.name}/{file}" for way in ["", *ways] for file in files]
    api = ["/", "/games", "/rooms", f"/join/{room_id}", f"/join?game_id={room_id}", f"/rooms/{room_id}"]
    api += [
        f"/rooms/{room_id}/players",
        "/healthz",
        "/readyz",
        "/openapi.json",
        "/protocol.json",
        f"/mods/{game.name}",
    ]

    async def ask(client: httpx.AsyncClient) -> list[httpx.Response]:
        headers = [{}, {"Accept": "text/html"}, {"Authorization": f"Bearer {ADMIN}"}]
        return [await client.get(each, headers=extra) for each in api for extra in headers] + [
            await client.get(each) for each in [*below, *out]
        ]

    answers = kit.http(ask)
    return b"\n".join(each.content for each in answers), {
        each.request.url.raw_path.decode(): each.status_code for each in answers
    }


def told_by_a_socket(kit: Kit, game: LoadedGame, room_id: str) -> bytes:
    """All that a client is sent while it plays for a while and asks for everything there is."""
    session, recorder = kit.play(room_id, "ann")
    asked = [("get", f"meta/{kind}") for kind in ("names", "chat", "sprites", "map")]
    asked += [("get", "room"), ("get", "roster"), ("get", "snapshot")]
    asked += [("post", f"rpc/{name}") for name in game.hosted.game.rpcs]
    empty = msgspec.Raw(msgspec.msgpack.encode({}))
    items: list[ClientItem] = [
        Request(number, verb, resource, empty) for number, (verb, resource) in enumerate(asked)
    ]
    for tick in range(TICKS):
        bundle = ClientBundle(tick, -1, items if tick == 1 else [])
        session.receive(msgspec.msgpack.encode(bundle), kit.clock())
        kit.turn(1_000.0 / game.hosted.game.tick_rate)
    assert len(recorder.sent) > TICKS
    return b"\n".join(recorder.sent)


def test_server_never_reaches_a_client(kit: Kit, game: LoadedGame) -> None:
    """No line of server/ is in any answer or any message, no file of it has an address."""
    room_id = kit.create(game=game.name)
    answers, status = told_by_addresses(kit, game, room_id)
    told = answers + told_by_a_socket(kit, game, room_id)
    open_parts = lines_of(game.path / "shared") | lines_of(game.path / "client")
    secret = lines_of(game.path / "server") - open_parts
    assert len(secret) > 100
    assert {line for line in secret if line in told} == set()
    base = f"/games/{game.name}/{game.assets_hash}/"
    served = {
        path.removeprefix(base) for path, code in status.items() if path.startswith("/games/") and code == 200
    }
    assert served == set(game.assets.files)
    unsent = {each.name for each in game.hosted.game.components.values() if each.replicate is None}
    assert unsent and not unsent & {each.name for each in game.hosted.schema.components}
    # what is not found says something only where it would have been found
    assert all(line in told for line in lines_of(game.path / "client"))
    assert game.hosted.schema.title.encode() in told
