"""A bare relay of lock-step packets: our sockets and framing, a fixed pace, and nothing else.

    python -m bench.relay

A client opens `/ROOM`. Once a room has four, its generations are told, ten a second. The messages are those of a lock-step
room, and the same bytes: each client's bundle is read, its packet's commands stand beside the player's number in generation
G + 2, and all four get one bundle with that. Nothing is checked, compared, adapted or written; there are no seats and tokens.
"""

import asyncio
import os
from collections import deque
from typing import Any

import msgspec
import uvicorn
import uvloop

from net.protocol import ClientBundle, Master, Packet, ServerBundle
from net.websocket.direct import EXTENSION, DirectSocket
from net.websocket.frames import frame_message
from net.websocket.protocol import WebSocketProtocol

PLAYERS = 4
DELAY = 2
PERIOD = 0.1
MAX_SIZE = 16_384
Message = dict[str, Any]

_decode = msgspec.msgpack.Decoder(ClientBundle).decode
_encode = msgspec.msgpack.Encoder().encode


class Room:
    """Four sockets and what came from them."""

    def __init__(self) -> None:
        self._sockets: list[DirectSocket] = []
        self._waiting: list[deque[ClientBundle]] = []
        self._generation = -1
        self._due = 0.0
        self._late = False

    def join(self, socket: DirectSocket) -> None:
        """One more; the fourth begins the match."""
        waiting: deque[ClientBundle] = deque()
        self._sockets.append(socket)
        self._waiting.append(waiting)
        socket.take(lambda payload: self._hear(waiting, payload), _nothing, _ignore, MAX_SIZE)
        if len(self._sockets) == PLAYERS:
            self._due = asyncio.get_running_loop().time()
            self._turn()

    def _hear(self, waiting: deque[ClientBundle], payload: bytes) -> None:
        waiting.append(_decode(payload))
        if self._late and all(self._waiting):
            self._turn()

    def _turn(self) -> None:
        """The next generation, when it is time and all are there."""
        bodies: list[tuple[int, bytes]] = []
        if self._generation + 1 >= DELAY:
            self._late = not all(self._waiting)
            if self._late:
                return
            for player, waiting in enumerate(self._waiting):
                packets = waiting.popleft().items
                bodies += [(player, each.body) for each in packets if isinstance(each, Packet) and each.body]
        self._generation += 1
        told = Master(self._generation, 2, 50, bodies, max(self._generation - 2, -1), 0)
        frame = frame_message(_encode(ServerBundle(self._generation, 0.0, -1, 1, 0, [told])), False)
        for socket in self._sockets:
            socket.send_frame(frame)
        loop = asyncio.get_running_loop()
        self._due = max(self._due + PERIOD, loop.time())
        loop.call_at(self._due, self._turn)


class Relay:
    """The ASGI app."""

    def __init__(self) -> None:
        self._rooms: dict[str, Room] = {}

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept", "subprotocol": scope["subprotocols"][0]})
        socket: DirectSocket = scope["extensions"][EXTENSION]
        self._rooms.setdefault(scope["path"], Room()).join(socket)
        await socket.ended()


def _nothing() -> None:
    """A socket is lost: the load says so."""


def _ignore(_: bool) -> None:
    """A socket is congested: nothing is done about it."""


async def main() -> None:
    """Serve until ended."""
    config = uvicorn.Config(
        Relay(),
        port=0,
        ws=WebSocketProtocol,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    print(f"ready at http://127.0.0.1:{port}", flush=True)
    await serving
    os._exit(0)


if __name__ == "__main__":
    uvloop.run(main())
