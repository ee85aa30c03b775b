"""The door: a Starlette WebSocket endpoint that lets a client into a room.

    origin -> subprotocol -> accept -> room -> Session -> hand over -> await the end

Between the hand-over and the end no ASGI is involved: `net.websocket.direct` gives whole messages to the session and
takes the bundles that the loop writes to `session.sink`.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Protocol, cast
from urllib.parse import urlsplit

from starlette.types import Scope
from starlette.websockets import WebSocket, WebSocketDisconnect

from net.codec import CODECS, Codec
from net.errors import RemoteProtocolError
from net.players.seats import RoomEnded, RoomRefusal
from net.players.session import Session
from net.protocol import MAX_MESSAGE_BYTES, SUBPROTOCOL, CloseReason
from net.websocket.direct import EXTENSION, DirectSocket

DEFAULT_PORTS = {"http": 80, "https": 443}

LATE_FAULTS = frozenset((CloseReason.HELLO_TIMEOUT, CloseReason.SILENT, CloseReason.SLOW_CLIENT))
"""What a room closes a client for that is the client's fault, and is logged as such."""

Clock = Callable[[], float]
"""The server's monotonic clock, in ms."""


class Opener(Protocol):
    """What connections are made to: a room, or a screening of one."""

    def open(self, codec: Codec, now: float, address: str = "") -> Session:
        """A new connection. Raises RoomRefusal."""


FindRoom = Callable[[str], Opener | None]
"""Raises a RoomRefusal for a room that is there and cannot be entered."""


class Log(Protocol):
    """Writes one line: structlog's `logger.info` fits."""

    def __call__(self, event: str, **fields: object) -> object:
        """What happened, and the facts."""


@dataclass(frozen=True)
class GatewaySettings:
    """`allowed_origins` are pages beside our own that may connect, as `https://host[:port]`; `*` lets every page in."""

    log: Log
    allowed_origins: tuple[str, ...] = ()
    max_message_bytes: int = MAX_MESSAGE_BYTES


async def socket_endpoint(
    websocket: WebSocket, rooms: FindRoom, clock: Clock, settings: GatewaySettings
) -> None:
    """Serves one client until it or its room ends. The path must have a parameter `room_id`.

    Raises RuntimeError where the ASGI server has no hand-over, and whatever the session raises that isn't the client's
    fault: the client is told INTERNAL_ERROR, and the ASGI server logs it.
    """
    direct = direct_socket(websocket.scope)
    origin = websocket.headers.get("origin")
    if not is_allowed_origin(origin, websocket.headers.get("host", ""), settings.allowed_origins):
        _log_fault(
            settings.log, websocket, HTTPStatus.FORBIDDEN, f"The origin {origin!r:.200} is not allowed."
        )
        await websocket.close()
        return
    try:
        codec = await _accept(websocket)
        session = _open_session(websocket, rooms, codec, clock())
    except RemoteProtocolError as refusal:
        _log_fault(settings.log, websocket, refusal.reason, refusal.sentence)
        with suppress(WebSocketDisconnect):  # it did not wait to be told
            await websocket.close(refusal.reason, refusal.sentence)
        return
    link = Link(direct, session, clock, settings.max_message_bytes)
    link.begin()
    ending = await direct.ended()
    if link.fault is not None:
        _log_fault(settings.log, websocket, link.fault.reason, link.fault.sentence)
    elif ending.failed:
        _log_fault(settings.log, websocket, ending.code, ending.reason)


def direct_socket(scope: Scope) -> DirectSocket:
    """The hand-over that our WebSocket protocol offers. Raises RuntimeError where another one serves."""
    direct = scope.get("extensions", {}).get(EXTENSION)
    if direct is None:
        raise RuntimeError(
            "Tickroom's sockets need its own WebSocket protocol: uvicorn's ws=net.websocket.protocol.WebSocketProtocol"
        )
    return cast(DirectSocket, direct)


def is_allowed_origin(origin: str | None, host: str, allowed: tuple[str, ...]) -> bool:
    """Whether a page from `origin` may connect: one of our own (same host and port), or an allowed one.

    A client that is no browser sends no origin, and could send any: it is let in. A sandboxed page sends `null`.
    """
    if origin is None or "*" in allowed or origin.lower() in (each.lower().rstrip("/") for each in allowed):
        return True
    return _place(origin) is not None and _place(origin) == _place(f"{urlsplit(origin).scheme}://{host}")


def _place(address: str) -> tuple[str, int] | None:
    """Host and port, or None for what is no address of a page."""
    try:
        parts = urlsplit(address)
        port = parts.port or DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None
    return (parts.hostname, port) if parts.hostname and port else None


async def _accept(websocket: WebSocket) -> Codec:
    """Accepts, and answers with the client's first subprotocol that we speak.

    A client that offers none we speak is accepted too, with its own first one, as a browser shows a page the reason for
    a close but not for a refusal. Raises RemoteProtocolError for it.
    """
    offered = websocket.scope["subprotocols"]
    chosen = next((name for name in offered if name in CODECS), None)
    await websocket.accept(chosen or next(iter(offered), None))
    if chosen is None:
        sentence = f"Offer the WebSocket subprotocol {SUBPROTOCOL}."
        raise RemoteProtocolError(CloseReason.UNSUPPORTED_PROTOCOL, sentence)
    return CODECS[chosen]


def _open_session(websocket: WebSocket, rooms: FindRoom, codec: Codec, now: float) -> Session:
    """Raises RemoteProtocolError where there is no room, or none for one more connection."""
    try:
        room = rooms(websocket.path_params["room_id"])
        if room is None:
            raise RemoteProtocolError(CloseReason.ROOM_ENDED, "There is no such room; it may have ended.")
        return room.open(codec, now, websocket.client.host if websocket.client else "")
    except RoomEnded as refusal:
        raise RemoteProtocolError(CloseReason.ROOM_ENDED) from refusal
    except RoomRefusal as refusal:
        unavailable = refusal.status == HTTPStatus.SERVICE_UNAVAILABLE
        reason = CloseReason.UNAVAILABLE if unavailable else CloseReason.RATE_LIMITED
        raise RemoteProtocolError(reason, refusal.reason) from refusal


class Link:
    """A session and its socket. It is the session's `sink`: what the loop writes to."""

    __slots__ = ("fault", "send", "send_frame", "send_pieces", "_clock", "_direct", "_max_size", "_session")

    def __init__(self, direct: DirectSocket, session: Session, clock: Clock, max_size: int) -> None:
        self.fault: RemoteProtocolError | None = None
        """What the client did wrong, if that is why it was closed."""
        self._direct = direct
        self._session = session
        self._clock = clock
        self._max_size = max_size
        text = session.text
        self.send: Callable[[bytes], None] = partial(direct.send, text=True) if text else direct.send
        """Sends one message."""
        self.send_pieces: Callable[[Sequence[bytes]], None] = (
            partial(direct.send_pieces, text=True) if text else direct.send_pieces
        )
        """Sends one message that is in pieces."""
        self.send_frame: Callable[[bytes], None] = direct.send_frame
        """Sends one message that is framed already."""

    def begin(self) -> None:
        """Takes the socket over from ASGI."""
        self._session.sink = self
        self._direct.take(self._receive, self._lost, self._congested, self._max_size)

    def close(self, code: int, reason: str = "") -> None:
        """Closes the socket with a reason that the client can read: its own sentence, or the code's."""
        close_reason = CloseReason(code)
        closing = RemoteProtocolError(close_reason, reason)
        if close_reason in LATE_FAULTS:
            self.fault = closing
        self._direct.close(code, closing.sentence)

    def _receive(self, payload: bytes) -> None:
        try:
            for reply in self._session.receive(payload, self._clock()):
                self.send(reply)
        except RemoteProtocolError as fault:
            self.fault = fault
            self._direct.close(fault.reason, fault.sentence)
            self._lost()

    def _lost(self) -> None:
        """Session and socket let go of each other, so that neither waits for the garbage collector."""
        self._session.lost(self._clock())
        self._session.sink = None

    def _congested(self, congested: bool) -> None:
        self._session.congested = congested


def _log_fault(log: Log, websocket: WebSocket, code: int, detail: str) -> None:
    """The one line that a client's fault costs; that the server cannot keep anything is none, and is in the log already."""
    if code == CloseReason.UNAVAILABLE:
        return
    client = websocket.client
    address = f"{client.host}:{client.port}" if client else ""
    log("client_fault", room=websocket.path_params["room_id"], client=address, code=int(code), detail=detail)
