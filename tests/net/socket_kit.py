"""What the WebSocket tests share: a real uvicorn in a thread, and a client that sends raw bytes."""

import asyncio
import base64
import logging
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, Self

import uvicorn
import uvloop

from net.websocket.frames import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, unmask
from net.websocket.protocol import WebSocketProtocol

TIMEOUT = 60.0
"""Seconds after which a test gives up waiting; nothing waits so long when all is well."""
MAX_SIZE = 1_048_576
"""The message limit of the echo servers."""
MASK = b"\x37\xfa\x21\x3d"

__all__ = ["BINARY", "CLOSE", "CONTINUATION", "PING", "PONG", "TEXT"]


class RunningServer:
    """uvicorn with our protocol, on a free port, with an event loop and a thread of its own."""

    def __init__(self, app: Any, loop: str, options: dict[str, Any]) -> None:
        self._options: dict[str, Any] = {
            "ws": WebSocketProtocol,
            "http": "httptools",
            "log_config": None,
            "lifespan": "off",
        } | options
        self._app = app
        self._loop_factory: Callable[[], asyncio.AbstractEventLoop] = (
            uvloop.new_event_loop if loop == "uvloop" else asyncio.new_event_loop
        )
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.loop: asyncio.AbstractEventLoop
        self.port = 0
        self.state: Any = None
        self._stop: asyncio.Event

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(TIMEOUT), "the server did not start"

    def stop(self) -> None:
        """What SIGTERM does. Returns when the server has ended; idempotent."""
        if self._thread.is_alive():
            self.loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(TIMEOUT)
        assert not self._thread.is_alive(), "the server did not stop"

    def call(self, *functions: Callable[[], Any]) -> Any:
        """Runs functions, one after the other, on the server's loop and returns what the last one returns."""

        async def run() -> Any:
            return [function() for function in functions][-1]

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result(TIMEOUT)

    def until_empty(self) -> None:
        """Returns when the server has neither a connection nor an app's task: nothing was left behind."""
        self._until(lambda: not self.state.connections and not self.state.tasks)

    def until_tasks_end(self) -> None:
        """Returns when no app's task runs."""
        self._until(lambda: not self.state.tasks)

    def _until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + TIMEOUT
        while not self.call(condition):
            assert time.monotonic() < deadline, (self.state.connections, self.state.tasks)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=self._loop_factory) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]
        config = uvicorn.Config(self._app, **self._options)
        config.load()
        server = uvicorn.Server(config)
        server.lifespan = config.lifespan_class(config)
        await server.startup(sockets=[listener])
        await server.on_tick(0)  # sets the default headers
        self.state = server.server_state
        self._ready.set()
        await self._stop.wait()
        await server.shutdown(sockets=[listener])


@contextmanager
def serving(app: Any, *, loop: str = "uvloop", **options: Any) -> Iterator[RunningServer]:
    """A server for the length of a with block. `options` are uvicorn's."""
    logging.getLogger("uvicorn.error").setLevel(logging.INFO)
    server = RunningServer(app, loop, options)
    server.start()
    try:
        yield server
    finally:
        server.stop()


class Frame(NamedTuple):
    """A frame from the server."""

    opcode: int
    payload: bytes

    @property
    def code(self) -> int:
        """The code of a close frame; 1005 for none."""
        assert self.opcode == CLOSE, self
        return int.from_bytes(self.payload[:2], "big") if self.payload else 1005

    @property
    def reason(self) -> str:
        """The reason in a close frame."""
        return self.payload[2:].decode()


def masked_frame(
    opcode: int, payload: bytes = b"", *, fin: bool = True, reserved: int = 0, masked: bool = True
) -> bytes:
    """A client's frame, right or wrong."""
    size, bit = len(payload), 0x80 if masked else 0
    if size < 126:
        length = bytes([bit | size])
    elif size < 65_536:
        length = bytes([bit | 126]) + size.to_bytes(2, "big")
    else:
        length = bytes([bit | 127]) + size.to_bytes(8, "big")
    head = bytes([(0x80 if fin else 0) | reserved << 4 | opcode]) + length
    return head + (MASK + unmask(payload, MASK) if masked else payload)


def close_frame(code: int, reason: bytes = b"") -> bytes:
    """A client's close frame."""
    return masked_frame(CLOSE, code.to_bytes(2, "big") + reason)


def upgrade_request(
    path: str = "/", headers: dict[str, str | None] | None = None, *, method: str = "GET"
) -> bytes:
    """An upgrade request; a header that is None is left out."""
    fields: dict[str, str | None] = {
        "Host": "127.0.0.1",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
    }
    fields |= headers or {}
    lines = [f"{name}: {value}" for name, value in fields.items() if value is not None]
    return "\r\n".join([f"{method} {path} HTTP/1.1", *lines, "", ""]).encode()


class RawClient:
    """A blocking client over a plain socket: every byte it sends is the test's own."""

    def __init__(
        self, port: int, *, tls: ssl.SSLContext | None = None, receive_buffer: int | None = None
    ) -> None:
        """`receive_buffer` is how many bytes the kernel keeps for it; None: as many as it likes."""
        self.socket = socket.socket()
        self.socket.settimeout(TIMEOUT)
        if receive_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.connect(("127.0.0.1", port))
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_hostname="127.0.0.1")
        self._received = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def send_in_pieces(self, data: bytes, size: int) -> None:
        """Each piece as a segment of its own, as far as TCP lets us say so."""
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(data), size):
            self.socket.sendall(data[start : start + size])

    def request(self, data: bytes) -> tuple[int, dict[str, str]]:
        """Sends a request; answers the status and the headers, in lower case."""
        self.send(data)
        while b"\r\n\r\n" not in self._received:
            self._fill()
        head, _, self._received = self._received.partition(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").split("\r\n")
        return int(status.split()[1]), dict(_header(line) for line in lines)

    def open(self, path: str = "/", headers: dict[str, str | None] | None = None) -> dict[str, str]:
        """Opens the WebSocket and answers the headers."""
        status, answered = self.request(upgrade_request(path, headers))
        assert status == 101, status
        return answered

    def frame(self) -> Frame:
        """The next frame from the server, which must be whole and unmasked."""
        first, second = self._take(2)
        assert first & 0xF0 == 0x80 and not second & 0x80, "a server's frames are whole, plain and unmasked"
        size = second
        if size == 126:
            size = int.from_bytes(self._take(2), "big")
        elif size == 127:
            size = int.from_bytes(self._take(8), "big")
        return Frame(first & 0x0F, self._take(size))

    def frames_until_close(self) -> list[Frame]:
        """All frames up to and with the close frame."""
        frames = [self.frame()]
        while frames[-1].opcode != CLOSE:
            frames.append(self.frame())
        return frames

    def rest(self) -> bytes:
        """All bytes until the server closes the connection; what a reset took away is not there."""
        try:
            while True:
                self._fill()
        except (EOFError, ConnectionResetError):
            rest, self._received = self._received, b""
            return rest

    def _take(self, size: int) -> bytes:
        while len(self._received) < size:
            self._fill()
        taken, self._received = self._received[:size], self._received[size:]
        return taken

    def _fill(self) -> None:
        data = self.socket.recv(1 << 20)
        if not data:
            raise EOFError
        self._received += data


@contextmanager
def connected(
    server: RunningServer, path: str = "/", headers: dict[str, str | None] | None = None
) -> Iterator[RawClient]:
    """An open WebSocket for the length of a with block."""
    with RawClient(server.port) as client:
        client.open(path, headers)
        yield client


def _header(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.lower(), value.strip()


async def echo_app(scope: Any, receive: Any, send: Any) -> None:
    """A plain ASGI app that sends back what it gets."""
    assert (await receive())["type"] == "websocket.connect"
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        if message.get("text") is not None:
            await send({"type": "websocket.send", "text": message["text"]})
        else:
            await send({"type": "websocket.send", "bytes": message["bytes"]})


async def direct_echo_app(scope: Any, receive: Any, send: Any) -> None:
    """The same by the direct hand-over; it answers in binary."""
    await receive()
    await send({"type": "websocket.accept"})
    direct = scope["extensions"]["tickroom.direct"]
    direct.max_buffered = 16 * MAX_SIZE  # an echo client that sends all before it reads is not slow
    direct.take(direct.send, lambda: None, lambda _: None, MAX_SIZE)
    await direct.ended()
