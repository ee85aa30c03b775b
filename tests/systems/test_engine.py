"""The Engine: what enters a tick, in which order, and what comes out of it."""

import gc
import weakref
from collections.abc import Callable
from dataclasses import dataclass

import esper
import msgspec
import pytest

from systems.queue import MAX_QUEUED, QueueFull
from tickroom import (
    Collide,
    Dropped,
    Engine,
    Game,
    Joined,
    Left,
    Position,
    Refused,
    Returned,
    Scene,
    SystemFailed,
    Velocity,
    World,
    WorldError,
    save,
)


@dataclass
class Paint:
    """A command's body."""

    colour: str


class Chest(msgspec.Struct):
    """A request for the server."""

    entity: int


@dataclass(slots=True, frozen=True)
class Opened:
    """An event for clients."""

    entity: int


@dataclass(slots=True, frozen=True)
class Secret:
    """An event for rules."""

    word: str


def make_game(log: list[object]) -> Game:
    """A game that writes down what happens to it."""
    game = Game("test", tick_rate=20, keyframe_interval=5)
    game.input(keys=("fire",))
    game.event(Opened)
    game.event(server_only=True)(Secret)

    def hook(name: str) -> Callable[[World, int], None]:
        def note(world: World, player: int) -> None:
            log.append((name, player, world.tick, world.players))

        return note

    for name in ("join", "leave", "drop", "return"):
        game.on(name)(hook(name))

    @game.command
    def paint(world: World, player: int, body: Paint) -> None:
        if body.colour == "beige":
            raise Refused("not beige")
        if body.colour == "broken":
            raise ZeroDivisionError("the rule is wrong")
        log.append(("paint", player, body.colour))

    @game.authority(Chest)
    def open_chest(world: World, player: int, request: Chest) -> None:
        world.emit(Opened(request.entity), to=player)

    @game.system("input")
    def look(world: World, dt: float) -> None:
        for player in world.players:
            if world.input(player).pressed("fire"):
                world.ask(Chest(7), player=player)

    @game.system("events")
    def listen(world: World, dt: float) -> None:
        log.extend(event for kind in (Joined, Left, Dropped, Returned) for event in world.events(kind))

    return game


def test_joins_leaves_and_commands_enter_at_the_ticks_start_in_the_order_of_arrival() -> None:
    """Nothing happens before the step; then hooks, commands and the built-in events come in order."""
    log: list[object] = []
    engine = Engine(make_game(log), 1)
    engine.join(4, "ann")
    engine.command(4, "paint", Paint("red"))
    engine.join(2, "bob")
    engine.leave(4)
    engine.command(4, "paint", Paint("late"))
    before = (list(log), engine.world.players)
    assert before == ([], ())
    engine.step()
    assert log == [
        ("join", 4, 1, (4,)), ("paint", 4, "red"), ("join", 2, 1, (2, 4)), ("leave", 4, 1, (2, 4)),
        Joined(4, "ann"), Joined(2, "bob"), Left(4, "ann"),
    ]  # fmt: skip
    assert engine.world.players == (2,)
    engine.close()


def test_a_player_may_drop_and_return() -> None:
    """The seat, name and number stay; rules see who is connected."""
    log: list[object] = []
    engine = Engine(make_game(log), 1)
    engine.join(0, "ann")
    engine.step()
    engine.drop(0)
    engine.step()
    assert not engine.world.player(0).connected
    assert engine.world.players == (0,)
    engine.returned(0)
    engine.step()
    assert engine.world.player(0).connected
    assert log[2:] == [("drop", 0, 2, (0,)), Dropped(0), ("return", 0, 3, (0,)), Returned(0)]
    engine.close()


def test_a_refused_command_is_answered_and_costs_nobody_else() -> None:
    """The refusal names player, number and reason; the tick goes on."""
    log: list[object] = []
    engine = Engine(make_game(log), 1)
    engine.join(0, "ann")
    engine.command(0, "paint", Paint("beige"), 17)
    engine.command(0, "paint", Paint("red"), 18)
    result = engine.step()
    assert result.refusals == [(0, 17, "not beige")]
    assert ("paint", 0, "red") in log
    engine.close()


def test_events_go_to_whom_they_are_for() -> None:
    """An authority answers inside the tick; what is server-only or built in does not leave."""
    log: list[object] = []
    engine = Engine(make_game(log), 1)
    engine.join(3, "ann")
    engine.inputs.enqueue(3, 1, 1, 1)
    engine.world.emit(Secret("x"))
    batch = engine.step().events
    assert [(d.event, d.scope, d.player) for d in batch.deliveries] == [(Opened(7), "player", 3)]
    assert batch.players == {3: batch.deliveries}
    assert len(engine.step().events) == 0
    engine.close()


def test_every_audience_has_its_group() -> None:
    """Own, vicinity, team, room and server-wide; all of them also in the order of emission."""
    engine = Engine(make_game([]), 1)
    world = engine.world
    world.emit(Opened(1), at=(3, 4))
    world.emit(Opened(2), team=6)
    world.emit(Opened(3))
    world.emit(Opened(4), scope="server")
    world.emit(Opened(5), to=0)
    batch = engine.step().events
    assert [delivery.event.entity for delivery in batch.deliveries] == [1, 2, 3, 4, 5]
    assert [delivery.at for delivery in batch.near] == [(3.0, 4.0)]
    assert [d.event.entity for group in (batch.near, batch.room, batch.server) for d in group] == [1, 3, 4]
    assert {team: [d.event.entity for d in group] for team, group in batch.teams.items()} == {6: [2]}
    assert {player: [d.event.entity for d in group] for player, group in batch.players.items()} == {0: [5]}
    engine.close()


@pytest.mark.parametrize(
    ("where", "named"),
    [
        ("create", "on(create) broken"),
        ("join", "on(join) broken"),
        ("command", "command broken"),
        ("system", "broken"),
        ("authority", "asking"),
    ],
)
def test_a_rule_that_raises_is_named(where: str, named: str) -> None:
    """SystemFailed says which function of the game it was, and keeps what it raised; a failed create leaves nothing."""
    contexts = esper.list_worlds()
    with pytest.raises(SystemFailed) as failed:
        _break(where)
    assert failed.value.system == named
    assert isinstance(failed.value.cause, ZeroDivisionError)
    assert "ZeroDivisionError: the rule is wrong" in str(failed.value)
    assert where != "create" or esper.list_worlds() == contexts


def _break(where: str) -> None:
    game = Game("test")

    def broken(world: World) -> None:
        raise ZeroDivisionError("the rule is wrong")

    def broken_for(world: World, player: int) -> None:
        broken(world)

    def broken_with(world: World, player: int, body: Paint) -> None:
        broken(world)

    def broken_system(world: World, dt: float) -> None:
        broken(world)

    for function in (broken_for, broken_with, broken_system):
        function.__name__ = "broken"
    match where:
        case "create":
            game.on("create")(broken)
        case "join":
            game.on("join")(broken_for)
        case "command":
            game.command(broken_with)
        case "system":
            game.system("logic")(broken_system)
        case _:
            game.authority(Paint)(broken_with)

            @game.system("logic")
            def asking(world: World, dt: float) -> None:
                world.ask(Paint("x"))

    engine = Engine(game, 1)
    engine.join(0, "ann")
    if where == "command":
        engine.command(0, "broken", Paint("x"))
    try:
        engine.step()
    finally:
        engine.close()


def test_the_keyframe_interval_is_kept() -> None:
    """Every fifth tick says that it is one."""
    engine = Engine(make_game([]), 1)
    assert [engine.step().keyframe for _ in range(10)] == [False, False, False, False, True] * 2
    engine.close()


def test_timings_come_from_the_injected_timer_only() -> None:
    """Without one there are none; with one each system has its own, and the slowest is named."""
    engine = Engine(make_game([]), 1)
    assert engine.step().slowest is None
    engine.close()
    clock = iter([0, 1, 10, 40, 50, 52])
    engine = Engine(make_game([]), 1, timer=lambda: next(clock))
    result = engine.step()
    assert result.timings == [("look", 1), ("physics", 30), ("listen", 2)]
    assert result.slowest == ("physics", 30)
    engine.close()


def test_the_queue_is_bounded_and_typed() -> None:
    """A command too many raises; who comes and goes is always taken. An unknown command or a wrong body is our mistake."""
    engine = Engine(make_game([]), 1)
    with pytest.raises(WorldError, match="no command 'sing'"):
        engine.command(0, "sing", Paint("x"))
    with pytest.raises(WorldError, match="body of type Chest"):
        engine.command(0, "paint", Chest(1))
    engine.join(0, "x")
    for _ in range(MAX_QUEUED - 1):
        engine.command(0, "paint", Paint("x"))
    with pytest.raises(QueueFull, match="wait for one tick"):
        engine.command(0, "paint", Paint("x"))
    engine.leave(0)
    engine.close()


def test_two_rooms_of_a_process_never_share_state() -> None:
    """Stepped in turns, each computes what it computes alone."""

    def play(engines: list[Engine], ticks: int) -> list[bytes]:
        for tick in range(ticks):
            for number, engine in enumerate(engines):
                if tick == 0:
                    engine.join(number, f"player {number}")
                engine.step()
        return [save(engine.world) for engine in engines]

    game = Game("falling", gravity=(0.0, -100.0))
    game.kind("drop")

    @game.on("create")
    def create(world: World) -> None:
        world.spawn(Position(0, -20), Collide("box", 500, 10, body="static"))

    @game.system("logic")
    def rain(world: World, dt: float) -> None:
        world.spawn(
            Position(world.random.uniform(-100, 100), 50), Velocity(), Collide("circle", 5, 5), Scene("drop")
        )
        if world.tick % 3 == 0:
            world.despawn(world.query(Velocity)[0][0])

    together = play([Engine(game, 1), Engine(game, 2), Engine(game, 3)], 60)
    alone = [play([Engine(game, 1)], 60)[0]]
    assert together[0] == alone[0]
    assert len(set(together)) == 3
    gc.collect()


def test_nothing_of_a_closed_room_stays() -> None:
    """Its esper context is gone, and its world, Space and bodies are collected."""
    before = esper.list_worlds()
    engine = Engine(make_game([]), 1)
    engine.world.spawn(Position(), Velocity(), Collide())
    engine.join(0, "ann")
    engine.step()
    world = weakref.ref(engine.world)
    engine.close()
    engine.close()
    assert esper.list_worlds() == before
    del engine
    gc.collect()
    assert world() is None


def test_a_loaded_engine_goes_on_with_its_waiting_commands() -> None:
    """Commands that wait when the room is saved run after the reload."""
    log: list[object] = []
    game = make_game(log)
    engine = Engine(game, 1)
    engine.join(0, "ann")
    engine.command(0, "paint", Paint("blue"), 5)
    engine.command(0, "paint", Paint("beige"), 6)
    data = engine.save()
    engine.close()
    other = Engine(game, 2)
    other.load(data)
    assert other.step().refusals == [(0, 6, "not beige")]
    assert ("paint", 0, "blue") in log
    other.close()
