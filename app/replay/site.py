"""`tickroom replay --watch`: a journal on a screen in the browser of this machine, and nothing else of a server."""

import asyncio
import gc
import secrets
import signal
import socket
import time
from contextlib import suppress
from dataclasses import dataclass

import uvicorn
import uvloop
from msgspec.structs import replace as changed
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket

from app.clock import now_ms
from app.config import Config
from app.exits import Exit, ProgramError
from app.games.mods import Mods
from app.http.addresses import Addresses
from app.http.api import RoomListing, ViewerTicket
from app.http.headers import SecureHeaders
from app.http.listener import address_of, listening
from app.http.lobby import answer, engine_listing
from app.http.pages import Files, web_folder
from app.http.problems import Problem, on_bug, on_http_exception
from app.http.protocol import bounded_http
from app.http.server import Http
from app.logs import configure
from app.rooms.definition import ENGINES
from app.rooms.loop import deliver
from app.rooms.uploads import POLICY
from app.rooms.watching import viewer_settings
from app.server import say
from net.gateway import GatewaySettings, socket_endpoint
from net.hosted import HostedGame
from net.journal.reader import JournalReader
from net.players.seats import RoomRefusal
from net.players.sessions import token_digest
from net.protocol import CloseReason
from net.replay.outline import Outline
from net.replay.rerun import RERUN_ERRORS
from net.watching.lockstep_show import LockstepShow
from net.watching.reel import FileReel
from net.watching.rerun_show import RerunShow
from net.watching.screening import PIECE, Screening
from net.watching.show import Show
from net.websocket.protocol import WebSocketProtocol

HOST = "127.0.0.1"
VIEWERS = 20
GENERATIONS = 500
"""Ticks of a lock-step journal that one step runs at most: no engine runs in them."""
STEPS = 20
"""Steps a second, at least."""
COLLECT_EVERY = 10.0
"""Seconds between two collections of garbage: the bodies of the physics of before each keyframe."""


def watch(
    reader: JournalReader,
    outline: Outline,
    mods: Mods,
    hosted: HostedGame,
    tick: int | None,
    port: int,
    config: Config,
    engine: bytes = b"",
) -> Exit:
    """Serve the journal until interrupted. It begins with the first viewer, or stands at `tick`. `engine` is the one that was
    uploaded with its room. Raises ProgramError."""
    try:
        show = _show(FileReel(reader, outline), hosted)
    except RERUN_ERRORS as error:
        raise ProgramError(Exit.JOURNAL, f"The journal does not run: {error}") from error
    configure(changed(config.log, level="warning"))
    here = changed(config, server=changed(config.server, host=HOST, port=port, public_url=""))
    screening = Screening(
        show, settings=viewer_settings(here), now=now_ms(), viewers=VIEWERS, controlled=True,
        epoch=time.time() * 1000.0 - now_ms(), piece=GENERATIONS if isinstance(show, LockstepShow) else PIECE,
    )  # fmt: skip
    screening.control.playing = False
    if tick is not None:
        screening.seek(tick)
    with listening(HOST, port) as listener:
        site = ReplaySite(screening, outline, Addresses(here, ""), Files(web_folder(), mods.games), engine)
        player = Player(screening, begins=tick is None)
        gc.collect()
        gc.freeze()  # what is there stays; what comes and goes is collected between ticks
        gc.disable()
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(site, player, listener, here))
    return Exit.OK


def _show(reel: FileReel, hosted: HostedGame) -> Show:
    """What shows a journal of the game's model. Raises one of RERUN_ERRORS."""
    return (
        LockstepShow(reel, hosted)
        if hosted.game.model == "lockstep"
        else RerunShow(reel, hosted, public=False)
    )


@dataclass(frozen=True, slots=True)
class ReplaySite:
    """Everything that answers."""

    screening: Screening
    outline: Outline
    addresses: Addresses
    files: Files
    engine: bytes = b""

    def application(self) -> ASGIApp:
        """The ASGI application."""
        routes = [
            Route("/", self.home),
            Route("/watch/{room_id}", self.files.watch_page),
            Route("/rooms/{room_id}", self.room),
            Route("/rooms/{room_id}/watch", self.ticket, methods=["POST"]),
            WebSocketRoute("/rooms/{room_id}/watch", self.socket),
            Route("/assets/{path:path}", self.files.asset),
            Route("/games/{game}/{digest}/{path:path}", self.files.game_asset),
            Route("/favicon.ico", self.files.icon),
            Route("/sandbox", self.files.sandbox),
            Route(f"{ENGINES}{{key}}", self.uploaded),
        ]
        app = Starlette(
            routes=routes, exception_handlers={HTTPException: on_http_exception, Exception: on_bug}
        )
        return SecureHeaders(app, self.addresses)

    @property
    def path(self) -> str:
        """Where to watch."""
        return f"/watch/{self.screening.room_id}"

    async def home(self, _: Request) -> Response:
        return RedirectResponse(self.path)

    async def room(self, request: Request) -> Response:
        self._check(request)
        header, show = self.outline.header, self.screening.show
        return answer(
            RoomListing(
                show.room_id, header.name, header.game, show.hosted.schema.title, header.model, len(show.roster),
                header.seats, show.state, show.tick, header.tick_rate, self.path,
                engine=engine_listing(show.hosted.engine, self.addresses.base(request)), watchable=True,
            )
        )  # fmt: skip

    async def uploaded(self, request: Request) -> Response:
        """The engine that was uploaded with the room, which pages run in their sandbox."""
        source = self.screening.show.hosted.engine
        if not self.engine or source is None or request.url.path != source.address:
            raise Problem(404, "There is no such engine.")
        headers = {"Content-Security-Policy": POLICY, "Content-Disposition": "attachment"}
        return Response(self.engine, headers=headers, media_type=source.media_type)

    async def ticket(self, request: Request) -> Response:
        self._check(request)
        if not self.addresses.origin_allowed(request):
            raise Problem(403, "Pages of this origin may not do that.")
        viewer_id, ticket = secrets.token_hex(16), secrets.token_urlsafe(32)
        try:
            self.screening.viewers.admit(viewer_id, token_digest(ticket), now_ms())
        except RoomRefusal as refusal:
            raise Problem(refusal.status, f"{refusal.reason}.") from refusal
        room_id = self.screening.room_id
        socket_url = f"{self.addresses.socket_base(request)}/rooms/{room_id}/watch"
        return answer(ViewerTicket(room_id, viewer_id, ticket, socket_url, 0.0))

    async def socket(self, websocket: WebSocket) -> None:
        await socket_endpoint(websocket, self._find, now_ms, GatewaySettings(log=_say_nothing))

    def _find(self, room_id: str) -> Screening | None:
        return self.screening if room_id == self.screening.room_id else None

    def _check(self, request: Request) -> None:
        if request.path_params["room_id"] != self.screening.room_id:
            raise Problem(404, "This is another journal.")


class Player:
    """Drives the screening. `begins`: with the first viewer."""

    def __init__(self, screening: Screening, *, begins: bool) -> None:
        self._screening = screening
        self._begins = begins
        self._collected_at = now_ms()

    async def run(self) -> None:
        """Until cancelled. Raises ProgramError where the journal does not run on."""
        screening = self._screening
        interval = 1.0 / max(screening.tick_rate, STEPS)
        while True:
            if self._begins and any(viewer.session is not None for viewer in screening.viewers):
                self._begins = False
                screening.play(playing=True)
            began = now_ms()
            try:
                deliver(screening.step(began))
            except RERUN_ERRORS as error:
                deliver(screening.end(CloseReason.ROOM_FAILED, "The journal does not run on."))
                raise ProgramError(Exit.JOURNAL, f"The journal does not run on: {error}") from error
            self._collect()
            took = (now_ms() - began) / 1000.0
            await asyncio.sleep(0 if screening.is_travelling else max(interval - took, 0.001))

    def _collect(self) -> None:
        if now_ms() - self._collected_at > COLLECT_EVERY * 1000.0:
            gc.collect()
            self._collected_at = now_ms()


async def _serve(site: ReplaySite, player: Player, listener: socket.socket, config: Config) -> None:
    """Until a signal, or until the journal does not run on."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    address = f"{address_of(listener).rstrip('/')}{site.path}"
    http = Http(
        uvicorn.Config(
            site.application(),
            http=bounded_http(config.limits.request_timeout),
            ws=WebSocketProtocol,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=1,
        ),
        lambda: say(f"Watch it at {address} (Ctrl-C ends it)"),
    )
    tasks = [asyncio.create_task(each) for each in (player.run(), http.serve([listener]), stop.wait())]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    deliver(site.screening.end(CloseReason.GOING_AWAY))
    http.should_exit = True
    tasks[0].cancel()
    tasks[2].cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError):
            await task


def _say_nothing(event: str, **fields: object) -> None:
    """What a client does wrong is between the two of them, here."""
