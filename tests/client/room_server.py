"""A real room behind the `websockets` library's server, on a free port: what the asyncio driver is tested against."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from net.bundle import whole
from net.codec import CODECS
from net.errors import RemoteProtocolError
from net.hosted import HostedGame
from net.players.session import Session
from net.players.sessions import token_digest
from net.rooms.room import Room
from net.rooms.step import RoomStep
from net.settings import RoomSettings
from tests.net.room_kit import make_game


def now() -> float:
    """The clock of both sides (ms)."""
    return monotonic() * 1000.0


class RoomServer:
    """One room, stepped by a task."""

    def __init__(self) -> None:
        self.room = Room("room", HostedGame.of(make_game()), seed=1, settings=RoomSettings(), now=now())
        self.sockets: dict[Session, ServerConnection] = {}
        self.close_codes: list[int | None] = []
        """With what each ended connection was closed by its client."""
        self.server: Server | None = None
        self.url = ""
        self.refuse: Callable[[ServerConnection, Request], Response | None] | None = None
        """Answers HTTP requests for the socket, when it is set."""
        self.ticked = asyncio.Event()
        """Set with each tick."""
        self.ended = asyncio.Event()
        """Set each time a connection has ended."""

    def seat(self, name: str) -> str:
        """A seat's token."""
        self.room.reserve(name, name, token_digest(name), now())
        return name

    async def handle(self, socket: ServerConnection) -> None:
        """One connection, from the hello to the end."""
        session = self.room.open(CODECS[str(socket.subprotocol)], now())
        self.sockets[session] = socket
        try:
            while True:
                for reply in session.receive(await socket.recv(decode=False), now()):
                    await socket.send(reply, text=session.text)
        except RemoteProtocolError as error:
            await socket.close(error.reason, error.sentence)
        except ConnectionClosed as closed:
            self.close_codes.append(closed.rcvd.code if closed.rcvd else None)
        finally:
            session.lost(now())
            del self.sockets[session]
            self.ended.set()

    async def tick(self) -> None:
        """Step the room at its rate for ever."""
        while True:
            await asyncio.sleep(1.0 / self.room.tick_rate)
            await self.write(self.room.step(now()))
            self.ticked.set()

    async def write(self, step: RoomStep) -> None:
        """Send what a step says, and close whom it says."""
        if step.failure is not None:
            raise step.failure
        for session, pieces in step.outgoing:
            if session in self.sockets:
                try:
                    await self.sockets[session].send(whole(pieces), text=session.text)
                except ConnectionClosed:
                    continue
        for session, reason, sentence in step.closing:
            if session in self.sockets:
                await self.sockets[session].close(reason, sentence)

    async def ticks(self, count: int) -> None:
        """Wait for so many ticks."""
        for _ in range(count):
            self.ticked.clear()
            await self.ticked.wait()

    async def say(self, payload: bytes) -> None:
        """Send any bytes to every client."""
        for socket in list(self.sockets.values()):
            await socket.send(payload)

    async def drop(self, code: int) -> None:
        """Close every connection with this code."""
        for socket in list(self.sockets.values()):
            await socket.close(code, "dropped by the test")


@asynccontextmanager
async def room_server(*, subprotocols: list[str] | None = None) -> AsyncIterator[RoomServer]:
    """A running server; at its end the room and every connection are ended."""
    running = RoomServer()
    offered = [Subprotocol(name) for name in (list(CODECS) if subprotocols is None else subprotocols)]

    def answer(socket: ServerConnection, request: Request) -> Response | None:
        return running.refuse(socket, request) if running.refuse is not None else None

    options: dict[str, Any] = {
        "subprotocols": offered or None,
        "compression": None,
        "process_request": answer,
    }
    async with serve(running.handle, "127.0.0.1", 0, **options) as server:
        running.server = server
        running.url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/rooms/room/socket"
        ticks = asyncio.create_task(running.tick())
        try:
            yield running
        finally:
            ticks.cancel()
            await asyncio.wait({ticks})
            if not ticks.cancelled():
                ticks.result()
            running.room.engine.close()
