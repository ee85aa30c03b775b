"""Calls of a game's rpcs: each runs once, whatever happens to the connection between call and answer."""

import asyncio

import pytest

from net.client.calls import MAX_OPEN, value_of
from net.client.core import ClientCore
from net.client.errors import CallFailed, LocalProtocolError
from net.client.events import Answered, Disconnected, Ticked, Welcomed
from net.drivers.asyncio_client import AsyncioClient, ConnectionEnded
from net.drivers.virtual import VirtualRoom
from net.protocol import Answer, CloseReason, Command, Input, Request
from tests.client.room_server import RoomServer
from tests.client.scripted import ScriptedServer
from tests.client.test_asyncio_client import quick, until, with_server
from tests.net.room_kit import make_game


def said(server: ScriptedServer) -> list[Request]:
    """The requests in the client's next bundle."""
    return [item for item in server.said().items if isinstance(item, Request)]


def welcome_again(server: ScriptedServer) -> None:
    """Lose the connection and shake hands on another."""
    server.client.lost()
    server.play()


def test_an_open_call_is_sent_again_as_it_was(server: ScriptedServer) -> None:
    """After a reconnect it goes out with its id and body, before new ones; once answered it does not."""
    client = server.play()
    lost = client.call("buy", {"item": "bread"})
    first = said(server)
    assert [(each.id, each.verb, each.resource) for each in first] == [(lost, "post", "rpc/buy")]
    assert said(server) == []
    welcome_again(server)
    later = client.call("buy", {"item": "cheese"})
    again = said(server)
    assert [each.id for each in again] == [lost, later] and bytes(again[0].body) == bytes(first[0].body)
    assert server.bundle(Answer(lost, 200, 1))[0] == Answered(lost, 200, 1)
    welcome_again(server)
    assert [each.id for each in said(server)] == [later]
    client.forget_call(later)
    welcome_again(server)
    assert said(server) == []


def test_the_second_answer_to_a_call_that_was_sent_again_is_nothing(server: ScriptedServer) -> None:
    """It comes as something that was missed, and for the call that was sent again: the program hears it once."""
    client = server.play()
    lost = client.call("buy", {"item": "bread"})
    said(server)
    welcome_again(server)
    said(server)
    answered = Answered(lost, 200, 1)
    assert answered in server.bundle(Answer(lost, 200, 1))
    assert answered not in server.bundle(Answer(lost, 200, 1))
    later = client.call("buy", {"item": "cheese"})
    assert Answered(later, 200, 2) in server.bundle(Answer(later, 200, 2))


def test_a_command_that_was_refused_is_not_sent_again(server: ScriptedServer) -> None:
    """Its program has been told, so it must not run after all, by a server that was killed and has not heard of it."""
    client = server.play()
    first, refused, last = (client.command("taunt") for _ in range(3))
    server.said()
    server.bundle(Answer(refused, 429, "too many commands in one tick"))
    welcome_again(server)
    assert [item.id for item in server.said().items if isinstance(item, Command)] == [first, last]


def test_a_call_that_was_never_sent_goes_out_once_after_the_reconnect(server: ScriptedServer) -> None:
    """A connection that is lost before the tick takes questions with it, but neither commands nor calls."""
    client = server.play()
    command = client.command("taunt")
    client.request("get", "roster")
    waiting = client.call("buy")
    welcome_again(server)
    assert [each.id for each in server.said().items if isinstance(each, Command | Request)] == [
        command,
        waiting,
    ]


def test_calls_are_bounded_and_need_a_connection(server: ScriptedServer) -> None:
    """More than the server takes at once, and calls to nobody, are the caller's fault."""
    client = server.play()
    for _ in range(MAX_OPEN):
        client.call("buy")
    with pytest.raises(LocalProtocolError, match="wait for their answer"):
        client.call("buy")
    client.lost()
    with pytest.raises(LocalProtocolError, match="nobody to talk to"):
        client.call("buy")


def test_ids_go_on_above_the_last_that_was_heard_from_the_seat(server: ScriptedServer) -> None:
    """A program that was started again gives no id twice, and one whose ids are ahead keeps them ascending."""
    client = server.client
    client.connect()
    server.send(server.welcome(last_id=41))
    assert client.request("get", "roster") == 42
    client.lost()
    client.connect()
    server.send(server.welcome(last_id=40))
    assert client.request("get", "roster") == 43


def test_commands_that_the_server_does_not_keep_are_sent_again(server: ScriptedServer) -> None:
    """Under their ids and before new ones: those that no bundle has confirmed; that one was heard is not yet that it is kept."""
    client = server.play()
    confirmed, heard, lost = (client.command("taunt", number) for number in range(3))
    server.said()
    server.bundle(last_id=confirmed)
    waiting = client.command("taunt", 3)
    client.lost()
    client.connect()
    server.send(server.welcome(last_id=heard))
    later = client.command("taunt", 4)
    again = [item for item in server.said().items if isinstance(item, Command)]
    assert [(each.id, server.codec.decode_body(each.body, int)) for each in again] == [
        (heard, 1),
        (lost, 2),
        (waiting, 3),
        (later, 4),
    ]
    assert [item for item in server.said().items if isinstance(item, Command)] == []


def test_a_press_that_the_server_has_not_heard_is_told_again(server: ScriptedServer) -> None:
    """Once: what is in an input up to the welcome's last is not told again."""
    client = server.play()
    heard = client.inputs
    key = client.schema.inputs.keys[0]
    heard.tap(key)
    first = server.said()
    heard.tap(client.schema.inputs.keys[1])
    server.said()
    client.lost()
    client.connect()
    server.send(server.welcome(last_input=first.tick))
    (again,) = (item for item in server.said().items if isinstance(item, Input))
    assert (again.pressed, again.tick > first.tick) == (2, True)
    (nothing,) = (item for item in server.said().items if isinstance(item, Input))
    assert nothing.pressed == 0


def test_a_refusal_has_its_status_and_sentence() -> None:
    """What is not 200 raises, with the server's words or, where it has none, ours."""
    with pytest.raises(CallFailed, match="not so many") as refused:
        value_of(Answered(1, 409, "not so many"))
    assert (refused.value.status, refused.value.sentence) == (409, "not so many")
    with pytest.raises(CallFailed, match="status 429"):
        value_of(Answered(1, 429, None))


def test_a_purchase_outlives_every_way_to_lose_the_connection() -> None:
    """Lost before the call arrives, or before its answer does: one purchase, and the caller gets the receipt."""
    for ticks_before_loss in range(4):
        with VirtualRoom(make_game()) as room:
            ada = room.join("Ada", latency=40.0)
            called = ada.core.call("buy", {"item": "bread"})
            room.run(ticks_before_loss)
            ada.drop()
            room.run(3)
            ada.reconnect()
            room.run_until(lambda: ada.answer_to(called))  # noqa: B023
            answer = ada.answer_to(called)
            assert answer is not None and value_of(answer) == {"item": "bread", "purchases": 1}
            assert ada.call("buy", {"item": "cheese"}) == {"item": "cheese", "purchases": 2}


def test_the_virtual_client_raises_what_the_game_refuses() -> None:
    """The game's own sentence, and those of the server for an unknown name and a wrong body."""
    with VirtualRoom(make_game()) as room:
        ada = room.join("Ada")
        for name, body, status in (
            ("buy", {"item": "x", "count": 6}, 409),
            ("sell", {}, 404),
            ("buy", {}, 422),
        ):
            with pytest.raises(CallFailed) as refused:
                ada.call(name, body)
            assert refused.value.status == status


def test_an_asyncio_call_runs_once_over_a_lost_connection() -> None:
    """The connection is lost with the call on its way; the same await gets the answer from the next connection."""

    async def scenario(server: RoomServer) -> None:
        async with AsyncioClient(server.url, ClientCore(server.seat("Ada")), backoff=quick()) as client:
            await until(client, Ticked)
            call = asyncio.ensure_future(client.call("buy", {"item": "bread"}))
            await asyncio.sleep(0)
            await server.drop(CloseReason.GOING_AWAY)
            await until(client, Disconnected)
            assert not call.done()
            await until(client, Welcomed)
            while not call.done():
                await until(client, Ticked)
            assert await call == {"item": "bread", "purchases": 1}
            assert client.reconnects == 1

    with_server(scenario)


def test_an_asyncio_call_ends_with_a_reason() -> None:
    """A refusal, no answer in time, and a connection that does not come back each raise their own."""

    async def scenario(server: RoomServer) -> None:
        core = ClientCore(server.seat("Ada"))
        async with AsyncioClient(server.url, core, on_events=lambda *_: None, backoff=quick()) as client:
            with pytest.raises(CallFailed, match="not so many"):
                await client.call("buy", {"item": "bread", "count": 9})
            with pytest.raises(TimeoutError):
                await client.call("buy", {"item": "bread"}, timeout=0.0)
            call = asyncio.ensure_future(client.call("buy", {"item": "cheese"}))
            await asyncio.sleep(0)
            await server.drop(CloseReason.KICKED)
            with pytest.raises(ConnectionEnded, match="dropped by the test"):
                await call
            with pytest.raises(LocalProtocolError):
                await client.call("buy", {"item": "cheese"})

    with_server(scenario)


def test_closing_ends_an_open_asyncio_call() -> None:
    """Nobody waits for ever for a client that its program has closed."""

    async def scenario(server: RoomServer) -> None:
        core = ClientCore(server.seat("Ada"))
        async with AsyncioClient(server.url, core, on_events=lambda *_: None) as client:
            call = asyncio.ensure_future(client.call("buy", {"item": "bread"}))
            await asyncio.sleep(0)
        with pytest.raises(ConnectionEnded, match="closed"):
            await call

    with_server(scenario)
