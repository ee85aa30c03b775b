"""Snapshots: canonical bytes of a whole world, and back; everything else is refused before the world is touched."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecs.difference import difference
from ecs.snapshot import MAX_BYTES
from tickroom import Collide, Game, Position, Scene, SnapshotError, Velocity, World, checksum, load, save

NUMBERS = st.one_of(st.floats(), st.integers(-(2**53), 2**53))


@dataclass(slots=True)
class Everything:
    """Every type that a field may have."""

    whole: int = 0
    real: float = 0.0
    flag: bool = False
    text: str = ""
    data: bytes = b""
    maybe: int | None = None
    items: list[float] = field(default_factory=list)
    pair: tuple[int, str] = (0, "")
    many: tuple[float, ...] = ()
    table: dict[str, list[int]] = field(default_factory=dict)
    numbered: dict[int, float] = field(default_factory=dict)


@dataclass(slots=True)
class Noise:
    """Not part of the checksum."""

    value: int = 0


@dataclass(slots=True)
class Score:
    """A resource without hooks."""

    points: dict[int, int] = field(default_factory=dict)


class Counter:
    """A resource with hooks."""

    def __init__(self) -> None:
        self.count = 0

    def save(self) -> object:
        return {"count": self.count}

    def load(self, data: dict[str, int]) -> None:
        self.count = data["count"]


@dataclass(slots=True, frozen=True)
class Said:
    """An event."""

    word: str


def make_world(seed: int = 1) -> World:
    game = Game("test")
    game.kind("ship")
    game.component(Everything)
    game.component(Noise, checksum=False)
    game.event(Said)
    world = World(game, seed)
    world.register(Score())
    world.register(Counter())
    return world


EVERYTHING = st.builds(
    Everything,
    whole=st.integers(-(2**53), 2**53),
    real=NUMBERS,
    flag=st.booleans(),
    text=st.text(max_size=5),
    data=st.binary(max_size=5),
    maybe=st.none() | st.integers(0, 9),
    items=st.lists(NUMBERS, max_size=3),
    pair=st.tuples(st.integers(0, 9), st.text(max_size=2)),
    many=st.lists(NUMBERS, max_size=3).map(tuple),
    table=st.dictionaries(st.text(max_size=2), st.lists(st.integers(0, 9), max_size=2), max_size=3),
    numbered=st.dictionaries(st.integers(0, 99), NUMBERS, max_size=3),
)
SPAWNS = st.lists(
    st.tuples(
        EVERYTHING | st.none(),
        st.builds(Position, NUMBERS, NUMBERS, NUMBERS) | st.none(),
        st.builds(Noise, st.integers(0, 9)) | st.none(),
        st.booleans(),
    ),
    max_size=8,
)


@given(SPAWNS, st.integers(0, 2**40), st.integers(0, 50))
def test_what_is_loaded_is_what_was_saved(
    spawns: list[tuple[Everything | None, Position | None, Noise | None, bool]], seed: int, tick: int
) -> None:
    """Bytes, queries, types of numbers, order of dicts, ids, random numbers: all the same after a reload."""
    world = make_world(seed)
    world.tick = tick
    for everything, position, noise, despawn in spawns:
        entity = world.spawn(
            *[each for each in (everything, position, noise) if each is not None], Velocity()
        )
        if despawn:
            world.despawn(entity)
    if tick % 2:
        world.end_tick()
    data = save(world)
    other = make_world(0)
    other.spawn(Velocity())
    load(other, data)
    assert save(other) == data
    assert checksum(other) == checksum(world)
    assert difference(data, save(other)) == ""
    assert repr(other.query(Everything)) == repr(world.query(Everything))
    assert repr(other.query(Position, Velocity)) == repr(world.query(Position, Velocity))
    assert other.spawn() == world.spawn()
    assert other.random.random() == world.random.random()
    other.end_tick()
    world.end_tick()
    assert other.entities == world.entities
    world.close()
    other.close()


def test_resources_players_and_waiting_events_are_in_it() -> None:
    """What hooks give, what a plain dataclass holds, who is seated, and what was emitted before the first tick."""
    world, other = make_world(), make_world(2)
    world.resource(Score).points = {7: 3, 1: 2}
    world.resource(Counter).count = 9
    world.seats.seat(5, "ann")
    world.set_team(5, 2)
    world.emit(Said("hello"), at=(1, 2))
    load(other, save(world))
    assert list(other.resource(Score).points.items()) == [(7, 3), (1, 2)], "a dict keeps its order"
    assert other.resource(Counter).count == 9
    assert (other.players, other.name_of(5), other.team_of(5)) == ((5,), "ann", 2)
    assert other.events(Said) == (Said("hello"),)
    assert other.log.deliveries == world.log.deliveries
    world.close()
    other.close()


def test_bytes_are_canonical() -> None:
    """The way that led to a state does not show: order of adding, of queries, of despawns, the hash seed."""
    one, two = make_world(), make_world()
    one.spawn(Position(1, 2), Velocity(3, 4))
    entity = two.spawn(Velocity(3, 4), Noise())
    two.query(Velocity, Noise)
    two.add(entity, Position(9, 9))
    two.add(entity, Position(1, 2))
    two.remove(entity, Noise)
    assert save(one) == save(two)
    one.close()
    two.close()


@pytest.mark.parametrize(("a", "b"), [(0.0, -0.0), (1, 1.0), (1.0, 1.0000000000000002), (math.nan, 0.0)])
def test_the_checksum_sees_every_bit(a: float, b: float) -> None:
    """Signs of zero, the type of a number, the last bit."""
    sums = set()
    for value in (a, b):
        world = make_world()
        world.spawn(Position(value))
        sums.add(checksum(world))
        world.close()
    assert len(sums) == 2


def test_the_checksum_is_of_what_counts() -> None:
    """A component may be left out; ticks, random numbers, resources, despawns and ids count. It fits a JSON number."""
    world = make_world()
    entity = world.spawn(Noise(1))
    sums = [checksum(world)]
    world.get(entity, Noise).value = 2
    assert checksum(world) == sums[0]
    changes: list[Callable[[], object]] = [
        world.random.random,
        world.spawn,
        partial(world.despawn, entity),
        partial(setattr, world.resource(Counter), "count", 1),
        partial(setattr, world, "tick", 5),
    ]
    for change in changes:
        change()
        sums.append(checksum(world))
    assert len(set(sums)) == len(sums)
    assert all(0 <= each < 2**48 for each in sums)
    world.close()


def test_watched_components_are_followed_after_a_reload() -> None:
    """A write to a loaded Collide or Scene is noticed under the right id."""
    world, other = make_world(), make_world()
    for _ in range(3):
        world.spawn(Position())
    entity = world.spawn(Position(), Collide(), Scene("ship"))
    log = other.watch(Collide)
    load(other, save(world))
    assert list(log) == [entity]
    log.clear()
    other.get(entity, Collide).w = 5.0
    assert list(log) == [entity]
    world.close()
    other.close()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda component: setattr(component, "whole", 1.5),
        lambda component: setattr(component, "text", None),
        lambda component: setattr(component, "flag", 1),
        lambda component: setattr(component, "items", {1, 2}),
        lambda component: setattr(component, "table", {1.5: [1]}),
        lambda component: setattr(component, "items", component),
    ],
)
def test_what_is_not_plain_is_refused_at_saving(spoil: object) -> None:
    """A set, an object, a value of another type: SnapshotError with component and field, not a file that never loads."""
    world = make_world()
    component = Everything()
    spoil(component)  # type: ignore[operator]
    world.spawn(component)
    with pytest.raises(SnapshotError, match=r"Everything\.(whole|text|flag|items|table)"):
        save(world)
    world.close()


@pytest.mark.parametrize("component", [Everything(whole=2**70), Everything(text="\ud800")])
def test_what_has_no_bytes_is_refused(component: Everything) -> None:
    """An integer of more than 64 bits and half of a surrogate pair."""
    world = make_world()
    world.spawn(component)
    with pytest.raises(SnapshotError, match="has no bytes"):
        save(world)
    with pytest.raises(SnapshotError, match="has no bytes"):
        checksum(world)
    world.close()


def test_nesting_without_end_is_refused() -> None:
    """A list that holds itself is said to be too deep."""
    world = make_world()
    component = Everything()
    component.items.append(component.items)  # type: ignore[arg-type]
    world.spawn(component)
    with pytest.raises(SnapshotError, match="nests deeper"):
        save(world)
    world.close()


@given(st.data())
def test_damaged_bytes_raise_snapshot_error_and_nothing_else(data: st.DataObject) -> None:
    """Cut anywhere, a byte changed anywhere, or pure noise: refused, or a world that saves again."""
    world = make_world()
    world.spawn(Everything(items=[1.0], table={"a": [1]}), Position(1, 2))
    world.despawn(world.spawn(Scene("ship")))
    good = save(world)
    damaged = bytearray(good)
    kind = data.draw(st.sampled_from(["cut", "change", "noise", "longer"]))
    if kind == "cut":
        damaged = damaged[: data.draw(st.integers(0, len(good) - 1))]
    elif kind == "change":
        damaged[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    elif kind == "noise":
        damaged = bytearray(data.draw(st.binary(max_size=200)))
    else:
        damaged += data.draw(st.binary(min_size=1, max_size=5))
    other = make_world()
    try:
        load(other, bytes(damaged))
    except SnapshotError:
        pass
    else:
        save(other)
    world.close()
    other.close()


def test_deep_and_large_bytes_are_refused() -> None:
    """Neither exhausts the stack nor the memory."""
    world = make_world()
    with pytest.raises(SnapshotError):
        load(world, b"\x91" * 1_000_000 + b"\x01")
    with pytest.raises(SnapshotError, match="at most"):
        load(world, bytes(MAX_BYTES + 1))
    world.close()


def altered(world: World, place: int, value: object) -> bytes:
    image = msgspec.msgpack.decode(save(world))
    image[place] = value
    return msgspec.msgpack.encode(image)


@pytest.mark.parametrize(
    ("place", "value", "says"),
    [
        (0, "something else", "no snapshot"),
        (1, 99, "has format 99"),
        (2, "chess", "of the game 'chess'"),
        (3, -1, "no snapshot"),
        (5, b"", "random state"),
        (6, [2, 1], "entities are not in order"),
        (6, [1, 1], "entities are not in order"),
        (6, [0], "entities are not in order"),
        (6, [1, 2, 3, 4, 5], "entities are not in order"),
        (7, [2], "dooms an entity"),
        (8, [["Nobody", [], [1], [[]]]], "the game has no such component"),
        (8, [["Position", ["x"], [1], [[1.0]]]], r"the game has \('x', 'y', 'angle'\)"),
        (8, [["Position", ["x", "y", "angle"], [3], [[1.0, 1.0, 1.0]]]], "not of its entities"),
        (8, [["Position", ["x", "y", "angle"], [1], []]], "not of its entities"),
        (8, [["Position", ["x", "y", "angle"], [1], [[1.0, 1.0]]]], "entity 1: Position has 3 fields"),
        (
            8,
            [["Position", ["x", "y", "angle"], [1], [["a", 1.0, 1.0]]]],
            "entity 1: Position.x is float, not 'a'",
        ),
        (9, [["Shouted", [], "room", -1, None, -1]], "an event 'Shouted'"),
        (9, [["Said", [], "room", -1, None, -1]], "Said has 1 fields"),
        (10, [], "has the resources"),
        (10, [["Counter", {}], ["Players", []], ["Score", [{}]]], "resource Counter: KeyError"),
    ],
)
def test_wrong_contents_are_named(place: int, value: object, says: str) -> None:
    """Each wrong part is said in a sentence, and the world is as it was (but for a resource's own refusal)."""
    world = make_world()
    world.spawn(Position())
    world.end_tick()
    for _ in range(3):
        world.despawn(world.spawn())
    world.end_tick()
    before = save(world)
    with pytest.raises(SnapshotError, match=says):
        load(world, altered(world, place, value))
    assert place == 10 or save(world) == before, "only a resource's own load may refuse late"
    world.close()


def test_the_difference_of_two_worlds_is_named() -> None:
    """The first entity, component and field; then resources, ids, random numbers."""
    one, two = make_world(), make_world()
    for world in (one, two):
        world.spawn(Position(1, 2))
        world.spawn(Position(3, 4), Velocity())
    assert difference(save(one), save(two)) == ""
    two.random.random()
    assert "random state" in difference(save(one), save(two))
    two.resource(Counter).count = 3
    assert difference(save(one), save(two)) == "resource Counter is {'count': 0} here and {'count': 3} there"
    two.get(2, Velocity).y = -0.0
    assert difference(save(one), save(two)) == "entity 2 Velocity.y is 0.0 here and -0.0 there"
    one.remove(2, Velocity)
    assert difference(save(one), save(two)) == "entity 2 Velocity.spin is 'missing' here and 0.0 there"
    two.tick = 8
    assert difference(save(one), save(two)) == "tick is 0 here and 8 there"
    with pytest.raises(SnapshotError):
        difference(save(one), b"junk")
    one.close()
    two.close()
