"""A room end to end without sockets: seats, snapshots and diffs, own items, events, commands, slow and silent clients."""

import gc
import weakref
from collections.abc import Callable, Iterator
from itertools import count, repeat

import pytest

from ecs.components import Position, Scene
from net.bundle import whole
from net.codec import JSON, MESSAGEPACK
from net.errors import RemoteProtocolError
from net.players.allowance import CALL_BURST, CALLS_PER_SECOND, REQUEST_BURST, REQUESTS_PER_SECOND
from net.players.seats import NameTaken, RoomEnded, RoomFull
from net.players.session import Session
from net.players.sessions import token_digest
from net.protocol import (
    AXIS_SCALE,
    Answer,
    ClientBundle,
    CloseReason,
    Command,
    Diff,
    Happened,
    Hello,
    Input,
    Notice,
    Ping,
    Pong,
    Private,
    Request,
    RoomState,
    Roster,
    ServerBundle,
    Snapshot,
    Sync,
)
from net.rooms.room import MAX_FOREIGN
from net.settings import RoomSettings
from systems.queue import MAX_QUEUED
from tests.net.room_kit import Ammo, Player, Table, Wave, Waved, make_game
from tests.net.scene_kit import ClientScene


@pytest.fixture
def table() -> Iterator[Table]:
    """A room of four seats."""
    table = Table()
    yield table
    table.close()


def follow(player: Player) -> ClientScene:
    """The scene that a client builds from all it was sent."""
    assert player.welcome is not None
    scene = ClientScene(player.welcome.schema)
    for bundle in player.bundles:
        scene.apply(bundle)
    return scene


def test_the_first_bundle_has_a_snapshot_and_the_next_ones_diffs(table: Table) -> None:
    """A client gets everything once, then what changes, each diff based on the one before."""
    player = table.sit("Anna")
    table.step(4)
    kinds = [
        [type(item) for item in bundle.items if isinstance(item, (Snapshot, Diff))]
        for bundle in player.bundles
    ]
    assert kinds == [[Snapshot], [Diff], [Diff], [Diff]]
    bases = [(item.base, item.snapshot_id) for item in player.items(Diff) if isinstance(item, Diff)]
    assert bases == [(1, 2), (2, 3), (3, 4)]


@pytest.mark.parametrize("codec", [MESSAGEPACK, JSON], ids=["msgpack", "json"])
def test_two_players_see_each_other_move(table: Table, codec: object) -> None:
    """A key held by one player moves its box in the other's scene, in either codec."""
    anna, ben = table.sit("Anna", codec), table.sit("Ben")  # type: ignore[arg-type]  # parametrised codecs
    table.step()
    before = follow(ben).owned_by(0).x
    anna.send(Input(1, held=1))
    table.step(21)
    moved = follow(ben).owned_by(0).x - before
    assert moved == pytest.approx(64.0 * 1.05, abs=4.0)
    assert follow(anna).owned_by(0).x == follow(ben).owned_by(0).x
    assert table.room.engine.inputs.last_input(0) == 1
    assert anna.bundles[-1].last_input == 1


def test_what_is_private_is_sent_to_its_owner_only(table: Table) -> None:
    """An owner's component is in no other client's bytes; an undeclared one is in nobody's."""
    anna, ben = table.sit("Anna"), table.sit("Ben")
    table.step(2)
    assert follow(anna).owned_by(0).components["Ammo"] == [12]
    assert "Ammo" not in follow(anna).owned_by(1).components
    assert "Ammo" not in follow(ben).owned_by(0).components
    assert "Secret" not in str(anna.bundles) + str(anna.welcome)
    assert "987654321" not in str(anna.bundles)


def test_a_private_change_follows_its_diff(table: Table) -> None:
    """When ammunition is spent its owner learns of it, and nobody else."""
    anna, ben = table.sit("Anna"), table.sit("Ben")
    table.step(2)
    anna.send(Command(1, "shoot", anna.body({})))
    table.step()
    assert follow(anna).owned_by(0).components["Ammo"] == [11]
    assert [item for item in ben.items(Private) if isinstance(item, Private) and not item.full] == []


def test_a_team_shares_what_is_for_the_team(table: Table) -> None:
    """Joining a team shows its members' components, leaving it takes them away again."""
    anna, ben = table.sit("Anna"), table.sit("Ben")
    table.step()
    for player in (anna, ben):
        player.send(Command(1, "change_team", player.body({"team": 3})))
    table.step()
    assert follow(ben).owned_by(0).components["Plan"] == ["attack"]
    ben.send(Command(2, "change_team", ben.body({"team": -1})))
    table.step()
    assert "Plan" not in follow(ben).owned_by(0).components
    assert follow(ben).owned_by(1).components["Plan"] == ["attack"]


@pytest.mark.parametrize(
    ("wave", "hears"),
    [
        (Wave("room"), ["Anna", "Ben", "Carl"]),
        (Wave("server"), ["Anna", "Ben", "Carl"]),
        (Wave("player", to=1), ["Ben"]),
        (Wave("near"), ["Anna", "Ben"]),
        (Wave("team", team=5), ["Carl"]),
    ],
    ids=lambda value: value.scope if isinstance(value, Wave) else "",
)
def test_events_reach_their_audience(wave: Wave, hears: list[str]) -> None:
    """Room, server, player, vicinity and team: each event is sent to those it is for."""
    table = Table(make_game(view_radius=250.0))
    players = {name: table.sit(name) for name in ("Anna", "Ben", "Carl")}
    table.step()
    carl, anna = players["Carl"], players["Anna"]
    carl.send(Command(1, "change_team", carl.body({"team": 5})))
    table.step()
    body = {"scope": wave.scope, "team": wave.team, "to": wave.to}
    anna.send(Command(2, "wave", anna.body(body)))
    step = table.step()
    assert [name for name, player in players.items() if player.items(Happened)] == hears
    assert len(step.server_wide) == (wave.scope == "server")
    table.close()


def test_events_from_other_rooms_that_wait_are_bounded() -> None:
    """In a room that stands still, its disk being full, the first thousand are told when it goes on; then it takes more."""
    table = Table()
    anna = table.sit("Anna")
    table.step()
    table.room.stall("The disk is full.", table.now)
    taken = [table.room.deliver(Waved(7)) for _ in range(MAX_FOREIGN + 5)]
    assert (sum(taken), taken[-5:]) == (MAX_FOREIGN, [False] * 5)
    table.room.unstall(table.now)
    table.step()
    assert len(anna.items(Happened)) == MAX_FOREIGN
    assert table.room.deliver(Waved(7))
    table.close()


def test_a_player_hears_from_where_it_sees() -> None:
    """An own thing that lies elsewhere hears nothing; whose entity is gone hears from where that was."""
    table = Table(make_game(view_radius=250.0))
    players = {name: table.sit(name) for name in ("Anna", "Ben", "Carl")}
    table.step()
    world = table.room.engine.world
    world.spawn(Position(100.0, 100.0), Scene("player", owner=2, w=1.0, h=1.0))
    bens = next(entity for entity, scene in world.query(Scene) if scene.owner == 1)
    world.despawn(bens)
    players["Anna"].send(Command(1, "wave", players["Anna"].body({"scope": "near"})))
    table.step()
    assert [name for name, player in players.items() if player.items(Happened)] == ["Anna", "Ben"]
    table.close()


def test_commands_are_refused_with_a_reason(table: Table) -> None:
    """An unknown command, a body of the wrong type and the game's own no are answered, each with its status."""
    anna = table.sit("Anna")
    table.step()
    anna.send(Command(1, "fly", anna.body({})), Command(2, "wave", anna.body({"team": "red"})))
    anna.send(*[Command(10 + n, "shoot", anna.body({})) for n in range(13)])
    table.step()
    answers = {item.id: (item.status, item.body) for item in anna.items(Answer) if isinstance(item, Answer)}
    assert answers[1] == (404, "the game has no command 'fly'")
    assert answers[2][0] == 422
    assert "team" in str(answers[2][1])
    assert answers[22] == (409, "no rounds are left")
    assert set(answers) == {1, 2, 22}


def test_too_many_commands_cost_their_sender_only(table: Table) -> None:
    """Commands beyond the bound of a tick are answered with 429; the room and the others go on."""
    anna, ben = table.sit("Anna"), table.sit("Ben")
    table.step()
    anna.send(*[Command(n + 1, "wave", anna.body({})) for n in range(40)])
    ben.send(Command(1, "wave", ben.body({})))
    table.step()
    answers = [item for item in anna.items(Answer) if isinstance(item, Answer)]
    assert [(item.id, item.status) for item in answers] == [(n, 429) for n in range(33, 41)]
    assert len(ben.items(Happened)) == 33
    anna.send(Command(99, "wave", anna.body({})))
    table.step()
    assert len(ben.items(Happened)) == 34


def test_a_crowd_that_says_too_much_is_answered_and_may_leave() -> None:
    """The room's own bound of commands is nobody's fault: 429, and whoever is cut off or leaves does so as ever."""
    table = Table(make_game(max_players=MAX_QUEUED // 32 + 2))
    crowd = [table.sit(f"player {number}") for number in range(MAX_QUEUED // 32 + 2)]
    table.step()
    for player in crowd:
        player.send(*[Command(n, "wave", player.body({"scope": "player", "to": 0})) for n in range(1, 33)])
    crowd[-1].session.lost(table.now)
    table.room.leave(table.room.seats.get(1))  # type: ignore[arg-type]  # it is taken
    table.step()
    assert [item.status for item in crowd[-2].items(Answer) if isinstance(item, Answer)] == [429] * 32
    assert not table.room.engine.world.player(len(crowd) - 1).connected
    assert 1 not in table.room.engine.world.players
    table.close()


def test_requests_are_answered(table: Table) -> None:
    """Snapshot, roster and room by name; an unknown resource and a wrong verb are said to be that."""
    anna = table.sit("Anna")
    table.step()
    asked = [
        ("get", "snapshot"),
        ("get", "snapshot"),
        ("get", "roster"),
        ("get", "room"),
        ("get", "x"),
        ("put", "room"),
    ]
    anna.send(*[Request(number, verb, name, anna.body(None)) for number, (verb, name) in enumerate(asked, 1)])
    table.step()
    answers = {item.id: item for item in anna.items(Answer) if isinstance(item, Answer)}
    assert [answers[number].status for number in range(1, 7)] == [202, 429, 200, 200, 404, 405]
    assert len(anna.items(Snapshot)) == 2
    assert answers[3].body == [[0, "id-Anna", "Anna", True, -1]]
    assert answers[4].body["players"] == 1


@pytest.mark.parametrize(
    ("resource", "burst", "rate"),
    [
        ("get roster", REQUEST_BURST, REQUESTS_PER_SECOND),
        ("post rpc/unknown", CALL_BURST, CALLS_PER_SECOND),
        ("post rpc/buy", CALL_BURST, CALLS_PER_SECOND),
    ],
)
def test_a_flood_of_requests_costs_its_sender_only(
    table: Table, resource: str, burst: float, rate: float
) -> None:
    """After a burst a player is answered so many a second, whatever it asks and however often; the others as before."""
    anna, ben = table.sit("anna"), table.sit("ben")
    table.step()
    verb, path = resource.split()
    ids = repeat(1) if path.startswith("rpc/") else count(1)
    anna.send(Request(next(ids), verb, path, anna.body({"item": "bread"})), now=table.now)
    seconds = 5
    for _ in range(seconds * table.game.tick_rate):
        for _ in range(2):
            body = anna.body({"item": "bread"})
            anna.send(*[Request(next(ids), verb, path, body) for _ in range(16)], now=table.now)
        table.step()
    ben.send(Request(1, "get", "roster", ben.body(None)), now=table.now)
    table.step()
    statuses = [item.status for item in anna.items(Answer) if isinstance(item, Answer)]
    let_in = [status for status in statuses if status != 429]
    assert burst + rate * (seconds - 1) <= len(let_in) <= burst + rate * (seconds + 1)
    assert [item.status for item in ben.items(Answer) if isinstance(item, Answer)] == [200]


def test_a_ping_is_answered_in_the_next_bundle(table: Table) -> None:
    """The pong carries the client's time and when it was received."""
    anna = table.sit("Anna")
    anna.send(Ping(123.0), now=7.0)
    table.step()
    assert anna.items(Pong) == [Pong(123.0, 7.0)]


def test_a_sync_is_answered_at_once(table: Table) -> None:
    """Clock-sync pings outside the bundles get their reply without waiting for a tick, and there are at most 8."""
    anna = table.sit("Anna")
    for number in range(8):
        replies = anna.say(Sync(float(number)), now=3.0)
        assert [anna.session.codec.decode_server(reply) for reply in replies] != []
    with pytest.raises(RemoteProtocolError):
        anna.say(Sync(9.0), now=3.0)


def test_everybody_sees_who_comes_and_goes(table: Table) -> None:
    """The roster is sent as it changes: joined, connection lost, left for good."""
    anna, ben = table.sit("Anna"), table.sit("Ben")
    table.step()
    ben.session.lost(table.now)
    table.step()
    anna.send(Request(1, "delete", "seat", anna.body(None)))
    rosters = [
        [(p.name, p.connected) for p in item.players]
        for item in anna.items(Roster)
        if isinstance(item, Roster)
    ]
    assert rosters == [[("Anna", True), ("Ben", True)], [("Ben", False)]]
    table.step()
    assert (anna.session, CloseReason.LEFT, "") in table.closed
    assert [seat.name for seat in table.room.seats] == ["Ben"]


def test_a_new_connection_replaces_the_old_one(table: Table) -> None:
    """The seat moves at once; the late close of the old socket touches nothing."""
    old = table.sit("Anna")
    table.step()
    new = table.connect()
    new.hello(old.token, table.now)
    old.session.lost(table.now)
    table.step(2)
    assert [(session, reason) for session, reason, _ in table.closed] == [(old.session, CloseReason.REPLACED)]
    assert [len(old.bundles), len(new.bundles)] == [1, 2]
    assert table.room.seats.records()[0].connected
    assert len(follow(new).entities) == 1


@pytest.mark.parametrize("how", ["lost", "replaced"])
def test_what_was_held_is_released_when_the_connection_goes(table: Table, how: str) -> None:
    """Rules see the key go up, as by hand; the next connection counts its inputs on, and what was heard counts no more."""
    anna = table.sit("Anna")
    table.step()
    anna.send(Input(2, held=1, axes=[AXIS_SCALE]))
    table.step()
    if how == "lost":
        anna.session.lost(table.now)
    else:
        table.connect().hello(anna.token, table.now)
    table.step()
    keys = table.room.engine.world.input(0)
    assert (keys.held("right"), keys.released("right"), keys.axis("aim_x")) == (False, True, 0.0)
    again = table.connect()
    assert again.hello(anna.token, table.now).last_input == 2
    table.step()
    assert again.bundles[-1].last_input == 2
    again.send(Input(2, held=1))
    table.step()
    assert not table.room.engine.world.input(0).held("right")
    again.send(Input(3, held=1))
    table.step()
    assert again.bundles[-1].last_input == 3
    assert table.room.engine.world.input(0).held("right")


def test_a_seat_waits_for_its_player(table: Table) -> None:
    """A player whose connection is lost finds the same number and entity when it comes back in time."""
    anna, ben = table.sit("Anna"), table.sit("Ben")
    anna.send(Input(2, held=1))
    table.step(2)
    anna.session.lost(table.now)
    table.step(10)
    again = table.connect()
    assert again.hello(anna.token, table.now).player == 0
    again.send(Input(13, held=1))
    x = follow(ben).owned_by(0).x
    table.step(4)
    assert follow(again).owned_by(0).id == follow(ben).owned_by(0).id
    assert follow(again).owned_by(0).x > x, "inputs count from the new connection's first one on"


def test_an_abandoned_seat_is_freed(table: Table) -> None:
    """After the time that the settings give, the game is told and the entity is gone; so is a seat never taken."""
    settings = RoomSettings(seat_kept=2_000.0, reservation=1_000.0)
    table = Table(settings=settings)
    anna, ben = table.sit("Anna"), table.sit("Ben")
    table.room.reserve("id-Carl", "Carl", token_digest("Carl"), table.now)
    table.step()
    ben.session.lost(table.now)
    table.step(30)
    assert [seat.name for seat in table.room.seats] == ["Anna", "Ben"]
    table.step(30)
    assert [seat.name for seat in table.room.seats] == ["Anna"]
    assert len(follow(anna).entities) == 1
    table.close()


def test_who_never_says_hello_is_closed(table: Table) -> None:
    """A connection without a hello is closed in time, and there may be only so many of them."""
    table = Table(settings=RoomSettings(max_connections=2))
    table.sit("Anna")
    mute, other = table.connect(), table.connect()
    with pytest.raises(RoomFull):
        table.connect()
    table.step(120)
    assert {(session, reason) for session, reason, _ in table.closed} == {
        (mute.session, CloseReason.HELLO_TIMEOUT),
        (other.session, CloseReason.HELLO_TIMEOUT),
    }
    table.close()


def test_nobody_locks_the_door() -> None:
    """Connections of one address that say no hello make room for those of others, the oldest first."""
    table = Table(settings=RoomSettings(max_connections=3))
    room = table.room
    mute = [room.open(MESSAGEPACK, 0.0, "10.0.0.1") for _ in range(3)]
    room.open(MESSAGEPACK, 0.0, "10.0.0.2")
    table.step()
    assert [(session, reason) for session, reason, _ in table.closed] == [
        (mute[0], CloseReason.HELLO_TIMEOUT)
    ]
    with pytest.raises(RoomFull):
        room.open(MESSAGEPACK, 0.0, "10.0.0.1")
    table.close()


def test_a_silent_client_is_closed_and_may_come_back() -> None:
    """A client from which nothing comes is closed as silent; its seat is kept."""
    table = Table(settings=RoomSettings(silence=1_000.0))
    anna = table.sit("Anna")
    table.step(40)
    assert [reason for _, reason, _ in table.closed] == [CloseReason.SILENT]
    assert not table.room.seats.records()[0].connected
    again = table.connect()
    again.hello("Anna", table.now)
    table.step()
    assert len(again.bundles) == 1
    assert anna.session.receive(b"\xc0", table.now) == []
    table.close()


def test_a_congested_client_gets_a_fresh_snapshot_and_every_reliable_item(table: Table) -> None:
    """While its socket takes nothing a client gets no state; when it drains: one snapshot and all events, in order."""
    anna, ben = table.sit("Anna"), table.sit("Ben")
    table.step()
    ben.session.congested = True
    for number in range(1, 6):
        anna.send(Command(number, "wave", anna.body({})), Input(number + 1, held=1))
        table.step()
    assert len(ben.bundles) == 1
    ben.session.congested = False
    table.step()
    kinds = [type(item) for item in ben.bundles[-1].items]
    assert kinds == [Snapshot, Private, *[Happened] * 5]
    table.step(2)
    assert follow(ben).same_as(follow(anna))


def test_who_joins_a_paused_room_has_nothing_of_who_sat_there_before() -> None:
    """A thing that outlives its owner is its number's again when the game knows the newcomer, and not a tick before: what
    is private of it is not sent where it is not shown."""
    table = Table(make_game(view_radius=250.0))
    table.sit("Anna")
    table.step()
    world = table.room.engine.world
    (entity,) = [entity for entity, scene, _ in world.query(Scene, Ammo) if scene.owner == 0]
    world.get(entity, Scene).owner = 1
    world.get(entity, Ammo).rounds = 77
    table.step()
    table.room.transition("pause")
    ben = table.sit("Ben")
    table.step()
    snapshot, private = ben.items(Snapshot)[0], ben.items(Private)[0]
    assert isinstance(snapshot, Snapshot) and isinstance(private, Private)
    assert (snapshot.entities, private.changed) == ([], [])
    table.room.transition("resume")
    table.step(2)
    assert entity in {seen.id for seen in follow(ben).entities.values()}
    table.close()


def test_what_waited_is_told_before_what_is_new(table: Table) -> None:
    """Told the other way round, a client that was congested would end with an old state of the room and an old roster."""
    anna, ben, cid = table.sit("Anna"), table.sit("Ben"), table.sit("Cid")
    table.step()
    ben.session.congested = True
    table.room.transition("pause")
    cid.session.lost(table.now)
    table.step()
    ben.session.congested = False
    table.room.transition("resume")
    again = table.connect()
    again.hello("Cid", table.now)
    table.step()
    assert ben.items(RoomState) == anna.items(RoomState)
    assert ben.items(RoomState)[-1] == RoomState(table.room.state, "")
    last = ben.items(Roster)[-1]
    assert isinstance(last, Roster)
    assert [record.connected for record in last.players] == [True]
    assert ben.items(Roster) == anna.items(Roster)


@pytest.mark.parametrize(("seconds", "regained"), [(1.0, True), (10.0, True), (float("inf"), False)])
def test_a_client_that_stops_reading_disturbs_nobody(seconds: float, regained: bool) -> None:
    """For 1 s, 10 s or for ever: the others get every tick, the slow one has it all after a fresh snapshot, or is closed."""
    table = Table()
    anna, ben = table.sit("Anna"), table.sit("Ben")
    table.step(5)
    ben.session.congested = True
    ticks = round(min(seconds, 20.0) * table.game.tick_rate)
    for number in range(ticks):
        anna.send(
            Input(number + 1, held=number % 2), Command(number + 1, "wave", anna.body({})), now=table.now
        )
        ben.session.heard_at = table.now
        table.step()
    ben.session.congested = False
    table.step(3)
    assert len(anna.bundles) == 5 + ticks + 3
    assert [session for session, _, _ in table.closed] == ([] if regained else [ben.session])
    if regained:
        assert len(ben.items(Happened)) == len(anna.items(Happened)) == ticks
        assert follow(ben).same_as(follow(anna))
    table.close()


def test_a_client_that_never_drains_is_closed_as_slow() -> None:
    """Too long, or too many waiting items: closed with SLOW_CLIENT, its seat kept, the others undisturbed."""
    for settings, ticks in ((RoomSettings(slow_client=1_000.0), 30), (RoomSettings(max_waiting_items=4), 10)):
        table = Table(settings=settings)
        anna, ben = table.sit("Anna"), table.sit("Ben")
        table.step()
        ben.session.congested = True
        for number in range(ticks):
            anna.send(Command(number + 1, "wave", anna.body({})))
            table.step()
        assert [(session, reason) for session, reason, _ in table.closed] == [
            (ben.session, CloseReason.SLOW_CLIENT)
        ]
        assert len(anna.bundles) == ticks + 1
        assert ben.session.waiting == []
        table.close()


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("raise", "break_it"),
        ("nan", "Position.x is nan"),
        ("far", "Health.value of entity 1 does not fit into 64 bits"),
        ("large", "Ammo.rounds of entity 1 does not fit into 64 bits"),
    ],
)
def test_a_broken_game_ends_its_room_and_says_so(table: Table, how: str, said: str) -> None:
    """A rule that raises, or puts where clients look what cannot travel, ends this room with ROOM_FAILED and says so."""
    anna = table.sit("Anna")
    table.step()
    anna.send(Command(1, "break_it", anna.body({"how": how})))
    step = table.step()
    assert step.failure is not None
    assert said in str(step.failure)
    assert [reason for _, reason, _ in table.closed] == [CloseReason.ROOM_FAILED]
    assert table.room.ended
    assert table.step().outgoing == []


def test_joining_is_refused_with_a_reason(table: Table) -> None:
    """Full, name taken, ended: each refusal is of its own kind."""
    for name in ("Anna", "Ben", "Carl"):
        table.sit(name)
    with pytest.raises(NameTaken):
        table.room.reserve("x", "ANNA", b"", 0.0)
    table.sit("Dora")
    with pytest.raises(RoomFull):
        table.room.reserve("x", "Emil", b"", 0.0)
    table.room.end(CloseReason.ROOM_ENDED)
    with pytest.raises(RoomEnded):
        table.room.reserve("x", "Emil", b"", 0.0)
    with pytest.raises(RoomEnded):
        table.room.open(MESSAGEPACK, 0.0)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (ClientBundle(1, -1), CloseReason.OUT_OF_STATE),
        (Sync(1.0), CloseReason.OUT_OF_STATE),
        (Hello(2, "Anna"), CloseReason.UNSUPPORTED_PROTOCOL),
        (Hello(1, "wrong"), CloseReason.BAD_TOKEN),
        (Hello(1, "id-Anna"), CloseReason.BAD_TOKEN),
    ],
    ids=repr,
)
def test_only_the_right_hello_opens(table: Table, message: object, reason: CloseReason) -> None:
    """A message before the hello, another protocol version and a token of nobody cost the connection."""
    table.room.reserve("id-Anna", "Anna", token_digest("Anna"), 0.0)
    with pytest.raises(RemoteProtocolError) as caught:
        table.connect().say(message)
    assert caught.value.reason is reason


def test_an_open_session_takes_no_second_hello_and_no_future_ack(table: Table) -> None:
    """Messages out of state and acknowledgements of ticks that have not been are the peer's fault."""
    anna = table.sit("Anna")
    with pytest.raises(RemoteProtocolError) as caught:
        anna.say(Hello(1, "Anna"))
    assert caught.value.reason is CloseReason.OUT_OF_STATE
    with pytest.raises(RemoteProtocolError) as caught:
        anna.say(ClientBundle(1, 999))
    assert caught.value.reason is CloseReason.MALFORMED


def test_floods_are_cut(table: Table) -> None:
    """More messages or more bytes than the settings allow cost the connection, not the room."""
    anna = table.sit("Anna")
    while table.room.settings.message_burst > anna.tick + 1:  # the hello was one
        anna.send()
    with pytest.raises(RemoteProtocolError) as caught:
        anna.send()
    assert caught.value.reason is CloseReason.RATE_LIMITED
    ben = table.sit("Ben")
    with pytest.raises(RemoteProtocolError) as caught:
        ben.session.receive(b"\x93" * 16_385, 0.0)
    assert caught.value.reason is CloseReason.MESSAGE_TOO_BIG


def test_the_fingerprint_is_judged_in_the_welcome(table: Table) -> None:
    """A missing or different fingerprint is said, and is no reason to refuse an authoritative room's player."""
    anna = table.sit("Anna")
    assert anna.welcome is not None
    assert anna.welcome.prediction == "the client sent no fingerprint"
    assert (anna.welcome.unix_time, anna.welcome.tick_rate, anna.welcome.state) == (
        1e12,
        20,
        "running.iterating",
    )


def test_a_room_waits_for_its_first_player(table: Table) -> None:
    """Before anybody has connected the engine stands still; the start is a transition of the state chart that all see."""
    table.step(3)
    assert (table.room.tick, table.room.state) == (0, "setup.organizing")
    anna = table.sit("Anna")
    table.step()
    assert (table.room.tick, table.room.state) == (1, "running.iterating")
    assert anna.items(RoomState) == [RoomState("running.iterating")]


def test_a_paused_room_stands_still_and_still_speaks(table: Table) -> None:
    """While it is paused no tick runs, and news still reach the players."""
    anna = table.sit("Anna")
    table.step(2)
    table.room.transition("pause", "Ben went for tea")
    table.room.announce("Back in a minute.")
    table.step(3)
    assert table.room.tick == 2
    assert anna.items(RoomState)[-1] == RoomState("running.paused.host", "Ben went for tea")
    assert anna.items(Notice) == [Notice("Back in a minute.")]
    table.room.transition("resume")
    table.step(2)
    assert follow(anna).snapshot_id == 4


@pytest.mark.parametrize("seated", [0, 64])
def test_who_comes_into_a_paused_room_sees_nothing_yet(seated: int) -> None:
    """A player whom the engine does not know yet has no view: an empty snapshot, and the rest when the game goes on."""
    table = Table(make_game(max_players=100, view_radius=100.0))
    players = [table.sit(f"player {number}") for number in range(seated)] or [table.sit("first")]
    if seated:
        table.step()
    table.room.transition("pause")
    late = table.sit("late")
    table.step()
    assert follow(late).entities == {}
    table.room.transition("resume")
    table.step(2)
    assert follow(late).owned_by(len(players)).kind == "player"
    table.close()


def test_nothing_of_an_ended_room_stays() -> None:
    """When a room has ended and is let go of, it is gone from memory, and so are its sessions and engine."""
    table = Table()
    table.sit("Anna")
    table.step(3)
    session: Session = next(iter(table.players))
    gone: list[Callable[[], object]] = [
        weakref.ref(table.room),
        weakref.ref(table.room.engine.world),
        weakref.ref(session),
    ]
    del session
    table.room.end(CloseReason.ROOM_ENDED)
    del table
    gc.collect()
    assert [reference() for reference in gone] == [None, None, None]


def test_an_empty_bundle_is_small(table: Table) -> None:
    """Where nothing happens a bundle is a header and an empty diff: under 40 bytes."""
    table.sit("Anna")
    table.step(5)
    step = table.step()
    payload = whole(step.outgoing[0][1])
    assert len(payload) < 40
    assert isinstance(MESSAGEPACK.decode_server(payload), ServerBundle)
