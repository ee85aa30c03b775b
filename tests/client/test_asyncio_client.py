"""The asyncio driver against a real room behind another library's WebSocket server."""

import asyncio
import socket as sockets
import time
from collections.abc import Awaitable, Callable
from random import Random

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from net.client.backoff import Backoff
from net.client.core import ClientCore
from net.client.events import ClientEvent, Disconnected, GameEvent, ServerAway, Ticked, Welcomed
from net.codec import CODECS, Codec
from net.drivers import asyncio_client
from net.drivers.asyncio_client import AsyncioClient, ConnectionEnded
from net.drivers.lobby import Refusal
from net.errors import RemoteProtocolError
from net.protocol import SUBPROTOCOL, Away, CloseReason
from tests.client.room_server import RoomServer, room_server


def quick(tries: int = 15) -> Backoff:
    """A back-off of a few ms."""
    return Backoff(Random(1), first=1.0, longest=5.0, tries=tries)


def with_server(scenario: Callable[[RoomServer], Awaitable[None]]) -> None:
    """Run a scenario with a server, within 20 s."""

    async def run() -> None:
        async with asyncio.timeout(60.0), room_server() as server:
            await scenario(server)

    asyncio.run(run())


async def until(client: AsyncioClient, kind: type[ClientEvent]) -> list[ClientEvent]:
    """All events up to the first of this kind."""
    events: list[ClientEvent] = []
    async for event in client:
        events.append(event)
        if isinstance(event, kind):
            break
    return events


async def take(client: AsyncioClient, kind: type[ClientEvent], count: int) -> list[ClientEvent]:
    """The next events of this kind, so many."""
    return [(await until(client, kind))[-1] for _ in range(count)]


async def play_to_the_end(client: AsyncioClient) -> list[ClientEvent]:
    """All events of a client until it ends by itself."""
    async with client:
        return [event async for event in client]


@pytest.mark.parametrize("codec", CODECS.values(), ids=list(CODECS))
def test_a_client_plays_and_leaves(codec: Codec) -> None:
    """It is welcomed, ticks, hears its own wave, gets an answer, and closes with 1000; in both subprotocols."""

    async def scenario(server: RoomServer) -> None:
        core = ClientCore(server.seat("Ada"), codec=codec)
        async with AsyncioClient(server.url, core) as client:
            core.command("wave", {"scope": "room"})
            events = await until(client, GameEvent)
            assert isinstance(events[0], Welcomed) and any(isinstance(event, Ticked) for event in events)
            answer = await client.ask("get", "roster")
            assert answer.status == 200 and len(client.poses()) == 1
            assert client.received_bytes > client.sent_bytes > 0
            assert [seat.session is not None for seat in server.room.seats] == [True]
        await server.ended.wait()
        assert server.close_codes == [1000]
        assert [seat.session for seat in server.room.seats] == [None]

    with_server(scenario)


def test_a_clock_that_is_set_back_by_an_hour_stops_nothing() -> None:
    """The next tick is not waited for until the clock is there again: a question is answered soon."""

    async def scenario(server: RoomServer) -> None:
        offset = 3_600_000.0
        clock = lambda: time.monotonic() * 1000.0 + offset  # noqa: E731 - it reads the offset as it is then
        async with AsyncioClient(server.url, ClientCore(server.seat("Ada")), clock=clock) as client:
            await until(client, Ticked)
            offset = 0.0
            async with asyncio.timeout(30.0):
                assert (await client.ask("get", "roster")).status == 200

    with_server(scenario)


def test_a_lost_connection_is_regained_with_the_same_seat() -> None:
    """After a close that is not final the program is told, and the same player is welcomed again."""

    async def scenario(server: RoomServer) -> None:
        core = ClientCore(server.seat("Ada"))
        async with AsyncioClient(server.url, core, backoff=quick()) as client:
            await until(client, Ticked)
            number = core.player
            asked = asyncio.ensure_future(client.ask("get", "roster"))
            await asyncio.sleep(0)
            await server.drop(CloseReason.GOING_AWAY)
            lost = (await until(client, Disconnected))[-1]
            assert isinstance(lost, Disconnected) and lost.code == 1001 and lost.retry_in is not None
            with pytest.raises(ConnectionEnded, match="dropped by the test"):
                await asked
            await until(client, Welcomed)
            await until(client, Ticked)
            assert client.reconnects == 1 and core.player == number

    with_server(scenario)


def test_a_program_that_was_ended_comes_back_with_the_token_it_kept() -> None:
    """The token of the last welcome is told before anything is sent on it; the one before opens nothing then."""

    async def scenario(server: RoomServer) -> None:
        kept: list[str] = []
        for _ in range(2):
            core = ClientCore(kept[-1] if kept else server.seat("Ada"))
            async with AsyncioClient(server.url, core, on_token=kept.append) as client:
                assert kept[-1] == core.token
                await take(client, Ticked, 3)
                assert core.player == 0
            await server.ended.wait()
            server.ended.clear()
        with pytest.raises(ConnectionEnded, match="4004"):
            await AsyncioClient(server.url, ClientCore(kept[0])).__aenter__()

    with_server(scenario)


def test_the_program_is_told_when_the_server_is_back() -> None:
    """The next try is not before that."""

    async def scenario(server: RoomServer) -> None:
        async with AsyncioClient(server.url, ClientCore(server.seat("Ada")), backoff=quick()) as client:
            await until(client, Ticked)
            server.room.play.news.tell_all(Away(30.0))
            assert (await until(client, ServerAway))[-1] == ServerAway(30.0)
            await server.drop(CloseReason.GOING_AWAY)
            lost = (await until(client, Disconnected))[-1]
            assert isinstance(lost, Disconnected) and lost.retry_in is not None and lost.retry_in >= 30.0
            await until(client, Welcomed)

    with_server(scenario)


def test_a_final_close_ends_the_client() -> None:
    """Who is kicked does not come back: the last event says why, then the iteration ends."""

    async def scenario(server: RoomServer) -> None:
        async with AsyncioClient(server.url, ClientCore(server.seat("Ada")), backoff=quick()) as client:
            await until(client, Ticked)
            await server.drop(CloseReason.KICKED)
            events = [event async for event in client]
            assert events[-1] == Disconnected(4010, "dropped by the test", None)
            assert [event async for event in client] == []
            assert client.reconnects == 0

    with_server(scenario)


@pytest.mark.parametrize("stable", [0.0, 1e9], ids=["after a long play", "after a short play"])
def test_tries_are_bounded(stable: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the server stays away the client gives up after its tries, however long it had played before."""
    monkeypatch.setattr(asyncio_client, "STABLE", stable)

    async def scenario(server: RoomServer) -> None:
        core = ClientCore(server.seat("Ada"))
        async with AsyncioClient(server.url, core, backoff=quick(tries=3)) as client:
            await until(client, Ticked)
            assert server.server is not None
            server.server.close()
            events = [event async for event in client]
            losses = [event for event in events if isinstance(event, Disconnected)]
            assert [loss.retry_in is None for loss in losses] == [False, False, False, True]

    with_server(scenario)


def test_a_first_connection_that_fails_is_said_at_once() -> None:
    """A bad token, an unknown address and a port without a server raise when the client is entered."""

    async def scenario(server: RoomServer) -> None:
        with pytest.raises(ConnectionEnded, match="4004"):
            await AsyncioClient(server.url, ClientCore("nobody's")).__aenter__()
        with sockets.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        with pytest.raises(ConnectionEnded, match="cannot be reached"):
            await AsyncioClient(f"ws://127.0.0.1:{port}/", ClientCore("token")).__aenter__()

    with_server(scenario)


def test_a_server_that_breaks_the_protocol_is_told_so() -> None:
    """The iteration raises RemoteProtocolError, and the server gets the reason as close code."""

    async def scenario(server: RoomServer) -> None:
        async with AsyncioClient(server.url, ClientCore(server.seat("Ada")), backoff=quick()) as client:
            await until(client, Ticked)
            await server.say(b"\xc1")
            with pytest.raises(RemoteProtocolError):
                async for _ in client:
                    pass
            await server.ended.wait()
            assert server.close_codes == [CloseReason.MALFORMED]

    with_server(scenario)


def test_a_server_without_the_subprotocol_is_refused() -> None:
    """A WebSocket server that does not speak Tickroom is found out before a hello."""

    async def run() -> None:
        async with asyncio.timeout(60.0), room_server(subprotocols=[]) as server:
            with pytest.raises(RemoteProtocolError, match="protocol version"):
                await AsyncioClient(server.url, ClientCore("token")).__aenter__()

    asyncio.run(run())


def test_a_mistake_in_the_program_surfaces() -> None:
    """What `before_tick` raises comes out of the iteration."""

    def broken(client: AsyncioClient) -> None:
        raise ZeroDivisionError(SUBPROTOCOL)

    async def scenario(server: RoomServer) -> None:
        client = AsyncioClient(server.url, ClientCore(server.seat("Ada")), before_tick=broken)
        with pytest.raises(ZeroDivisionError):
            await play_to_the_end(client)

    with_server(scenario)


def test_a_program_that_takes_no_events_stops_the_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unread events are bounded: the socket is not read any more, and goes on when the program does."""
    monkeypatch.setattr(asyncio_client, "MAX_WAITING", 3)

    async def scenario(server: RoomServer) -> None:
        async with AsyncioClient(server.url, ClientCore(server.seat("Ada"))) as client:
            await server.ticks(10)
            assert client.core.server_tick < server.room.tick - 3
            ticks = [event.tick for event in await take(client, Ticked, 10) if isinstance(event, Ticked)]
            assert ticks == list(range(ticks[0], ticks[0] + 10))

    with_server(scenario)


def test_a_server_that_never_welcomes_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A WebSocket that opens and says nothing is no server."""
    monkeypatch.setattr(asyncio_client, "OPEN_TIMEOUT", 0.05)

    async def silent(socket: ServerConnection) -> None:
        await socket.wait_closed()

    async def run() -> None:
        async with serve(silent, "127.0.0.1", 0, subprotocols=[Subprotocol(SUBPROTOCOL)]) as server:
            url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/"
            with pytest.raises(ConnectionEnded, match="TimeoutError"):
                await AsyncioClient(url, ClientCore("token")).__aenter__()

    asyncio.run(run())


@pytest.mark.parametrize(("status", "tries"), [(404, 1), (403, 1), (503, 4), (429, 4)])
def test_a_refusal_over_http_is_final_or_tried_again(status: int, tries: int) -> None:
    """On the way back, a room that is gone is gone; a server that is busy is asked again."""
    asked = []

    def refuse(socket: ServerConnection, request: Request) -> Response | None:
        asked.append(request.path)
        return socket.respond(status, "no")

    async def scenario(server: RoomServer) -> None:
        core = ClientCore(server.seat("Ada"))
        async with AsyncioClient(server.url, core, backoff=quick(tries=4)) as client:
            await until(client, Ticked)
            server.refuse = refuse
            await server.drop(CloseReason.GOING_AWAY)
            events = [event async for event in client]
            assert isinstance(events[-1], Disconnected) and f"HTTP {status}" in events[-1].sentence
            assert len(asked) == tries

    with_server(scenario)


def test_leaving_frees_the_seat_and_closing_keeps_it() -> None:
    """`leave` gives the seat to others at once; `close` keeps it for a return."""

    async def scenario(server: RoomServer) -> None:
        for leave in (False, True):
            async with AsyncioClient(server.url, ClientCore(server.seat(f"Ada {leave}"))) as client:
                await (client.leave() if leave else client.close())
            assert len(server.room.seats) == 1

    with_server(scenario)


@pytest.mark.parametrize(
    ("status", "again"),
    [
        (408, True),
        (425, True),
        (429, True),
        (500, True),
        (502, True),
        (503, True),
        (400, False),
        (404, False),
    ],
)
def test_a_new_place_that_is_refused_is_asked_for_again_where_that_may_pass(status: int, again: bool) -> None:
    """As with a refused connection: a busy or a broken lobby is no reason to give up, and one that knows no such room is."""

    async def new_place() -> str:
        raise Refusal(status, "Not now.")

    client = AsyncioClient("ws://127.0.0.1/", ClientCore("old"), new_place=new_place)
    client._is_placeless = True
    ended, retry = asyncio.run(client._connection())
    assert (retry, ended.sentence) == (again, f"Not now. (HTTP {status})")
