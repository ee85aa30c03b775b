"""The hot path: an ASGI app that has accepted a WebSocket may take it over and talk to it without ASGI.

In the scope of every WebSocket that `net.websocket.protocol.WebSocketProtocol` serves, `scope["extensions"]["tickroom.direct"]`
is a `DirectSocket`. After `websocket.accept` the app calls `take`; from then on whole messages go straight to its callback,
`send` writes straight to the socket, and `receive` and `send` of ASGI are out of use. The app goes on to await `ended`,
so that cancelling its task works as in any ASGI app.
"""

import asyncio
from collections.abc import Callable, Sequence

from net.protocol import CLOSE_SENTENCES, CloseReason
from net.websocket.asgi import Conversation
from net.websocket.connection import CLOSED, OPEN, Connection, Ending, Terms
from net.websocket.frames import ABNORMAL_CLOSURE, frame_head, frame_message

EXTENSION = "tickroom.direct"
GOODBYE = (int(CloseReason.GOING_AWAY), CLOSE_SENTENCES[CloseReason.GOING_AWAY])
TOO_SLOW = (int(CloseReason.SLOW_CLIENT), CLOSE_SENTENCES[CloseReason.SLOW_CLIENT])
WORTH_PIECES = 512
"""From this size on (bytes) a message's pieces are written as they are; joining fewer bytes is quicker."""
NOT_TAKEN = "the WebSocket has not been taken over"
MAX_BUFFERED = 1_048_576
"""Bytes that may wait for one client; a message that would exceed it closes the connection with SLOW_CLIENT."""


class DirectSocket:
    """A WebSocket without ASGI in between. Not thread-safe: call it on the event loop's thread."""

    def __init__(self, conversation: Conversation, max_buffered: int = MAX_BUFFERED) -> None:
        self.max_buffered = max_buffered
        self._conversation = conversation
        self._connection: Connection | None = None
        self._on_message: Callable[[bytes], None] = _drop
        self._on_lost: Callable[[], None] = _nothing
        self._on_congestion: Callable[[bool], None] = _drop
        self._ended = asyncio.Event()
        self._ending = Ending(ABNORMAL_CLOSURE, "")
        self._failure: Exception | None = None

    def take(
        self,
        on_message: Callable[[bytes], None],
        on_lost: Callable[[], None],
        on_congestion: Callable[[bool], None],
        max_size: int,
    ) -> None:
        """Takes the WebSocket over from ASGI; messages of at most `max_size` bytes go to `on_message` from now on.

        Those that came since the accept go first, before this returns. `on_lost` is called once, when nothing more comes
        or goes; never from inside `send` or `close`. Text arrives as checked UTF-8. Raises RuntimeError before the accept
        and for a second call.
        """
        connection = self._conversation.connection
        if connection is None or self._connection is not None:
            raise RuntimeError("a WebSocket is taken over once, after it was accepted")
        self._on_message, self._on_lost, self._on_congestion = on_message, on_lost, on_congestion
        self._connection = connection
        if connection.state is CLOSED or self._conversation.gone:
            self.lost(self._ending)
            return
        connection.hand_over(self, Terms(max_size, self.max_buffered, GOODBYE, TOO_SLOW))
        for payload, text in self._conversation.take_queued():
            if connection.state is OPEN:
                self.message(payload, text)
        connection.resume_reading()

    def send(self, payload: bytes, text: bool = False) -> None:
        """Sends a message. One for a connection that has ended is dropped: `on_lost` has said so, or soon will."""
        if self._connection is None:
            raise RuntimeError(NOT_TAKEN)
        self._connection.push(frame_message(payload, text))

    def send_pieces(self, pieces: Sequence[bytes], text: bool = False) -> None:
        """Sends one message that is in pieces, such as a client's own head and what all clients get.

        Long ones are never joined: at 400 clients and 2.5 KB, copying them would cost 2 µs of 29 for each client and tick,
        most of it by what the copies push out of the processor's caches.
        """
        connection = self._connection
        if connection is None:
            raise RuntimeError(NOT_TAKEN)
        size = sum(map(len, pieces))
        head = frame_head(size, text)
        if size < WORTH_PIECES:
            connection.push(b"".join((head, *pieces)))
        else:
            connection.push_pieces([head, *pieces], size + len(head))

    def send_frame(self, frame: bytes) -> None:
        """Sends what `frame_message` has made: a broadcast frames its payload once."""
        self._taken().push(frame)

    def close(self, code: int, reason: str = "") -> None:
        """Closes with a close frame. Nothing is received or sent from here on; `on_lost` follows."""
        self._taken().close(code, reason)

    def buffered(self) -> int:
        """How many bytes wait for the client to read."""
        return self._taken().buffered()

    async def ended(self) -> Ending:
        """Returns how the connection ended, when it has. Raises what `on_message` raised, if that is why."""
        await self._ended.wait()
        if self._failure is not None:
            raise self._failure
        return self._ending

    # The connection's receiver

    def message(self, payload: bytes, _text: bool) -> None:
        """Hands a message on. An exception is our bug: it ends this connection and comes out of `ended`."""
        try:
            self._on_message(payload)
        except Exception as error:  # noqa: BLE001 - it is raised again where the app awaits
            self._failure = error
            self._taken().fail(CloseReason.INTERNAL_ERROR, CLOSE_SENTENCES[CloseReason.INTERNAL_ERROR])

    def congested(self, congested: bool) -> None:
        """Hands the transport's congestion on."""
        self._on_congestion(congested)

    def lost(self, ending: Ending) -> None:
        """Tells the owner, once."""
        if not self._ended.is_set():
            self._ending = ending
            self._ended.set()
            on_lost = self._on_lost
            self._on_message, self._on_lost, self._on_congestion = _drop, _nothing, _drop
            on_lost()

    def _taken(self) -> Connection:
        if self._connection is None:
            raise RuntimeError(NOT_TAKEN)
        return self._connection


def _drop(_: object) -> None:
    """Stands in for a callback until `take`."""


def _nothing() -> None:
    """Stands in for a callback until `take`."""
