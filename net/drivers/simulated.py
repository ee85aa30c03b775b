"""A WebSocket with a simulated network in it: what is sent and received takes its time, and the connection may be cut."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol, Self

from net.conditions import NEVER, Path


class WebSocket(Protocol):
    """What of a WebSocket a client uses."""

    @property
    def subprotocol(self) -> str | None:
        """What both ends have agreed to speak."""

    async def send(self, message: bytes, *, text: bool | None = None) -> None:
        """Send a message; waits while the socket takes no more."""

    async def recv(self, decode: bool | None = None) -> Any:
        """The next message, whole. Raises when the connection has ended."""

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close, and wait for the other end to do so."""


class ConnectionCut(Exception):
    """The simulated network has cut the connection."""


class SimulatedSocket:
    """Messages go through a `Path`; WebSocket's own pings and the close do not. Use as an async context manager.

    A message that is read when the line down is full waits in the real socket, as it would.
    """

    def __init__(self, socket: WebSocket, path: Path, now: Callable[[], float]) -> None:
        """`now` is the clock of the path (ms)."""
        self._socket = socket
        self._path = path
        self._now = now
        self._text: bool | None = None
        self._arrived: deque[bytes] = deque()
        self._failure: Exception | None = None
        self._changed = asyncio.Event()
        """A line has something else on it, or the connection has ended."""
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._write())]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def subprotocol(self) -> str | None:
        """As the WebSocket's."""
        return self._socket.subprotocol

    async def send(self, message: bytes, *, text: bool | None = None) -> None:
        """Put a message on its way; waits while too much is. Raises ConnectionCut."""
        self._text = text
        while self._path.up.full:
            await self._rest(NEVER)
        self._path.up.push(self._now(), message)
        self._stir()

    async def recv(self, decode: bool | None = None) -> bytes:  # noqa: ARG002 - as the WebSocket's
        """The next message that has arrived. Raises as the WebSocket does when all have, and ConnectionCut."""
        while not self._arrived:
            down = self._path.down
            self._arrived += down.due(self._now())
            if self._arrived:
                self._stir()
            elif self._failure is not None and down.next_due() == NEVER:
                raise self._failure
            else:
                await self._rest(down.next_due())
        return self._arrived.popleft()

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close at once; what is still on its way is lost."""
        await self._socket.close(code, reason)

    async def _read(self) -> None:
        try:
            while True:
                while self._path.down.full:
                    await self._rest(NEVER)
                message = await self._socket.recv(decode=False)
                self._path.down.push(self._now(), message)
                self._stir()
        except Exception as failure:  # noqa: BLE001 - whatever it is, `recv` raises it in its turn
            self._failed(failure)

    async def _write(self) -> None:
        try:
            while True:
                await self._rest(self._path.up.next_due())
                for message in self._path.up.due(self._now()):
                    await self._socket.send(message, text=self._text)
                self._stir()
        except Exception as failure:  # noqa: BLE001 - the same
            self._failed(failure)

    def _failed(self, failure: Exception) -> None:
        self._failure = self._failure or failure
        self._stir()

    def _stir(self) -> None:
        waiting, self._changed = self._changed, asyncio.Event()
        waiting.set()

    async def _rest(self, due: float) -> None:
        """Until then, or until something has changed. Raises ConnectionCut."""
        if self._now() >= self._path.cut_at:
            raise ConnectionCut
        seconds = (min(due, self._path.cut_at) - self._now()) / 1000.0
        if seconds > 0.0:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds if seconds < NEVER else None):
                    await self._changed.wait()
