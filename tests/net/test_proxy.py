"""The TCP proxy with a simulated network in it: bytes arrive as they were, late, and connections are lost on command."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from random import Random
from typing import Any

import pytest

from net.conditions import PERFECT, Conditions
from net.drivers.proxy import NetworkProxy

END = b"\n"


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers all that it hears, to the end."""
    with suppress(ConnectionError):
        while payload := await reader.read(65_536):
            writer.write(payload)
            await writer.drain()
        writer.write_eof()
    writer.close()


@asynccontextmanager
async def proxied(
    conditions: Conditions = PERFECT, handle: Callable[..., Awaitable[None]] = echo, **options: Any
) -> AsyncIterator[NetworkProxy]:
    """A proxy before a server that echoes."""
    async with await asyncio.start_server(handle, "127.0.0.1", 0) as server:
        target = server.sockets[0].getsockname()
        async with NetworkProxy(target, conditions, **options) as proxy:
            yield proxy
        server.close()


class Wire:
    """A connection through the proxy."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def echoed(self, word: bytes = b"ping") -> bool:
        """Whether a line that is sent comes back."""
        self.writer.write(word + END)
        return await self.reader.readuntil(END) == word + END

    async def ended(self) -> bool:
        """Whether the connection is lost, or ends, before anything comes."""
        try:
            return await self.reader.read() == b""
        except ConnectionError:
            return True


@asynccontextmanager
async def connect(proxy: NetworkProxy) -> AsyncIterator[Wire]:
    """A connection through it, gone at the end."""
    wire = Wire(*await asyncio.open_connection("127.0.0.1", proxy.port))
    try:
        yield wire
    finally:
        wire.writer.transport.abort()
        with suppress(ConnectionError):
            await wire.writer.wait_closed()


def test_all_bytes_come_back_as_they_were() -> None:
    """A megabyte through lag, jitter, stalls and a narrow line that is full most of the time, and its end with it."""
    conditions = Conditions(
        latency=2.0, jitter=3.0, stall_every=100.0, stall_shortest=5.0, stall_longest=20.0, up=4e6, down=4e6
    )

    async def story() -> None:
        sent = Random(1).randbytes(1_000_000)
        async with proxied(conditions) as proxy, connect(proxy) as wire:
            wire.writer.write(sent)
            wire.writer.write_eof()
            assert await wire.reader.read() == sent
            assert (proxy.opened, proxy.refused) == (1, 0)

    asyncio.run(story())


def test_an_answer_takes_a_round_trip() -> None:
    """Not less than twice the latency by the clock of the loop, and on a new connection twice more for the handshake."""

    async def story() -> None:
        async with proxied(Conditions(latency=40.0)) as proxy, connect(proxy) as wire:
            loop = asyncio.get_running_loop()
            for round_trips in (2, 1):
                began = loop.time()
                assert await wire.echoed()
                assert loop.time() - began >= round_trips * 0.080 - 0.001

    asyncio.run(story())


def test_a_slow_line_stops_the_sender() -> None:
    """A line that is full takes no more from its sender: what waits in the proxy is bounded."""

    async def story() -> None:
        async with proxied(Conditions(up=1_000.0)) as proxy, connect(proxy) as wire:
            wire.writer.write(bytes(50_000_000))
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.5):
                    await wire.writer.drain()
            [passage] = proxy._passages
            assert passage.path.up.full and passage.path.up.size < 300_000

    asyncio.run(story())


def test_everybody_is_disconnected_and_may_come_back() -> None:
    """All connections are gone at once, with what was on its way; the next works."""

    async def story() -> None:
        async with proxied() as proxy, connect(proxy) as ada, connect(proxy) as ben:
            assert await ada.echoed() and await ben.echoed()
            proxy.change(Conditions(latency=60_000.0))
            ada.writer.write(b"never" + END)
            proxy.disconnect()
            assert await ada.ended() and await ben.ended()
            proxy.change(PERFECT)
            async with connect(proxy) as again:
                assert await again.echoed()

    asyncio.run(story())


def test_the_network_is_away_for_a_while() -> None:
    """While it is, connections are lost as soon as they are made, and counted."""

    async def story() -> None:
        async with proxied() as proxy:
            proxy.disconnect(away=60_000.0)
            async with connect(proxy) as wire:
                assert await wire.ended()
            assert (proxy.opened, proxy.refused) == (1, 1)
            proxy.network.back_at = 0.0
            async with connect(proxy) as wire:
                assert await wire.echoed()

    asyncio.run(story())


def test_the_network_cuts_by_itself_and_stays_away() -> None:
    """As its conditions say: the connection is lost, and another is refused for a while."""

    async def story() -> None:
        async with proxied(Conditions(cut_every=50.0, away=60_000.0)) as proxy:
            async with connect(proxy) as wire:
                assert await wire.ended() and proxy.refused == 0
            async with connect(proxy) as wire:
                assert await wire.ended() and proxy.refused == 1

    asyncio.run(story())


def test_a_network_that_begins_to_cut_cuts_what_there_is() -> None:
    """Changed conditions count for a connection that was opened before."""

    async def story() -> None:
        async with proxied() as proxy, connect(proxy) as wire:
            assert await wire.echoed()
            proxy.change(Conditions(cut_every=50.0))
            assert await wire.ended()

    asyncio.run(story())


def test_a_stall_on_command() -> None:
    """Nothing comes back until it is over, and then it does."""

    async def story() -> None:
        async with proxied() as proxy, connect(proxy) as wire:
            assert await wire.echoed()
            began = asyncio.get_running_loop().time()
            proxy.stall(150.0)
            assert await wire.echoed()
            assert asyncio.get_running_loop().time() - began >= 0.149

    asyncio.run(story())


def test_more_connections_than_allowed_are_refused() -> None:
    """The first goes on."""

    async def story() -> None:
        async with proxied(connections=1) as proxy, connect(proxy) as first:
            assert await first.echoed()
            async with connect(proxy) as second:
                assert await second.ended() and proxy.refused == 1
            assert await first.echoed()

    asyncio.run(story())


def test_nobody_at_the_target_is_a_lost_connection() -> None:
    """And the proxy goes on: the target may come back, at another port too."""

    async def story() -> None:
        async with proxied() as proxy:
            there, proxy.target = proxy.target, ("127.0.0.1", 1)
            async with connect(proxy) as wire:
                assert await wire.ended() and proxy.refused == 1
            proxy.target = there
            async with connect(proxy) as wire:
                assert await wire.echoed()

    asyncio.run(story())


def test_an_end_that_is_gone_ends_the_other() -> None:
    """A server that aborts is a lost connection at the client, and leaves nothing behind in the proxy."""

    async def abort(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(END)
        reset = struct.pack("ii", 1, 0)  # linger for 0 s: a reset in place of an orderly end
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
        writer.transport.abort()

    async def story() -> None:
        async with proxied(handle=abort) as proxy, connect(proxy) as wire:
            wire.writer.write(END)
            assert await wire.ended()
            assert proxy.connections == 0

    asyncio.run(story())
