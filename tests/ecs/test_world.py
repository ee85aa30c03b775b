"""The World: entities, components and ordered queries, against a naive model and in the corners."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import esper
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from ecs.components import Collide, Position, Scene
from ecs.errors import WorldError
from ecs.game import Game
from ecs.world import World


@dataclass(slots=True)
class A:
    """A component."""

    value: int = 0


@dataclass(slots=True)
class B:
    """A component."""

    value: int = 0


@dataclass(slots=True)
class C:
    """A component."""

    value: int = 0


TYPES: tuple[type, ...] = (A, B, C)
QUERIES: tuple[tuple[type, ...], ...] = ((A,), (B,), (A, B), (B, A), (A, B, C), (C, A))


def make_game() -> Game:
    game = Game("test")
    game.kind("ship")
    game.kind("boat")
    for of in TYPES:
        game.component(of)
    return game


class WorldModel(RuleBasedStateMachine):
    """A World beside a dict of dicts: whatever is done, they hold the same."""

    entities = Bundle("entities")

    def __init__(self) -> None:
        super().__init__()
        self.world = World(make_game(), 1)
        self.model: dict[int, dict[type, object]] = {}
        self.doomed: set[int] = set()
        self.spawned = 0

    def teardown(self) -> None:
        self.world.close()

    @rule(target=entities, types=st.sets(st.sampled_from(TYPES)))
    def spawn(self, types: set[type]) -> int:
        components = [of(self.spawned) for of in TYPES if of in types]
        entity = self.world.spawn(*components)
        self.spawned += 1
        assert entity == self.spawned
        self.model[entity] = {type(component): component for component in components}
        return entity

    @rule(entity=entities)
    def despawn(self, entity: int) -> None:
        self.world.despawn(entity)
        if entity in self.model:
            self.doomed.add(entity)

    @rule(entity=entities, of=st.sampled_from(TYPES), value=st.integers(0, 9))
    def add(self, entity: int, of: type, value: int) -> None:
        if entity in self.model:
            component = of(value)
            self.world.add(entity, component)
            self.model[entity][of] = component
        else:
            with pytest.raises(WorldError):
                self.world.add(entity, of(value))

    @rule(entity=entities, of=st.sampled_from(TYPES))
    def remove(self, entity: int, of: type) -> None:
        if of in self.model.get(entity, {}):
            assert self.world.remove(entity, of) is self.model[entity].pop(of)
        else:
            with pytest.raises(WorldError):
                self.world.remove(entity, of)

    @rule()
    def end_tick(self) -> None:
        self.world.end_tick()
        for entity in self.doomed:
            del self.model[entity]
        self.doomed.clear()

    @rule(entity=consumes(entities))
    def despawn_twice(self, entity: int) -> None:
        self.despawn(entity)
        self.despawn(entity)

    @invariant()
    def queries_are_as_in_the_model(self) -> None:
        for types in QUERIES:
            expected = [
                (entity, *(self.model[entity][of] for of in types))
                for entity in sorted(self.model)
                if all(of in self.model[entity] for of in types)
            ]
            rows: tuple[tuple[Any, ...], ...] = self.world.query(*types)
            assert len(rows) == len(expected)
            assert all(
                a is b
                for row, other in zip(rows, expected, strict=True)
                for a, b in zip(row, other, strict=True)
            )
            index = self.world.index(*types)
            assert index.entities == [row[0] for row in expected]
            assert [list(column) for column in index.columns] == [
                [row[place + 1] for row in expected] for place in range(len(types))
            ]

    @invariant()
    def entities_are_as_in_the_model(self) -> None:
        assert self.world.entities == tuple(sorted(self.model))
        for entity in range(1, self.spawned + 1):
            assert self.world.exists(entity) == (entity in self.model)
            assert self.world.leaving(entity) == (entity not in self.model or entity in self.doomed)
            for of in TYPES:
                assert self.world.has(entity, of) == (of in self.model.get(entity, {}))
                assert self.world.try_get(entity, of) is self.model.get(entity, {}).get(of)


TestWorldModel = WorldModel.TestCase


@pytest.fixture
def world() -> Iterator[World]:
    made = World(make_game(), 1)
    yield made
    made.close()


def test_a_query_stays_as_it_is_while_a_system_spawns_and_removes(world: World) -> None:
    """Going through a query one may change the world; the changes are in the next query."""
    for _ in range(3):
        world.spawn(A())
    seen = []
    for entity, _ in world.query(A):
        seen.append(entity)
        world.spawn(A())
        world.remove(entity, A)
    assert seen == [1, 2, 3]
    assert [entity for entity, _ in world.query(A)] == [4, 5, 6]


def test_a_query_without_changes_costs_nothing(world: World) -> None:
    """The same tuple is given again until a row is added or removed."""
    world.spawn(A(), B())
    first = world.query(A, B)
    world.spawn(C())
    world.get(1, A).value = 5
    assert world.query(A, B) is first
    world.spawn(A(), B())
    assert world.query(A, B) is not first


def test_despawn_takes_effect_at_the_end_of_the_tick(world: World) -> None:
    """Until then everything about the entity answers as before, and despawning it again changes nothing."""
    entity = world.spawn(A(7))
    world.despawn(entity)
    world.despawn(entity)
    assert world.exists(entity)
    assert world.leaving(entity)
    assert world.get(entity, A).value == 7
    world.end_tick()
    assert not world.exists(entity)
    world.despawn(entity)
    assert world.spawn(A()) == entity + 1, "an id is never used again"


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda world: world.get(99, A), "no entity 99"),
        (lambda world: world.get(world.spawn(B()), A), "has no A"),
        (lambda world: world.remove(world.spawn(), A), "has no A"),
        (lambda world: world.add(99, A()), "no entity 99"),
        (lambda world: world.components_of(99), "no entity 99"),
        (lambda world: world.despawn(99), "never was an entity 99"),
        (lambda world: world.despawn(0), "never was an entity 0"),
        (lambda world: world.spawn(A(), A()), "one component of a type"),
        (lambda world: world.spawn(3), "int is no component"),
        (lambda world: world.query(int), "int is no component"),
        (lambda world: world.query(), "at least one component"),
        (lambda world: world.emit(A()), "A is no event"),
        (lambda world: world.resource(A), "no resource A"),
        (lambda world: world.player(3), "no player 3"),
        (lambda world: world.set_team(3, 99_999), "a team is"),
        (lambda world: world.ask(A()), "no @game.authority"),
        (lambda world: world.input(0).held("jump"), "no key 'jump'"),
        (lambda world: world.input(0).axis("aim"), "no axis 'aim'"),
    ],
)
def test_misuse_is_said(world: World, wrong: Callable[[World], object], says: str) -> None:
    """A rule that uses the world wrongly gets a WorldError that says what is wrong, never silence."""
    with pytest.raises(WorldError, match=says):
        wrong(world)


def test_a_watched_component_belongs_to_one_entity(world: World) -> None:
    """Sharing a Collide is refused, moving it after a remove is not."""
    collide = Collide()
    first = world.spawn(collide)
    with pytest.raises(WorldError, match="on entity 1 already"):
        world.spawn(collide)
    world.remove(first, Collide)
    world.add(world.spawn(), collide)


def test_writes_to_watched_components_are_noticed(world: World) -> None:
    """A new one, every write, and one that replaces another; not one that is taken off."""
    log = world.watch(Scene)
    entity = world.spawn(Scene("ship"), Position())
    other = world.spawn(Position())
    assert list(log) == [entity]
    log.clear()
    world.get(entity, Position).x = 3.0
    assert not log
    world.get(entity, Scene).state = "dead"
    assert list(log) == [entity]
    log.clear()
    old = world.remove(entity, Scene)
    old.state = "gone"
    assert not log
    world.add(other, Scene("ship"))
    world.add(other, Scene("boat"))
    assert list(log) == [other]


def test_a_scene_is_of_a_declared_kind(world: World) -> None:
    """Another kind is refused where it is given, naming the entity and the kinds there are."""
    with pytest.raises(WorldError, match=r"entity 1: .* no kind 'shipp'; it has \['ship', 'boat'\]"):
        world.spawn(Position(), Scene("shipp"))
    entity = world.spawn(Position())
    with pytest.raises(WorldError, match=f"entity {entity}: .* no kind 'boot'"):
        world.add(entity, Scene("boot"))
    assert not world.has(entity, Scene)


def test_many_worlds_take_turns_and_share_nothing() -> None:
    """Two rooms of a process, changed in turns, each have their own entities, queries, ids and random numbers."""
    game = make_game()
    one, two = World(game, 1), World(game, 2)
    for value in range(5):
        one.spawn(A(value))
        two.spawn(A(-value), B())
        two.spawn(C())
    assert [a.value for _, a in one.query(A)] == [0, 1, 2, 3, 4]
    assert [(entity, a.value) for entity, a in two.query(A)] == [(1, 0), (3, -1), (5, -2), (7, -3), (9, -4)]
    two.despawn(1)
    two.end_tick()
    assert one.get(1, A).value == 0
    assert one.random.random() != two.random.random()
    one.close()
    assert two.spawn() == 11
    two.close()


def test_closing_frees_the_context_and_is_idempotent() -> None:
    """Nothing of a closed world stays in esper, and using it is an error."""
    before = esper.list_worlds()
    world = World(make_game(), 1)
    world.spawn(A())
    world.close()
    world.close()
    assert esper.list_worlds() == before
    with pytest.raises(WorldError, match="closed"):
        world.spawn(A())
    assert world.query(A) == ()


def test_reads_do_not_depend_on_the_current_context() -> None:
    """What esper's module globals point at changes nothing that a World answers."""
    world = World(make_game(), 1)
    entity = world.spawn(A(3))
    esper.switch_world("default")
    assert world.get(entity, A).value == 3
    assert world.has(entity, A)
    assert world.entities == (1,)
    assert not esper.entity_exists(entity)
    world.close()


def test_requests_wait_on_a_client_and_are_refused_in_lock_step() -> None:
    """Only a server answers; a client notes a bounded number, lock-step rooms have no authority."""
    client = World(make_game(), 1, side="client")
    for _ in range(1000):
        client.ask(A(), player=1)
    assert 0 < len(client.asked) < 1000
    client.end_tick()
    assert client.asked == []
    client.close()
    lockstep = World(Game("turns", model="lockstep"), 1)
    with pytest.raises(WorldError, match="lock-step"):
        lockstep.ask(A())
    lockstep.close()


def test_an_event_goes_to_one_audience() -> None:
    """at, to, team and scope exclude one another, and a scope is one of two words."""
    game = Game("other")

    @game.event
    @dataclass(slots=True, frozen=True)
    class Said:
        word: str

    world = World(game, 1)
    with pytest.raises(WorldError, match="one of"):
        world.emit(Said("x"), at=(0, 0), to=1)
    with pytest.raises(WorldError, match="scope"):
        world.emit(Said("x"), scope="everywhere")
    assert world.events(Said) == ()
    world.close()


def test_resources_are_registered_before_the_first_tick(world: World) -> None:
    """One of a type, and not once the game runs, because a load could not find it."""
    scores = A(3)
    world.register(scores)
    assert world.resource(A) is scores
    with pytest.raises(WorldError, match="registered already"):
        world.register(A())
    world.tick = 1
    with pytest.raises(WorldError, match="before the first tick"):
        world.register(B())


def test_a_client_places_entities_under_the_servers_ids() -> None:
    """They are in queries in the order of ids, what rules spawn is counted on, and what is erased is gone at once."""
    world = World(make_game(), 1, side="client")
    world.count_from(1000)
    world.place(7, A(7))
    mine = world.spawn(A(0))
    world.place(3, A(3))
    assert (mine, world.next_entity) == (1000, 1001)
    assert [entity for entity, _ in world.query(A)] == [3, 7, 1000]
    with pytest.raises(WorldError, match="7 already"):
        world.place(7, A(8))
    world.erase(3)
    assert world.entities == (7, 1000)
    assert [part.value for part in world.parts_of(7).values()] == [7]
    world.count_from(1000)
    world.erase(mine)
    assert world.spawn(A(1)) == mine
    world.close()


def test_a_clients_world_has_no_random_numbers() -> None:
    """They are the server's: asking says what to use instead. A lock-step client has them."""
    client = World(make_game(), 1, side="client")
    for draw in (
        client.random.random,
        lambda: client.random.integer(1, 6),
        lambda: client.random.shuffle([1, 2]),
    ):
        with pytest.raises(WorldError, match="predicted_random"):
            draw()
    assert client.predicted_random(0, 5).random() == World(make_game(), 2).predicted_random(0, 5).random()
    client.close()
    lockstep = World(Game("turns", model="lockstep"), 1, side="client")
    assert 0.0 <= lockstep.random.random() < 1.0
    lockstep.close()
