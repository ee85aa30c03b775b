"""Connections that open and then dawdle: before a request, in the middle of its head, and after one."""

import pytest

from app.patience import PatientHttpProtocol
from tests.net.socket_kit import RawClient, connected, direct_echo_app, masked_frame, serving, upgrade_request


class Impatient(PatientHttpProtocol):
    """The same, in no time."""

    head_timeout = 0.05


@pytest.mark.parametrize(
    "beginning",
    [b"", b"G", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ", upgrade_request()[:-2]],
    ids=["nothing", "a letter", "half a head", "all but the end"],
)
def test_a_head_that_does_not_come_ends_the_connection(beginning: bytes) -> None:
    """Nothing is answered and nothing is kept."""
    with serving(direct_echo_app, http=Impatient) as server, RawClient(server.port) as client:
        client.send(beginning)
        assert client.rest() == b""
        server.until_empty()


def test_a_second_head_has_its_time_too() -> None:
    """A kept-alive connection may not dawdle in the middle of a later request either."""

    async def hello(scope: object, receive: object, send: object) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})  # type: ignore[operator]
        await send({"type": "http.response.body", "body": b""})  # type: ignore[operator]

    with serving(hello, http=Impatient, timeout_keep_alive=60) as server, RawClient(server.port) as client:
        assert client.request(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")[0] == 204
        client.send(b"GET / HT")
        assert client.rest() == b""


def test_an_open_websocket_is_not_hurried() -> None:
    """When the head is whole the limit is over: a WebSocket may be silent for longer."""
    with (
        serving(direct_echo_app, http=Impatient, ws_ping_interval=0.2) as server,
        connected(server) as client,
    ):
        assert client.frame().opcode == 0x9, "the keep-alive ping comes after the head's limit"
        client.send(masked_frame(2, b"still here"))
        assert client.frame() == (2, b"still here")
