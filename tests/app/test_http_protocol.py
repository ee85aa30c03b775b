"""Requests that are never whole: late, endless and malformed heads, over a real socket without a server process."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
import pytest
import uvicorn
from uvicorn.server import ServerState

from app.http.protocol import HEAD_BYTES, bounded_http
from tests.net.socket_kit import RawClient, connected, direct_echo_app, masked_frame, serving, upgrade_request


async def application(
    scope: object, receive: Callable[[], Awaitable[object]], send: Callable[[object], Awaitable[None]]
) -> None:
    """Answers everything with `ok`."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


def exchange(*pieces: bytes, head_seconds: float = 30.0) -> bytes:
    """Sends pieces over one connection and answers all that comes back until the server closes it."""

    async def run() -> bytes:
        protocol = bounded_http(head_seconds)
        config = uvicorn.Config(application, ws="none", lifespan="off", log_config=None, access_log=False)
        config.load()
        loop = asyncio.get_running_loop()
        state = ServerState()
        server = await loop.create_server(lambda: protocol(config, state, {}, _loop=loop), "127.0.0.1", 0)
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            try:
                for piece in pieces:
                    writer.write(piece)
                    await writer.drain()
                return await asyncio.wait_for(reader.read(), 20)
            except ConnectionResetError:
                return b""
            finally:
                writer.close()

    return asyncio.run(run())


def problem(answer: bytes) -> dict[str, object]:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head
    return dict(msgspec.json.decode(body))


@pytest.mark.parametrize("sent", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n"])
def test_a_head_that_does_not_come_is_not_waited_for(sent: bytes) -> None:
    """A connection that says nothing, or never ends its head, is closed after its time with 408."""
    answer = exchange(*([sent] if sent else []), head_seconds=0.1)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert problem(answer)["status"] == 408


def test_the_second_head_is_bounded_like_the_first() -> None:
    """A kept connection whose next head stays incomplete is closed too."""
    whole = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    answer = exchange(whole, b"GET / HTTP/1.1\r\nHos", head_seconds=1.0)
    assert answer.startswith(b"HTTP/1.1 200 ") and b"HTTP/1.1 408 " in answer


def test_an_endless_head_is_cut_off() -> None:
    """Headers beyond the bound, in many pieces, are 431 and the connection is closed."""
    pieces = [b"GET / HTTP/1.1\r\n"] + [
        b"X-%d: " % n + b"y" * 1_000 + b"\r\n" for n in range(HEAD_BYTES // 1_000 + 400)
    ]
    answer = exchange(*pieces)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 431 ")


def test_what_is_no_http_is_a_problem() -> None:
    """Garbage is answered 400 as a problem and the connection is closed."""
    answer = exchange(b"\x16\x03\x01 this is TLS\r\n\r\n")
    assert problem(answer)["status"] == 400


def test_a_request_in_time_is_answered() -> None:
    """The bounds do not touch what is right, nor a request in small pieces."""
    request = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    for pieces in ([request], [request[index : index + 1] for index in range(len(request))]):
        assert exchange(*pieces).endswith(b"\r\n\r\nok")


def test_an_open_websocket_is_not_hurried() -> None:
    """When the head is whole the limit is over: a WebSocket may be silent for longer."""
    with (
        serving(direct_echo_app, http=bounded_http(1.0), ws_ping_interval=1.5) as server,
        connected(server) as client,
    ):
        assert client.frame().opcode == 0x9, "the keep-alive ping comes after the head's limit"
        client.send(masked_frame(2, b"still here"))
        assert client.frame() == (2, b"still here")


def test_half_an_upgrade_is_not_waited_for() -> None:
    """The head of a WebSocket request is bounded like any other, and nothing is kept of its connection."""
    with serving(direct_echo_app, http=bounded_http(0.05)) as server, RawClient(server.port) as client:
        client.send(upgrade_request()[:-2])
        assert client.rest().startswith(b"HTTP/1.1 408 ")
        server.until_empty()
