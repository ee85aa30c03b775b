"""One bundle a tick: inputs, commands, requests and pings out; events, answers and acknowledgements in."""

from collections.abc import Callable
from typing import Any

import pytest

from net.client.errors import LocalProtocolError
from net.client.events import Answered, GameEvent, Noticed, RoomStateChanged, RosterChanged, Ticked
from net.client.outbox import MAX_BODY, MAX_WAITING
from net.client.pings import PING_INTERVAL
from net.errors import RemoteProtocolError
from net.protocol import (
    MAX_ITEMS,
    MAX_MESSAGE_BYTES,
    Answer,
    Command,
    Happened,
    Input,
    Notice,
    Ping,
    PlayerRecord,
    Pong,
    Request,
    RoomState,
    Roster,
)
from tests.client.scripted import ScriptedServer


def items(bundle: Any, kind: type) -> list[Any]:
    """The items of one kind in a client's bundle."""
    return [item for item in bundle.items if isinstance(item, kind)]


def test_each_tick_has_one_bundle_with_the_input(server: ScriptedServer) -> None:
    """Ticks rise by one, the ack is the last server tick, and the input has the tick's number."""
    client = server.play()
    server.bundle()
    bundles = [server.said(now) for now in (0.0, 50.0, 100.0)]
    ticks = [bundle.tick for bundle in bundles]
    assert ticks == list(range(ticks[0], ticks[0] + 3)) and ticks[0] >= server.tick
    assert all(bundle.ack == server.tick for bundle in bundles)
    assert [items(bundle, Input)[0].tick for bundle in bundles] == ticks
    assert len(client.inputs.pending) == 3


def test_keys_and_axes_travel_in_their_bits_and_places(server: ScriptedServer) -> None:
    """Held stays, pressed is told once, and a key down and up between two ticks is not lost."""
    inputs = server.play().inputs
    inputs.hold("right")
    inputs.hold("fire")
    inputs.release("fire")
    inputs.axis("aim_y", -1.0)
    first, second = (items(server.said(), Input)[0] for _ in range(2))
    assert (first.held, first.pressed, first.axes) == (0b010, 0b110, [0, -32767])
    assert (second.held, second.pressed) == (0b010, 0)
    inputs.hold("right")
    inputs.tap("left")
    third = items(server.said(), Input)[0]
    assert (third.held, third.pressed) == (0b010, 0b001)


def test_inputs_are_kept_until_the_server_has_applied_them(server: ScriptedServer) -> None:
    """`last_input` acknowledges all up to it, and no more."""
    client = server.play()
    ticks = [server.said(50.0 * at).tick for at in range(4)]
    server.bundle(last_input=ticks[1])
    assert [pending.tick for pending in client.inputs.pending] == ticks[2:]


def test_unknown_keys_and_axes_out_of_range_are_the_callers_fault(server: ScriptedServer) -> None:
    """The error names what the game has."""
    inputs = server.play().inputs
    with pytest.raises(LocalProtocolError, match="no key 'jump'; it has: left, right, fire"):
        inputs.hold("jump")
    with pytest.raises(LocalProtocolError, match="no axis 'move'; it has: aim_x, aim_y"):
        inputs.axis("move", 0.0)
    for wrong in (1.5, float("nan"), float("-inf")):
        with pytest.raises(LocalProtocolError, match="from -1 to 1"):
            inputs.axis("aim_x", wrong)


def test_commands_and_requests_travel_with_the_next_tick(server: ScriptedServer) -> None:
    """Each has an id of its own, and its answer names it."""
    client = server.play()
    taunt = client.command("taunt", {"loud": True})
    asked = client.request("get", "roster")
    bundle = server.said()
    (command,), (request,) = items(bundle, Command), items(bundle, Request)
    assert (command.id, command.name, bytes(command.body)) == (
        taunt,
        "taunt",
        server.codec.encode({"loud": True}),
    )
    assert (request.id, request.verb, request.resource) == (asked, "get", "roster")
    again = server.said()
    assert not items(again, Command) and not items(again, Request)
    events = server.bundle(Answer(asked, 200, [1, 2]), Answer(taunt, 403, "Not now."))
    assert events[:2] == [Answered(asked, 200, [1, 2]), Answered(taunt, 403, "Not now.")]


def test_an_answer_to_nothing_is_the_servers_fault(server: ScriptedServer) -> None:
    """Ids are given by the client alone."""
    server.play()
    with pytest.raises(RemoteProtocolError, match="never asked"):
        server.bundle(Answer(1, 200, None))


def test_what_cannot_be_sent_is_refused_at_once(server: ScriptedServer) -> None:
    """Unknown commands, verbs, resources and too large bodies are the caller's fault; ids are not used up."""
    client = server.play()
    refused: list[tuple[Callable[[], int], str]] = [
        (lambda: client.command("dance"), "no command 'dance'; it has: taunt"),
        (lambda: client.request("fetch", "x"), "a verb is one of"),
        (lambda: client.request("get", ""), "1 to 128 characters"),
        (lambda: client.request("get", "x" * 129), "1 to 128 characters"),
        (lambda: client.command("taunt", "x" * MAX_BODY), "a body has at most"),
    ]
    for wrong, sentence in refused:
        with pytest.raises(LocalProtocolError, match=sentence):
            wrong()
    assert client.request("get", "roster") == 1


def test_what_waits_is_bounded_in_number(server: ScriptedServer) -> None:
    """A program that gives more than can be sent is told so."""
    client = server.play()
    for _ in range(MAX_WAITING):
        client.command("taunt")
    with pytest.raises(LocalProtocolError, match="waiting already"):
        client.command("taunt")


@pytest.mark.parametrize("size", [1, 300, MAX_BODY - 10])
def test_bundles_stay_within_the_protocols_bounds_and_keep_the_order(
    server: ScriptedServer, size: int
) -> None:
    """Many commands are spread over bundles of at most MAX_ITEMS items and MAX_MESSAGE_BYTES bytes."""
    client = server.play()
    given = [client.command("taunt", "x" * size) for _ in range(100)]
    sent: list[int] = []
    while len(sent) < len(given):
        payload = client.tick(0.0)
        bundle: Any = server.codec.decode_client(payload)
        assert len(bundle.items) <= MAX_ITEMS and len(payload) <= MAX_MESSAGE_BYTES
        taken = [command.id for command in items(bundle, Command)]
        assert taken
        sent += taken
    assert sent == given


def test_what_was_not_sent_goes_out_on_the_next_connection(server: ScriptedServer) -> None:
    """A command given before a loss is kept; while there is no connection none is taken, and no question is kept."""
    client = server.play()
    given = client.command("taunt")
    client.request("get", "roster")
    client.lost()
    with pytest.raises(LocalProtocolError, match="LOST has nobody"):
        client.command("taunt")
    server.play()
    said = server.said()
    assert [command.id for command in items(said, Command)] == [given]
    assert not items(said, Request)


def test_pings_keep_the_clock_in_sync(server: ScriptedServer) -> None:
    """A ping a second; the time that the answer waited on the server is taken out."""
    client = server.play()
    pings = [items(server.said(float(now)), Ping) for now in range(0, 3_000, 50)]
    sent = [ping[0].client_time for ping in pings if ping]
    assert sent == [0.0, PING_INTERVAL, 2 * PING_INTERVAL]
    server.tick = 140
    server.bundle(Pong(2_000.0, 7_000.0), now=2_080.0)
    assert client.clock.last_round_trip == pytest.approx(30.0)
    assert client.clock.offset == pytest.approx(5_000.0)
    server.bundle(Pong(1_000.0, 50_000.0), now=2_090.0)
    with pytest.raises(RemoteProtocolError, match="not sent"):
        server.bundle(Pong(1_000.0, 0.0))


def test_all_that_happens_is_handed_on_in_order(server: ScriptedServer) -> None:
    """Events are typed by the schema; roster, state and notice are handed on and kept; the tick closes them."""
    client = server.play()
    roster = [PlayerRecord(1, "ada", "Ada", True), PlayerRecord(2, "ben", "Ben", False)]
    happened, changed, state, notice, ticked = server.bundle(
        Happened(0, 101, [7, 8]),
        Roster(False, roster, []),
        RoomState("running.paused.host", "Ben asked."),
        Notice("Hello."),
        last_input=12,
    )
    assert isinstance(happened, GameEvent) and (happened.name, happened.tick) == ("Died", 101)
    assert (happened.body.victim, happened.body.killer) == (7, 8)
    assert changed == RosterChanged(roster) and client.roster == roster
    assert state == RoomStateChanged("running.paused.host", "Ben asked.")
    assert client.room_state == "running.paused.host"
    assert notice == Noticed("Hello.")
    assert ticked == Ticked(101, 5050.0, 12) and client.server_tick == 101
