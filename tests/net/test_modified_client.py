"""A modified client gets nothing by what it claims: inputs are all it may say, and they move it as everybody is moved."""

from io import BytesIO
from itertools import pairwise
from math import hypot
from typing import Any
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.games.mod_files import candidate_at
from app.games.rules_bundle import game_bundle
from ecs.errors import WorldError
from net.codec import INPUT_LAYOUTS, MESSAGEPACK
from net.errors import RemoteProtocolError
from net.protocol import AXIS_SCALE, CloseReason, Input
from systems.input import MAX_QUEUED
from tests.mods.loading import MODS, load, module
from tests.net.room_kit import Player, Table
from tickroom import Position, Velocity, World

TICKS = 30
KEYS = {key: 1 << place for place, key in enumerate(load("arena").inputs.keys)}
MOVES = sum(KEYS[key] for key in ("up", "down", "left", "right"))
TUNING: Any = module("arena", "shared.tuning")

axes = st.lists(st.sampled_from([-AXIS_SCALE, -1, 0, 1, AXIS_SCALE]), min_size=4, max_size=4)
ticks = st.one_of(st.integers(-3, 12), st.integers(-200, 60), st.sampled_from([10**6, 2**31, 2**32 - 300]))
"""Of an input, from the world's."""
views = st.one_of(st.just(0), st.integers(0, 2**16 - 1))
records = st.tuples(st.integers(1, 30), st.integers(0, 127), st.integers(0, 127), views, axes)


@st.composite
def inputs(draw: st.DrawFn, bits: int) -> tuple[int, Input]:
    """An input and how far its tick is from the world's; it may tell others again that never were."""
    keys = st.integers(0, 127).map(lambda held: held & bits)
    again = sorted(draw(st.lists(records, max_size=2)), key=lambda record: -record[0])
    packed = b"".join(
        INPUT_LAYOUTS[4].pack(ago, held & bits, pressed & bits, view, *stick)
        for ago, held, pressed, view, stick in again
    )
    given = Input(0, draw(keys), draw(keys), draw(axes), draw(views), packed)
    return draw(ticks), given


def arena() -> tuple[Table, Player, int]:
    """A room with one player, whose shield is over; nobody else is there, and nothing to be run into."""
    table = Table(load("arena"))
    game = table.room.hosted.game
    for kind in ("Nest", "Pad"):
        of: type[Any] = game.components[kind].type
        for _, source in table.room.engine.world.query(of):
            source.next_tick = 2**31
    player = table.sit("Mallory")
    table.step(3)
    fighters: type[Any] = game.components["Fighter"].type
    ((entity, _),) = table.room.engine.world.query(fighters)
    return table, player, entity


def say(table: Table, player: Player, said: list[tuple[int, Input]]) -> None:
    """One bundle with these inputs, ticks counted from the world's."""
    items = [
        Input(
            max(30, table.room.tick + 1 + ahead), told.held, told.pressed, told.axes, told.view, told.before
        )
        for ahead, told in said
    ]
    player.send(*items)


@given(st.lists(st.lists(inputs(MOVES), max_size=3), min_size=1, max_size=TICKS))
def test_nobody_is_faster_than_the_game_whatever_is_sent(stream: list[list[tuple[int, Input]]]) -> None:
    """Inputs of any ticks, doubled, ancient, of the future, several in a tick, others told again: the speed is the game's."""
    table, player, entity = arena()
    world = table.room.engine.world
    for said in stream:
        before = world.get(entity, Position)
        x, y = before.x, before.y
        say(table, player, said)
        table.step()
        at, velocity = world.get(entity, Position), world.get(entity, Velocity)
        assert hypot(velocity.x, velocity.y) <= TUNING.TOP_SPEED + 1e-6
        assert hypot(at.x - x, at.y - y) <= TUNING.TOP_SPEED * world.dt + 1e-6
        assert all(len(waiting) <= MAX_QUEUED for _, _, waiting in table.room.engine.inputs.save()[1])
    table.close()


@given(st.lists(st.lists(inputs(127), max_size=3), min_size=1, max_size=TICKS))
def test_nobody_fires_or_dashes_faster_than_the_game(stream: list[list[tuple[int, Input]]]) -> None:
    """With all keys at once: bullets come at the game's rate, a dash every two seconds, and a view goes no further back."""
    table, player, entity = arena()
    game, world = table.room.hosted.game, table.room.engine.world
    bullets: type[Any] = game.components["Bullet"].type
    shots: list[int] = []
    gears: type[Any] = game.components["Gear"].type
    ready = {world.get(entity, gears).dash_tick}
    known: set[int] = set()
    for said in stream:
        say(table, player, said)
        table.step()
        now = {shot for shot, _ in world.query(bullets)}
        if now - known:
            shots.append(world.tick)
        assert len(now - known) <= 1
        known |= now
        assert all(
            0.0 <= bullet.behind <= TUNING.LAG_COMPENSATION / 1000 / world.dt
            for _, bullet in world.query(bullets)
        )
        ready.add(world.get(entity, gears).dash_tick)
    assert all(later - earlier >= TUNING.FIRE_REST for earlier, later in pairwise(shots))
    assert len(ready) - 1 <= TICKS // TUNING.DASH_REST + 1
    table.close()


CLAIMS: list[list[Any]] = [
    [1, 5, []],
    [2, 4, 5, [], [], b"", b"", b"", b"", []],
    [30, 100.0, 100.0],
    [1, 3, 1, 1, [], 0, b"", 9e9],
]


@pytest.mark.parametrize("claim", CLAIMS)
def test_there_is_no_message_that_says_where_one_is(claim: list[Any]) -> None:
    """A snapshot, a diff, a position, an input with one more field: malformed, whoever sends it."""
    table, player, _ = arena()
    with pytest.raises(RemoteProtocolError) as caught:
        player.session.receive(MESSAGEPACK.encode([3, 40, 0, [claim]]), table.now)
    assert caught.value.reason is CloseReason.MALFORMED
    table.close()


def flood(player: Player, tick: int) -> None:
    """Full bundles, all at once."""
    for number in range(100_000):
        player.send(*[Input(tick + number % 3, 1)] * 64)


def test_a_flood_of_inputs_costs_its_sender_alone() -> None:
    """Who sends far more than a bundle a tick is cut off; the other's input of the tick is applied in its tick."""
    table, player, _ = arena()
    ben = table.sit("Ben")
    table.step()
    tick = table.room.tick + 1
    with pytest.raises(RemoteProtocolError) as caught:
        flood(player, tick)
    assert caught.value.reason is CloseReason.RATE_LIMITED
    ben.send(Input(tick, KEYS["right"]))
    table.step()
    assert table.room.engine.world.input(1).held("right")
    assert table.room.engine.inputs.last_input(1) == tick
    table.close()


def test_what_only_the_server_knows_is_not_on_clients() -> None:
    """Neither files nor tables of server/ are in what clients are given, and a client's world has no random numbers."""
    archive = ZipFile(BytesIO(game_bundle(candidate_at(MODS / "arena")).data))
    assert archive.namelist()
    assert not [name for name in archive.namelist() if "/server/" in name]
    text = b"".join(archive.read(name) for name in archive.namelist())
    for secret in (b"SPAWNS", b"DENS", b"spawn_place", b"HUNTER_PATIENCE * "):
        assert secret not in text
    world = World(load("arena"), 1, side="client")
    with pytest.raises(WorldError):
        world.random.random()
    world.close()
