"""The load of the benchmarks with real servers: many clients in one process, on a core of its own, that check what they get.

    python -m bench.load KIND URL COUNT SECONDS PID [RECORD]

KIND is as in bench/wires.py, for instance `tickroom:plaza`. Each client sends an input each tick, at its own moment of
the tick; every message with a tick's state is counted and its tick looked at: a client that misses one is reported.
RECORD: a file to write all messages of the first client to, each after its length (uint32). Prints a line of JSON: see
`Report`.
"""

import asyncio
import base64
import json
import os
import sys
import time
from array import array
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import uvloop

from bench.wires import Wire, join
from net.protocol import SUBPROTOCOL
from net.websocket.frames import unmask

TICK_RATE = 20
GROUPS = 25
"""The moments of a tick at which clients send: every 2 ms one in 25 of them."""
WARM_UP = 2.0
"""Seconds before the measurement: joining, first snapshots, caches."""
BINARY, PONG = 0x82, 0x8A
MASK = b"\x21\x43\x65\x87"
WALKS = {"plaza": (0, 1, 3, 2), "crowd": (1, 5, 4, 6, 2, 10, 8, 9)}
"""Held keys by turns in each game: towards each corner; up, up and left, left, ... Nobody ever stands."""
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
    p99: float
    """ms between two messages with state, of which one in a hundred is longer."""
    longest: float
    """ms: the longest of these."""
    load_core: float
    """How busy the load's own core was, 0 to 1."""


def masked(payload: bytes, opcode: int = BINARY) -> bytes:
    """A client's frame of at most 125 bytes."""
    return bytes((opcode, 0x80 | len(payload))) + MASK + unmask(payload, MASK)


class Client(asyncio.Protocol):
    """One connection. `intervals` (shared by all) takes the seconds between its ticks; `record` all its messages."""

    def __init__(self, number: int, address: str, wire: Wire, intervals: "array[float]") -> None:
        self.number = number
        self._walks = WALKS[wire.game]
        self.opened = asyncio.get_running_loop().create_future()
        self.messages = self.bytes = self.missed = 0
        self.tick = -1
        self.record: list[bytes] | None = None
        self._wire = wire
        self._request = _upgrade(address, wire.path)
        self._rest = b""
        self._upgraded = False
        self._intervals = intervals
        self._last = 0.0

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
        """Sends the input of a tick."""
        walks = self._walks
        held = walks[(self.number + (walk_tick + 3 * self.number) // WALK_TICKS) % len(walks)]
        self._transport.write(masked(self._wire.input(walk_tick, self.tick, held)))

    def _open(self, head: bytes) -> None:
        if b" 101 " not in head.split(b"\r\n", 1)[0]:
            raise SystemExit(f"no WebSocket: {head!r}")
        self._upgraded = True
        if self._wire.greeting:
            self._transport.write(masked(self._wire.greeting))
        self.opened.set_result(None)

    def _frames(self, data: bytes) -> bytes:
        """Takes the whole frames and returns what is left."""
        while len(data) >= 2:
            size, head = data[1], 2
            if size == 126:
                size, head = int.from_bytes(data[2:4], "big"), 4
            elif size == 127:
                size, head = int.from_bytes(data[2:10], "big"), 10
            if len(data) < head or len(data) < head + size:
                return data
            payload = data[head : head + size]
            if data[0] == 0x82:
                self._message(payload)
            elif data[0] == 0x89:
                self._transport.write(masked(payload, PONG))
            else:
                raise SystemExit(f"client {self.number} got {data[: head + size]!r}")
            data = data[head + size :]
        return data

    def _message(self, payload: bytes) -> None:
        if self.record is not None:
            self.record.append(payload)
        tick = self._wire.tick_of(payload)
        if tick < 0:
            if answer := self._wire.answer(payload):
                self._transport.write(masked(answer))
            return
        self.messages += 1
        self.bytes += len(payload)
        if self.tick >= 0 and tick != self.tick + 1:
            self.missed += 1
        self.tick = tick
        now = time.perf_counter()
        self._intervals.append(now - self._last)
        self._last = now


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


async def play(address: str, wires: list[Wire], seconds: float, pid: int, record: Path | None) -> Report:
    """Connects everybody, lets them play, and measures."""
    loop = asyncio.get_running_loop()
    host, port = address.split(":")
    clients: list[Client] = []
    intervals = array("d")
    for number, wire in enumerate(wires):
        _, client = await loop.create_connection(_maker(number, address, wire, intervals), host, int(port))
        if record is not None and not clients:
            client.record = []
        await client.opened
        clients.append(client)
    walk = _Walk(clients)
    await walk.on(WARM_UP)
    before = _Sample.of(clients, pid)
    del intervals[:]
    await walk.on(seconds)
    report = _Sample.of(clients, pid).since(before, intervals)
    if record is not None:
        write_record(record, clients[0].record or [])
    return report


def _maker(number: int, address: str, wire: Wire, intervals: "array[float]") -> Callable[[], Client]:
    return lambda: Client(number, address, wire, intervals)


def write_record(path: Path, messages: list[bytes]) -> None:
    """Writes messages one after the other, each after its length as a uint32."""
    path.write_bytes(b"".join(len(each).to_bytes(4, "little") + each for each in messages))


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

    def since(self, before: "_Sample", intervals: "array[float]") -> Report:
        ordered = sorted(intervals)
        wall, messages = self.wall - before.wall, self.messages - before.messages
        return Report(
            microseconds=(self.server - before.server) * 1e6 / messages,
            bytes=(self.bytes - before.bytes) / messages,
            ticks=messages / wall / self.clients,
            missed=self.missed - before.missed,
            sent=TICK_RATE,
            p99=1000.0 * ordered[len(ordered) * 99 // 100],
            longest=1000.0 * ordered[-1],
            load_core=(self.load - before.load) / wall,
        )


def cpu_seconds(pid: int) -> float:
    """What all threads of a process have had of the processor, in seconds, to the nanosecond (/proc, Linux)."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def main(arguments: list[str]) -> None:
    """The command line."""
    kind, url, count, seconds, pid, *record = arguments
    address = urlsplit(url).netloc
    wires = join(kind, address, int(count))
    report = uvloop.run(play(address, wires, float(seconds), int(pid), Path(record[0]) if record else None))
    print(json.dumps(asdict(report)), flush=True)
    os._exit(0)  # the connections are not closed one by one: their end is not what is measured


if __name__ == "__main__":
    main(sys.argv[1:])
