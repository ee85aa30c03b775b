"""The door to a room: who is let in, what a refused client can read, what its fault costs, and what ours does."""

from collections.abc import Iterator

import msgspec
import pytest

from net.gateway import is_allowed_origin
from net.players.session import Session
from net.protocol import (
    CLOSE_SENTENCES,
    PROTOCOL_VERSION,
    SUBPROTOCOL,
    SUBPROTOCOL_JSON,
    ClientBundle,
    CloseReason,
    Hello,
    ServerBundle,
    Sync,
    SyncReply,
)
from tests.net.door_kit import PATH, SETTINGS, Client, Door
from tests.net.socket_kit import (
    BINARY,
    PING,
    TEXT,
    RawClient,
    RunningServer,
    masked_frame,
    serving,
    upgrade_request,
)


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
def server(door: Door) -> Iterator[RunningServer]:
    with serving(door.app) as running:
        running.call(door.open_room)
        yield running


def refusals(door: Door) -> list[tuple[int, str]]:
    """What was logged, as (code, detail)."""
    assert all(event == "client_fault" for event, _ in door.lines)
    return [(fields["code"], fields["detail"]) for _, fields in door.lines]


@pytest.mark.parametrize("subprotocol", [SUBPROTOCOL, SUBPROTOCOL_JSON])
def test_a_client_plays(door: Door, server: RunningServer, subprotocol: str) -> None:
    """Hello, welcome, clock sync and bundles, in both encodings; JSON travels as text."""
    with Client(server, f"unknown, {subprotocol}, tickroom.v1") as client:
        assert client.subprotocol == subprotocol
        assert client.hello("ann").player == 0
        client.say(Sync(12.5))
        assert client.hear() == SyncReply(12.5, 0.0)
        for tick in range(1, 4):
            client.say(ClientBundle(tick, -1))
            server.call(door.step)
            bundle = client.hear()
            assert isinstance(bundle, ServerBundle) and bundle.tick == tick
    server.until_empty()
    assert not door.lines


def test_a_server_that_can_keep_nothing_blames_nobody(door: Door, server: RunningServer) -> None:
    """Who comes meanwhile is told to come again, and costs no line of the log, however often."""
    server.call(lambda: door.hosting.stall("The disk is full.", 0.0))
    with Client(server) as client:
        client.say(Hello(PROTOCOL_VERSION, "ann"))
        assert client.end() == (CloseReason.UNAVAILABLE, "The disk is full.")
    server.until_empty()
    assert not door.lines


@pytest.mark.parametrize(("offered", "chosen"), [("tickroom.v9, tickroom.v8", "tickroom.v9"), ("", None)])
def test_a_client_of_another_version_can_read_why(
    door: Door, server: RunningServer, offered: str, chosen: str | None
) -> None:
    """It is accepted with what it offered, as a browser shows a page no refused handshake, and closed with the reason."""
    with Client(server, offered) as client:
        assert client.subprotocol == chosen
        assert client.end() == (
            CloseReason.UNSUPPORTED_PROTOCOL,
            "Offer the WebSocket subprotocol tickroom.v1.",
        )
    assert refusals(door) == [(4001, "Offer the WebSocket subprotocol tickroom.v1.")]


def test_an_unknown_room_says_so(door: Door, server: RunningServer) -> None:
    """A page that comes too late can tell its player."""
    with Client(server, path="/rooms/nowhere/socket") as client:
        assert client.end() == (CloseReason.ROOM_ENDED, "There is no such room; it may have ended.")
    assert [fields["room"] for _, fields in door.lines] == ["nowhere"]


def test_an_ended_room_says_so(door: Door, server: RunningServer) -> None:
    """A room that has just ended lets nobody in."""
    server.call(lambda: door.hosting.end(CloseReason.ROOM_ENDED))
    with Client(server) as client:
        assert client.end() == (CloseReason.ROOM_ENDED, CLOSE_SENTENCES[CloseReason.ROOM_ENDED])


def test_too_many_that_say_nothing_are_refused_and_closed_in_time(door: Door, server: RunningServer) -> None:
    """Connections without a hello are few, and each is closed when its time is over."""
    with Client(server) as first, Client(server) as second, Client(server) as third:
        assert third.end()[0] == CloseReason.RATE_LIMITED
        door.now = SETTINGS.hello_timeout + 1.0
        server.call(door.step)
        sentence = CLOSE_SENTENCES[CloseReason.HELLO_TIMEOUT]
        assert [first.end(), second.end()] == [(CloseReason.HELLO_TIMEOUT, sentence)] * 2


def test_a_plain_request_to_the_socket_is_a_404(server: RunningServer) -> None:
    """The path is a WebSocket and nothing else."""
    with RawClient(server.port) as client:
        status, _ = client.request(f"GET {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        assert status == 404


# Origins


@pytest.mark.parametrize(
    ("origin", "host", "allowed", "answer"),
    [
        (None, "game.example", (), True),  # no browser
        ("https://game.example", "game.example", (), True),
        ("http://game.example", "game.example:80", (), True),
        ("https://game.example:443", "game.example", (), True),
        ("http://GAME.example:7373", "game.example:7373", (), True),
        ("http://[::1]:7373", "[::1]:7373", (), True),
        ("https://game.example:8443", "game.example", (), False),
        ("https://evil.example", "game.example", (), False),
        ("https://game.example.evil.example", "game.example", (), False),
        ("null", "game.example", (), False),
        ("null", "null", (), False),
        ("", "", (), False),
        ("http://[bad", "game.example", (), False),
        ("http://game.example:port", "game.example:port", (), False),
        ("https://page.example", "game.example", ("https://page.example",), True),
        ("https://PAGE.example", "game.example", ("https://page.example/",), True),
        ("http://page.example", "game.example", ("https://page.example",), False),
        ("null", "game.example", ("null",), True),
        ("https://any.example", "game.example", ("*",), True),
    ],
)
def test_origins(origin: str | None, host: str, allowed: tuple[str, ...], answer: bool) -> None:
    """Our own pages and allowed ones may connect, other pages may not, programs may."""
    assert is_allowed_origin(origin, host, allowed) is answer


def test_a_foreign_page_is_refused_before_the_accept(door: Door, server: RunningServer) -> None:
    """A cross-site page gets a 403 and no WebSocket, and the log says which origin it was."""
    with RawClient(server.port) as client:
        status, _ = client.request(upgrade_request(PATH, {"Origin": "https://evil.example"}))
        assert status == 403
    assert refusals(door) == [(403, "The origin 'https://evil.example' is not allowed.")]


# Faults


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (b"\xc1garbage", CloseReason.MALFORMED),
        (msgspec.msgpack.encode([3, 0, -1, []]), CloseReason.OUT_OF_STATE),
        (msgspec.msgpack.encode([1, 99]), CloseReason.UNSUPPORTED_PROTOCOL),
        (msgspec.msgpack.encode([1, PROTOCOL_VERSION, "no such token"]), CloseReason.BAD_TOKEN),
    ],
)
def test_a_clients_fault_costs_one_line_and_its_connection(
    door: Door, server: RunningServer, message: bytes, reason: CloseReason
) -> None:
    """The close code names the fault; what follows in the same segment is not looked at; others play on."""
    with Client(server) as other, Client(server) as client:
        other.hello("ann")
        client.raw.send(masked_frame(BINARY, message) * 3)
        code, sentence = client.end()
        assert code == reason and sentence
        other.say(ClientBundle(1, -1))
        server.call(door.step)
        assert isinstance(other.hear(), ServerBundle)
    server.until_empty()
    assert refusals(door) == [(reason, sentence)]


def test_a_flood_costs_its_sender(door: Door, server: RunningServer) -> None:
    """More messages than the rate allows end in RATE_LIMITED, whatever is still under way."""
    with Client(server) as client:
        client.hello("ann")
        client.raw.send(masked_frame(BINARY, client.codec.encode(ClientBundle(1, -1))) * 1000)
        assert client.end()[0] == CloseReason.RATE_LIMITED
    server.until_empty()
    assert [code for code, _ in refusals(door)] == [CloseReason.RATE_LIMITED]


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (masked_frame(BINARY, b"*" * 20_000), CloseReason.MESSAGE_TOO_BIG),
        (masked_frame(TEXT, b"\xff"), 1007),
        (masked_frame(BINARY, masked=False), 1002),
        (masked_frame(PING) * 200, 1008),
    ],
)
def test_a_fault_below_the_protocol_costs_the_same(
    door: Door, server: RunningServer, frame: bytes, code: int
) -> None:
    """What the WebSocket layer refuses is one line as well, and frees the seat for a return."""
    with Client(server) as client:
        client.hello("ann")
        client.raw.send(frame)
        assert client.raw.frames_until_close()[-1].code == code
    server.until_empty()
    assert [line[0] for line in refusals(door)] == [code]
    assert all(seat.session is None for seat in door.hosting.seats)


def test_our_own_mistake_surfaces_and_the_server_lives_on(
    door: Door, server: RunningServer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An exception in a session is INTERNAL_ERROR for its client and a traceback in the log; the next client plays."""

    def broken(*_: object) -> list[bytes]:
        raise ZeroDivisionError("our bug")

    with monkeypatch.context() as patched, Client(server) as client:
        patched.setattr(Session, "receive", broken)
        client.say(Hello(PROTOCOL_VERSION, "ann"))
        assert client.end() == (CloseReason.INTERNAL_ERROR, CLOSE_SENTENCES[CloseReason.INTERNAL_ERROR])
        server.until_tasks_end()
    assert not door.lines
    assert any(record.exc_info and record.exc_info[0] is ZeroDivisionError for record in caplog.records)
    with Client(server) as client:
        assert client.hello("ann").player == 0


def test_a_client_that_comes_back_replaces_itself(door: Door, server: RunningServer) -> None:
    """The old connection is told REPLACED; its late end does not touch the new one."""
    with Client(server) as old, Client(server) as new:
        old.hello("ann")
        new.hello("ann")
        server.call(door.step)
        assert old.end()[0] == CloseReason.REPLACED
        assert isinstance(new.hear(), ServerBundle)
        old.raw.socket.close()
        new.say(ClientBundle(1, -1))
        server.call(door.step)
        assert isinstance(new.hear(), ServerBundle)
        assert next(iter(door.hosting.seats)).session is not None


def test_another_servers_websocket_is_refused_with_a_clear_error(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    """Under a protocol without the hand-over the log says what to configure."""
    with serving(door.app, ws="websockets-sansio") as server, RawClient(server.port) as client:
        server.call(door.open_room)
        assert client.request(upgrade_request(PATH))[0] == 500
    assert "net.websocket.protocol.WebSocketProtocol" in caplog.text
