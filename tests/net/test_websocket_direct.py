"""The hand-over: messages without ASGI, congestion, the bound on what waits, and every way it ends."""

import gc
import queue
import shutil
import socket
import ssl
import subprocess
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from net.protocol import CLOSE_SENTENCES, CloseReason
from net.websocket.connection import Ending
from net.websocket.direct import DirectSocket
from net.websocket.frames import frame_message
from tests.net.socket_kit import (
    BINARY,
    TEXT,
    TIMEOUT,
    RawClient,
    RunningServer,
    close_frame,
    connected,
    direct_echo_app,
    masked_frame,
    serving,
)
from tests.net.socket_kit import MAX_SIZE as PLENTY

MAX_SIZE = 1024


class DirectApp:
    """A Starlette app that hands each socket over and tells the test, in order, what its callbacks are called with."""

    def __init__(self) -> None:
        self.happened: queue.Queue[Any] = queue.Queue()
        self.sockets: queue.Queue[DirectSocket] = queue.Queue()
        self.gate: threading.Event | None = None
        """Set by a test that wants the hand-over to wait for a message to arrive before it."""
        self.app = Starlette(routes=[WebSocketRoute("/", self._endpoint)])

    def next(self) -> Any:
        """What happened next."""
        return self.happened.get(timeout=TIMEOUT)

    async def _endpoint(self, websocket: WebSocket) -> None:
        direct: DirectSocket = websocket.scope["extensions"]["tickroom.direct"]
        await websocket.accept()
        if self.gate is not None:
            await websocket.receive()
        direct.take(
            self._message,
            lambda: self.happened.put("lost"),
            lambda on: self.happened.put(("congested", on)),
            MAX_SIZE,
        )
        self.sockets.put(direct)
        try:
            self.happened.put(await direct.ended())
        except Exception as error:
            self.happened.put(error)
            raise

    def _message(self, payload: bytes) -> None:
        self.happened.put(payload)
        if payload == b"raise":
            raise ZeroDivisionError("our bug")


@pytest.fixture
def direct_app() -> DirectApp:
    return DirectApp()


@pytest.fixture
def server(direct_app: DirectApp) -> Iterator[RunningServer]:
    with serving(direct_app.app) as running:
        yield running


@contextmanager
def taken(server: RunningServer, app: DirectApp) -> Iterator[tuple[RawClient, DirectSocket]]:
    """A client and its socket on the server."""
    with connected(server) as client:
        yield client, app.sockets.get(timeout=TIMEOUT)


def test_messages_go_straight_both_ways(server: RunningServer, direct_app: DirectApp) -> None:
    """Binary and text arrive as bytes; both are sent, a ready frame too."""
    with taken(server, direct_app) as (client, direct):
        client.send(masked_frame(BINARY, b"\x00\xff") + masked_frame(TEXT, "ü".encode()))
        assert [direct_app.next(), direct_app.next()] == [b"\x00\xff", "ü".encode()]
        frame = frame_message(b"ready")
        server.call(
            lambda: direct.send(b"\x01"), lambda: direct.send(b"text", True), lambda: direct.send_frame(frame)
        )
        assert [client.frame() for _ in range(3)] == [(BINARY, b"\x01"), (TEXT, b"text"), (BINARY, b"ready")]
        assert server.call(direct.buffered) == 0


@pytest.mark.parametrize("size", [0, 1, 100, 511, 512, 70_000])
def test_a_message_in_pieces_is_one_message(server: RunningServer, direct_app: DirectApp, size: int) -> None:
    """Pieces of any size arrive joined, in one frame, as text or binary."""
    pieces = (b"head", b"*" * size, b"", b"tail")
    with taken(server, direct_app) as (client, direct):
        server.call(lambda: direct.send_pieces(pieces), lambda: direct.send_pieces(pieces, True))
        assert client.frame() == (BINARY, b"".join(pieces))
        assert client.frame() == (TEXT, b"".join(pieces))


def test_pieces_that_the_socket_does_not_take_whole_lose_nothing(
    server: RunningServer, direct_app: DirectApp
) -> None:
    """What the kernel leaves of a message goes by the buffer, in order; past the bound it is a slow client's end."""
    with taken(server, direct_app) as (client, direct):
        pieces = [(b"%06d" % number, bytes(range(256)) * 200) for number in range(8)]
        server.call(*(partial(direct.send_pieces, each) for each in pieces))
        assert [client.frame() for _ in pieces] == [(BINARY, b"".join(each)) for each in pieces]
        server.call(*(partial(direct.send_pieces, each) for each in pieces * 10))
        while direct_app.next() != "lost":
            pass
        assert direct_app.next().code == CloseReason.SLOW_CLIENT


def test_what_came_before_the_hand_over_comes_first(server: RunningServer, direct_app: DirectApp) -> None:
    """Messages between the accept and `take` are neither lost nor out of order."""
    direct_app.gate = threading.Event()
    with connected(server) as client:
        client.send(b"".join(masked_frame(BINARY, b"%d" % number) for number in range(300)))
        # the app receives the first one by ASGI
        assert [direct_app.next() for _ in range(299)] == [b"%d" % number for number in range(1, 300)]


def test_a_peer_that_left_before_the_hand_over_is_told_at_once(
    server: RunningServer, direct_app: DirectApp
) -> None:
    """`on_lost` is called though nothing was ever received, and `ended` returns."""
    direct_app.gate = threading.Event()
    with connected(server) as client:
        client.send(masked_frame(BINARY, b"first") + masked_frame(BINARY, b"second") + close_frame(1000))
        client.frames_until_close()
    assert direct_app.next() == "lost"
    assert isinstance(direct_app.next(), Ending)


def test_a_socket_is_taken_once_and_after_the_accept(server: RunningServer, direct_app: DirectApp) -> None:
    """A second `take`, and any use before the first, is our mistake and says so."""
    with taken(server, direct_app) as (_, direct):

        def again() -> None:
            direct.take(lambda _: None, lambda: None, lambda _: None, 1)

        with pytest.raises(RuntimeError, match="once"):
            server.call(again)
    fresh = DirectSocket(direct._conversation)
    with pytest.raises(RuntimeError, match="not been taken"):
        fresh.send(b"")


@pytest.mark.parametrize(
    ("frames", "ending"),
    [
        (close_frame(4321, b"bye"), Ending(4321, "bye")),
        (b"", Ending(1006, "")),
        (
            masked_frame(BINARY, b"*" * (MAX_SIZE + 1)),
            Ending(1009, "A message may have at most 1024 bytes.", True),
        ),
        (masked_frame(TEXT, b"\xff"), Ending(1007, "A text message is not UTF-8.", True)),
    ],
)
def test_the_owner_is_told_once_how_it_ended(
    server: RunningServer, direct_app: DirectApp, frames: bytes, ending: Ending
) -> None:
    """A close, a hang-up and a violation each call `on_lost` once and come out of `ended`."""
    with taken(server, direct_app) as (client, direct):
        client.send(frames)
        if frames:
            client.frames_until_close()
    assert [direct_app.next(), direct_app.next()] == ["lost", ending]
    server.until_empty()
    server.call(lambda: direct.send(b"too late"), lambda: direct.close(4000, "too late"))
    assert direct_app.happened.empty()


def test_our_own_close_reaches_the_peer(server: RunningServer, direct_app: DirectApp) -> None:
    """Code and reason arrive after all that was sent; what is sent or received after it is dropped."""
    with taken(server, direct_app) as (client, direct):
        server.call(
            lambda: direct.send(b"last"),
            lambda: direct.close(4006, "too slow"),
            lambda: direct.send(b"never"),
        )
        assert direct_app.happened.empty(), "on_lost is not called from inside close"
        assert client.frame() == (BINARY, b"last")
        close = client.frame()
        assert (close.code, close.reason) == (4006, "too slow")
        client.send(masked_frame(BINARY, b"ignored") + close_frame(4006))
        assert client.rest() == b""
        assert [direct_app.next(), direct_app.next()] == ["lost", Ending(4006, "")]


def test_an_exception_in_the_callback_is_ours(
    server: RunningServer, direct_app: DirectApp, caplog: pytest.LogCaptureFixture
) -> None:
    """It ends that connection with INTERNAL_ERROR, surfaces in the app's task and the log, and touches nobody else."""
    with taken(server, direct_app) as (other, _), taken(server, direct_app) as (client, _):
        client.send(masked_frame(BINARY, b"raise") + masked_frame(BINARY, b"never seen"))
        assert client.frame().code == CloseReason.INTERNAL_ERROR
        assert [direct_app.next(), direct_app.next()] == [b"raise", "lost"]
        assert isinstance(direct_app.next(), ZeroDivisionError)
        other.send(masked_frame(BINARY, b"fine"))
        assert direct_app.next() == b"fine"
    assert any(record.exc_info and record.exc_info[0] is ZeroDivisionError for record in caplog.records)


def test_congestion_is_told_when_it_begins_and_ends(server: RunningServer, direct_app: DirectApp) -> None:
    """A peer that pauses reading is congested; when it reads on, all arrives and the congestion is over."""
    with taken(server, direct_app) as (client, direct):
        sent = 0
        while direct_app.happened.empty():
            server.call(lambda: direct.send(b"*" * 60_000))
            sent += 1
        assert direct_app.next() == ("congested", True)
        assert [len(client.frame().payload) for _ in range(sent)] == [60_000] * sent
        assert direct_app.next() == ("congested", False)


def test_a_client_that_never_reads_disturbs_nobody(server: RunningServer, direct_app: DirectApp) -> None:
    """Five others get every message as it is sent; what waits for the stuck one is bounded, and it is closed."""
    payload = b"*" * 50_000
    with connected(server) as stuck_client:
        stuck = direct_app.sockets.get(timeout=TIMEOUT)
        clients = [RawClient(server.port) for _ in range(5)]
        try:
            for client in clients:
                client.open()
            others = [direct_app.sockets.get(timeout=TIMEOUT) for _ in clients]
            highest = rounds = rounds_after = 0
            while rounds_after < 20:
                server.call(*(partial(each.send, payload) for each in [stuck, *others]))
                assert [client.frame() for client in clients] == [(BINARY, payload)] * 5
                highest = max(highest, server.call(stuck.buffered))
                rounds += 1
                rounds_after += stuck._ended.is_set()
            assert highest <= stuck.max_buffered
            assert direct_app.next() == ("congested", True)
            assert [direct_app.next(), direct_app.next()] == [
                "lost",
                Ending(CloseReason.SLOW_CLIENT, CLOSE_SENTENCES[CloseReason.SLOW_CLIENT], failed=True),
            ]
        finally:
            for client in clients:
                client.socket.close()
        stuck_client.socket.close()
        server.until_empty()


def test_a_stopping_server_says_that_it_goes_away(server: RunningServer, direct_app: DirectApp) -> None:
    """1001 with its sentence; the owner is told."""
    with taken(server, direct_app) as (client, _):
        stopping = threading.Thread(target=server.stop)
        stopping.start()
        close = client.frame()
        assert (close.code, close.reason) == (1001, CLOSE_SENTENCES[CloseReason.GOING_AWAY])
        assert direct_app.next() == "lost"
        client.send(close_frame(1001))
        assert client.rest() == b""
        stopping.join(TIMEOUT)


def test_a_cancelled_endpoint_says_goodbye_too(server: RunningServer, direct_app: DirectApp) -> None:
    """Cancelling the task that awaits `ended` closes the socket."""
    with taken(server, direct_app) as (client, _):
        server.call(lambda: [task.cancel() for task in server.state.tasks])
        assert client.frame().code == 1001


def test_nothing_of_a_connection_is_kept(server: RunningServer, direct_app: DirectApp) -> None:
    """Connections that ended in all kinds of ways are garbage: none is in a table, a timer or a callback."""
    remains: list[weakref.ref[Any]] = []
    for goodbye in [
        close_frame(1000),
        b"",
        masked_frame(TEXT, b"\xff"),
        masked_frame(BINARY, masked=False),
    ] * 3:
        with taken(server, direct_app) as (client, direct):
            remains += [weakref.ref(direct), weakref.ref(direct._connection)]
            del direct
            client.send(goodbye)
            if goodbye:
                client.frames_until_close()
    server.until_empty()
    server.call(gc.collect)
    assert [remain() for remain in remains] == [None] * len(remains)


def test_the_kernel_holds_little_back(server: RunningServer, direct_app: DirectApp) -> None:
    """Unsent bytes wait where they are counted: the socket's own share is bounded where the system can."""
    with taken(server, direct_app) as (_, direct):
        plain = direct._taken().transport.get_extra_info("socket")
        assert plain.getsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT) == 65_536


def test_under_tls_nothing_goes_past_the_transport(tmp_path: Path) -> None:
    """With TLS the bytes go through the transport, which encrypts them, and the hand-over works as well."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("NO OPENSSL PROGRAM: the WebSocket is not tested under TLS")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    made = [
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        str(key),
        "-out",
        str(certificate),
        "-days",
        "2",
    ]
    subprocess.run([openssl, *made, *names], check=True, capture_output=True)
    context = ssl.create_default_context(cafile=str(certificate))
    options = {"ssl_keyfile": str(key), "ssl_certfile": str(certificate)}
    with serving(direct_echo_app, **options) as server, RawClient(server.port, tls=context) as client:
        client.open()
        for size in [0, 600, 200_000]:
            client.send(masked_frame(BINARY, b"*" * size))
            assert client.frame() == (BINARY, b"*" * size)
        client.send(masked_frame(BINARY, b"*" * (PLENTY + 1))[:1000])
        assert client.frame().code == 1009
