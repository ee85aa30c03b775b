"""A real room and real client cores in virtual time, and what the harness promises of the lines between them."""

from collections.abc import Iterator

import pytest

from net.client.events import EntityEntered, RosterChanged
from net.codec import CODECS, Codec
from net.conditions import Conditions
from net.drivers.virtual import NotWithin, VirtualRoom
from net.errors import RemoteProtocolError
from net.players.seats import NameTaken, RoomFull
from net.protocol import CloseReason
from net.settings import RoomSettings
from systems.engine import SystemFailed
from tests.net.room_kit import make_game


@pytest.fixture
def room() -> Iterator[VirtualRoom]:
    """A room of four seats at 20 Hz, in which a key held moves a player to the right."""
    with VirtualRoom(make_game()) as room:
        yield room


@pytest.mark.parametrize("codec", CODECS.values(), ids=list(CODECS))
def test_two_players_see_each_other_move(room: VirtualRoom, codec: Codec) -> None:
    """A key held by one moves its entity on the server and in both scenes, to the same place."""
    ada, ben = room.join("Ada", codec=codec), room.join("Ben", latency=40.0)
    before = ada.me.x
    ada.hold("right")
    room.run(30)
    ada.release("right")
    room.run(10)
    seen = ben.scene.get(ada.me.id)
    assert seen is not None and seen.x == ada.me.x > before + 50.0
    assert ben.me.x == ben.scene.owned_by(1)[0].x


def test_private_components_are_dequantised_for_the_owner_alone(room: VirtualRoom) -> None:
    """What the schema says is what the client has, and the other client has it not."""
    ada, ben = room.join("Ada"), room.join("Ben")
    room.run(2)
    assert (ada.me["Health"].value, ada.me["Ammo"].rounds) == (100.0, 12)
    theirs = ben.scene.get(ada.me.id)
    assert theirs is not None and "Health" in theirs and "Ammo" not in theirs
    ada.command("shoot", {})
    room.run(2)
    assert ada.me["Ammo"].rounds == 11


def test_events_commands_and_answers_go_both_ways(room: VirtualRoom) -> None:
    """A command is refused with an answer, or raises an event that both hear."""
    ada, ben = room.join("Ada"), room.join("Ben", latency=25.0, jitter=20.0)
    ada.command("wave", {"scope": "room"})
    room.run_until(lambda: ben.heard("Waved"))
    assert [body.player for body in ben.heard("Waved")] == [0] and len(ada.heard("Waved")) == 1
    wrong = ben.command("wave", {"scope": 7})
    room.run_until(lambda: ben.answer_to(wrong))
    answer = ben.answer_to(wrong)
    assert answer is not None and answer.status == 422
    answer = ben.ask("get", "room")
    assert answer.status == 200 and answer.body["players"] == 2


def test_a_dropped_player_comes_back_to_the_same_seat_and_scene(room: VirtualRoom) -> None:
    """The others see the loss and the return; the client keeps its number, its objects and its held keys."""
    ada, ben = room.join("Ada"), room.join("Ben")
    me, number = ada.me, ada.core.player
    ada.hold("right")
    ada.drop()
    room.run(20)
    connected = [
        [player.connected for player in told.players]
        for told in ben.events
        if isinstance(told, RosterChanged)
    ]
    assert connected[-1] == [False, True] and not ada.playing
    ada.reconnect()
    room.run(5)
    assert ada.core.player == number and ada.me is me and ada.core.inputs.held("right")
    assert ben.core.roster[0].connected


def test_a_client_that_leaves_is_told_so_and_may_not_return(room: VirtualRoom) -> None:
    """Giving up the seat closes the connection with LEFT, and the token opens nothing any more."""
    ada = room.join("Ada")
    ada.core.request("delete", "seat")
    room.run_until(lambda: ada.ended is not None)
    assert ada.ended is not None and ada.ended.code == CloseReason.LEFT
    assert len(room.room.seats) == 0


def test_a_client_that_does_not_read_costs_only_itself(room: VirtualRoom) -> None:
    """It gets no more than the high-water mark, others play on, and it has a whole scene when it reads again."""
    ada, ben = room.join("Ada"), room.join("Ben")
    ada.stop_reading()
    ben.hold("right")
    heard = len(ben.events)
    room.run(100)
    assert len(ben.events) >= heard + 100
    ada.read_on()
    room.run(5)
    theirs = ada.scene.get(ben.me.id)
    assert ada.playing and theirs is not None and theirs.x == ben.me.x


def test_a_client_that_breaks_the_protocol_is_closed_and_nobody_else(room: VirtualRoom) -> None:
    """Garbage closes its sender with the reason; the other plays on."""
    ada, ben = room.join("Ada"), room.join("Ben")
    ada.send_raw(b"\xc1")
    room.run(2)
    assert ada.ended is not None and ada.ended.code == CloseReason.MALFORMED
    assert ben.playing


def test_a_stall_delivers_all_at_once_and_nothing_is_lost(room: VirtualRoom) -> None:
    """Half a second of silence, then every bundle in order: the scene is whole, no snapshot was needed."""
    ada = room.join("Ada", latency=20.0)
    tick = ada.core.server_tick
    ada.stall(500.0)
    room.run(5)
    assert ada.core.server_tick == tick
    room.run(10)
    assert ada.core.server_tick > tick + 10 and not ada.scene.stale


def test_the_interpolated_view_is_two_ticks_behind_on_a_calm_line(room: VirtualRoom) -> None:
    """What is drawn lies on the way that the entity took, behind where it is."""
    ada = room.join("Ada")
    ada.hold("right")
    room.run(40)
    (pose,) = ada.core.poses(room.now)
    assert pose.entity is ada.me
    assert ada.me.x - 64.0 * 0.05 * 3.1 <= pose.x < ada.me.x


def test_a_room_that_ends_tells_its_clients(room: VirtualRoom) -> None:
    """Closing the room closes every client with the reason."""
    ada = room.join("Ada")
    room.close()
    assert ada.ended is not None and ada.ended.code == CloseReason.ROOM_ENDED
    room.close()


def test_a_game_that_raises_fails_the_test_that_runs_it(room: VirtualRoom) -> None:
    """A mistake of the game's comes out of `run`, with its system's name."""
    ada = room.join("Ada")
    ada.command("break_it", {})
    with pytest.raises(SystemFailed, match="break_it"):
        room.run(3)


def test_joining_is_refused_as_in_a_lobby(room: VirtualRoom) -> None:
    """A full room and a taken name are said by the same exceptions."""
    room.join("Ada")
    with pytest.raises(NameTaken):
        room.join("ada")
    for name in ("Ben", "Cy", "Di"):
        room.join(name)
    with pytest.raises(RoomFull):
        room.join("Eve")


def test_waiting_for_what_never_happens_ends(room: VirtualRoom) -> None:
    """`run_until` gives up, by an assertion."""
    with pytest.raises(NotWithin, match="within 3 ticks"):
        room.run_until(lambda: False, ticks=3)


def test_the_same_seed_is_the_same_run() -> None:
    """Virtual time and seeded lines make a scenario repeat itself byte for byte."""

    def play() -> tuple[list[float], int]:
        with VirtualRoom(make_game(), seed=5) as room:
            ada = room.join("Ada", latency=30.0, jitter=40.0)
            ada.hold("right")
            places = []
            for _ in range(60):
                room.run()
                places.append(ada.me.x)
            return places, ada.to_client.carried

    assert play() == play()


def test_a_silent_client_is_closed_by_the_rooms_clock() -> None:
    """Minutes of waiting take no time: a client that says nothing for the room's `silence` is closed."""
    with VirtualRoom(make_game(), settings=RoomSettings(silence=60_000.0)) as room:
        ada = room.join("Ada")
        ada.to_server.stall(room.now, 90_000.0)
        room.run_until(lambda: ada.ended is not None, ticks=20 * 62)
        assert ada.ended is not None and ada.ended.code == CloseReason.SILENT


def test_entities_that_enter_are_told_once(room: VirtualRoom) -> None:
    """Each other player's entity is one EntityEntered."""
    ada = room.join("Ada")
    for name in ("Ben", "Cy"):
        room.join(name)
    room.run(3)
    entered = [told.entity.id for told in ada.events if isinstance(told, EntityEntered)]
    assert len(entered) == len(set(entered)) == 3


def test_a_line_is_not_faster_than_light(room: VirtualRoom) -> None:
    """A latency below 0 is refused."""
    with pytest.raises(ValueError, match="latency"):
        room.join("Ada", latency=-1.0)


def test_a_network_cuts_stays_away_and_comes_back() -> None:
    """In virtual time: a player is cut off when its network says so, finds none for a while, and has its seat after."""
    conditions = Conditions(latency=30.0, cut_every=2_000.0, away=500.0)
    with VirtualRoom(make_game(), seed=3) as room:
        ada = room.join("Ada", conditions=conditions)
        player, token = ada.core.player, ada.core.token
        room.run_until(lambda: ada.ended is not None)
        assert ada.ended is not None and ada.ended.code == 1006 and room.now <= 3_000.0 + 200.0
        ada.reconnect()
        assert ada.ended.sentence == "The network is away."
        room.run(room.room.tick_rate // 2)
        ada.reconnect()
        assert ada.playing and ada.core.player == player and ada.core.token != token


def test_an_unknown_token_is_refused(room: VirtualRoom) -> None:
    """A client whose token opens no seat is closed with BAD_TOKEN, for good."""
    ada = room.join("Ada")
    ada.drop()
    room.room.leave(next(iter(room.room.seats)))
    ada.reconnect()
    assert ada.ended is not None and ada.ended.code == CloseReason.BAD_TOKEN
    with pytest.raises(Exception, match="CLOSED"):
        ada.connect()


def test_the_servers_fault_comes_out_of_run(room: VirtualRoom) -> None:
    """A server message that breaks the protocol fails the test that runs it."""
    ada = room.join("Ada")
    ada.to_client.push(room.now, b"\xc1")
    with pytest.raises(RemoteProtocolError):
        room.run(2)
