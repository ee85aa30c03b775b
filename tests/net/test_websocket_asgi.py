"""The protocol class as any ASGI server's: handshake, scope, refusals, closing, disconnects, shutdown, keep-alive."""

import asyncio
import logging
import queue
import threading
from contextlib import suppress
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from net.websocket.asgi import MAX_QUEUED_BYTES
from tests.net.socket_kit import (
    BINARY,
    CLOSE,
    PING,
    PONG,
    TEXT,
    TIMEOUT,
    RawClient,
    close_frame,
    connected,
    direct_echo_app,
    echo_app,
    masked_frame,
    serving,
    upgrade_request,
)


class Recorder:
    """An ASGI app made of one function, which tells the test what it saw."""

    def __init__(self, conversation: Any) -> None:
        self.seen: queue.Queue[Any] = queue.Queue()
        self._conversation = conversation

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self._conversation(scope, receive, send, self.seen.put)

    def next(self) -> Any:
        """What the app has put next."""
        return self.seen.get(timeout=TIMEOUT)


# The opening handshake


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-WebSocket-Key": None}, 400),
        ({"Sec-WebSocket-Key": "tooshort"}, 400),
        ({"Sec-WebSocket-Key": "not base64 at all!!!!!!!"}, 400),
        ({"Sec-WebSocket-Version": None}, 426),
        ({"Sec-WebSocket-Version": "8"}, 426),
        ({"Sec-WebSocket-Version": "13, 8"}, 426),
    ],
)
def test_a_bad_handshake_is_answered_with_a_reason(headers: dict[str, str | None], status: int) -> None:
    """What is no WebSocket handshake gets an HTTP error, the version 13 where that is missing, and a closed connection."""
    with serving(echo_app) as server, RawClient(server.port) as client:
        answered_status, answered = client.request(upgrade_request(headers=headers))
        assert answered_status == status
        assert answered.get("sec-websocket-version") == ("13" if status == 426 else None)
        assert client.rest()


def test_only_get_opens_a_websocket() -> None:
    """Another method is refused."""
    with serving(echo_app) as server, RawClient(server.port) as client:
        assert client.request(upgrade_request(method="POST"))[0] == 400


@pytest.mark.parametrize("http", ["httptools", "h11"])
def test_the_accept_key_and_a_connection_header_as_firefox_sends_it(http: str) -> None:
    """`Connection: keep-alive, Upgrade` opens, and the accept header is the one of RFC 6455's example."""
    headers: dict[str, str | None] = {
        "Connection": "keep-alive, Upgrade",
        "Upgrade": "WebSocket",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits",
    }
    with (
        serving(echo_app, http=http, headers=[("x-served-by", "test")]) as server,
        RawClient(server.port) as client,
    ):
        answered = client.open(headers=headers)
        assert answered["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        assert answered["x-served-by"] == "test"
        assert "sec-websocket-extensions" not in answered
        client.send(masked_frame(TEXT, b"hello"))
        assert client.frame() == (TEXT, b"hello")


def test_data_before_the_accept_ends_the_connection() -> None:
    """A client must wait for the answer to its handshake."""

    async def never_accepts(scope: Any, receive: Any, send: Any, seen: Any) -> None:
        seen((await receive())["type"])
        seen((await receive())["type"])

    app = Recorder(never_accepts)
    with serving(app) as server, RawClient(server.port) as client:
        client.send(upgrade_request())
        assert app.next() == "websocket.connect"
        client.send(masked_frame(TEXT, b"impatient"))
        assert client.rest() == b""
        assert app.next() == "websocket.disconnect"


def test_the_scope_says_what_was_asked() -> None:
    """Path, query, headers, subprotocols, addresses and extensions are as the ASGI specification wants them."""

    async def tells_scope(scope: Any, receive: Any, send: Any, seen: Any) -> None:
        seen(scope)
        await receive()
        await send({"type": "websocket.accept", "subprotocol": "b", "headers": [(b"x-answer", b"42")]})
        await send({"type": "websocket.close"})

    app = Recorder(tells_scope)
    with serving(app, root_path="/mounted") as server, RawClient(server.port) as client:
        asked: dict[str, str | None] = {"Sec-WebSocket-Protocol": "a, b", "X-Asked": "yes"}
        answered = client.open("/a%20path/%C3%BC?q=%20x&y", asked)
        assert answered["sec-websocket-protocol"] == "b"
        assert answered["x-answer"] == "42"
        scope = app.next()
        assert (scope["type"], scope["scheme"], scope["http_version"]) == ("websocket", "ws", "1.1")
        assert scope["path"] == "/mounted/a path/ü"
        assert scope["raw_path"] == b"/mounted/a%20path/%C3%BC"
        assert scope["query_string"] == b"q=%20x&y"
        assert scope["subprotocols"] == ["a", "b"]
        assert (b"x-asked", b"yes") in scope["headers"]
        assert scope["client"] == client.socket.getsockname()
        assert scope["server"] == ("127.0.0.1", server.port)
        assert set(scope["extensions"]) == {"websocket.http.response", "tickroom.direct"}
        assert client.frame().code == 1000


# Refusals, and apps that go wrong


async def _send_all(scope: Any, receive: Any, send: Any, messages: list[dict[str, Any]]) -> None:
    await receive()
    for message in messages:
        await send(message)


def test_a_close_before_the_accept_is_a_403() -> None:
    """Refusing is an HTTP answer."""

    async def refuses(scope: Any, receive: Any, send: Any) -> None:
        await _send_all(scope, receive, send, [{"type": "websocket.close"}])

    with serving(refuses) as server, RawClient(server.port) as client:
        assert client.request(upgrade_request())[0] == 403
        assert client.rest() == b""


def test_a_denial_response_is_sent_as_it_is() -> None:
    """The `websocket.http.response` extension: status, headers and a body in parts."""

    async def denies(websocket: WebSocket) -> None:
        response = PlainTextResponse("not today", status_code=418, headers={"x-why": "teapot"})
        await websocket.send_denial_response(response)

    app = Starlette(routes=[WebSocketRoute("/", denies)])
    with serving(app) as server:
        with pytest.raises(InvalidStatus) as caught:
            connect(f"ws://127.0.0.1:{server.port}/")
        response = caught.value.response
        assert (response.status_code, response.headers["x-why"], response.body) == (
            418,
            "teapot",
            b"not today",
        )
        assert len(response.headers.get_all("content-length")) == 1


@pytest.mark.parametrize(
    ("messages", "status"),
    [
        ([], 500),  # returns without an answer
        ([{"type": "websocket.send", "text": "too early"}], 500),
        ([{"type": "websocket.accept", "subprotocol": "never-offered"}], 500),
        ([{"type": "websocket.accept", "headers": [(b"bad", b"split\r\nX: y")]}], 500),
        ([{"type": "websocket.http.response.start", "status": 404, "headers": []}], 500),  # and no body
    ],
)
def test_an_app_that_does_not_answer_the_handshake_is_a_500(
    messages: list[dict[str, Any]], status: int, caplog: pytest.LogCaptureFixture
) -> None:
    """The client gets an error, the log gets the reason, and the server lives on."""

    async def wrong(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/wrong":
            await _send_all(scope, receive, send, messages)
        else:
            await echo_app(scope, receive, send)

    with serving(wrong) as server:
        with RawClient(server.port) as client:
            assert client.request(upgrade_request("/wrong"))[0] == status
        with connected(server) as client:
            client.send(masked_frame(TEXT, b"alive"))
            assert client.frame() == (TEXT, b"alive")
    assert [record for record in caplog.records if record.levelno == logging.ERROR]


@pytest.mark.parametrize(
    "messages",
    [
        [{"type": "websocket.accept"}, {"type": "websocket.accept"}],
        [{"type": "websocket.accept"}, {"type": "websocket.send"}],
        [{"type": "websocket.accept"}, {"type": "websocket.close", "code": 1005_0}],
    ],
)
def test_an_app_that_fails_after_the_accept_closes_with_1011(
    messages: list[dict[str, Any]], caplog: pytest.LogCaptureFixture
) -> None:
    """An exception in the app is logged with its traceback, and its client is told."""

    async def wrong(scope: Any, receive: Any, send: Any) -> None:
        await _send_all(scope, receive, send, messages)

    with serving(wrong) as server, connected(server) as client:
        assert client.frame().code == 1011
        client.send(close_frame(1011))
        assert client.rest() == b""
    assert any(record.exc_info for record in caplog.records)


def test_an_app_that_just_returns_closes_with_1000() -> None:
    """The end of the app is the end of the connection, in good order."""

    async def returns(scope: Any, receive: Any, send: Any) -> None:
        await _send_all(
            scope, receive, send, [{"type": "websocket.accept"}, {"type": "websocket.send", "bytes": b"!"}]
        )

    with serving(returns) as server, connected(server) as client:
        assert [client.frame(), client.frame().code] == [(BINARY, b"!"), 1000]


# Starlette and the websockets library


def test_starlette_and_websockets_talk() -> None:
    """A plain Starlette app and a common client understand each other: JSON, subprotocol, big messages, closing."""

    async def endpoint(websocket: WebSocket) -> None:
        await websocket.accept(subprotocol="talk")
        async for message in websocket.iter_json():
            await websocket.send_json(message)

    async def closes(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.close(4321, "because")

    app = Starlette(routes=[WebSocketRoute("/", endpoint), WebSocketRoute("/closes", closes)])
    with serving(app) as server:
        address = f"ws://127.0.0.1:{server.port}"
        with connect(f"{address}/", subprotocols=["talk"], compression="deflate") as client:  # type: ignore[list-item]
            assert client.subprotocol == "talk"
            assert not client.protocol.extensions
            for text in ['{"a":1}', '{"big":"%s"}' % ("é" * 100_000)]:
                client.send(text)
                assert client.recv(timeout=TIMEOUT) == text
            assert client.ping().wait(TIMEOUT)
            client.close(4000, "done")
            assert (client.close_code, client.close_reason) == (4000, "")
        with connect(f"{address}/closes") as client:
            with pytest.raises(Exception, match="because"):
                client.recv(timeout=TIMEOUT)
            assert client.close_code == 4321


# The peer leaves


@pytest.mark.parametrize(
    ("how", "code", "reason"),
    [("closes", 4007, "I am off"), ("closes empty", 1005, ""), ("hangs up", 1006, ""), ("lies", 1002, None)],
)
def test_the_app_is_told_how_the_peer_left(how: str, code: int, reason: str | None) -> None:
    """`websocket.disconnect` has the code and the reason, and comes again however often the app asks."""

    async def waits(scope: Any, receive: Any, send: Any, seen: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        seen([await receive(), await receive()])
        try:
            await send({"type": "websocket.send", "text": "anybody?"})
        except OSError as error:
            seen(error)

    app = Recorder(waits)
    with serving(app) as server:
        with connected(server) as client:
            if how == "closes":
                client.send(close_frame(4007, b"I am off"))
            elif how == "closes empty":
                client.send(masked_frame(CLOSE))
            elif how == "lies":
                client.send(masked_frame(TEXT, masked=False))
            if how != "hangs up":
                client.frames_until_close()
        first, second = app.next()
        assert first == second
        assert (first["type"], first["code"]) == ("websocket.disconnect", code)
        assert reason is None or first["reason"] == reason
        assert isinstance(app.next(), OSError)


def test_a_disconnect_during_the_handshake_is_told() -> None:
    """A peer that leaves before the accept is gone for the app as well."""

    async def slow(scope: Any, receive: Any, send: Any, seen: Any) -> None:
        seen((await receive())["type"])
        seen((await receive())["type"])
        await send({"type": "websocket.accept"})

    app = Recorder(slow)
    with serving(app) as server:
        with RawClient(server.port) as client:
            client.send(upgrade_request())
            assert app.next() == "websocket.connect"
        assert app.next() == "websocket.disconnect"


# Back-pressure


def test_an_app_that_does_not_receive_stops_the_reading() -> None:
    """What waits for the app is bounded: the peer's bytes stay in the kernel, and come in order later."""
    go = threading.Event()
    count, size = 400, 8192

    async def slow(scope: Any, receive: Any, send: Any, seen: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await asyncio.get_running_loop().run_in_executor(None, go.wait, TIMEOUT)
        for number in range(count):
            message = await receive()
            seen((number, int(message["bytes"][:8]), len(message["bytes"])))

    app = Recorder(slow)
    with serving(app) as server, connected(server) as client:
        client.socket.setblocking(False)
        data = b"".join(masked_frame(BINARY, b"%08d" % number + b"*" * (size - 8)) for number in range(count))
        sent = 0
        connection = next(iter(server.state.connections))
        while not server.call(lambda: connection._reading_paused):
            with suppress(BlockingIOError):
                sent += client.socket.send(data[sent : sent + 65_536])
        waiting = server.call(lambda: connection.receiver._queued_bytes)
        assert MAX_QUEUED_BYTES <= waiting < MAX_QUEUED_BYTES + size
        client.socket.settimeout(TIMEOUT)
        go.set()
        client.send(data[sent:])
        assert [app.next() for _ in range(count)] == [(number, number, size) for number in range(count)]


def test_send_waits_for_a_peer_that_does_not_read() -> None:
    """`send` returns late, not never: it goes on when the peer reads, and nothing is lost."""
    total = 64
    payload = b"*" * 262_144

    async def floods(scope: Any, receive: Any, send: Any, seen: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        connection = scope["extensions"]["tickroom.direct"]._conversation.connection
        for _ in range(total):
            await send({"type": "websocket.send", "bytes": payload})
            seen(connection.buffered())

    app = Recorder(floods)
    with serving(app) as server, connected(server) as client:
        frames = [client.frame() for _ in range(total)]
        assert frames == [(BINARY, payload)] * total
        assert client.frame().code == 1000
    assert max(app.next() for _ in range(total)) < 3 * len(payload)


def test_a_send_that_waits_is_freed_when_the_peer_is_gone() -> None:
    """An app that waits for room in the buffer gets its OSError."""

    async def floods(scope: Any, receive: Any, send: Any, seen: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        seen("accepted")
        try:
            while True:
                await send({"type": "websocket.send", "bytes": b"*" * 262_144})
        except OSError as error:
            seen(error)

    app = Recorder(floods)
    with serving(app) as server:
        with connected(server):
            assert app.next() == "accepted"
        assert isinstance(app.next(), OSError)


def test_pings_of_a_peer_that_does_not_read_are_not_piled_up() -> None:
    """While nothing can be written only the latest ping waits for its pong (section 5.5.3)."""

    async def floods(scope: Any, receive: Any, send: Any, seen: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "bytes": b"*" * 8_388_608})
        await receive()
        seen("pinged")
        await receive()

    app = Recorder(floods)
    with serving(app) as server, connected(server) as client:
        client.send(
            b"".join(masked_frame(PING, b"%d" % number) for number in range(20)) + masked_frame(TEXT, b".")
        )
        assert app.next() == "pinged"
        assert client.frame().opcode == BINARY
        assert client.frame() == (PONG, b"19")


# Shutdown and keep-alive


def test_a_stopping_server_tells_plain_apps_and_their_peers() -> None:
    """1012 goes to the peer, `websocket.disconnect` to the app; a peer that answers in time is waited for."""

    async def waits(scope: Any, receive: Any, send: Any, seen: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        seen(await receive())

    app = Recorder(waits)
    with serving(app) as server, connected(server) as client:
        stopping = threading.Thread(target=server.stop)
        stopping.start()
        assert client.frame().code == 1012
        client.send(close_frame(1012))
        assert client.rest() == b""
        assert app.next()["code"] == 1012
        stopping.join(TIMEOUT)


def test_a_stopping_server_waits_for_nobody_who_is_silent() -> None:
    """A peer that does not answer the close is cut, and so is one in the middle of its handshake."""

    async def never_answers(scope: Any, receive: Any, send: Any, seen: Any) -> None:
        seen(scope["path"])
        await receive()
        if scope["path"] == "/open":
            await send({"type": "websocket.accept"})
        await receive()

    app = Recorder(never_answers)
    with (
        serving(app) as server,
        RawClient(server.port) as opened,
        RawClient(server.port) as opening,
    ):
        opened.open("/open")
        opening.send(upgrade_request("/never"))
        assert [app.next(), app.next()] == ["/open", "/never"]
        server.stop()
        assert opened.frame().code == 1012
        assert b" 503 " in opening.rest()


def test_a_cancelled_app_says_goodbye() -> None:
    """Cancelling the app's task, as a stop with a time limit does, closes its connection with a reason."""

    async def waits(scope: Any, receive: Any, send: Any, seen: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        seen("accepted")
        await asyncio.Event().wait()

    app = Recorder(waits)
    with serving(app) as server, connected(server) as client:
        assert app.next() == "accepted"
        server.call(lambda: [task.cancel() for task in server.state.tasks])
        assert client.frame().code == 1012


@pytest.mark.parametrize("app", [echo_app, direct_echo_app])
def test_a_silent_peer_is_pinged_and_given_up(app: Any) -> None:
    """Half-open: a peer that answers no ping is closed with 1011; nothing of it is kept."""
    with serving(app, ws_ping_interval=0.05, ws_ping_timeout=0.05) as server, connected(server) as client:
        frames = client.frames_until_close()
        assert [frame.opcode for frame in frames] == [PING, CLOSE]
        assert frames[-1].code == 1011
        client.socket.close()
        server.until_empty()


def test_a_peer_that_answers_its_pings_stays() -> None:
    """Each answered ping is followed by another one, and the connection works on."""
    with (
        serving(echo_app, ws_ping_interval=0.02, ws_ping_timeout=TIMEOUT) as server,
        connected(server) as client,
    ):
        for _ in range(3):
            ping = client.frame()
            assert ping.opcode == PING
            client.send(masked_frame(PONG, ping.payload))
        client.send(masked_frame(TEXT, b"here"))
        while (frame := client.frame()).opcode == PING:
            pass
        assert frame == (TEXT, b"here")


def test_without_a_time_out_a_silent_peer_is_pinged_for_ever() -> None:
    """`ws_ping_timeout=None` keeps pinging and gives nobody up."""
    with (
        serving(echo_app, ws_ping_interval=0.02, ws_ping_timeout=None) as server,
        connected(server) as client,
    ):
        assert [client.frame().opcode for _ in range(4)] == [PING] * 4


def test_a_peer_that_goes_on_after_the_close_is_cut() -> None:
    """After our close frame a flood is dropped, and ends the connection at once."""

    async def closes(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.close(4000)
        with pytest.raises((RuntimeError, WebSocketDisconnect)):
            await websocket.send_text("after the close")

    app = Starlette(routes=[WebSocketRoute("/", closes)])
    with serving(app) as server, connected(server) as client:
        assert client.frame().code == 4000
        try:
            for _ in range(100):
                client.send(masked_frame(TEXT, b"but") * 100)
        except (ConnectionResetError, BrokenPipeError):
            pass
        assert client.rest() == b""
        server.until_empty()
