"""Replication: whatever a world goes through, diffs lead a client to what a snapshot would have given it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecs.components import Collide, Position, Scene, Velocity
from ecs.game import Game
from ecs.world import World
from net.codec import CODECS, MESSAGEPACK, Codec
from net.columns import NotFinite
from net.protocol import Diff, Private, ServerBundle, ServerItem, Snapshot
from net.replicate import Replicator, UnknownKind, diff_item
from net.scene import Slots
from net.schema import schema_of
from tests.net.room_kit import Ammo, Health, Secret
from tests.net.scene_kit import ClientScene


def make_game(size: float = 1000.0, position_step: float | None = None) -> Game:
    """Two kinds, a shared, a private and an unreplicated component."""
    game = Game("replicated", width=size, height=size, max_players=4, position_step=position_step)
    game.kind("player")
    game.kind("wall", shape="box")
    game.component(Health, replicate="near", quantise={"value": 0.5})
    game.component(Ammo, replicate="owner")
    game.component(Secret)
    game.seal()
    return game


class Stage:
    """A world, its replicator, and a client that is fed by diffs alone."""

    def __init__(self, game: Game, codec: Codec = MESSAGEPACK) -> None:
        self.world = World(game, 1)
        self.schema = schema_of(game)
        self.replicator = Replicator(self.world, game, self.schema)
        self.codec = codec
        self.tick = 0
        self.base = -1
        self.clients = [ClientScene(self.schema) for _ in range(3)]
        for client in self.clients:
            client.snapshot_id = -1

    def observe(self) -> None:
        """One tick of replication; every client applies its diff."""
        self.tick += 1
        changes = self.replicator.observe()
        payload = diff_item(self.codec, self.base, self.tick, changes, self.schema.steps.position_bits)
        diff: Diff = decoded_item(self.codec, payload)
        for player, client in enumerate(self.clients):
            client.apply(ServerBundle(self.tick, 0.0, -1, [diff]))
            private = changes.private.get(player)
            if private:
                client.apply(ServerBundle(self.tick, 0.0, -1, [Private(self.tick, False, private)]))
        self.base = self.tick

    def fresh(self, player: int) -> ClientScene:
        """What a client that comes now would know."""
        client = ClientScene(self.schema)
        items: list[ServerItem] = [Snapshot(self.tick, self.replicator.records())]
        items.append(Private(self.tick, True, self.replicator.private_of(player)))
        client.apply(ServerBundle(self.tick, 0.0, -1, items))
        return client


def decoded_item(codec: Codec, payload: bytes) -> Any:
    """An item through the wire: encoded in a bundle and decoded again."""
    head, tail = (b"[3,1,1.0,1,[", b"]]") if codec.text else (b"\x95\x03\x01\x01\x01\x91", b"")
    bundle = codec.decode_server(head + payload + tail)
    assert isinstance(bundle, ServerBundle)
    return bundle.items[0]


@dataclass
class Deed:
    """One change of the world: which, on the how-manieth entity, with a number."""

    what: str
    which: int
    number: float


DEEDS = (
    "spawn", "spawn_still", "spawn_sized", "despawn", "move", "push", "turn", "state", "owner", "size",
    "hurt", "heal", "unheal", "arm", "shoot", "disarm", "hide", "secret", "stop", "nothing",
)  # fmt: skip
deeds = st.lists(
    st.builds(Deed, st.sampled_from(DEEDS), st.integers(0, 7), st.floats(-1200.0, 1200.0, width=32)),
    max_size=12,
)


def do(world: World, deed: Deed) -> None:
    """Carry a deed out, where there is somebody to do it to."""
    number = deed.number
    if deed.what.startswith("spawn"):
        spawn(world, deed)
        return
    seen = world.query(Scene)
    if not seen:
        return
    entity, scene = seen[deed.which % len(seen)]
    alter(world, entity, scene, deed.what, number)


def spawn(world: World, deed: Deed) -> None:
    """A new entity of one of three makes."""
    place = Position(abs(deed.number) % 1000, 500.0)
    owner = deed.which % 4 - 1
    if deed.what == "spawn":
        world.spawn(
            place, Velocity(deed.number, 0.0), Collide(w=8.0, h=8.0), Scene("player", owner=owner), Ammo(3)
        )
    elif deed.what == "spawn_still":
        world.spawn(place, Scene("wall", "solid"), Health(), Secret())
    else:
        world.spawn(place, Scene("wall", w=40.0, h=20.0, owner=owner), Health(1.0), Ammo(1))


def alter(world: World, entity: int, scene: Scene, what: str, number: float) -> None:
    """Change one thing of an entity."""
    position, velocity, shape = (world.try_get(entity, kind) for kind in (Position, Velocity, Collide))
    if what == "move" and isinstance(position, Position):
        position.x = number
    elif what == "push" and isinstance(velocity, Velocity):
        velocity.y = number * 10
    elif what == "turn" and isinstance(position, Position):
        position.angle = number
    elif what == "size" and isinstance(shape, Collide):
        shape.w = abs(number)
    elif what == "state":
        scene.state = f"{number:.0f}"
    elif what == "owner":
        scene.owner = int(number) % 4 - 1
    elif what == "despawn":
        world.despawn(entity)
    else:
        alter_components(world, entity, what, number)


def alter_components(world: World, entity: int, what: str, number: float) -> None:
    """Add, change or remove a component."""
    if what == "heal":
        world.add(entity, Health(number))
    elif what == "arm":
        world.add(entity, Ammo(int(number)))
    elif what == "hide" and world.has(entity, Position):
        world.remove(entity, Position)
    elif what == "stop" and world.has(entity, Velocity):
        world.remove(entity, Velocity)
    elif what == "unheal" and world.has(entity, Health):
        world.remove(entity, Health)
    elif what == "disarm" and world.has(entity, Ammo):
        world.remove(entity, Ammo)
    elif what == "hurt" and world.has(entity, Health):
        world.get(entity, Health).value -= number / 100
    elif what == "shoot" and world.has(entity, Ammo):
        world.get(entity, Ammo).rounds -= 1
    elif what == "secret" and world.has(entity, Secret):
        world.get(entity, Secret).number += 1


@pytest.mark.parametrize("codec", list(CODECS.values()), ids=list(CODECS))
@settings(deadline=None, max_examples=150)
@given(ticks=st.lists(deeds, min_size=1, max_size=8))
def test_diffs_lead_where_a_snapshot_does(codec: Codec, ticks: list[list[Deed]]) -> None:
    """After any history, each of three players knows by diffs exactly what a fresh snapshot would tell it."""
    stage = Stage(make_game(), codec)
    for history in ticks:
        for deed in history:
            do(stage.world, deed)
        stage.world.end_tick()
        stage.observe()
        for player, client in enumerate(stage.clients):
            fresh = stage.fresh(player)
            assert client.same_as(fresh)
            assert private_parts(client) == private_parts(fresh)
    stage.world.close()


def private_parts(scene: ClientScene) -> dict[int, dict[str, object]]:
    """The private components that a client knows, by slot."""
    return {
        slot: {name: seen.components[name] for name in seen.private} for slot, seen in scene.entities.items()
    }


@pytest.fixture
def stage() -> Iterator[Stage]:
    """An empty stage."""
    stage = Stage(make_game())
    yield stage
    stage.world.close()


def test_nothing_is_sent_of_what_does_not_change(stage: Stage) -> None:
    """A tick in which nothing changes has an empty diff, also when a value moves by less than its step."""
    entity = stage.world.spawn(Position(10.0, 10.0), Velocity(), Scene("player"), Health(50.0))
    stage.observe()
    stage.world.get(entity, Health).value += 0.01
    stage.world.get(entity, Position).x += 0.001
    stage.world.get(entity, Velocity).x = 0.001
    changes = stage.replicator.observe()
    assert (changes.left, changes.entered, changes.changed) == ([], [], [])
    assert changes.moved + changes.velocities + changes.angles == b""


def test_positions_travel_within_half_a_step(stage: Stage) -> None:
    """Every position inside the world arrives within half a position step; outside it is the nearest inside."""
    step = stage.schema.steps.position
    for x in (0.0, 0.4 * step, 333.333, 999.999, 1000.0):
        stage.world.spawn(Position(x, 1.0), Scene("player"))
    outside = stage.world.spawn(Position(-50.0, 1.0), Scene("player"))
    stage.observe()
    for seen in stage.clients[0].entities.values():
        x = stage.world.get(seen.id, Position).x
        assert abs(seen.x - x) <= step / 2 if seen.id != outside else seen.x == 0.0


def test_a_large_world_travels_in_32_bits() -> None:
    """Where 16 bits are too few for the wanted step, columns have 32, and positions stay exact."""
    stage = Stage(make_game(size=1_000_000.0, position_step=0.03125))
    assert stage.schema.steps.position_bits == 32
    entity = stage.world.spawn(Position(1.0, 2.0), Scene("player"))
    stage.observe()
    stage.world.get(entity, Position).x = 999_999.96875
    stage.observe()
    assert next(iter(stage.clients[0].entities.values())).x == 999_999.96875
    stage.world.close()


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("where", ["position", "velocity", "component"])
def test_a_number_that_is_none_is_the_games_mistake(stage: Stage, where: str, number: float) -> None:
    """NaN or an infinity in what clients see is named with its entity, and never sent."""
    entity = stage.world.spawn(Position(1.0, 1.0), Velocity(), Scene("player"), Health())
    stage.observe()
    if where == "position":
        stage.world.get(entity, Position).y = number
    elif where == "velocity":
        stage.world.get(entity, Velocity).x = number
    else:
        stage.world.get(entity, Health).value = number
    with pytest.raises(NotFinite, match=f"entity {entity}"):
        stage.replicator.observe()


def test_an_undeclared_kind_is_the_games_mistake(stage: Stage) -> None:
    """A Scene of a kind that the game has not declared is named."""
    stage.world.spawn(Position(1.0, 1.0), Scene("dragon"))
    with pytest.raises(UnknownKind, match="dragon"):
        stage.replicator.observe()


def test_slots_are_given_again_lowest_first() -> None:
    """A slot is free when its entity has left, so that slots stay small."""
    slots = Slots()
    assert [slots.take(entity) for entity in (10, 11, 12)] == [0, 1, 2]
    assert slots.free(11) == 1
    assert slots.free(10) == 0
    assert [slots.take(entity) for entity in (13, 14, 15)] == [0, 1, 3]
    assert 10 not in slots
