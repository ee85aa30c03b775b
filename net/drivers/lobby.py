"""The HTTP side of a server for a program: list, create and join rooms. Blocking; `asyncio.to_thread` keeps it aside.

urllib is enough for a request a minute, and leaves a native client with one dependency less.
"""

import json
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.error import HTTPError
from urllib.parse import quote, urlsplit
from urllib.request import OpenerDirector, ProxyHandler, Request, build_opener

import msgspec
from msgspec import Struct

Answer = TypeVar("Answer")

MAX_BYTES = 4 * 1024 * 1024
"""The longest answer that is read."""
TIMEOUT = 10.0
"""Seconds for one request."""
NOT_HERE = frozenset({HTTPStatus.CONFLICT, HTTPStatus.GONE, HTTPStatus.NOT_FOUND})
"""Somebody was quicker, or has the name: another room may do."""
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Refusal(Exception):
    """The server answered with an error: `status` as in HTTP, `detail` its sentence about why."""

    def __init__(self, status: int, detail: str) -> None:
        self.status = status
        self.detail = detail
        super().__init__(f"{detail} (HTTP {status})")


class RoomSummary(Struct, frozen=True):
    """A room as the lobby lists it."""

    room_id: str
    game: str
    title: str
    players: int
    max_players: int
    state: str
    join_url: str = ""


class Ticket(Struct, frozen=True):
    """A reserved seat: `token` opens it at `socket_url`, and is nobody else's business."""

    room_id: str
    player_id: str
    token: str
    socket_url: str
    player: int = -1


class _Rooms(Struct, frozen=True):
    rooms: list[RoomSummary]


class _Created(Struct, frozen=True):
    room_id: str


class Lobby:
    """One server's lobby. Methods raise Refusal, or OSError when the server cannot be reached."""

    def __init__(self, url: str, *, token: str = "", account: str = "", timeout: float = TIMEOUT) -> None:
        """`url` is the server's address, `token` the admin's where rooms are not for anyone to create, `account` a player's
        JSON Web Token where the server has accounts."""
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"a server's address begins with http:// or https://, not {url!r}")
        self.url = url.rstrip("/")
        self._token = token
        self._account = account
        self._timeout = timeout
        self._opener = _opener(parts.hostname)

    def rooms(self) -> list[RoomSummary]:
        """All open rooms."""
        return self._ask("GET", "/rooms", None, _Rooms).rooms

    def room(self, room_id: str) -> RoomSummary:
        """One room."""
        return self._ask("GET", f"/rooms/{quote(room_id, safe='')}", None, RoomSummary)

    def create(self, game: str, settings: dict[str, Any] | None = None) -> str:
        """Create a room; its id."""
        body = {"game": game} | ({"settings": settings} if settings else {})
        return self._ask("POST", "/create", body, _Created).room_id

    def join(self, room_id: str, username: str | None = None, guest: str | None = None) -> Ticket:
        """Reserve a seat, by a guest's name without a username. `guest` is a random UUID of the player's own, kept to itself:
        a game that keeps what players have gives it back to whoever knows it."""
        body = {} if username is None else {"username": username}
        body |= {} if guest is None else {"guest": guest}
        return self._ask("POST", f"/join/{quote(room_id, safe='')}", body, Ticket, self._account)

    def watch(self, room_id: str) -> Ticket:
        """A place to watch a room from: no seat is taken."""
        return self._ask("POST", f"/rooms/{quote(room_id, safe='')}/watch", {}, Ticket)

    def take_seat(
        self, game: str = "", room_id: str = "", username: str | None = None, guest: str | None = None
    ) -> Ticket:
        """A seat in the room of this id, or else in any room of the game, in a new one where all are full."""
        if room_id:
            return self.join(room_id, username, guest)
        for room in self.rooms():
            if room.game == game and room.players < room.max_players:
                try:
                    return self.join(room.room_id, username, guest)
                except Refusal as refusal:
                    if refusal.status not in NOT_HERE:
                        raise
        return self.join(self.create(game), username, guest)

    def _ask(self, method: str, path: str, body: object, kind: type[Answer], account: str = "") -> Answer:
        request = Request(self.url + path, method=method, headers=_headers(account or self._token))  # noqa: S310 - checked above
        if body is not None:
            request.data = msgspec.json.encode(body)
        try:
            with self._opener.open(request, timeout=self._timeout) as response:
                payload = response.read(MAX_BYTES)
        except HTTPError as error:
            with error:
                raise Refusal(error.code, _detail(error)) from None
        try:
            return msgspec.json.decode(payload, type=kind)
        except msgspec.MsgspecError as error:
            raise Refusal(
                HTTPStatus.BAD_GATEWAY, f"{path} did not answer as a Tickroom server: {error}"
            ) from error


def _headers(token: str) -> dict[str, str]:
    headers = {"Accept": "application/json", "Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    return headers


def is_loopback(hostname: str | None) -> bool:
    """Whether a proxy of the environment is to be left out: it cannot reach this machine's own loopback."""
    return hostname in LOOPBACK


def _opener(hostname: str) -> OpenerDirector:
    return build_opener(ProxyHandler({})) if is_loopback(hostname) else build_opener()


def _detail(error: HTTPError) -> str:
    """The sentence of an application/problem+json body, or the status in words."""
    try:
        problem = json.loads(error.read(MAX_BYTES))
        return str(problem.get("detail") or problem["title"])
    except (ValueError, LookupError, AttributeError):
        return str(error.reason)
