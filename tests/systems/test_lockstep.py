"""The lock-step engine: what goes in, what comes out, and that nothing else matters."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.msgpack import Ext

from systems.command_bodies import MAX_COMMANDS, MalformedBody, decode_commands
from tests.systems.lockstep_games import Add, Counter, Total, counting_game
from tickroom import (
    Collide,
    Game,
    GameError,
    LockstepEngine,
    MasterPacket,
    Position,
    Refused,
    SnapshotError,
    SystemFailed,
    World,
    WorldError,
    checksum,
    encode_commands,
    first_difference,
)

SETUP = {"players": [0, 1, 2]}


@pytest.fixture
def engine() -> Iterator[LockstepEngine]:
    """A match of three that has begun."""
    engine = begun()
    yield engine
    engine.close()


def begun(seed: int = 7, **options: bool) -> LockstepEngine:
    engine = LockstepEngine(counting_game(**options))
    engine.init(seed, SETUP)
    return engine


def add(*amounts: int) -> bytes:
    return encode_commands(("add", Add(amount)) for amount in amounts)


def run(engine: LockstepEngine, *bodies: tuple[int, bytes], iterations: int = 2) -> int:
    """One generation; its checksum."""
    engine.step(MasterPacket(engine.generation + 1, iterations, 50, bodies))
    return engine.checksum()


def values(engine: LockstepEngine) -> list[int]:
    return [counter.value for _, counter in engine.world.query(Counter)]


def test_equal_packets_make_equal_worlds(engine: LockstepEngine) -> None:
    """Two engines with one seed and the same packets agree in each generation; another seed or command does not."""
    twin, other_seed, other_command = begun(), begun(8), begun()
    for amount in range(20):
        agreed = run(engine, (1, add(amount)), (2, add(amount, amount)))
        assert run(twin, (1, add(amount)), (2, add(amount, amount))) == agreed
        assert run(other_seed, (1, add(amount)), (2, add(amount, amount))) != agreed
        assert run(other_command, (1, add(amount)), (2, add(amount + 1, amount))) != agreed
    for each in (twin, other_seed, other_command):
        each.close()


def test_commands_run_once_before_the_iterations() -> None:
    """A generation is its commands and then its iterations, however many."""
    engine = begun(chance=False)
    run(engine, (0, add(10)), iterations=1)
    assert values(engine) == [11, 1, 1]
    run(engine, (2, add(-5)), iterations=3)
    assert values(engine) == [14, 4, -1] and engine.world.tick == 4
    assert [delivery.event.player for delivery in engine.events] == [2]
    engine.close()


def test_a_setup_may_be_refused() -> None:
    """The game's reason comes through, so does one for what is not of the setup's shape; a right one begins a match."""
    engine = LockstepEngine(counting_game())
    with pytest.raises(Refused, match="two players"):
        engine.init(1, {"players": [0]})
    with pytest.raises(Refused, match="the setup is not right: Expected `int`"):
        engine.init(1, {"players": ["Ada"]})
    with pytest.raises(WorldError, match="no world yet"):
        engine.checksum()
    engine.init(1, SETUP)
    assert values(engine) == [0, 0, 0]
    engine.close()


def test_a_second_match_begins_as_the_first(engine: LockstepEngine) -> None:
    """A rematch knows nothing of the match before."""
    first = [run(engine, (0, add(3))) for _ in range(5)]
    engine.init(7, SETUP)
    assert [run(engine, (0, add(3))) for _ in range(5)] == first


def test_a_refused_command_changes_nothing_and_is_told(engine: LockstepEngine) -> None:
    """The others of its body run; the refusal names player, place and reason."""
    twin = begun()
    assert run(engine, (1, add(4, 13, 5))) == run(twin, (1, add(4, 5)))
    assert engine.refusals == [(1, 1, "13 is no number")]
    run(engine)
    assert engine.refusals == []
    twin.close()


MALFORMED = {
    "no MessagePack": b"\xc1",
    "no list": msgspec.msgpack.encode({"add": 1}),
    "an empty list": msgspec.msgpack.encode([]),
    "unknown": msgspec.msgpack.encode([["sub", {"amount": 1}]]),
    "field of another type": msgspec.msgpack.encode([["add", {"amount": 1.0}]]),
    "field out of bounds": msgspec.msgpack.encode([["add", {"amount": 101}]]),
    "field missing": msgspec.msgpack.encode([["add", {}]]),
    "field too many": msgspec.msgpack.encode([["add", {"amount": 1, "more": 2}]]),
    "a longer form": b"\x91\x92\xa3add\x81\xa6amount\xcc\x01",
    "a key twice": b"\x91\x92\xa3add\x82\xa6amount\x01\xa6amount\x01",
    "bytes left over": add(1) + b"\x00",
    "cut short": add(1)[:-1],
    "too many": add(*[1] * (MAX_COMMANDS + 1)),
    "one of two": msgspec.msgpack.encode([["add", {"amount": 1}], ["add", {"amount": None}]]),
    "deep": b"\x91" * 100_000,
    "no text": b"\x91\x92\xa3\xff\xff\xff\x80",
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_body_changes_nothing(engine: LockstepEngine, body: bytes) -> None:
    """Whatever a client sends as its commands, all sides do the same: nothing; and its sender can be told."""
    twin = begun()
    assert run(engine, (1, body)) == run(twin)
    assert [(refusal.player, refusal.command_id) for refusal in engine.refusals] == [(1, 0)]
    twin.close()


@dataclass(slots=True)
class Aim:
    """A body that lets anything through."""

    angle: float
    more: Any = None


@pytest.mark.parametrize(
    ("angle", "more"),
    [
        (float("nan"), 0),
        (float("inf"), 0),
        (1.0, [float("nan")]),
        (1.0, {None: 1}),
        (1.0, {"__proto__": 1}),
        (1.0, Ext(1, b"")),
    ],
)
def test_no_engine_is_given_values_that_others_have_not(angle: float, more: object) -> None:
    """NaN has other bits on other machines, and a page cannot read an Ext: such a body is malformed, whatever its type says."""
    game = Game("aiming", model="lockstep", tick_rate=20, max_players=2)

    @game.command
    def aim(world: World, player: int, body: Aim) -> None:
        """Any angle is fine."""

    assert decode_commands(game, encode_commands([("aim", Aim(1e308, [b"", {1: "a"}]))]))
    with pytest.raises(MalformedBody):
        decode_commands(game, encode_commands([("aim", Aim(angle, more))]))


@given(st.binary(max_size=40) | st.binary(max_size=12).map(lambda tail: add(5)[:9] + tail))
def test_only_canonical_bodies_are_commands(body: bytes) -> None:
    """Any bytes are either refused as malformed, or are exactly what encoding the decoded commands gives."""
    try:
        commands = decode_commands(counting_game(), body)
    except MalformedBody:
        return
    assert encode_commands((declared.name, command) for declared, command in commands) == body


def test_a_dump_goes_on_in_another_engine(engine: LockstepEngine) -> None:
    """Loaded in each generation into an engine that has run something else, a dump has the same checksums ever after."""
    straight = begun()
    for amount in range(12):
        assert run(engine, (2, add(amount))) == run(straight, (2, add(amount)))
        told = msgspec.msgpack.decode(msgspec.msgpack.encode(engine.dump()))
        engine.close()
        engine = begun()
        run(engine, (0, add(99)))
        engine.load(told)
        assert engine.dump() == told and engine.checksum() == straight.checksum()
    straight.close()


def test_a_dump_names_all_values_and_shares_none(engine: LockstepEngine) -> None:
    """It reads as entity, component, field; what the world does next does not change it."""
    run(engine, (1, add(5)))
    told = engine.dump()
    kept = msgspec.msgpack.encode(told)
    assert told["generation"] == 0 and list(told["entities"]) == ["1", "2", "3"]
    assert told["entities"]["2"]["Counter"].keys() == {"player", "value", "history"}
    assert told["resources"]["Total"] == {"added": 5}
    assert told["resources"]["World"].keys() == {"tick", "next_entity", "random"}
    run(engine)
    assert msgspec.msgpack.encode(told) == kept


def test_chance_is_in_a_dump_once_it_was_used() -> None:
    """An engine in another language does not need world.random where the game does not use it."""
    engine = begun(chance=False)
    run(engine)
    assert engine.dump()["resources"]["World"] == {"tick": 2, "next_entity": 4}
    engine.close()


def test_damaged_dumps_are_refused(engine: LockstepEngine) -> None:
    """What is no dump of this game is a SnapshotError, whatever is wrong with it."""
    good = engine.dump()
    entities, resources = good["entities"], good["resources"]
    damaged: list[Any] = [
        {},
        {**good, "entities": {"1": {"Nothing": {}}}},
        {**good, "entities": {"x": entities["1"]}},
        {**good, "entities": {"1": {"Counter": {"player": 1}}}},
        {**good, "entities": {"1": {"Counter": {"player": "1", "value": 0, "history": []}}}},
        {**good, "resources": {}},
        {**good, "resources": {**resources, "Other": {}}},
        {**good, "resources": {**resources, "Total": {"added": "x"}}},
    ]
    for each in damaged:
        with pytest.raises(SnapshotError):
            engine.load(each)


def test_the_checksum_is_the_games_own_where_it_has_one() -> None:
    """Else it is the world's, cut to 32 bits."""
    own, default = begun(own_checksum=True), begun()
    run(own, (0, add(50)))
    run(default)
    assert own.checksum() == sum(values(own)) << 8
    assert default.checksum() == checksum(default.world) & 0xFFFFFFFF
    own.close()
    default.close()


def test_a_changed_state_is_found_and_named(engine: LockstepEngine) -> None:
    """The checksum tells that a field was changed on purpose, and the dumps which."""
    twin = begun()
    run(engine)
    run(twin)
    twin.world.get(2, Counter).history[1] += 1
    assert twin.checksum() != engine.checksum()
    found = first_difference(engine.dump(), twin.dump())
    assert found is not None and (found.entity, found.component, found.field) == (2, "Counter", "history[1]")
    assert found.theirs == found.ours + 1 and "entity 2 Counter.history[1] is" in str(found)
    twin.close()


def test_generations_come_in_order(engine: LockstepEngine) -> None:
    """A packet of another generation than the next, or without iterations, is a mistake of the driver's."""
    for generation, iterations in ((1, 2), (-1, 2), (0, 0), (0, 1_000_000)):
        with pytest.raises(WorldError):
            engine.step(MasterPacket(generation, iterations, 50))
    run(engine)
    with pytest.raises(WorldError, match="generation 1 is next, not 0"):
        engine.step(MasterPacket(0, 2, 50))


def test_a_mistake_of_the_game_surfaces() -> None:
    """What a rule raises comes out with the rule's name, and so does a body of Chipmunk's."""
    game = counting_game()

    @game.command
    def crash(world: World, player: int, body: Add) -> None:
        raise KeyError(body.amount)

    @game.command
    def put(world: World, player: int, body: Add) -> None:
        world.spawn(Position(0.0, 0.0), Collide("circle", 1.0, 1.0))

    engine = LockstepEngine(game)
    engine.init(1, SETUP)
    with pytest.raises(SystemFailed, match="command crash raised KeyError: 3"):
        run(engine, (0, encode_commands([("crash", Add(3))])))
    engine.init(1, SETUP)
    with pytest.raises(WorldError, match="no bodies"):
        run(engine, (0, encode_commands([("put", Add(3))])))
    engine.close()


def test_authority_and_saved_data_are_refused(engine: LockstepEngine) -> None:
    """All sides compute the same, so there is nobody to ask, and nothing that only one side knows."""
    with pytest.raises(WorldError, match="no authority to ask"):
        engine.world.ask(Total())
    with pytest.raises(WorldError):
        engine.world.saved(0)
    with pytest.raises(GameError, match="lock-step game has no saved data"):
        Game("turns", model="lockstep").saved(Total)


def test_what_would_never_be_called_is_refused() -> None:
    """Hooks of seats, calls and inputs belong to authoritative games; a setup and a checksum to lock-step ones."""
    seats = counting_game()

    @seats.on("join")
    def join(world: World, player: int) -> None: ...

    keys = counting_game()
    keys.input(keys=("up",))
    for game, what in ((seats, "not join"), (keys, "not input"), (Game("bare", model="lockstep"), "begins")):
        with pytest.raises(GameError, match=what):
            game.seal()
    with pytest.raises(GameError, match="lockstep"):
        Game("walk").checksum(join)
    with pytest.raises(WorldError, match="no lock-step game"):
        LockstepEngine(Game("walk"))
