"""A client with a simulated network between itself and a real server."""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

from net.client.backoff import Backoff
from net.client.core import ClientCore
from net.client.events import Disconnected, Ticked, Welcomed
from net.conditions import NEVER, PERFECT, Conditions, Network, Path
from net.drivers.asyncio_client import AsyncioClient
from net.drivers.simulated import ConnectionCut, SimulatedSocket
from tests.client.room_server import RoomServer, now, room_server
from tests.client.test_asyncio_client import until


def with_server(scenario: Callable[[RoomServer], Awaitable[None]]) -> None:
    """Run a scenario with a server, within 20 s."""

    async def run() -> None:
        async with asyncio.timeout(60.0), room_server() as server:
            await scenario(server)

    asyncio.run(run())


def quick() -> Backoff:
    """A back-off of a few ms."""
    return Backoff(Random(1), first=1.0, longest=5.0, tries=1_000)


async def round_trip(client: AsyncioClient) -> float:
    """How long a question takes (ms)."""
    began = now()
    assert (await client.ask("get", "roster")).status == 200
    return now() - began


async def listen(client: AsyncioClient) -> None:
    """Take all events."""
    async for _ in client:
        pass


def test_what_is_asked_takes_a_round_trip_of_the_network() -> None:
    """Not less, by the clock; and the connection that there is goes on when the network becomes another."""

    async def scenario(server: RoomServer) -> None:
        core = ClientCore(server.seat("Ada"))
        async with AsyncioClient(server.url, core, network=Network(Conditions(latency=120.0))) as client:
            listening = asyncio.create_task(listen(client))
            assert await round_trip(client) >= 239.0
            client.change_network(PERFECT)
            await round_trip(client)
            assert client._path is not None and client._path.conditions == PERFECT
            listening.cancel()

    with_server(scenario)


def test_the_network_cuts_and_the_client_comes_back() -> None:
    """It is told, does not connect while the network is away, and has its seat again."""

    async def scenario(server: RoomServer) -> None:
        core = ClientCore(server.seat("Ada"))
        network = Network(Conditions(latency=5.0, cut_every=300.0, away=1_000.0))
        async with AsyncioClient(server.url, core, backoff=quick(), network=network) as client:
            player = core.player
            told = await until(client, Disconnected)
            assert (
                isinstance(told[-1], Disconnected) and told[-1].code == 1006 and told[-1].retry_in is not None
            )
            assert now() < (back_at := network.back_at)
            assert isinstance((await until(client, Welcomed))[-1], Welcomed)
            assert now() >= back_at and core.player == player
            client.change_network(PERFECT)
            for _ in range(3):
                await until(client, Ticked)

    with_server(scenario)


def test_a_client_without_a_network_has_none_to_change() -> None:
    """It says so."""
    with pytest.raises(ValueError, match="no simulated network"):
        AsyncioClient("ws://127.0.0.1/", ClientCore("token")).change_network(PERFECT)


def with_socket(
    handle: Callable[[ServerConnection], Awaitable[None]],
    path: Path,
    scenario: Callable[[SimulatedSocket, Any], Awaitable[None]],
) -> None:
    """Run a scenario with a simulated socket to a server."""

    async def run() -> None:
        async with asyncio.timeout(60.0), serve(handle, "127.0.0.1", 0) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            async with (
                connect(f"ws://127.0.0.1:{port}/", compression=None) as socket,
                SimulatedSocket(socket, path, now) as simulated,
            ):
                await scenario(simulated, socket)

    asyncio.run(run())


async def echo(socket: ServerConnection) -> None:
    """Sends back what it hears."""
    async for message in socket:
        await socket.send(message)


def test_messages_keep_their_order_and_their_bounds() -> None:
    """Hundreds through lag, jitter and a line that is full most of the time: all come back, in order."""
    path = Path(Conditions(latency=1.0, jitter=5.0, up=2e6, down=2e6), 1, now(), capacity=5_000)
    sent = [number.to_bytes(2, "big") * 500 for number in range(300)]

    async def scenario(simulated: SimulatedSocket, _: Any) -> None:
        async def send() -> None:
            for message in sent:
                await simulated.send(message)
                assert path.up.size <= 6_000

        sending = asyncio.create_task(send())
        assert [await simulated.recv() for _ in sent] == sent
        await sending

    with_socket(echo, path, scenario)


def test_what_was_sent_before_the_end_is_read_before_it() -> None:
    """A server that says something and closes: the words first, as late as the line is, then the end."""

    async def last_words(socket: ServerConnection) -> None:
        await socket.send(b"one")
        await socket.send(b"two")

    async def scenario(simulated: SimulatedSocket, socket: Any) -> None:
        await socket.wait_closed()
        assert [await simulated.recv(), await simulated.recv()] == [b"one", b"two"]
        with pytest.raises(Exception, match="1000"):
            await simulated.recv()

    with_socket(last_words, Path(Conditions(latency=50.0), 1, now()), scenario)


def test_a_cut_ends_both_who_reads_and_who_waits_to_send() -> None:
    """Each hears of it."""
    path = Path(Conditions(latency=60_000.0), 1, now(), capacity=10)

    async def scenario(simulated: SimulatedSocket, _: Any) -> None:
        await simulated.send(b"more than it takes")
        reading = asyncio.create_task(simulated.recv())
        sending = asyncio.create_task(simulated.send(b"more"))
        await asyncio.sleep(0)
        path.cut_at = now() + 20.0
        simulated._stir()
        results = await asyncio.gather(reading, sending, return_exceptions=True)
        assert [type(result) for result in results] == [ConnectionCut, ConnectionCut]
        assert path.up.next_due() < NEVER

    with_socket(echo, path, scenario)
