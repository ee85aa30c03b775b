"""The load of bench_broadcast: many clients in one process, on a core of its own, that check what they get.

    python -m bench.load tickroom URL COUNT SECONDS PID     joins a room over HTTP, says hello, plays
    python -m bench.load bare URL COUNT SECONDS PID         the same traffic for a bare WebSocket server

Each client sends an input bundle each tick, at its own moment of the tick; every bundle that comes is counted and its
tick looked at: a client that misses one is reported. Prints a line of JSON: see `Report`.
"""

import asyncio
import base64
import http.client
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import msgspec
import uvloop

from net.protocol import PROTOCOL_VERSION, SUBPROTOCOL, ClientBundle, Hello, Input
from net.websocket_frames import unmask

TICK_RATE = 20
GROUPS = 25
"""The moments of a tick at which clients send: every 2 ms one in 25 of them."""
WARM_UP = 2.0
"""Seconds before the measurement: joining, first snapshots, caches."""
MASK = b"\x21\x43\x65\x87"
WALKS = (1, 5, 4, 6, 2, 10, 8, 9)
"""Held keys by turns: up, up and left, left, ... so that nobody ever stands."""
WALK_TICKS = 40


@dataclass(frozen=True)
class Report:
    """What came of it. `microseconds` is the server's CPU time per client-tick, of what was received."""

    microseconds: float
    bytes: float
    """Bytes of payload per client-tick."""
    ticks: float
    """Ticks a second that each client received."""
    missed: int
    """Ticks that some client did not get."""
    sent: float
    """Inputs a second that each client sent."""
    load_core: float
    """How busy the load's own core was, 0 to 1."""


def masked(payload: bytes) -> bytes:
    """A client's binary frame of at most 125 bytes."""
    return bytes((0x82, 0x80 | len(payload))) + MASK + unmask(payload, MASK)


def tick_of(bundle: bytes) -> int:
    """The tick of a server bundle: [3, tick, ...] in MessagePack. -1 for another message."""
    if bundle[1] != 3:
        return -1
    kind = bundle[2]
    if kind < 0x80:
        return kind
    width = {0xCC: 1, 0xCD: 2, 0xCE: 4}[kind]
    return int.from_bytes(bundle[3 : 3 + width], "big")


class Client(asyncio.Protocol):
    """One connection."""

    def __init__(self, number: int, address: str, path: str, hello: bytes) -> None:
        self.number = number
        self.opened = asyncio.get_running_loop().create_future()
        self.messages = self.bytes = self.missed = 0
        self.tick = -1
        self._request = _upgrade(address, path)
        self._hello = hello
        self._rest = b""
        self._upgraded = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(self._request)

    def connection_lost(self, exc: Exception | None) -> None:
        raise SystemExit(f"client {self.number} lost its connection: {exc}")

    def data_received(self, data: bytes) -> None:
        if self._rest:
            data = self._rest + data
        if not self._upgraded:
            head, end, data = data.partition(b"\r\n\r\n")
            if not end:
                self._rest = head
                return
            self._open(head)
        self._rest = self._frames(data)

    def play(self, walk_tick: int) -> None:
        """Sends the input bundle of a tick."""
        held = WALKS[(self.number + (walk_tick + 3 * self.number) // WALK_TICKS) % len(WALKS)]
        self._transport.write(masked(_encode(ClientBundle(walk_tick, self.tick, [Input(walk_tick, held)]))))

    def _open(self, head: bytes) -> None:
        if b" 101 " not in head.split(b"\r\n", 1)[0]:
            raise SystemExit(f"no WebSocket: {head!r}")
        self._upgraded = True
        self._transport.write(self._hello)
        self.opened.set_result(None)

    def _frames(self, data: bytes) -> bytes:
        """Takes the whole frames and returns what is left."""
        while len(data) > 4:
            size, head = data[1], 2
            if size == 126:
                size, head = data[2] << 8 | data[3], 4
            elif size == 127:
                size, head = int.from_bytes(data[2:10], "big"), 10
            if len(data) < head + size:
                return data
            if data[0] != 0x82:
                raise SystemExit(f"client {self.number} got {data[: head + size]!r}")
            self._bundle(data[head : head + size])
            data = data[head + size :]
        return data

    def _bundle(self, payload: bytes) -> None:
        tick = tick_of(payload)
        if tick < 0:
            return
        self.messages += 1
        self.bytes += len(payload)
        if self.tick >= 0 and tick != self.tick + 1:
            self.missed += 1
        self.tick = tick


_encode = msgspec.msgpack.Encoder().encode


def _upgrade(address: str, path: str) -> bytes:
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {address}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {key}",
        f"Sec-WebSocket-Protocol: {SUBPROTOCOL}",
        "\r\n",
    ]
    return "\r\n".join(lines).encode()


def join(address: str, count: int) -> list[tuple[str, bytes]]:
    """Makes a room and takes `count` seats: the path of each one's socket and its hello."""
    connection = http.client.HTTPConnection(address)

    def post(path: str, body: dict[str, str]) -> dict[str, str]:
        connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        with connection.getresponse() as response:
            answer = json.loads(response.read())
        if response.status >= 300:
            raise SystemExit(f"{path}: {answer}")
        return cast("dict[str, str]", answer)

    room = post("/create", {"game": "plaza"})["room_id"]
    seats = [post(f"/join/{room}", {"username": f"player {number}"}) for number in range(count)]
    return [
        (urlsplit(seat["socket_url"]).path, masked(_encode(Hello(PROTOCOL_VERSION, seat["token"]))))
        for seat in seats
    ]


async def play(address: str, doors: list[tuple[str, bytes]], seconds: float, pid: int) -> Report:
    """Connects everybody, lets them play, and measures."""
    loop = asyncio.get_running_loop()
    host, port = address.split(":")
    clients: list[Client] = []
    for number, (path, hello) in enumerate(doors):
        _, client = await loop.create_connection(_maker(number, address, path, hello), host, int(port))
        await client.opened
        clients.append(client)
    walk = _Walk(clients)
    await walk.on(WARM_UP)
    before = _Sample.of(clients, pid)
    await walk.on(seconds)
    return _Sample.of(clients, pid).since(before)


def _maker(number: int, address: str, path: str, hello: bytes) -> Callable[[], Client]:
    return lambda: Client(number, address, path, hello)


class _Walk:
    """Everybody's inputs, evenly over the tick."""

    def __init__(self, clients: list[Client]) -> None:
        self._groups = [clients[first::GROUPS] for first in range(GROUPS)]
        self._moment = 0

    async def on(self, seconds: float) -> None:
        """Goes on for so long."""
        loop = asyncio.get_running_loop()
        step = 1.0 / TICK_RATE / GROUPS
        begin = loop.time()
        for count in range(1, int(seconds / step) + 1):
            tick, group = divmod(self._moment, GROUPS)
            for client in self._groups[group]:
                client.play(tick)
            self._moment += 1
            await asyncio.sleep(max(0.0, begin + count * step - loop.time()))


@dataclass(frozen=True)
class _Sample:
    """Counters at one moment."""

    wall: float
    server: float
    load: float
    messages: int
    bytes: int
    missed: int
    clients: int

    @classmethod
    def of(cls, clients: list[Client], pid: int) -> "_Sample":
        return cls(
            time.perf_counter(),
            cpu_seconds(pid),
            time.process_time(),
            sum(client.messages for client in clients),
            sum(client.bytes for client in clients),
            sum(client.missed for client in clients),
            len(clients),
        )

    def since(self, before: "_Sample") -> Report:
        wall, messages = self.wall - before.wall, self.messages - before.messages
        return Report(
            microseconds=(self.server - before.server) * 1e6 / messages,
            bytes=(self.bytes - before.bytes) / messages,
            ticks=messages / wall / self.clients,
            missed=self.missed - before.missed,
            sent=TICK_RATE,
            load_core=(self.load - before.load) / wall,
        )


def cpu_seconds(pid: int) -> float:
    """What all threads of a process have had of the processor, in seconds, to the nanosecond (/proc, Linux)."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def main(arguments: list[str]) -> None:
    """The command line."""
    kind, url, count, seconds, pid = arguments
    address = urlsplit(url).netloc
    doors = join(address, int(count)) if kind == "tickroom" else [("/", masked(b"\x92\x01\x01"))] * int(count)
    report = uvloop.run(play(address, doors, float(seconds), int(pid)))
    print(json.dumps(asdict(report)), flush=True)
    os._exit(0)  # the connections are not closed one by one: their end is not what is measured


if __name__ == "__main__":
    main(sys.argv[1:])
