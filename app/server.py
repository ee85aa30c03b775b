"""One running server, from its configuration to its stop: data, games, rooms, loop, HTTP."""

import asyncio
import signal
import socket
import time
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import structlog
import uvicorn
import uvloop

from app.accounts.accounts import accounts_of
from app.accounts.admin import FILE, admin_token
from app.clock import now_ms
from app.collector import Collector
from app.config import Config
from app.data import DataDirectory, opened
from app.exits import Exit, ProgramError
from app.games.mods import Mods, load_mods
from app.games.rules_bundle import engine_bundle
from app.http.addresses import Addresses, is_open
from app.http.application import Readiness, Site, application
from app.http.browser_engine import BrowserEngine, engine_folder
from app.http.budgets import Budget
from app.http.listener import WILDCARDS, address_of, listening, network_url
from app.http.lobby import Lobby
from app.http.pages import Pages, web_folder
from app.http.predictions import Predictions
from app.http.protocol import bounded_http
from app.http.server import Http
from app.http.sockets import Sockets
from app.huge_pages import HugePages
from app.journals.journals import Journals
from app.journals.resume import resume_rooms
from app.open_files import raise_file_limit
from app.rooms.door import Door
from app.rooms.loop import Loop
from app.rooms.referee import Referees
from app.rooms.rooms import RoomDirectory
from app.rooms.watching import Watching
from app.store.store import Store, open_store
from net.errors import StoreUnavailable
from net.protocol import CloseReason
from net.websocket.protocol import WebSocketProtocol

SPARE = 512
"""Connections for HTTP beside the WebSockets; more are answered 503 by uvicorn."""
IMPATIENCE = 1.0
"""A second signal within this (s) is the same wish: the terminal and a parent process may both hand one on."""

log = structlog.get_logger("server")


def serve(config: Config, *, accept_loss: bool = False) -> Exit:
    """Run a server until a signal stops it. Raises ProgramError for what is wrong outside of Tickroom.

    `accept_loss` lets rooms go on from their last keyframe that could not be run up to their last tick.
    """
    raise_file_limit(config.limits.connections + config.limits.rooms + 2 * SPARE)
    with ExitStack() as stack:
        data = stack.enter_context(opened(Path(config.server.data)))
        accounts = accounts_of(config)
        admin, generated = admin_token(config, data, is_open=is_open(config))
        mods = games_to_serve(config)
        store = stack.enter_context(open_store(data.path, config.store, unix_ms))
        rooms = stack.enter_context(kept_rooms(config, data, store, mods, accept_loss=accept_loss))
        with listening(config.server.host, config.server.port) as listener:
            data.say_address(address_of(listener))
            if generated:
                say(f"Admin token (shown once): {generated}")
                say(f"To get a new one, stop the server and delete {data.path / FILE}")
            collector = Collector(now_ms)
            loop = Loop(rooms, now_ms, collector)
            addresses = Addresses(config, network_url(listener))
            lobby = Lobby(
                config=config,
                accounts=accounts,
                games=mods.games,
                rooms=rooms,
                admin=admin,
                addresses=addresses,
                anyone_creates=anyone_creates(config),
                clock=now_ms,
                creates=Budget(config.limits.creates_per_minute, "create rooms"),
                joins=Budget(config.limits.joins_per_minute, "join"),
                door=Door(rooms, now_ms),
                predictions=Predictions(
                    BrowserEngine(engine_folder(), web_folder()), engine_bundle(), mods.games
                ),
            )
            pages = Pages(web_folder(), mods.games, lobby)
            watching = Watching(config, rooms, now_ms, unix_ms() - now_ms())
            sockets = Sockets(config, rooms, addresses, now_ms, watching.find)
            site = Site(lobby, pages, sockets, loop, Readiness(), watching)
            return _run(Server(config, site, listener), collector)


@contextmanager
def kept_rooms(
    config: Config, data: DataDirectory, store: Store, mods: Mods, *, accept_loss: bool
) -> Iterator[RoomDirectory]:
    """The rooms, those that were running among them: they are back before anybody can connect."""
    journals = (
        Journals(data.path, config.journals, config.watching.delay * 1000.0)
        if config.journals.enabled
        else None
    )
    referees = Referees({name: game.path for name, game in mods.games.items()}, config.limits.referees)
    rooms = RoomDirectory(config, now_ms, unix_ms() - now_ms(), store, journals, referees)
    games = {name: game.hosted for name, game in mods.games.items()}
    try:
        resume_rooms(rooms, games, accept_loss=accept_loss)
    except StoreUnavailable as error:
        raise ProgramError(Exit.DATA, str(error)) from error
    forget_gone_rooms(store, running=(*(entry.room.room_id for entry in rooms), *rooms.held))
    try:
        yield rooms
    finally:
        referees.close()
        if journals is not None:
            journals.close()


def _run(server: "Server", collector: Collector) -> Exit:
    collector.begin()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(server.run())
    finally:
        collector.end()


def games_to_serve(config: Config) -> Mods:
    """The games, with those that do not load reported. Raises ProgramError (Exit.MOD) where that is asked, or none is left."""
    mods = load_mods(config.mods)
    for failure in mods.failed:
        log.error(
            "game not loaded", game=failure.name, file=failure.file, line=failure.line, cause=failure.cause
        )
    if mods.failed and config.mods.on_broken == "refuse":
        raise ProgramError(Exit.MOD, str(mods.failed[0]))
    if not mods.games:
        looked = "the examples and " if config.mods.examples else ""
        folders = ", ".join(config.mods.folders)
        raise ProgramError(Exit.MOD, f"there is no game to serve; looked in {looked}mods.folders = {folders}")
    for game in mods.games.values():
        log.info("game loaded", game=game.name, version=game.hosted.schema.version, path=str(game.path))
        for warning in game.warnings:
            said = {"file": warning.file, "line": warning.line, "cause": warning.sentence}
            log.warning("game may be mistaken", game=game.name, **said)
    return mods


def forget_gone_rooms(store: Store, running: Collection[str]) -> None:
    """Rooms that are over have no sessions, and hold nobody's saved data. Raises ProgramError (Exit.DATA)."""
    try:
        for room_id in store.sessions.rooms() - set(running):
            store.sessions.forget_room(room_id)
        store.saves.release_all_but(running)
    except StoreUnavailable as refusal:
        raise ProgramError(Exit.DATA, str(refusal)) from refusal


def unix_ms() -> float:
    """The wall clock."""
    return time.time() * 1000.0


def anyone_creates(config: Config) -> bool:
    """`auth.create` worked out: on loopback whoever is at this machine may create rooms."""
    chosen = config.auth.create
    return not is_open(config) if chosen == "auto" else chosen == "anyone"


def say(line: str) -> None:
    """A line for the person who started the program, on standard output; logs are on standard error."""
    print(line, flush=True)  # noqa: T201


class Server:
    """HTTP and the loop of the rooms side by side, until a signal."""

    def __init__(self, config: Config, site: Site, listener: socket.socket) -> None:
        self._config = config
        self._site = site
        self._listener = listener
        self._stop = asyncio.Event()
        self._signalled_at = float("-inf")
        self._forced = asyncio.Event()
        self._http = Http(
            uvicorn.Config(
                application(site),
                http=bounded_http(config.limits.request_timeout),
                ws=WebSocketProtocol,
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=bool(config.server.trusted_proxies),
                forwarded_allow_ips=list(config.server.trusted_proxies),
                limit_concurrency=config.limits.connections + SPARE,
                timeout_graceful_shutdown=1,
            ),
            self._started,
        )

    async def run(self) -> Exit:
        """Serve until stopped. An error of the loop or of HTTP ends the server and surfaces."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._on_signal, number)
        rooms = asyncio.create_task(self._site.loop.run(), name="rooms")
        watching = asyncio.create_task(self._site.watching.run(), name="watching")
        memory = asyncio.create_task(HugePages().run(), name="memory")
        http = asyncio.create_task(self._http.serve([self._listener]), name="http")
        stop = asyncio.create_task(self._stop.wait(), name="stop")
        await asyncio.wait([rooms, watching, http, stop], return_when=asyncio.FIRST_COMPLETED)
        await self._say_farewell()
        self._http.should_exit = True
        rooms.cancel()
        watching.cancel()
        memory.cancel()
        stop.cancel()
        results = await asyncio.gather(rooms, watching, memory, http, stop, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                raise result
        log.info("stopped", forced=self._forced.is_set())
        return Exit.FORCED if self._forced.is_set() else Exit.OK

    def _started(self) -> None:
        self._site.readiness.ready = True
        self._site.lobby.predictions.engine.announce()
        address = address_of(self._listener)
        log.info(
            "serving", address=address, games=list(self._site.lobby.games), data=self._config.server.data
        )
        say(f"Tickroom is ready at {address}")
        network = self._site.lobby.addresses.network_url
        if network and self._listener.getsockname()[0] in WILDCARDS:
            say(f"On your network: {network}/")

    def _on_signal(self, number: int) -> None:
        """The first asks everybody to leave; a later one does not wait for them."""
        now = time.monotonic()
        if self._stop.is_set():
            if now - self._signalled_at > IMPATIENCE:
                self._forced.set()
                self._http.force_exit = True
            return
        self._signalled_at = now
        log.info("stopping", signal=signal.Signals(number).name)
        self._stop.set()

    async def _say_farewell(self) -> None:
        """Tell every client why it ends, and give the words time to arrive."""
        self._site.readiness.ready = False
        self._site.readiness.stopping = True
        self._site.watching.end_all(CloseReason.GOING_AWAY)
        told = self._site.loop.stop_all(self._config.server.back_in * 1000.0)
        if not told:
            return
        log.info("clients told", clients=told)
        quiet = asyncio.create_task(self._site.sockets.quiet.wait())
        forced = asyncio.create_task(self._forced.wait())
        timeout = self._config.server.stop_timeout
        await asyncio.wait([quiet, forced], timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        quiet.cancel()
        forced.cancel()
