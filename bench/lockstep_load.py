"""The load of the lock-step benchmark: rooms of four clients, in one process, that answer each generation at once.

    python -m bench.lockstep_load KIND URL ROOMS SECONDS PID

KIND is `tickroom` or `relay`. Every client checks that it gets every generation, in order. Prints a line of JSON: see `Report`.
"""

import asyncio
import json
import os
import sys
import time
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

import msgspec
import uvloop

from bench.load import BINARY, PONG, _upgrade, cpu_seconds, masked
from bench.wires import _Http
from net.protocol import (
    PROTOCOL_VERSION,
    ClientBundle,
    Configuration,
    Hello,
    Master,
    Packet,
    Request,
    ServerBundle,
    ServerMessage,
    Welcome,
)

PLAYERS = 4
WARM_UP = 3.0
ORDER_EVERY = 4
"""A client gives a command in every fourth packet."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(ServerMessage).decode


@dataclass(frozen=True)
class Report:
    """What came of it. `microseconds` is the server's CPU time per client and generation."""

    microseconds: float
    rate: float
    """Generations a second that each client received."""
    server_core: float
    """How busy the server was: 1 is one core."""
    load_core: float
    received: float
    """Bytes of payload in a message to a client."""
    sent: float
    """Bytes of payload in a message of a client."""
    missed: int


class Client(asyncio.Protocol):
    """One player."""

    def __init__(self, number: int, address: str, path: str, token: str) -> None:
        self.number = number
        self.token = token
        self.generations = self.received = self.sent = self.missed = self.messages = 0
        self.opened = asyncio.get_running_loop().create_future()
        self._request = _upgrade(address, path)
        self._rest = b""
        self._upgraded = False
        self._generation = -1
        self._player = -1
        self._asked = 0

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        transport.write(self._request)

    def connection_lost(self, exc: Exception | None) -> None:
        raise SystemExit(f"client {self.number} lost its connection: {exc}")

    def data_received(self, data: bytes) -> None:
        data = self._rest + data
        if not self._upgraded:
            head, end, data = data.partition(b"\r\n\r\n")
            if not end:
                self._rest = head
                return
            if b" 101 " not in head.split(b"\r\n", 1)[0]:
                raise SystemExit(f"no WebSocket: {head!r}")
            self._upgraded = True
            if self.token:
                self._say(_encode(Hello(PROTOCOL_VERSION, self.token)))
            self.opened.set_result(None)
        self._rest = self._frames(data)

    def _frames(self, data: bytes) -> bytes:
        while len(data) >= 2:
            size, head = data[1], 2
            if size == 126:
                size, head = int.from_bytes(data[2:4], "big"), 4
            if size == 127 or len(data) < head + size:
                if size == 127:
                    raise SystemExit("a message of 64 KB came")
                return data
            payload = data[head : head + size]
            if data[0] == BINARY:
                self._hear(payload)
            elif data[0] == 0x89:
                self._transport.write(masked(payload, PONG))
            else:
                raise SystemExit(f"client {self.number} got {data[: head + size]!r}")
            data = data[head + size :]
        return data

    def _hear(self, payload: bytes) -> None:
        message = _decode(payload)
        if isinstance(message, Welcome):
            self._player = message.player
        if not isinstance(message, ServerBundle):
            return
        for item in message.items:
            if isinstance(item, Master):
                self._generation_came(item.generation, message.tick, payload)
            elif isinstance(item, Configuration):
                self._configured(item, message.tick)

    def _configured(self, setup: Configuration, tick: int) -> None:
        """Ready, once all are there: who comes later withdraws it."""
        if len(setup.players) == PLAYERS and self._player not in setup.ready:
            self._asked += 1
            ready = Request(self._asked, "put", "ready", msgspec.Raw(b"\xc3"))
            self._say(_encode(ClientBundle(0, tick, [ready])))

    def _generation_came(self, generation: int, tick: int, payload: bytes) -> None:
        self.missed += generation != self._generation + 1
        self._generation = generation
        self.generations += 1
        self.received += len(payload)
        body = b""
        if generation % ORDER_EVERY == self.number % ORDER_EVERY:
            body = _encode([["order", {"unit": generation, "x": 17, "y": 500}]])
        packet = Packet(generation, 5, 60, generation, (generation * 2_654_435_761) & 0xFFFF_FFFF, body)
        self._say(_encode(ClientBundle(generation + 1, tick, [packet])))

    def _say(self, payload: bytes) -> None:
        self.sent += len(payload)
        self.messages += 1
        self._transport.write(masked(payload))


async def play(kind: str, address: str, rooms: int, seconds: float, pid: int) -> Report:
    """Connects everybody, waits until all matches run, and measures."""
    clients: list[Client] = []
    post = _Http(address).post if kind == "tickroom" else None
    for room in range(rooms):
        seats = [_seat(post, room, place) for place in _places(post, room)]
        clients += [
            await _connected(address, len(clients) + number, *seat) for number, seat in enumerate(seats)
        ]
    while not all(client.generations > 1 for client in clients):  # noqa: ASYNC110 - each is an event of a socket
        await asyncio.sleep(0.05)
    await asyncio.sleep(WARM_UP)
    before = _sample(clients, pid)
    await asyncio.sleep(seconds)
    wall, server, load, generations, received, sent, messages, missed = (
        after - earlier for after, earlier in zip(_sample(clients, pid), before, strict=True)
    )
    return Report(
        server * 1e6 / generations, generations / wall / len(clients), server / wall, load / wall,
        received / generations, sent / messages, int(missed),
    )  # fmt: skip


def _places(post: Any, room: int) -> list[str]:
    """Where the seats of a room are taken: a room of ours, or none."""
    if post is None:
        return [f"/{room}"] * PLAYERS
    made = post("/create", {"game": "orders"})["room_id"]
    return [f"/join/{made}"] * PLAYERS


def _seat(post: Any, room: int, place: str) -> tuple[str, str]:
    """A socket's path and its token."""
    if post is None:
        return place, ""
    seat = post(place, {"username": f"player {room} {time.perf_counter_ns() % 10**9}"})
    return urlsplit(seat["socket_url"]).path, seat["token"]


async def _connected(address: str, number: int, path: str, token: str) -> Client:
    host, port = address.split(":")
    loop = asyncio.get_running_loop()
    _, client = await loop.create_connection(lambda: Client(number, address, path, token), host, int(port))
    await client.opened
    return client


def _sample(clients: list[Client], pid: int) -> tuple[float, ...]:
    sums = (
        sum(getattr(each, name) for each in clients)
        for name in ("generations", "received", "sent", "messages", "missed")
    )
    return (time.perf_counter(), cpu_seconds(pid), time.process_time(), *sums)


def main(arguments: list[str]) -> None:
    """The command line."""
    kind, url, rooms, seconds, pid = arguments
    report = uvloop.run(play(kind, urlsplit(url).netloc, int(rooms), float(seconds), int(pid)))
    print(json.dumps(asdict(report)), flush=True)
    os._exit(0)  # the connections are not closed one by one: their end is not what is measured


if __name__ == "__main__":
    main(sys.argv[1:])
