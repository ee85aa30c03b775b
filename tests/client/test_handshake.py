"""Hello, welcome, clock sync; which message is allowed when, and whose fault it is when one is not."""

from typing import Any

import pytest

from net.client.errors import LocalProtocolError
from net.client.events import Welcomed
from net.client.pings import FIRST_PINGS
from net.client.states import RECEIVED, SENT, ClientState
from net.codec import MESSAGEPACK
from net.errors import RemoteProtocolError
from net.protocol import CloseReason, Hello, ServerBundle, SyncReply
from tests.client.scripted import SCHEMA, ScriptedServer


def test_every_state_has_a_row_in_both_tables() -> None:
    """No state is forgotten, and CLOSED allows nothing."""
    assert set(SENT) == set(RECEIVED) == set(ClientState)
    assert not SENT[ClientState.CLOSED] and not RECEIVED[ClientState.CLOSED]


def test_a_handshake_says_hello_and_syncs_the_clock(server: ScriptedServer) -> None:
    """Hello carries the version and token; the welcome is handed on; five pings follow one by one; then it plays."""
    hello = server.codec.decode_client(server.client.connect())
    assert hello == Hello(1, "token", "", -1)
    events = server.send(server.welcome())
    assert events == [Welcomed(server.client.welcome)]
    assert server.answer_syncs() == FIRST_PINGS
    assert server.client.state is ClientState.PLAYING
    assert server.client.schema == SCHEMA and server.client.player == 1
    assert server.client.room_state == "running.iterating"
    assert [player.name for player in server.client.roster] == ["Ada"]


def test_nothing_can_be_read_or_said_before_the_welcome(server: ScriptedServer) -> None:
    """Using a client too early is the caller's fault, in words."""
    client = server.client
    for read in (
        lambda: client.scene,
        lambda: client.inputs,
        lambda: client.tick(0.0),
        lambda: client.poses(0.0),
    ):
        with pytest.raises(LocalProtocolError):
            read()
    with pytest.raises(LocalProtocolError, match="IDLE has nobody"):
        client.request("get", "roster")


def test_a_second_hello_is_the_callers_fault(server: ScriptedServer) -> None:
    """A connection is greeted once."""
    server.client.connect()
    with pytest.raises(LocalProtocolError, match="GREETING cannot send Hello"):
        server.client.connect()


@pytest.mark.parametrize("state", ["IDLE", "GREETING", "LOST", "CLOSED"])
def test_a_bundle_in_any_other_state_is_the_servers_fault(state: str) -> None:
    """Bundles come after the welcome and before the end only."""
    server = ScriptedServer(MESSAGEPACK)
    if state != "IDLE":
        server.play()
        server.client.lost()
    if state == "GREETING":
        server.client.connect()
    if state == "CLOSED":
        server.client.close()
    assert server.client.state is ClientState[state]
    with pytest.raises(RemoteProtocolError) as caught:
        server.bundle()
    assert caught.value.reason is CloseReason.OUT_OF_STATE


def test_a_second_welcome_is_the_servers_fault(server: ScriptedServer) -> None:
    """A connection is welcomed once."""
    server.play()
    with pytest.raises(RemoteProtocolError) as caught:
        server.send(server.welcome())
    assert caught.value.reason is CloseReason.OUT_OF_STATE


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"protocol": 2}, CloseReason.UNSUPPORTED_PROTOCOL),
        ({"tick_rate": 0}, CloseReason.MALFORMED),
        ({"tick_rate": 129}, CloseReason.MALFORMED),
    ],
)
def test_a_welcome_that_cannot_be_is_the_servers_fault(
    server: ScriptedServer, changes: dict[str, Any], reason: CloseReason
) -> None:
    """Another protocol version and an impossible tick rate are refused with the reason to close with."""
    server.client.connect()
    with pytest.raises(RemoteProtocolError) as caught:
        server.send(server.welcome(**changes))
    assert caught.value.reason is reason


def test_an_answer_to_a_ping_that_was_not_sent_is_the_servers_fault(server: ScriptedServer) -> None:
    """A clock cannot be set by somebody who was not asked."""
    server.client.connect()
    server.send(server.welcome())
    with pytest.raises(RemoteProtocolError, match="not sent"):
        server.send(SyncReply(12345.0, 1.0))


def test_garbage_is_the_servers_fault(server: ScriptedServer) -> None:
    """Bytes that are no message end with the reason to close with."""
    server.play()
    for garbage in (b"", b"\xc1", b"[1,2", b"[9]", b"{}", b"[" * 100_000, b"\x91" * 100_000):
        with pytest.raises(RemoteProtocolError) as caught:
            server.client.receive(garbage, 0.0)
        assert caught.value.reason is CloseReason.MALFORMED


def test_ticks_that_run_backwards_are_the_servers_fault(server: ScriptedServer) -> None:
    """A room's time does not turn."""
    server.play()
    server.bundle()
    with pytest.raises(RemoteProtocolError, match="backwards"):
        server.send(ServerBundle(server.tick - 1, 0.0, -1, 0, 0, []))


def test_a_reconnect_says_the_last_tick_and_keeps_the_scene_object(server: ScriptedServer) -> None:
    """After a loss the hello names the last tick seen; the same game keeps the scene and the held keys."""
    client = server.play()
    server.snapshot()
    scene, inputs = client.scene, client.inputs
    inputs.hold("fire")
    client.lost()
    hello: Any = server.codec.decode_client(client.connect())
    assert hello.last_tick == server.tick
    server.send(server.welcome())
    assert client.scene is scene and scene.stale
    assert client.inputs is inputs and inputs.held("fire")


def test_a_closed_client_never_says_hello_again(server: ScriptedServer) -> None:
    """Closing is for good, and losing the connection afterwards changes nothing."""
    client = server.play()
    client.close()
    client.lost()
    with pytest.raises(LocalProtocolError, match="CLOSED"):
        client.connect()
