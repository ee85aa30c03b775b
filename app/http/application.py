"""The ASGI application: every address of the server in one table."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from app.http import api
from app.http.headers import SecureHeaders
from app.http.lobby import Lobby, answer
from app.http.moderation import Moderation
from app.http.operations import Operation, openapi
from app.http.pages import Pages
from app.http.problems import on_bug, on_http_exception, on_unavailable, problem
from app.http.protocol_document import protocol_document
from app.http.sockets import Sockets
from app.http.watch_desk import WatchDesk
from app.rooms.loop import Loop
from app.rooms.watching import Watching
from net.errors import StoreUnavailable
from net.rooms.moderation import Sentence

HTML = ("text/html",)
HEALTH = ("/healthz", "/readyz")
ZIP = ("application/zip",)
FILES = ("text/javascript", "text/css", "image/svg+xml", "image/png", "application/octet-stream")


@dataclass(slots=True)
class Readiness:
    """Whether players should come: `ready` from the first tick of the loop until the stop begins, then `stopping`."""

    ready: bool = False
    stopping: bool = False


@dataclass(frozen=True, slots=True)
class Site:
    """Everything that answers."""

    lobby: Lobby
    pages: Pages
    sockets: Sockets
    loop: Loop
    readiness: Readiness
    watching: Watching


class Documents:
    """The JSON documents about this server, made when they are first asked for."""

    def __init__(self) -> None:
        self.table: list[Operation] = []
        self._made: dict[str, bytes] = {}

    async def openapi(self, _: Request) -> Response:
        return self._document("openapi", lambda: openapi(self.table))

    async def protocol(self, _: Request) -> Response:
        return self._document("protocol", protocol_document)

    def _document(self, name: str, make: Callable[[], dict[str, Any]]) -> Response:
        if name not in self._made:
            self._made[name] = msgspec.json.format(msgspec.json.encode(make()), indent=1)
        return Response(
            self._made[name], headers={"Cache-Control": "no-cache"}, media_type="application/json"
        )


def application(site: Site) -> ASGIApp:
    """The ASGI application."""
    documents = Documents()
    table = operations(site, documents)
    documents.table = table
    routes: list[BaseRoute] = [
        *(operation.route() for operation in table),
        WebSocketRoute("/rooms/{room_id}/socket", site.sockets.serve),
        WebSocketRoute("/rooms/{room_id}/watch", site.sockets.serve_viewer),
        Route("/favicon.ico", site.pages.icon),
    ]
    handlers = {
        HTTPException: on_http_exception,
        StoreUnavailable: on_unavailable,
        Exception: on_bug,
    }
    app = Starlette(routes=routes, exception_handlers=handlers)
    app.router.redirect_slashes = False
    # outside of Starlette, so that the headers are on its answers to mistakes too
    guarded = UnlessStopping(shared_with(app, site.lobby.addresses.origins), site.readiness)
    return SecureHeaders(guarded, site.lobby.addresses)


class UnlessStopping:
    """The application, but while the server stops it answers 503 to whoever comes.

    The rooms have ended by then, and their 404 would tell a client that comes back that its game is over for good.
    """

    def __init__(self, app: ASGIApp, readiness: Readiness) -> None:
        self._app = app
        self._readiness = readiness

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._readiness.stopping and scope["path"] not in HEALTH:
            await problem(503, "The server is stopping.", {"Retry-After": "1"})(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def shared_with(app: ASGIApp, origins: tuple[str, ...]) -> ASGIApp:
    """The application, answering pages of other origins too where the configuration lists them (CORS)."""
    if not origins:
        return app
    return CORSMiddleware(
        app,
        allow_origins=origins,
        allow_methods=["GET", "POST", "PUT", "DELETE"],
        allow_headers=["Authorization", "Content-Type"],
        expose_headers=["Location", "Retry-After"],
        max_age=600,
    )


def operations(site: Site, documents: Documents) -> list[Operation]:
    """The whole HTTP API. Order matters where two addresses match one path."""
    lobby, pages = site.lobby, site.pages
    write = ("POST", "PUT")
    return [
        Operation("/", ("GET",), pages.lobby_page, "lobby_page", "The lobby, a page.", {200: HTML}, (503,)),
        Operation("/games", ("GET",), lobby.list_games, "list_games", "The games.", {200: api.GameList}),
        Operation("/rooms", ("GET",), lobby.list_rooms, "list_rooms", "The rooms.", {200: api.RoomList}),
        Operation(
            "/create", write, lobby.create_room, "create_room",
            "Make a room. Needs the admin token unless auth.create lets anyone.",
            {201: api.CreatedRoom}, (401, 403, 404, 429, 503, 507), body=api.CreateBody, admin=True,
            form=api.UploadBody,
        ),
        Operation(
            "/join", ("GET",), pages.join_by_query, "find_room", "A room by query: what `GET /join/{room_id}` answers.",
            {200: api.RoomListing}, (404, 410, 422, 503), query={"game_id": "The room's id."}, also=HTML,
        ),
        Operation(
            "/join/{room_id}", ("GET",), pages.join_page, "join_page",
            "The play page for a browser; for a program, what anybody may know of the room.",
            {200: api.RoomListing}, (404, 410, 503), also=HTML,
        ),
        Operation(
            "/join/{room_id}", write, lobby.join_room, "join_room",
            "Take a seat; its token opens the socket. With an account, its token is in the Authorization header.",
            {200: api.JoinedRoom}, (401, 403, 404, 409, 410, 429, 503), body=api.JoinBody, account=True,
        ),
        Operation(
            "/rooms/{room_id}", ("GET",), lobby.show_room, "show_room", "One room.",
            {200: api.RoomListing}, (404, 410),
        ),
        Operation(
            "/rooms/{room_id}", ("DELETE",), lobby.end_room, "end_room", "End a room. Needs the admin token.",
            {204: ()}, (401, 403, 404, 410), admin=True,
        ),
        Operation(
            "/watch/{room_id}", ("GET",), pages.watch_page, "watch_page", "The play page, for who watches.",
            {200: HTML}, (404, 410, 503),
        ),
        Operation(
            "/rooms/{room_id}/watch", ("POST",), WatchDesk(lobby, site.watching).watch_room, "watch_room",
            "Watch a room without a seat, where `watching.who` lets one; the token opens the socket.",
            {200: api.ViewerTicket}, (401, 403, 404, 409, 410, 429, 503),
        ),
        *_moderating(Moderation(lobby)),
        Operation(
            "/assets/engine/{path:path}", ("GET",), pages.engine_file, "engine_file",
            "A file of the Python engine for browsers.", {200: FILES, 304: ()}, (404,),
        ),
        Operation(
            "/assets/{path:path}", ("GET",), pages.asset, "asset", "A file of the web client.", {200: FILES, 304: ()}, (404,)
        ),
        Operation(
            "/rules/{digest}.zip", ("GET",), lobby.predictions.archive, "engine_code",
            "The engine's own Python code, as a client's engine runs it.", {200: ZIP, 304: ()}, (404,),
        ),
        Operation(
            "/games/{game}/rules/{digest}.zip", ("GET",), lobby.predictions.archive, "game_rules",
            "A game's shared rules, as a client's engine runs them.", {200: ZIP, 304: ()}, (404,),
        ),
        Operation(
            "/games/{game}/{digest}/{path:path}", ("GET",), pages.game_asset, "game_asset", "A file of a game's client/.",
            {200: FILES, 304: ()}, (404,),
        ),
        Operation(
            "/sandbox", ("GET",), pages.sandbox, "sandbox", "The frame in which our pages run uploaded engines.",
            {200: HTML}, (503,),
        ),
        Operation(
            "/engines/{key}", ("GET",), lobby.uploads.serve, "engine",
            "An engine that a room was made with, for those who know its address. Run it in a sandbox only.",
            {200: ("application/octet-stream",), 304: ()}, (404, 503),
        ),
        Operation("/healthz", ("GET",), partial(_healthz, site), "healthz", "Whether it lives.", {200: api.Health}),
        Operation(
            "/readyz", ("GET",), partial(_readyz, site), "readyz", "Whether players should come.",
            {200: api.Health, 503: api.Health},
        ),
        Operation("/openapi.json", ("GET",), documents.openapi, "openapi", "This document.", {200: ("application/json",)}),
        Operation(
            "/protocol.json", ("GET",), documents.protocol, "protocol", "The protocol of the sockets.",
            {200: ("application/json",)},
        ),
    ]  # fmt: skip


def _moderating(moderation: Moderation) -> list[Operation]:
    """What the admin says to players, and does about them."""
    forbidden, room = (401, 403), (401, 403, 404, 410)
    acts = {
        "kick": "Take a player's seat away; they may join again.",
        "ban": "Take a player's seat away; their id, name, account and address do not come back into the room.",
        "mute": "Pass on nothing that a player says in chat, for `seconds`.",
        "unmute": "Let a muted player talk again.",
        "revoke": "Make void what opens a player's seat; whoever plays with it is cut off, and the seat is free.",
    }
    return [
        Operation(
            "/announce", ("POST",), moderation.announce_everywhere, "announce",
            "Tell every player of the server something.",
            {200: api.Announced}, forbidden, body=api.Announcement, admin=True,
        ),
        Operation(
            "/rooms/{room_id}/announce", ("POST",), moderation.announce_in_room, "announce_in_room",
            "Tell every player of a room something.",
            {200: api.Announced}, room, body=api.Announcement, admin=True,
        ),
        Operation(
            "/rooms/{room_id}/players", ("GET",), moderation.list_players, "list_players",
            "The players of a room, with what only the admin may know.",
            {200: api.PlayerList}, room, admin=True,
        ),
        Operation(
            "/rooms/{room_id}/bans", ("GET",), moderation.list_bans, "list_bans",
            "Who is banned from a room.", {200: api.BanList}, room, admin=True,
        ),
        Operation(
            "/rooms/{room_id}/bans/{number}", ("DELETE",), moderation.unban, "unban",
            "Let a banned player join again.", {204: ()}, room, admin=True,
        ),
        *(
            Operation(
                f"/rooms/{{room_id}}/players/{{number}}/{act}", ("POST",), partial(moderation.moderate, act),
                f"{act}_player", summary, {204: ()}, room, body=Sentence, admin=True,
            )
            for act, summary in acts.items()
        ),
    ]  # fmt: skip


def _health(site: Site, status: str) -> api.Health:
    return api.Health(status, len(site.lobby.rooms), site.loop.overruns, site.loop.failures)


async def _healthz(site: Site, _: Request) -> Response:
    return answer(_health(site, "alive"))


async def _readyz(site: Site, _: Request) -> Response:
    ready = site.readiness.ready and site.loop.running
    return answer(_health(site, "ready" if ready else "not ready"), 200 if ready else 503)
