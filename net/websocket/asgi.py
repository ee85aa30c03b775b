"""The ASGI side of a WebSocket (ASGI WebSocket spec 2.4): what the app awaits in `receive` and `send`.

CONNECTING --accept--> OPEN --close, or the peer left--> ENDED
CONNECTING --close (403), http.response.start..body--> ENDED
"""

import asyncio
from collections import deque
from collections.abc import Callable, MutableMapping
from enum import Enum, auto
from http import HTTPStatus
from typing import Any, Protocol

from net.websocket.connection import Connection, Ending
from net.websocket.frames import ABNORMAL_CLOSURE, NORMAL_CLOSURE, frame_message
from net.websocket.handshake import Headers

MAX_QUEUED_BYTES = 65_536
MAX_QUEUED_MESSAGES = 64
"""Past either the peer is not read until the app has taken what is there."""

AsgiMessage = MutableMapping[str, Any]


class ClientDisconnected(OSError):
    """`send` after the peer has gone (an OSError, as ASGI asks for)."""


class Handshake(Protocol):
    """How the conversation answers the opening handshake."""

    def accept(self, subprotocol: str | None, headers: Headers) -> Connection:
        """Opens the WebSocket."""

    def refuse(self, status: int, headers: Headers, body: bytes) -> None:
        """Answers with an HTTP response instead."""


class Phase(Enum):
    """What the app may send next."""

    CONNECTING = auto()
    RESPONDING = auto()
    OPEN = auto()
    ENDED = auto()


class Conversation:
    """One app's conversation with one peer; the `Receiver` of its connection until a `DirectSocket` takes over."""

    def __init__(self, handshake: Handshake) -> None:
        self.phase = Phase.CONNECTING
        self.connection: Connection | None = None
        self._handshake = handshake
        self._queue: deque[tuple[AsgiMessage, int]] = deque([({"type": "websocket.connect"}, 0)])
        self._queued_bytes = 0
        self._arrived = asyncio.Event()
        self._arrived.set()
        self._writable = asyncio.Event()
        self._writable.set()
        self.gone = False
        """The peer has left, or was thrown out."""
        self._response: tuple[int, Headers] = (0, [])
        self._body = b""

    # From the peer

    def message(self, payload: bytes, text: bool) -> None:
        """Queues a message for the app, and stops reading when it has fallen behind."""
        body = {"text": payload.decode()} if text else {"bytes": payload}
        self._put({"type": "websocket.receive", **body}, len(payload))
        if self._queued_bytes >= MAX_QUEUED_BYTES or len(self._queue) >= MAX_QUEUED_MESSAGES:
            self._open_connection().pause_reading()

    def congested(self, congested: bool) -> None:
        """Makes `send` wait, or go on."""
        if congested:
            self._writable.clear()
        else:
            self._writable.set()

    def lost(self, ending: Ending) -> None:
        """The app gets `websocket.disconnect`, once, and a `send` that waits is freed."""
        self.gone = True
        self._disconnect(ending.code, ending.reason)
        self._writable.set()

    # For the app

    async def receive(self) -> AsgiMessage:
        """The next event. After `websocket.disconnect` it is that one for ever."""
        while not self._queue:
            self._arrived.clear()
            await self._arrived.wait()
        message, size = self._queue[0]
        if message["type"] != "websocket.disconnect":
            self._queue.popleft()
            self._queued_bytes -= size
            self._read_on()
        return message

    async def send(self, message: AsgiMessage) -> None:
        """Takes an event of the app's. Raises ClientDisconnected, or RuntimeError for one that is out of order."""
        await self._writable.wait()
        if self.gone:
            raise ClientDisconnected
        handler = self._HANDLERS[self.phase].get(message["type"])
        if handler is None:
            raise RuntimeError(f"ASGI message {message['type']!r} came in phase {self.phase.name}")
        handler(self, message)

    def take_queued(self) -> list[tuple[bytes, bool]]:
        """The messages that the app has not received, for the one who takes over; (payload, text)."""
        taken = [
            (message["text"].encode(), True) if "text" in message else (message["bytes"], False)
            for message, _ in self._queue
            if message["type"] == "websocket.receive"
        ]
        self._queue.clear()
        self._queued_bytes = 0
        return taken

    def _read_on(self) -> None:
        half_empty = (
            2 * self._queued_bytes <= MAX_QUEUED_BYTES and 2 * len(self._queue) <= MAX_QUEUED_MESSAGES
        )
        if half_empty and self.connection is not None:
            self.connection.resume_reading()

    def _put(self, message: AsgiMessage, size: int = 0) -> None:
        self._queue.append((message, size))
        self._queued_bytes += size
        self._arrived.set()

    def _disconnect(self, code: int, reason: str) -> None:
        if self.phase is not Phase.ENDED:
            self._put({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.phase = Phase.ENDED

    def _open_connection(self) -> Connection:
        if self.connection is None:
            raise RuntimeError("the WebSocket has not been accepted")
        return self.connection

    # What the app may send

    def _accept(self, message: AsgiMessage) -> None:
        self.connection = self._handshake.accept(message.get("subprotocol"), _headers(message))
        self.phase = Phase.OPEN

    def _refuse(self, _message: AsgiMessage) -> None:
        self._handshake.refuse(HTTPStatus.FORBIDDEN, [], b"")
        self._disconnect(ABNORMAL_CLOSURE, "")

    def _begin_response(self, message: AsgiMessage) -> None:
        self._response = (message["status"], _headers(message))
        self.phase = Phase.RESPONDING

    def _continue_response(self, message: AsgiMessage) -> None:
        self._body += message.get("body", b"")
        if not message.get("more_body", False):
            self._handshake.refuse(*self._response, self._body)
            self._disconnect(ABNORMAL_CLOSURE, "")

    def _send(self, message: AsgiMessage) -> None:
        payload = message.get("bytes")
        if payload is None and message.get("text") is None:
            raise RuntimeError("websocket.send needs bytes or text")
        frame = (
            frame_message(message["text"].encode(), text=True) if payload is None else frame_message(payload)
        )
        connection = self._open_connection()
        if (
            connection.transport.is_closing()
        ):  # lost, but the loop had no time to say so: this may be a loop of sends
            raise ClientDisconnected
        connection.write(frame)

    def _close(self, message: AsgiMessage) -> None:
        code, reason = message.get("code", NORMAL_CLOSURE), message.get("reason") or ""
        self._open_connection().close(code, reason)
        self._disconnect(code, reason)

    _HANDLERS: dict[Phase, dict[str, Callable[["Conversation", AsgiMessage], None]]] = {
        Phase.CONNECTING: {
            "websocket.accept": _accept,
            "websocket.close": _refuse,
            "websocket.http.response.start": _begin_response,
        },
        Phase.RESPONDING: {"websocket.http.response.body": _continue_response},
        Phase.OPEN: {"websocket.send": _send, "websocket.close": _close},
        Phase.ENDED: {},
    }


def _headers(message: AsgiMessage) -> Headers:
    return [(bytes(name), bytes(value)) for name, value in message.get("headers", [])]
