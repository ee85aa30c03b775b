"""A whole site without sockets and without waiting: a small game, a clock that tests move, an HTTP client."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import httpx
import msgspec

from app.accounts.accounts import accounts_of
from app.accounts.admin import AdminToken
from app.collector import Collector
from app.config import Config
from app.config_file import parse
from app.games.mods import LoadedGame
from app.games.rules_bundle import Bundle
from app.http.addresses import Addresses
from app.http.application import Readiness, Site, application
from app.http.assets import Assets
from app.http.browser_engine import BrowserEngine
from app.http.budgets import Budget
from app.http.lobby import Lobby
from app.http.pages import Pages
from app.http.predictions import Predictions
from app.http.sockets import Sockets
from app.journals.journals import Journals
from app.rooms.door import Door
from app.rooms.loop import Loop
from app.rooms.rooms import RoomDirectory
from app.rooms.watching import Watching
from app.server import anyone_creates
from app.store.store import Store, memory_store
from ecs.game import Game
from ecs.world import World
from net.bundle import Pieces, whole
from net.codec import MESSAGEPACK
from net.hosted import HostedGame
from net.players.session import Session
from net.protocol import PROTOCOL_VERSION, Hello

CODE = Bundle(b"the engine's code", "c" * 32)
ADMIN = "the admin's very own token"
Result = TypeVar("Result")


class Clock:
    """Milliseconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now

    def pass_ms(self, milliseconds: float) -> None:
        self.now += milliseconds


@dataclass
class Recorder:
    """Stands where the gateway puts a socket: keeps what the loop writes."""

    sent: list[bytes] = field(default_factory=list)
    closed: tuple[int, str] | None = None

    def send(self, payload: bytes) -> None:
        self.sent.append(payload)

    def send_pieces(self, pieces: Pieces) -> None:
        self.sent.append(whole(pieces))

    def send_frame(self, frame: bytes) -> None:
        """What a server frames: no mask, whole, below 64 kB."""
        self.sent.append(frame[2 if frame[1] < 126 else 4 :])

    def close(self, code: int, reason: str = "") -> None:
        self.closed = (int(code), reason)


def walk_game(name: str = "walk", *, max_players: int = 4, tick_rate: int = 20) -> Game:
    """A game whose one system breaks when a player holds `break`."""
    game = Game(name, title="Walk", version="1.2.3", max_players=max_players, tick_rate=tick_rate)
    game.input(keys=("right", "break"))

    @game.system("logic")
    def may_break(world: World, dt: float) -> None:
        """Raises while any player holds `break`."""
        if any(world.input(player).held("break") for player in world.players):
            raise ZeroDivisionError("the game divided by zero")

    return game


def loaded(game: Game, folder: Path | None = None) -> LoadedGame:
    """A game as the loader would give it."""
    game.fingerprint = game.fingerprint or "f" * 32  # the arena has its own, and other tests read it
    game.seal()
    assets = Assets.of(folder) if folder else Assets({})
    return LoadedGame(game.name, Path("/nowhere"), False, HostedGame.of(game), assets, assets.digest(), {})


@dataclass
class Kit:
    """The site and its parts."""

    site: Site
    clock: Clock
    config: Config

    @property
    def rooms(self) -> RoomDirectory:
        return self.site.lobby.rooms

    @property
    def loop(self) -> Loop:
        return self.site.loop

    def http(self, act: Callable[[httpx.AsyncClient], Awaitable[Result]], **options: Any) -> Result:
        """Runs `act` with a client of the ASGI application."""

        async def run() -> Result:
            app = application(self.site)
            address = options.pop("client", ("127.0.0.1", 50_000))
            transport = httpx.ASGITransport(app=app, raise_app_exceptions=False, client=address)
            base = options.pop("base_url", "http://127.0.0.1:7373")
            async with httpx.AsyncClient(transport=transport, base_url=base, **options) as client:
                return await act(client)

        return asyncio.run(run())

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """One request."""
        kept = {key: options.pop(key) for key in ("client", "base_url") if key in options}

        async def act(client: httpx.AsyncClient) -> httpx.Response:
            return await client.request(method, path, **options)

        return self.http(act, **kept)

    def create(self, **body: Any) -> str:
        """A new room's id."""
        response = self.request("POST", "/create", json=body)
        assert response.status_code == 201, response.text
        return str(response.json()["room_id"])

    def play(self, room_id: str, name: str) -> tuple[Session, Recorder]:
        """A player of a room who has said hello."""
        return self.connect(
            room_id, self.request("POST", f"/join/{room_id}", json={"username": name}).json()["token"]
        )

    def connect(self, room_id: str, token: str) -> tuple[Session, Recorder]:
        """Say hello with the token of a seat."""
        room = self.rooms.entry(room_id).room
        session = room.open(MESSAGEPACK, self.clock())
        session.sink = recorder = Recorder()
        recorder.sent += session.receive(msgspec.msgpack.encode(Hello(PROTOCOL_VERSION, token)), self.clock())
        return session, recorder

    def turn(self, milliseconds: float = 0.0) -> None:
        """Let time pass and step every room that is due then, once."""
        self.clock.pass_ms(milliseconds)
        for entry in self.loop.due():
            self.loop.tick(entry)


def make_kit(
    *games: LoadedGame,
    toml: str = "",
    web: Path = Path("/nowhere"),
    engine: Path = Path("/nowhere"),
    store: Store | None = None,
    data: Path | None = None,
) -> Kit:
    """A site with these games (one small one by default) and a configuration given as TOML; with a folder for `data` its rooms
    are kept there."""
    config = parse(toml, "test.toml")
    clock = Clock()
    offered = {game.name: game for game in games or (loaded(walk_game()),)}
    journals = Journals(data, config.journals, config.watching.delay * 1000.0) if data is not None else None
    rooms = RoomDirectory(
        config, clock, epoch=1_700_000_000_000.0, store=store or memory_store(clock), journals=journals
    )
    loop = Loop(rooms, clock, Collector(clock))
    addresses = Addresses(config)
    lobby = Lobby(
        config=config,
        accounts=accounts_of(config),
        games=offered,
        rooms=rooms,
        admin=AdminToken(sha256(ADMIN.encode()).hexdigest()),
        addresses=addresses,
        anyone_creates=anyone_creates(config),
        clock=clock,
        creates=Budget(config.limits.creates_per_minute, "create rooms"),
        joins=Budget(config.limits.joins_per_minute, "join"),
        door=Door(rooms, clock),
        predictions=Predictions(BrowserEngine(engine, web), CODE, offered),
    )
    pages = Pages(web, offered, lobby)
    watching = Watching(config, rooms, clock, 0.0)
    sockets = Sockets(config, rooms, addresses, clock, watching.find)
    return Kit(Site(lobby, pages, sockets, loop, Readiness(True), watching), clock, config)
