"""The loop of all rooms, in virtual time: rates, overruns, failures, expiry, farewell."""

import asyncio
import gc
import weakref
from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs

from app.rooms.loop import WARN_EVERY
from app.rooms.rooms import REMEMBERED, RoomMissing
from net.codec import MESSAGEPACK
from net.players.session import Session
from net.protocol import ClientBundle, CloseReason, Input
from net.rooms.room import Room
from net.rooms.step import RoomStep
from tests.app.engines import engine_of
from tests.app.site_kit import Kit, Recorder, loaded, make_kit, walk_game

BREAK = 0b10
"""The bit of the key `break`."""


def bundle(session: Session, kit: Kit, *items: Any) -> None:
    session.receive(msgspec.msgpack.encode(ClientBundle(0, -1, list(items))), kit.clock())


def test_each_room_ticks_at_its_own_rate() -> None:
    """In two seconds of 1 ms steps a room of 20 Hz has 40 ticks and one of 50 Hz has 100."""
    kit = make_kit(loaded(walk_game("walk", tick_rate=20)), loaded(walk_game("run", tick_rate=50)))
    rooms = []
    for game in ("walk", "run"):
        room_id = kit.create(game=game)
        kit.play(room_id, "Ada")
        rooms.append(kit.rooms.entry(room_id).room)
    for _ in range(2_000):
        kit.turn(1)
    assert [abs(room.tick - expected) <= 1 for room, expected in zip(rooms, (40, 100), strict=True)] == [
        True,
        True,
    ]
    assert kit.loop.overruns == 0


def test_missed_ticks_are_skipped_when_there_are_many() -> None:
    """After a pause of ten periods one tick runs and the rest is skipped, which is counted and logged."""
    kit = make_kit()
    room_id = kit.create()
    kit.play(room_id, "Ada")
    entry = kit.rooms.entry(room_id)
    kit.turn()
    before = entry.room.tick
    with capture_logs() as logs:
        kit.turn(entry.schedule.period * 10.5)
        for _ in range(3):
            kit.turn()
    assert entry.room.tick == before + 1
    assert kit.loop.overruns == entry.overruns == 1
    (warning,) = (line for line in logs if line["event"] == "tick overran")
    assert warning["ticks_skipped"] == 9 and warning["room"] == room_id


def test_a_hiccup_of_the_machine_costs_no_tick() -> None:
    """A pause of two periods is made up at twice the rate: after a second the room has all its ticks."""
    kit = make_kit()
    room_id = kit.create()
    kit.play(room_id, "Ada")
    entry = kit.rooms.entry(room_id)
    start = kit.clock()
    kit.turn(100)
    while kit.clock() < start + 1_000:
        kit.turn(1)
    assert abs(entry.room.tick - 20) <= 1


def test_an_overrun_names_the_slowest_system_and_is_logged_now_and_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A tick longer than its period is told with its slowest system; further ones are counted in one line in 5 s."""
    kit = make_kit()
    entry = kit.rooms.entry(kit.create())

    def slow_step(room: Room, now: float) -> RoomStep:
        kit.clock.pass_ms(80.0)
        return RoomStep(slowest=("chase", 60_000_000))

    monkeypatch.setattr(Room, "step", slow_step)
    with capture_logs() as logs:
        for _ in range(10):
            kit.turn(entry.schedule.period)
        kit.clock.pass_ms(WARN_EVERY)
        kit.turn()
    warnings = [line for line in logs if line["event"] == "tick overran"]
    assert [warning["overruns"] for warning in warnings] == [1, 11]
    assert warnings[0]["slowest"] == "chase" and warnings[0]["slowest_ms"] == 60.0
    assert warnings[0]["took_ms"] == 80.0
    assert kit.loop.overruns == 11


def test_a_permanently_slow_room_does_not_stop_others() -> None:
    """A room that needs twice its period gets half its ticks; another room keeps all of its own that fit."""
    kit = make_kit(loaded(walk_game("walk", tick_rate=20)), loaded(walk_game("run", tick_rate=20)))
    slow, quick = (kit.rooms.entry(kit.create(game=game)) for game in ("walk", "run"))
    ticks = {slow: 0, quick: 0}
    original = Room.step

    def counted(room: Room, now: float) -> RoomStep:
        entry = slow if room is slow.room else quick
        ticks[entry] += 1
        kit.clock.pass_ms(90.0 if entry is slow else 1.0)
        return original(room, now)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Room, "step", counted)
        end = kit.clock() + 2_000
        while kit.clock() < end:
            kit.turn(1)
    assert 18 <= ticks[slow] <= 22
    assert ticks[quick] >= 18


def test_a_game_that_raises_costs_its_room_only() -> None:
    """Its players are told ROOM_FAILED, one line of the log has the system and the cause, the other room plays on."""
    kit = make_kit()
    broken, healthy = kit.create(), kit.create()
    session, recorder = kit.play(broken, "Ada")
    _, other = kit.play(healthy, "Bob")
    kit.turn(50)
    bundle(session, kit, Input(1, BREAK, BREAK, []))
    with capture_logs() as logs:
        kit.turn(50)
        kit.turn(50)
    (failure,) = (line for line in logs if line["event"] == "room failed")
    assert failure["room"] == broken and failure["game"] == "walk"
    assert (failure["system"], failure["cause"]) == (
        "may_break",
        "ZeroDivisionError: the game divided by zero",
    )
    assert recorder.closed is not None and recorder.closed[0] == CloseReason.ROOM_FAILED
    assert other.closed is None
    assert kit.loop.failures == 1
    assert [entry.room.room_id for entry in kit.rooms] == [healthy]
    assert kit.request("GET", f"/rooms/{broken}").status_code == 410


def test_a_mistake_of_ours_in_a_room_costs_that_room_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any exception out of a step ends that room with INTERNAL_ERROR and is logged with its traceback."""
    kit = make_kit()
    first, second = kit.create(), kit.create()
    _, recorder = kit.play(first, "Ada")
    original = Room.step

    def step(room: Room, now: float) -> RoomStep:
        if room.room_id == first:
            raise RuntimeError("ours")
        return original(room, now)

    monkeypatch.setattr(Room, "step", step)
    with capture_logs() as logs:
        kit.turn(100)
    assert [line["room"] for line in logs if line["log_level"] == "error"] == [first]
    assert recorder.closed is not None and recorder.closed[0] == CloseReason.INTERNAL_ERROR
    assert [entry.room.room_id for entry in kit.rooms] == [second]


def test_an_empty_room_ends_after_its_time() -> None:
    """A room that nobody joins ends when the configured time has passed, and not before."""
    kit = make_kit(toml="[rooms]\nempty_timeout = 10")
    room_id = kit.create()
    for _ in range(99):
        kit.turn(100)
    assert kit.rooms.find(room_id) is not None
    for _ in range(3):
        kit.turn(100)
    assert kit.rooms.find(room_id) is None
    with pytest.raises(RoomMissing, match="has ended"):
        kit.rooms.entry(room_id)


def test_a_room_with_a_player_does_not_end_and_ends_after_the_last_has_gone() -> None:
    """Seats that are kept for a lost player count; when they are freed the time begins."""
    kit = make_kit(toml="[rooms]\nempty_timeout = 10\nseat_kept = 5\nsilence = 1000")
    room_id = kit.create()
    session, _ = kit.play(room_id, "Ada")
    for _ in range(300):
        kit.turn(100)
    assert kit.rooms.find(room_id) is not None
    session.lost(kit.clock())
    for _ in range(140):
        kit.turn(100)
    assert kit.rooms.find(room_id) is not None
    for _ in range(20):
        kit.turn(100)
    assert kit.rooms.find(room_id) is None


@pytest.mark.parametrize("how", ["empty", "admin", "failed"])
def test_nothing_of_an_ended_room_stays(how: str) -> None:
    """After its end no room, engine, world or session is referenced from anywhere."""
    kit = make_kit(toml="[rooms]\nempty_timeout = 1\nseat_kept = 0")
    room_id = kit.create()
    session, _ = kit.play(room_id, "Ada")
    room = kit.rooms.entry(room_id).room
    watched = [weakref.ref(each) for each in (room, engine_of(room), engine_of(room).world, session)]
    kit.turn(50)
    if how == "failed":
        bundle(session, kit, Input(1, BREAK, BREAK, []))
    session.lost(kit.clock()) if how == "empty" else None
    if how == "admin":
        kit.rooms.end(kit.rooms.entry(room_id), CloseReason.ROOM_ENDED)
    for _ in range(40):
        kit.turn(100)
    del room, session
    gc.collect()
    assert kit.rooms.find(room_id) is None
    assert [each() for each in watched] == [None] * 4


def test_ids_of_ended_rooms_are_bounded() -> None:
    """The server remembers the last thousand ended rooms by id, and no more."""
    kit = make_kit(toml="[limits]\ncreates_per_minute = 100000\nrooms_per_address = 10000")
    for _ in range(REMEMBERED + 20):
        entry = kit.rooms.create(kit.site.lobby.games["walk"].hosted, "", "x")
        kit.rooms.end(entry, CloseReason.ROOM_ENDED)
    assert len(kit.rooms) == 0 and len(kit.rooms._ended) == REMEMBERED


def test_ending_all_rooms_tells_everybody_why() -> None:
    """A stop of the server closes every client of every room with GOING_AWAY."""
    kit = make_kit()
    recorders = [kit.play(kit.create(), "Ada")[1] for _ in range(3)]
    assert kit.loop.stop_all(1_000.0) == 3
    assert [recorder.closed and recorder.closed[0] for recorder in recorders] == [CloseReason.GOING_AWAY] * 3
    assert len(kit.rooms) == 0


def test_bundles_reach_their_sockets() -> None:
    """What a room's step returns is written to the session's socket, one bundle a tick."""
    kit = make_kit()
    _, recorder = kit.play(kit.create(), "Ada")
    welcome = len(recorder.sent)
    for _ in range(10):
        kit.turn(50)
    assert len(recorder.sent) - welcome == 10


def test_a_server_wide_event_reaches_the_other_rooms_of_its_game(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rooms of the same game are handed the event, its own room and other games are not."""
    kit = make_kit(loaded(walk_game("walk")), loaded(walk_game("run")))
    source, same, other = kit.create(game="walk"), kit.create(game="walk"), kit.create(game="run")
    told: list[str] = []
    monkeypatch.setattr(Room, "deliver", lambda room, _: not told.append(room.room_id))  # type: ignore[func-returns-value]
    monkeypatch.setattr(
        Room, "step", lambda room, _: RoomStep(server_wide=["news"] if room.room_id == source else [])
    )
    kit.turn(100)
    assert told == [same]
    assert other not in told


def test_events_that_are_too_many_for_a_room_are_counted_in_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once in five seconds, how many they were since."""
    kit = make_kit(loaded(walk_game("walk")))
    source, _ = kit.create(game="walk"), kit.create(game="walk")
    monkeypatch.setattr(Room, "deliver", lambda *_: False)
    monkeypatch.setattr(
        Room, "step", lambda room, _: RoomStep(server_wide=["news"] if room.room_id == source else [])
    )
    with capture_logs() as log:
        for _ in range(140):
            kit.turn(50)
    told = [line["since_the_last_time"] for line in log if line["event"] == "events not told"]
    assert told[0] == 1 and len(told) == 2 and 95 <= told[1] <= 105


def test_a_hello_that_does_not_come_is_not_waited_for() -> None:
    """A connection without a hello is closed with HELLO_TIMEOUT after its time."""
    kit = make_kit(toml="[rooms]\nhello_timeout = 2")
    session = kit.rooms.entry(kit.create()).room.open(MESSAGEPACK, kit.clock())
    session.sink = recorder = Recorder()
    closed = []
    for _ in range(27):
        kit.turn(100)
        closed.append(recorder.closed and recorder.closed[0])
    assert closed[18] is None and closed[-1] == CloseReason.HELLO_TIMEOUT


def test_a_silent_client_is_closed() -> None:
    """A client that says nothing for the configured time is closed with SILENT, others are not."""
    kit = make_kit(toml="[rooms]\nsilence = 5")
    room_id = kit.create()
    _, silent = kit.play(room_id, "Ada")
    talking, heard = kit.play(room_id, "Bob")
    for _ in range(60):
        kit.turn(100)
        bundle(talking, kit)
    assert silent.closed is not None and silent.closed[0] == CloseReason.SILENT
    assert heard.closed is None


def test_the_loop_wakes_when_a_room_is_made() -> None:
    """With no room the loop sleeps; a new room is ticked without waiting for that sleep to end."""
    kit = make_kit()
    ticked = asyncio.Event()

    async def run() -> None:
        driving = asyncio.create_task(kit.loop.run())
        await asyncio.sleep(0)
        original = kit.loop.tick

        def tick(entry: Any) -> None:
            original(entry)
            ticked.set()

        kit.loop.tick = tick  # type: ignore[method-assign]
        kit.rooms.create(kit.site.lobby.games["walk"].hosted, "", "x")
        async with asyncio.timeout(10):
            await ticked.wait()
        assert kit.loop.running
        driving.cancel()
        await asyncio.gather(driving, return_exceptions=True)
        assert not kit.loop.running

    asyncio.run(run())


def test_a_room_that_takes_long_to_make_is_not_late() -> None:
    """The first tick is due when the room is there, not when somebody began to make it."""
    game = walk_game()
    kit = make_kit(loaded(game))
    game.hooks["create"].append(lambda _: kit.clock.pass_ms(400.0))
    kit.create()
    kit.turn()
    assert kit.loop.overruns == 0
