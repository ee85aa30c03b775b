"""A TCP proxy with a simulated network in it, for tests and for developers: `tickroom proxy` runs it.

    async with NetworkProxy(("127.0.0.1", 7373), PRESETS["train"], seed=7) as proxy:
        ...                                 # play on proxy.url
        proxy.stall(2_000.0)                # ms: nothing, then everything
        proxy.disconnect()                  # every connection is lost
        proxy.change(PRESETS["lan"])

It passes on bytes of any protocol. Every connection has a `Path` of its own (net/conditions.py).
"""

import asyncio
from contextlib import suppress
from typing import Self

from net.conditions import NEVER, PERFECT, Conditions, Line, Network, Path

CHUNK = 4_096
"""Bytes that are read at a time: they arrive together, so no more than a few packets."""
LONGEST_REST = 60.0
"""Seconds; a wait that is longer is looked at again."""
END = b""
"""What is pushed on a line when its sender has nothing more to say."""
CONNECTIONS = 1_000
"""Connections at a time, unless the caller says otherwise: they may hold some 0.5 MB each."""
OPEN_TIMEOUT = 10.0
"""Seconds for a connection to the target."""


class NetworkProxy:
    """Listens on loopback and passes on to `target`. Use as an async context manager."""

    def __init__(
        self,
        target: tuple[str, int],
        conditions: Conditions = PERFECT,
        *,
        seed: int = 1,
        port: int = 0,
        connections: int = CONNECTIONS,
    ) -> None:
        """`seed` is that of the network: its n-th connection is the same in every run. Port 0 takes one that is free."""
        self.target = target
        """Host and port. May be changed, as when a server is started again; it counts for new connections."""
        self.network = Network(conditions, seed)
        self.opened = 0
        """Connections that there have been."""
        self.refused = 0
        """Those that were too many, came while the network was away, or found nobody at the target."""
        self._port = port
        self._most = connections
        self._passages: set[_Passage] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        """Listen. Raises OSError where the port is taken."""
        self._server = await asyncio.start_server(self._accepted, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
        self._end()
        if self._tasks:
            await asyncio.wait(self._tasks)

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._port

    @property
    def url(self) -> str:
        """Its address for clients, as in `http://127.0.0.1:7374`."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def connections(self) -> int:
        """How many there are now."""
        return len(self._passages)

    # What a test does ------------------------------------------------------------------------------------------------

    def change(self, conditions: Conditions) -> None:
        """The network is another from now on, for the connections that there are too."""
        self.network.conditions = conditions
        for passage in self._passages:
            passage.path.change(conditions, _now())
            passage.look()

    def stall(self, milliseconds: float) -> None:
        """On no connection does anything get through for so long, and then all at once."""
        for passage in self._passages:
            passage.path.stall(_now(), milliseconds)
            passage.look()

    def disconnect(self, away: float = 0.0) -> None:
        """Every connection is lost, with what was on its way; for `away` ms more no other opens."""
        self.network.back_at = max(self.network.back_at, _now() + away)
        self._end()

    # One connection --------------------------------------------------------------------------------------------------

    def _end(self) -> None:
        for task in self._tasks:
            task.cancel()

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.opened += 1
        try:
            if len(self._tasks) > self._most or _now() < self.network.back_at:
                self.refused += 1
            else:
                await self._serve(reader, writer)
        except asyncio.CancelledError:
            pass  # by `disconnect` or at the end, and this is the task's last act
        finally:
            await _abort(writer)
            self._tasks.discard(task)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(self.network.handshake / 1000.0)
        try:
            async with asyncio.timeout(OPEN_TIMEOUT):
                target_reader, target_writer = await asyncio.open_connection(*self.target)
        except OSError:
            self.refused += 1
            return
        passage = _Passage(self.network.path(_now()))
        self._passages.add(passage)
        try:
            if await passage.run((reader, target_writer), (target_reader, writer)):
                self.network.lost(_now())
        finally:
            self._passages.discard(passage)
            await _abort(target_writer)


class _Passage:
    """One connection through the network."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._up = _Pump(path.up)
        self._down = _Pump(path.down)
        self._limit = asyncio.timeout_at(None)

    def look(self) -> None:
        """Look again at what is due: it has changed."""
        self._up.changed.set()
        self._down.changed.set()
        if not self._limit.expired():
            self._limit.reschedule(_seconds(self.path.cut_at))

    async def run(
        self,
        up: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        down: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> bool:
        """Pass on until both ends have said all, or one is gone, or the network cuts it: then it is True."""
        try:
            async with self._limit, asyncio.TaskGroup() as parts:
                self.look()
                for pump, (reader, writer) in ((self._up, up), (self._down, down)):
                    parts.create_task(pump.read(reader))
                    parts.create_task(pump.write(writer))
        except* OSError:  # the limit, or an end is gone, as ends may be
            pass
        return self._limit.expired()


class _Pump:
    """One direction: reads, puts on the line, takes off it, writes. Both raise OSError when their end is gone."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self.changed = asyncio.Event()
        """What is due has changed."""
        self._taken = asyncio.Event()

    async def read(self, reader: asyncio.StreamReader) -> None:
        """Until the sender has said all."""
        while True:
            while self._line.full:  # then nothing is read, and the sender notices
                self._taken.clear()
                await self._taken.wait()
            payload = await reader.read(CHUNK)
            self._line.push(_now(), payload)
            self.changed.set()
            if payload == END:
                return

    async def write(self, writer: asyncio.StreamWriter) -> None:
        """Until all that the sender has said is with the kernel."""
        while True:
            await _until(self.changed, self._line.next_due())
            for payload in self._line.due(_now()):
                if payload == END:
                    await _finish(writer)
                    return
                writer.write(payload)
            self._taken.set()
            await writer.drain()


async def _finish(writer: asyncio.StreamWriter) -> None:
    """Say all that was written, and that there is no more."""
    writer.transport.set_write_buffer_limits(0)
    writer.write_eof()
    await writer.drain()


async def _abort(writer: asyncio.StreamWriter) -> None:
    """Let go of a connection, whatever was still to be written."""
    writer.transport.abort()
    with suppress(OSError):
        await writer.wait_closed()


async def _until(changed: asyncio.Event, due: float) -> None:
    """Until then (ms), or until it is set."""
    changed.clear()
    seconds = min((due - _now()) / 1000.0, LONGEST_REST)
    if seconds > 0.0:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds if due < NEVER else None):
                await changed.wait()


def _seconds(due: float) -> float | None:
    """A time of ours as the loop's; None for never."""
    return due / 1000.0 if due < NEVER else None


def _now() -> float:
    """ms of the loop's clock."""
    return asyncio.get_running_loop().time() * 1000.0
