"""Replication: whatever a world goes through, diffs lead a client to what a snapshot would have given it."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import hypot, inf
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ecs.components import Collide, Position, Scene, Velocity
from ecs.game import Game
from ecs.world import World
from net.codec import CODECS, MESSAGEPACK, Codec
from net.protocol import Private, ServerBundle, ServerItem
from net.replication.columns import NotFinite
from net.replication.interest import HYSTERESIS
from net.replication.pairs import Pairs, all_keys
from net.replication.rations import Rations
from net.replication.replicate import Replicator, UnknownKind
from net.replication.scene import Slots
from net.replication.views import NotHidden, view_of
from net.schema import schema_of
from tests.net.room_kit import Ammo, Health, Plan, Secret
from tests.net.scene_kit import ClientScene


@dataclass(slots=True)
class Score:
    """Everybody sees it, wherever they are."""

    points: int = 0


def make_game(
    size: float = 1000.0, position_step: float | None = None, view_radius: float | None = None
) -> Game:
    """Two kinds; components for those near, the owner, the team, for all and for nobody."""
    game = Game(
        "replicated",
        width=size,
        height=size,
        max_players=4,
        position_step=position_step,
        view_radius=view_radius,
    )
    game.kind("player")
    game.kind("wall", shape="box")
    game.component(Health, replicate="near", quantise={"value": 0.5})
    game.component(Ammo, replicate="owner")
    game.component(Plan, replicate="team")
    game.component(Score, replicate="always")
    game.component(Secret)
    game.seal()
    return game


class Stage:
    """A world, its replicator, and a client that is fed by diffs alone."""

    def __init__(self, game: Game, codec: Codec = MESSAGEPACK, budget: float | None = None) -> None:
        self.world = World(game, 1)
        for player in range(3):
            self.world.seats.seat(player, str(player))
        self.schema = schema_of(game)
        self.replicator = Replicator(self.world, game, self.schema)
        self.view = view_of(self.world, self.replicator, game.view_radius, budget)
        self.codec = codec
        self.tick = 0
        self.base = -1
        self.sizes: list[int] = []
        self.eyes: dict[int, tuple[float, float]] = {}
        self.clients = [ClientScene(self.schema) for _ in range(3)]
        for client in self.clients:
            client.snapshot_id = -1

    def observe(self) -> None:
        """One tick of replication; every client applies its diff."""
        self.tick += 1
        changes = self.replicator.observe()
        self.view.observe(changes)
        for player, client in enumerate(self.clients):
            payload = self.view.diffs(self.codec, self.base, self.tick)(player)
            items: list[ServerItem] = [decoded_item(self.codec, payload)]
            private = [change for change in changes.private[player] if self.view.shows(player, change.slot)]
            if private:
                items.append(Private(self.tick, False, private))
            client.apply(ServerBundle(self.tick, 0.0, -1, 0, 0, items))
            self.view.sent(player, len(payload))
            self.sizes.append(len(payload))
        self.base = self.tick

    def who_sees(self, entity: int) -> list[bool]:
        """Whether each client has the entity."""
        return [any(each.id == entity for each in client.entities.values()) for client in self.clients]

    def fresh(self, player: int) -> ClientScene:
        """What a client that comes now would know."""
        client = ClientScene(self.schema)
        snapshot = decoded_item(self.codec, self.view.snapshot(player, self.codec, self.tick))
        private = Private(self.tick, True, self.replicator.private_of(player))
        client.apply(ServerBundle(self.tick, 0.0, -1, 0, 0, [snapshot, private]))
        return client


def decoded_item(codec: Codec, payload: bytes) -> Any:
    """An item through the wire: encoded in a bundle and decoded again."""
    head, tail = (b"[3,1,1.0,1,0,0,[", b"]]") if codec.text else (b"\x97\x03\x01\x01\x01\x00\x00\x91", b"")
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
    "nudge", "plan", "unplan", "score", "unscore", "team", "seen_by",
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
    elif what == "nudge" and isinstance(position, Position):
        position.x += number / 1000
        position.y -= number / 500
    elif what == "team":
        world.set_team(entity % 3, int(number) % 3 - 1)
    elif what == "seen_by":
        scene.seen_by = ("near", "owner", "team", "always")[int(number) % 4]
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
    added = {"plan": Plan, "score": Score}
    removed = {
        "unplan": Plan,
        "unscore": Score,
        "unheal": Health,
        "disarm": Ammo,
        "stop": Velocity,
        "hide": Position,
    }
    if what in added:
        world.add(entity, added[what]())
    elif what in removed and world.has(entity, removed[what]):
        world.remove(entity, removed[what])
    elif what == "heal":
        world.add(entity, Health(number))
    elif what == "arm":
        world.add(entity, Ammo(int(number)))
    elif what == "hurt" and world.has(entity, Health):
        world.get(entity, Health).value -= number / 100
    elif what == "shoot" and world.has(entity, Ammo):
        world.get(entity, Ammo).rounds -= 1
    elif what == "secret" and world.has(entity, Secret):
        world.get(entity, Secret).number += 1


@pytest.mark.parametrize("codec", list(CODECS.values()), ids=list(CODECS))
@pytest.mark.parametrize("radius", [None, 250.0])
@given(ticks=st.lists(deeds, min_size=1, max_size=8))
def test_diffs_lead_where_a_snapshot_does(
    codec: Codec, radius: float | None, ticks: list[list[Deed]]
) -> None:
    """After any history, each of three players knows by diffs exactly what a fresh snapshot would tell it."""
    stage = Stage(make_game(view_radius=radius), codec)
    for history in ticks:
        for deed in history:
            if deed.what != "seen_by" or radius is not None:  # only a game with a view_radius may hide things
                do(stage.world, deed)
        stage.world.end_tick()
        stage.observe()
        for player, client in enumerate(stage.clients):
            fresh = stage.fresh(player)
            assert client.same_as(fresh)
            assert private_parts(client) == private_parts(fresh)
            check_view(stage, player, inf if radius is None else radius)
    stage.world.close()


@given(ticks=st.lists(deeds, min_size=1, max_size=8))
def test_what_is_kept_of_records_is_never_old(ticks: list[list[Deed]]) -> None:
    """After any history a record is what one who looks at the world for the first time says, but for the slot."""
    game = make_game(view_radius=250.0)
    stage = Stage(game)
    for history in ticks:
        for deed in history:
            do(stage.world, deed)
        for entity, scene in list(stage.world.query(Scene)):
            if entity % 3 == len(history) % 3:
                scene.kind = "wall" if scene.kind == "player" else "player"
                if stage.world.has(entity, Collide):
                    stage.world.remove(entity, Collide)
        stage.world.end_tick()
        stage.observe()
        fresh = Replicator(stage.world, game, schema_of(game))
        fresh.observe()
        for kept, new in zip(stage.replicator.records(), fresh.records(), strict=True):
            assert kept == replace(new, slot=stage.replicator.table.slots[new.id])
    stage.world.close()


def test_who_comes_back_has_the_record_of_its_new_slot() -> None:
    """An entity that was out of sight while another took its slot is told with the slot that it has now."""
    stage = Stage(make_game(view_radius=None))
    first = stage.world.spawn(Position(1.0, 1.0), Scene("wall"))
    stage.observe()
    stage.world.remove(first, Position)
    stage.observe()
    second = stage.world.spawn(Position(2.0, 2.0), Scene("wall"))
    stage.observe()
    stage.world.add(first, Position(3.0, 3.0))
    stage.observe()
    assert {each.id: each.slot for each in stage.replicator.records()} == {first: 1, second: 0}
    stage.world.close()


def check_view(stage: Stage, player: int, radius: float) -> None:
    """A player sees what it may see by the rules as docs/modding.md gives them, and nothing else, whatever the code does."""
    world, seen = stage.world, {each.id for each in stage.clients[player].entities.values()}
    places = {entity: on_the_wire(stage, position) for entity, _, position in world.query(Scene, Position)}
    own = [entity for entity, scene, _ in world.query(Scene, Position) if scene.owner == player]
    if own:
        stage.eyes[player] = places[own[0]]
    eye = stage.eyes.get(player)
    for entity, scene, _ in world.query(Scene, Position):
        if radius == inf:
            assert entity in seen
            continue
        away = inf if eye is None else hypot(places[entity][0] - eye[0], places[entity][1] - eye[1])
        mates = scene.owner in world.players and world.team_of(scene.owner) == world.team_of(player) >= 0
        always = scene.seen_by == "always" or (scene.seen_by == "near" and world.has(entity, Score))
        entitled = scene.owner == player or always
        entitled |= mates and (
            scene.seen_by == "team" or (world.has(entity, Plan) and scene.seen_by != "owner")
        )
        near = scene.seen_by == "near" and away < radius * HYSTERESIS + 1.0
        assert entity in seen or not (entitled or (scene.seen_by == "near" and away < radius - 1.0))
        assert entity not in seen or entitled or near


def on_the_wire(stage: Stage, position: Position) -> tuple[float, float]:
    """Where clients know a place to be: inside what 16 bits can say."""
    highest = 65_535 * stage.schema.steps.position
    return min(max(position.x, 0.0), highest), min(max(position.y, 0.0), highest)


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
    motion = changes.motion
    for column in (motion.moved, motion.nudged, motion.velocities, motion.angles):
        assert column.packed() == b""


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
    """A Scene that was given a kind that the game has not declared is named, and so is its entity."""
    entity = stage.world.spawn(Position(1.0, 1.0), Scene("player"))
    stage.world.get(entity, Scene).kind = "dragon"
    with pytest.raises(UnknownKind, match=f"entity {entity} .*'dragon'"):
        stage.replicator.observe()


def test_slots_are_given_again_lowest_first() -> None:
    """A slot is free when its entity has left, so that slots stay small."""
    slots = Slots()
    assert [slots.take(entity) for entity in (10, 11, 12)] == [0, 1, 2]
    assert slots.free(11) == 1
    assert slots.free(10) == 0
    assert [slots.take(entity) for entity in (13, 14, 15)] == [0, 1, 3]
    assert 10 not in slots


@pytest.mark.parametrize("codec", list(CODECS.values()), ids=list(CODECS))
def test_what_is_hidden_is_never_in_the_bytes(codec: Codec) -> None:
    """A thing seen by its owner or team alone is in nobody else's diffs and snapshots, however near they stand."""
    stage = Stage(make_game(view_radius=250.0), codec)
    world = stage.world
    world.set_team(0, 1)
    world.set_team(1, 1)
    for player in range(3):
        world.spawn(Position(500.0, 500.0), Scene("player", owner=player))
    world.spawn(Position(501.0, 500.0), Scene("player", "trap-for-me", owner=0, seen_by="owner"))
    world.spawn(Position(502.0, 500.0), Scene("player", "trap-for-us", owner=0, seen_by="team"))
    told: list[bytes] = [b"", b"", b""]
    for _ in range(3):
        for _, _, position in world.query(Scene, Position):
            position.x += 1.0
        stage.observe()
        for player in range(3):
            told[player] += stage.view.diffs(codec, stage.base - 1, stage.tick)(player)
            told[player] += stage.view.snapshot(player, codec, stage.tick)
    assert [b"trap-for-me" in each for each in told] == [True, False, False]
    assert [b"trap-for-us" in each for each in told] == [True, True, False]
    assert [len(client.entities) for client in stage.clients] == [5, 4, 3]
    world.close()


@pytest.mark.parametrize("codec", list(CODECS.values()), ids=list(CODECS))
def test_no_component_shows_what_a_scene_hides(codec: Codec) -> None:
    """An entity for its owner alone may have components for all and for the team: nobody else has a byte of them."""
    stage = Stage(make_game(view_radius=250.0), codec)
    world = stage.world
    world.set_team(0, 1)
    world.set_team(1, 1)
    for player in range(3):
        world.spawn(Position(500.0, 500.0), Scene("player", owner=player))
    trap = world.spawn(Position(501.0, 500.0), Scene("player", owner=0), Score(7), Plan("dig-here"))
    stage.observe()
    assert stage.who_sees(trap) == [True] * 3
    world.get(trap, Scene).seen_by = "owner"
    world.get(trap, Scene).state = "armed"
    stage.observe()
    told: list[bytes] = [b"", b"", b""]
    for number in range(3):
        world.get(trap, Plan).text = f"blow-up-{number}"
        stage.observe()
        for player in range(3):
            told[player] += stage.view.diffs(codec, stage.base - 1, stage.tick)(player)
            told[player] += stage.view.snapshot(player, codec, stage.tick)
            told[player] += codec.encode(stage.replicator.private_of(player))
    assert [b"armed" in each for each in told] == [True, False, False]
    assert [b"blow-up" in each for each in told] == [True, False, False]
    assert stage.who_sees(trap) == [True, False, False]
    for player, client in enumerate(stage.clients):
        assert client.same_as(stage.fresh(player))
    world.close()


@pytest.mark.parametrize("seen_by", ["owner", "team"])
def test_hiding_without_a_view_radius_is_the_games_mistake(stage: Stage, seen_by: str) -> None:
    """Where everybody sees the whole room a hidden entity is named, at its spawn and when it hides later, not shown."""
    entity = stage.world.spawn(Position(1.0, 1.0), Scene("player", owner=0))
    stage.observe()
    stage.world.get(entity, Scene).seen_by = seen_by
    with pytest.raises(NotHidden, match=f"entity {entity} .* view_radius"):
        stage.observe()


def crowd(budget: float | None) -> Stage:
    """200 walkers on a line through three players at x = 0, who see 400 units far."""
    stage = Stage(make_game(view_radius=400.0), budget=budget)
    for player in range(3):
        stage.world.spawn(Position(0.0, 500.0), Scene("player", owner=player))
    for number in range(200):
        stage.world.spawn(Position(2.0 * number, 500.0), Velocity(), Scene("wall", w=1.0, h=1.0))
    return stage


def shake(stage: Stage) -> None:
    """Everybody moves a little, and speeds and angles change."""
    for entity, _, position, velocity in stage.world.query(Scene, Position, Velocity):
        position.y += 1.0 if (entity + stage.tick) % 3 else -2.0
        velocity.x = float(stage.tick % 7)
        position.angle += 0.1
    stage.world.tick += 1
    stage.observe()


def test_who_is_short_of_bytes_is_told_less_of_what_is_far() -> None:
    """Over its budget a client is sent far fewer bytes; what is near is exact in every tick, what is far within four."""
    plain, short = crowd(None), crowd(2_000.0)
    for _ in range(120):
        shake(plain)
        shake(short)
        for client in short.clients:
            for seen in client.entities.values():
                position = short.world.get(seen.id, Position)
                if position.x < 195.0:
                    assert abs(seen.y - position.y) <= short.schema.steps.position
                else:
                    assert abs(seen.y - position.y) <= 8.0
    assert sum(short.sizes[-60:]) < 0.7 * sum(plain.sizes[-60:])
    for _ in range(4):
        short.world.tick += 1
        short.observe()
    for player, client in enumerate(short.clients):
        assert client.same_as(short.fresh(player))
    plain.world.close()
    short.world.close()


def test_a_debt_of_bytes_is_soon_forgiven() -> None:
    """However long a client was over its budget, two seconds after its last expensive tick it is told of everything."""
    rations = Rations(1_000.0, 20)
    pairs, stays, far, moving = (
        Pairs(all_keys(1, 8), 1),
        np.ones(8, np.bool_),
        np.zeros(8, np.bool_),
        np.arange(8),
    )
    for tick in range(1_000):
        rations.portion(pairs, stays, far, moving, tick)
        rations.spend(0, 500)
    assert rations.portion(pairs, stays, far, moving, 1_000) is not None
    for tick in range(1_001, 1_041):
        rations.portion(pairs, stays, far, moving, tick)
    assert rations.portion(pairs, stays, far, moving, 1_041) is None


@given(ticks=st.lists(deeds, min_size=1, max_size=8))
def test_whoever_was_short_catches_up(ticks: list[list[Deed]]) -> None:
    """After any history under a budget of nothing, four quiet ticks bring every client to what a snapshot says."""
    stage = Stage(make_game(view_radius=250.0), budget=1.0)
    for player in range(3):
        stage.world.spawn(Position(300.0 * player, 500.0), Scene("player", owner=player))
    for history in ticks:
        for deed in history:
            do(stage.world, deed)
        stage.world.end_tick()
        stage.world.tick += 1
        stage.observe()
    for _ in range(4):
        stage.world.tick += 1
        stage.observe()
    for player, client in enumerate(stage.clients):
        assert client.same_as(stage.fresh(player))
    stage.world.close()
