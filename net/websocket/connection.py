"""An open WebSocket over an asyncio transport: frames in and out, keep-alive, congestion, and the ways it ends.

    OPEN --close()--> CLOSING --the peer's close frame, or CLOSE_TIMEOUT--> CLOSED
    OPEN --the peer's close frame: echoed--> CLOSED
    OPEN --fail(): a violation, a time-out, a full buffer--> CLOSING --the peer's EOF, or LINGER--> CLOSED

Whoever receives (a `Receiver`: the ASGI conversation, or a `DirectSocket` that took over) is told once that the
connection is lost, and gets nothing after that.
"""

import asyncio
import os
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple, Protocol

from net.websocket.frames import (
    ABNORMAL_CLOSURE,
    INTERNAL_ERROR,
    POLICY_VIOLATION,
    SERVICE_RESTART,
    Closed,
    Event,
    FrameReader,
    Message,
    Ping,
    Pong,
    Violation,
    frame_close,
    frame_ping,
    frame_pong,
)

CLOSE_TIMEOUT = 5.0
"""Seconds that the peer has to answer our close frame, or to read what was written before it."""
LINGER = 1.0
"""Seconds that we go on reading, and dropping, after a failure: closing at once would reset the connection (RFC 1122,
4.2.2.13), and the peer might never see why."""
MAX_CONTROL_FRAMES = 100
"""Pings and pongs in a second; a browser sends none, the most eager library one in ten seconds."""
MAX_DROPPED_EVENTS = 1_000
"""What a peer may still send after our close frame."""
UNSENT_IN_KERNEL = 65_536
"""Bytes that the kernel takes before they can go out; the rest waits in our buffer, where it is counted."""


class Ending(NamedTuple):
    """How a connection ended, with the close code and reason; `failed` says that the peer did something wrong."""

    code: int
    reason: str
    failed: bool = False


class Receiver(Protocol):
    """Who is told what comes from the peer."""

    def message(self, payload: bytes, text: bool) -> None:
        """A whole message; a text is checked UTF-8."""

    def congested(self, congested: bool) -> None:
        """The transport's buffer is past its high-water mark, or has drained again."""

    def lost(self, ending: Ending) -> None:
        """Nothing more comes and nothing more goes. Called once."""


class State(Enum):
    """Where a connection stands."""

    OPEN = auto()
    CLOSING = auto()
    CLOSED = auto()


OPEN, CLOSING, CLOSED = State
"""CPython 3.11 takes 50 ns to look an enum's member up by the enum, a tenth of what a message costs here."""


@dataclass(frozen=True)
class KeepAlive:
    """Seconds of silence before a ping, and for its answer. None: no pings, or no end for want of an answer."""

    interval: float | None
    timeout: float | None


@dataclass(frozen=True)
class Terms:
    """What a receiver that takes over asks for. `farewell` and `overflow` are close codes and reasons.

    `max_size` bounds the peer's messages; more than `max_buffered` bytes that wait for the peer are an `overflow`.
    """

    max_size: int
    max_buffered: int
    farewell: tuple[int, str]
    overflow: tuple[int, str]


class Connection(asyncio.Protocol):
    """The protocol of a transport whose opening handshake is done."""

    def __init__(
        self,
        transport: asyncio.Transport,
        loop: asyncio.AbstractEventLoop,
        receiver: Receiver,
        *,
        max_size: int,
        keep_alive: KeepAlive,
        on_end: Callable[["Connection"], None],
    ) -> None:
        self.transport = transport
        self.receiver = receiver
        self.state = OPEN
        self.farewell = (SERVICE_RESTART, "")
        """The close code and reason for when the server stops."""
        self.buffered: Callable[[], int] = transport.get_write_buffer_size
        """How many bytes wait in the transport."""
        self._loop = loop
        self._reader = FrameReader(max_size)
        self._keep_alive = keep_alive
        self._on_end = on_end
        self._descriptor = -1
        """The socket, while messages may be written to it past the transport; else -1."""
        self._queued = True
        """The transport may hold something back: at first the handshake's answer."""
        self._max_buffered = sys.maxsize
        self._overflow_ending = (SERVICE_RESTART, "")
        self._timer: asyncio.TimerHandle | None = None
        self._heard = False
        self._ping_sent = False
        self._reading_paused = False
        self.congested = False
        """More waits in the transport than its high-water mark."""
        self._unanswered: Ping | None = None
        self._control_frames = 0
        self._control_second = 0.0
        self._dropped = 0
        self._lost_told = False
        self._arm(keep_alive.interval, self._check_alive)

    def hand_over(self, receiver: Receiver, terms: Terms) -> None:
        """Gives the connection to another receiver, one that sends at its own pace: it may `push`.

        An ASGI app may send in a loop that never awaits anything else, and must be stopped by the transport's buffer.
        """
        self.receiver = receiver
        self.farewell = terms.farewell
        self._overflow_ending = terms.overflow
        self._max_buffered = terms.max_buffered
        self._reader.max_size = terms.max_size
        self._descriptor = _plain_socket(self.transport)
        plain = self.transport.get_extra_info("socket")
        if hasattr(socket, "TCP_NOTSENT_LOWAT") and plain.family in {socket.AF_INET, socket.AF_INET6}:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_IN_KERNEL)

    # What the transport says

    def data_received(self, data: bytes) -> None:
        """Bytes from the socket."""
        self._heard = True
        payload = self._reader.whole_binary(data)
        if payload is not None and self.state is OPEN:
            self.receiver.message(payload, False)
            return
        self._reader.receive(data)
        self._read()

    def pause_writing(self) -> None:
        """The transport's buffer is past its high-water mark."""
        self.congested = True
        self.receiver.congested(True)

    def resume_writing(self) -> None:
        """The transport's buffer has drained."""
        self.congested = False
        self.receiver.congested(False)
        if self._unanswered is not None and self.state is OPEN:
            self._answer(self._unanswered)

    def connection_lost(self, _exc: Exception | None) -> None:
        """The socket is gone, in whichever way."""
        self.state = CLOSED
        self._descriptor = -1
        self._cancel_timer()
        self._tell_lost(Ending(ABNORMAL_CLOSURE, ""))
        self._on_end(self)

    def shutdown(self) -> None:
        """The server stops (uvicorn calls this): the peer is told, and has LINGER to answer."""
        self.close(*self.farewell)
        self._arm(LINGER, self.transport.abort)
        self._tell_lost(Ending(*self.farewell))

    # What the receiver asks for

    def push(self, frame: bytes) -> None:
        """Sends a message's frame after the hand-over: to the socket itself when nothing waits before it."""
        if self._descriptor >= 0 and not (self._queued and self._still_queued()):
            try:
                sent = os.write(self._descriptor, frame)
            except OSError:
                sent = 0  # would block, or is broken: the transport finds out which
            if sent == len(frame):
                return
            frame = frame[sent:]
        self.write(frame)

    def push_pieces(self, pieces: list[bytes], size: int) -> None:
        """As `push`, for a frame of `size` bytes in pieces: they are put together by the kernel, and not before."""
        sent = 0
        if self._descriptor >= 0 and not (self._queued and self._still_queued()):
            try:
                sent = os.writev(self._descriptor, pieces)
            except OSError:
                sent = 0  # would block, or is broken: the transport finds out which
            if sent == size:
                return
        self.write(b"".join(pieces)[sent:])

    def write(self, frame: bytes) -> None:
        """Sends a frame by the transport's buffer, if the connection is open and the frame fits in there."""
        if self.state is not OPEN:
            return
        if self.congested and self.buffered() + len(frame) > self._max_buffered:
            self._loop.call_soon(self._overflow)
            return
        self._queued = True
        self.transport.write(frame)

    def pause_reading(self) -> None:
        """Hands on no further event, and lets the peer's bytes wait in the kernel."""
        if not self._reading_paused:
            self._reading_paused = True
            self.transport.pause_reading()

    def resume_reading(self) -> None:
        """Hands on what has waited, then reads again."""
        if self._reading_paused and self.state is not CLOSED:
            self._reading_paused = False
            self._read()
            if not self._reading_paused and not self.transport.is_closing():
                self.transport.resume_reading()

    def close(self, code: int, reason: str = "") -> None:
        """Begins the closing handshake; messages are dropped from here on. Does nothing when it has begun."""
        if self.state is OPEN:
            self._send_close(code, reason)
            self._arm(CLOSE_TIMEOUT, self.transport.abort)
            self.resume_reading()

    def fail(self, code: int, reason: str) -> None:
        """Ends a connection with which something is wrong (RFC 6455, section 7.1.7): says why and waits for no answer."""
        if self.state is not OPEN:
            self.transport.abort()
            return
        self._send_close(code, reason)
        self._arm(LINGER, self.transport.abort)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._tell_lost(Ending(code, reason, failed=True))

    # Events

    def _read(self) -> None:
        while not self._reading_paused:
            event = self._reader.next_event()
            if event is None:
                return
            self._handle(event)

    def _handle(self, event: Event) -> None:
        if isinstance(event, Closed):
            self._peer_closed(event)
        elif isinstance(event, Violation):
            self.fail(event.code, event.reason)
        elif self.state is not OPEN:
            self._drop()
        elif isinstance(event, Message):
            self.receiver.message(event.payload, event.text)
        else:
            self._control(event)

    def _control(self, event: Ping | Pong) -> None:
        second = self._loop.time() // 1.0
        self._control_frames = self._control_frames + 1 if second == self._control_second else 1
        self._control_second = second
        if self._control_frames > MAX_CONTROL_FRAMES:
            self.fail(POLICY_VIOLATION, "Too many pings and pongs came in a second.")
        elif isinstance(event, Ping):
            self._answer(event)
        elif self._ping_sent:
            self._ping_sent = False
            self._arm(self._keep_alive.interval, self._check_alive)

    def _answer(self, ping: Ping) -> None:
        """While the peer reads nothing only the latest ping is kept for an answer (RFC 6455, section 5.5.3)."""
        self._unanswered = ping if self.congested else None
        if self._unanswered is None:
            self.write(frame_pong(ping.payload))

    def _peer_closed(self, closed: Closed) -> None:
        if self.state is OPEN:
            self._send_close(closed.code, "")
        self.state = CLOSED
        self._arm(CLOSE_TIMEOUT, self.transport.abort)
        self.transport.close()
        self._tell_lost(Ending(closed.code, closed.reason))

    def _drop(self) -> None:
        self._dropped += 1
        if self._dropped > MAX_DROPPED_EVENTS:
            self._reading_paused = True
            self.transport.abort()

    def _still_queued(self) -> bool:
        """Whether the transport still holds something back. Asking it for every message would cost 0.3 µs."""
        self._queued = self.buffered() > 0
        return self._queued

    def _overflow(self) -> None:
        if self.state is OPEN:
            self.fail(*self._overflow_ending)

    def _send_close(self, code: int, reason: str) -> None:
        self.transport.write(frame_close(code, reason))
        self.state = CLOSING
        self._descriptor = -1

    def _tell_lost(self, ending: Ending) -> None:
        if not self._lost_told:
            self._lost_told = True
            self.receiver.lost(ending)

    # Time

    def _check_alive(self) -> None:
        """A peer that was heard, or that we don't listen to, is alive; a silent one is pinged, and then given up."""
        if self._heard or self._reading_paused:
            self._heard = self._ping_sent = False
            self._arm(self._keep_alive.interval, self._check_alive)
        elif not self._ping_sent or self._keep_alive.timeout is None:
            self._ping_sent = True
            self.write(frame_ping(b""))
            self._arm(self._keep_alive.timeout or self._keep_alive.interval, self._check_alive)
        else:
            self.fail(INTERNAL_ERROR, "No answer came to a keep-alive ping.")

    def _arm(self, seconds: float | None, then: Callable[[], None]) -> None:
        self._cancel_timer()
        if seconds:
            self._timer = self._loop.call_later(seconds, then)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _plain_socket(transport: asyncio.Transport) -> int:
    """The descriptor of a socket that may be written to without the transport: not one under TLS. -1 for none."""
    plain = transport.get_extra_info("socket")
    if plain is None or transport.get_extra_info("sslcontext") is not None:
        return -1
    descriptor: int = plain.fileno()
    return descriptor
