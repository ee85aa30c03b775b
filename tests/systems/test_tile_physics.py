"""Tiles in physics: walls hold, seams do not show, one-way tiles let pass one way, and rules hear which tile it was."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecs.errors import WorldError
from systems.engine import SystemFailed
from tests.systems.tile_kit import body, heard, map_game, run, steer
from tickroom import (
    ONE_WAY_TILES,
    TILES,
    ChunkKey,
    Collide,
    Engine,
    Game,
    Position,
    TileContact,
    Velocity,
    World,
)

ROOM = (
    "################",
    "#..............#",
    "#..............#",
    "#......#.......#",
    "#..............#",
    "################",
)


def at(world: World, entity: int) -> tuple[float, float]:
    position = world.get(entity, Position)
    return position.x, position.y


@pytest.mark.parametrize(
    ("vx", "vy", "x", "y"), [(60, 0, 146, 20), (-60, 0, 14, 20), (0, 60, 20, 46), (0, -60, 20, 14)]
)
@pytest.mark.parametrize("shape", ["circle", "box"])
@pytest.mark.parametrize("substeps", [1, 3])
def test_walls_hold(vx: float, vy: float, x: float, y: float, shape: str, substeps: int) -> None:
    """A body that rules push against a wall stays before it, on all four sides."""
    game = map_game(*ROOM, substeps=substeps)
    steer(game, vx, vy)
    engine = Engine(game, 1)
    entity = body(engine.world, 20.0, 20.0, shape=shape)
    for _ in run(engine, 120):
        pass
    assert at(engine.world, entity) == pytest.approx((x, y), abs=0.5)
    engine.close()


@pytest.mark.parametrize("shape", ["circle", "box"])
@pytest.mark.parametrize("along", ["x", "y"])
@pytest.mark.parametrize("speed", [23.0, 61.0, 90.0])
def test_seams_between_tiles_do_not_show(shape: str, along: str, speed: float) -> None:
    """What slides along a wall of many rectangles and chunks is neither slowed nor thrown off, whatever rectangles the
    wall happens to be made of."""
    rows = ["." * 40 for _ in range(4)] + [
        "".join("#" for _ in range(40)),
        "#.#..#.##.##..#.#.#.####.#..##.#.#..#.##",
    ] * 2
    if along == "y":
        rows = ["".join(row[place] for row in rows) for place in range(40)]
    game = map_game(*rows)
    steer(game, *((speed, 40.0) if along == "x" else (40.0, speed)))
    engine = Engine(game, 1)
    start = (20.0, 35.0) if along == "x" else (35.0, 20.0)
    entity = body(engine.world, *start, shape=shape)
    for _ in run(engine, 20):
        pass
    before = at(engine.world, entity)
    place = 0 if along == "x" else 1
    for _ in run(engine, 60):
        now = at(engine.world, entity)
        assert now[1 - place] == pytest.approx(before[1 - place], abs=0.2)
    moved = at(engine.world, entity)[place] - before[place]
    assert moved == pytest.approx(speed * 2, rel=0.002)
    engine.close()


@pytest.mark.parametrize("x", [40.0, 50.0, 45.0])
def test_bodies_exactly_above_an_edge_fall_on_it(x: float) -> None:
    """Bodies that rules have put on the grid lie exactly above the edges of tiles, and come down like any other."""
    game = map_game(*["........"] * 4, "....#...", *["........"] * 3, gravity=(0.0, 200.0))
    engine = Engine(game, 1)
    circle = body(engine.world, x, 30.0)
    box = body(engine.world, x, 10.0, shape="box", category=2, mask=TILES)
    for _ in run(engine, 14):
        assert [at(engine.world, entity)[0] for entity in (circle, box)] == pytest.approx([x, x], abs=0.05)
    engine.close()


def test_a_heavy_fall_rests_on_the_floor() -> None:
    """Bodies that fall on tiles come to rest on them: circles, boxes and boxes that turn."""
    game = map_game(*["." * 16] * 12, *["#" * 16] * 2, gravity=(0.0, 300.0), friction=0.6)
    engine = Engine(game, 1)
    upright = [body(engine.world, 30.0, 60.0), body(engine.world, 60.0, 20.0, shape="box")]
    turning = body(engine.world, 100.0, 20.0, shape="box", rotates=True, friction=0.6)
    engine.world.get(turning, Position).angle = 0.4
    for _ in run(engine, 200):
        pass
    for entity in (*upright, turning):
        assert at(engine.world, entity)[1] == pytest.approx(116.0, abs=0.4)
    turned = engine.world.get(turning, Position).angle % (math.pi / 2)
    assert min(turned, math.pi / 2 - turned) < 0.05
    engine.close()


def test_a_contact_names_the_tile() -> None:
    """A body that runs into a wall tells which tile, from which side, how it began and ended."""
    game = map_game(*ROOM)
    contacts = heard(game)
    engine = Engine(game, 1)
    entity = body(engine.world, 50.0, 35.0, 100.0, 0.0, elasticity=1.0)
    for _ in run(engine, 20):
        pass
    phases = [
        (contact.a, contact.tile_x, contact.tile_y, contact.kind, contact.phase) for _, contact in contacts
    ]
    assert phases[0] == (entity, 7, 3, "wall", "begin")
    assert (contacts[0][1].nx, contacts[0][1].ny) == (-1.0, 0.0)
    engine.world.get(entity, Velocity).x = -100.0
    for _ in run(engine, 5):
        pass
    last = contacts[-1][1]
    assert (last.tile_x, last.tile_y, last.phase, last.nx) == (7, 3, "end", -1.0)
    assert last.region == (0, 0)
    engine.close()


def test_all_tiles_that_are_touched_are_named() -> None:
    """A wide body on a floor of one rectangle touches each tile under it, in order."""
    game = map_game(*["." * 16] * 3, "#" * 16, gravity=(0.0, 300.0))
    contacts = heard(game)
    engine = Engine(game, 1)
    body(engine.world, 75.0, 20.0, shape="box", w=36.0, h=10.0)
    for _ in run(engine, 30):
        pass
    last = [(c.tile_x, c.tile_y, c.nx, c.ny, c.phase) for tick, c in contacts if tick == 30]
    assert last == [(x, 3, 0.0, -1.0, "stay") for x in range(5, 10)]
    engine.close()


def test_lava_and_doors_are_noted_without_holding() -> None:
    """Damaging and trigger tiles tell who is on them, and let pass; so they do for sensors and for kinematic bodies."""
    game = map_game("................", "....~~~....d....", "................")
    contacts = heard(game)
    engine = Engine(game, 1)
    walker = body(engine.world, 10.0, 15.0, 60.0, 0.0)
    ghost = body(engine.world, 10.0, 15.0, 60.0, 0.0, sensor=True, solid=False, category=2, mask=TILES)
    lift = body(engine.world, 10.0, 15.0, 60.0, 0.0, body="kinematic", category=4, mask=TILES)
    engine.world.get(walker, Collide).mask = TILES
    for _ in run(engine, 62):
        pass
    assert at(engine.world, walker)[0] == pytest.approx(10.0 + 124.0)
    for entity in (walker, ghost, lift):
        mine = [(c.tile_x, c.kind, c.phase) for _, c in contacts if c.a == entity and c.phase != "stay"]
        assert mine == [
            (4, "lava", "begin"),
            (5, "lava", "begin"),
            (4, "lava", "end"),
            (6, "lava", "begin"),
            (5, "lava", "end"),
            (6, "lava", "end"),
            (11, "door", "begin"),
            (11, "door", "end"),
        ]
    engine.close()


def platform_game() -> Game:
    rows = ["." * 16] * 4 + ["....------......"] + ["." * 16] * 6 + ["#" * 16]
    return map_game(*rows, gravity=(0.0, 400.0))


@pytest.mark.parametrize("shape", ["circle", "box"])
def test_a_platform_holds_from_above_only(shape: str) -> None:
    """One jumps up through it and comes to stand on it; one that falls beside it does not."""
    game = platform_game()
    contacts = heard(game)
    engine = Engine(game, 1)
    jumper = body(engine.world, 70.0, 100.0, shape=shape)
    beside = body(engine.world, 20.0, 10.0, shape=shape)
    engine.world.get(jumper, Velocity).y = -250.0
    highest = 100.0
    for _ in run(engine, 150):
        highest = min(highest, at(engine.world, jumper)[1])
    assert highest < 36.0
    assert at(engine.world, jumper)[1] == pytest.approx(36.0, abs=0.3)
    assert at(engine.world, beside)[1] == pytest.approx(106.0, abs=0.3)
    held = [(c.tile_x, c.tile_y, c.kind, c.nx, c.ny) for tick, c in contacts if tick == 150 and c.a == jumper]
    assert held[0] == (6, 4, "ledge", 0.0, -1.0)
    assert not [c for _, c in contacts if c.a == beside and c.kind == "ledge"]
    engine.close()


def test_a_fast_fall_lands_on_a_platform() -> None:
    """A body that falls 8 units a tick, which sinks it deep at first, is held in that tick and in the next ones."""
    engine = Engine(platform_game(), 1)
    entity = body(engine.world, 70.0, 10.0, 0.0, 240.0)
    for _ in run(engine, 60):
        pass
    assert at(engine.world, entity)[1] == pytest.approx(36.0, abs=0.3)
    engine.close()


def test_dropping_through_a_platform() -> None:
    """A rule takes the one-way tiles out of a body's mask, and it falls through."""
    engine = Engine(platform_game(), 1)
    entity = body(engine.world, 70.0, 30.0)
    for _ in run(engine, 30):
        pass
    engine.world.get(entity, Collide).mask &= ~ONE_WAY_TILES
    for _ in run(engine, 60):
        pass
    assert at(engine.world, entity)[1] == pytest.approx(106.0, abs=0.3)
    engine.close()


@pytest.mark.parametrize(
    ("kind", "way"), [("up", (0, -1)), ("down", (0, 1)), ("left", (-1, 0)), ("right", (1, 0))]
)
@pytest.mark.parametrize("shape", ["circle", "box"])
def test_one_way_tiles_in_all_four_ways(kind: str, way: tuple[int, int], shape: str) -> None:
    """Along its way a body passes; against it, it is held at the tiles' side."""
    import msgspec

    from ecs.map_header import TileKind
    from tests.ecs.map_kit import drawn

    rows = (
        ["." * 9] * 4 + ["...ggg..."] + ["." * 9] * 4
        if way[1]
        else ["....g...." if 3 <= y <= 5 else "." * 9 for y in range(9)]
    )
    data = drawn(*rows)
    header = msgspec.structs.replace(
        data.header, kinds=(TileKind("gate", one_way=kind), *data.header.kinds[1:])
    )
    for direction in (1, -1):
        game = Game("gates", width=90.0, height=90.0, tick_rate=30)
        game.set_tiles(type(data)(header, data.regions))
        steer(game, 60.0 * way[0] * direction, 60.0 * way[1] * direction)
        engine = Engine(game, 1)
        start = 45.0 - 30.0 * way[0] * direction, 45.0 - 30.0 * way[1] * direction
        entity = body(engine.world, *start, shape=shape)
        for _ in run(engine, 28):
            pass
        x, y = at(engine.world, entity)
        along = (x - 45.0) * way[0] + (y - 45.0) * way[1]
        assert along == pytest.approx(26.0 if direction > 0 else 9.0, abs=0.6)
        engine.close()


def test_a_tile_that_is_taken_away_lets_through() -> None:
    """Rebuilding a chunk: a wall falls, what leaned on it goes on; a new wall stops it."""
    game = map_game("........", "...#....", "........", "........")
    steer(game, 60.0, 0.0)
    contacts = heard(game)
    engine = Engine(game, 1)
    entity = body(engine.world, 10.0, 15.0)
    for _ in run(engine, 20):
        pass
    assert at(engine.world, entity)[0] == pytest.approx(26.0, abs=0.3)
    engine.world.map.set_tile(3, 1, None)
    engine.world.map.set_tile(6, 1, "wall")
    for _ in run(engine, 40):
        pass
    assert at(engine.world, entity)[0] == pytest.approx(56.0, abs=0.3)
    assert [(c.tile_x, c.phase) for _, c in contacts if c.phase != "stay"] == [
        (3, "begin"),
        (3, "end"),
        (6, "begin"),
    ]
    engine.close()


def test_only_the_changed_chunk_is_rebuilt(monkeypatch: pytest.MonkeyPatch) -> None:
    """A changed tile costs its own chunk."""
    from systems.physics.ground import Ground

    game = map_game(*["#.......#......." * 2] * 32)
    engine = Engine(game, 1)
    body(engine.world, 45.0, 45.0)
    engine.step()
    built: list[ChunkKey] = []
    original = Ground._build

    def build(ground: Ground, key: ChunkKey) -> None:
        built.append(key)
        original(ground, key)

    monkeypatch.setattr(Ground, "_build", build)
    engine.step()
    assert not built
    engine.world.map.set_tile(3, 3, "wall")
    engine.step()
    assert built == [ChunkKey(0, 0, 0, 0)]
    engine.close()


def test_walls_are_made_where_bodies_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks get shapes when a body comes near: walking, thrown there, put there, grown, swept. All meet the wall."""
    rows = ["#" + "." * 158 + "#"] * 8
    game = map_game(*rows, keyframe_interval=1000)
    engine = Engine(game, 1)
    world = engine.world
    walker = body(world, 1000.0, 20.0, 200.0, 0.0)
    thrown = body(world, 500.0, 40.0, 1100.0, 0.0, swept=True)
    put = body(world, 300.0, 60.0)
    engine.step()
    ground = engine._physics._ground
    assert ground is not None
    few = len(ground._active)
    assert few < 20
    world.get(put, Position).x = 1580.0
    world.get(put, Velocity).x = 300.0
    for _ in run(engine, 110):
        pass
    assert at(world, walker)[0] == pytest.approx(1586.0, abs=0.5)
    assert at(world, thrown)[0] == pytest.approx(1586.0, abs=0.5)
    assert at(world, put)[0] == pytest.approx(1586.0, abs=0.5)
    large = body(world, 60.0, 40.0, -60.0, 0.0, w=70.0, h=70.0)
    for _ in run(engine, 40):
        pass
    assert at(world, large)[0] == pytest.approx(45.0, abs=0.5)
    engine.close()


def test_far_chunks_lose_their_shapes_at_a_keyframe() -> None:
    """What nobody is near any more costs nothing after the next keyframe."""
    game = map_game(*["#......." * 20] * 8, keyframe_interval=50)
    steer(game, 300.0, 0.0)
    engine = Engine(game, 1)
    entity = body(engine.world, 20.0, 20.0, mask=0)
    for _ in run(engine, 49):
        pass
    ground = engine._physics._ground
    assert ground is not None
    many = len(ground._active)
    engine.step()
    assert len(ground._active) < many
    assert ChunkKey(0, 0, 0, 0) not in ground._active
    assert at(engine.world, entity)[0] > 400.0
    engine.close()


@pytest.mark.parametrize("solid_edge", [True, False])
def test_the_edge_of_the_map(solid_edge: bool) -> None:
    """Nothing leaves the map, unless it says so; a wall where two regions meet is none."""
    game = map_game("........", "........", solid_edge=solid_edge)
    contacts = heard(game)
    steer(game, -60.0, 0.0)
    engine = Engine(game, 1)
    entity = body(engine.world, 40.0, 10.0)
    for _ in run(engine, 60):
        pass
    x = at(engine.world, entity)[0]
    assert x == pytest.approx(4.0, abs=0.3) if solid_edge else x < -50.0
    told = {(c.tile_x, c.tile_y, c.kind) for _, c in contacts}
    assert told == ({(-1, 0, ""), (-1, 1, "")} if solid_edge else set())
    engine.close()


def test_a_body_may_fly_over_tiles() -> None:
    """A mask without the tiles' category meets none of them, and hears of none."""
    game = map_game(*ROOM)
    contacts = heard(game)
    steer(game, 60.0, 0.0)
    engine = Engine(game, 1)
    entity = body(engine.world, 20.0, 35.0, mask=~TILES & 0xFFFFFFFF)
    for _ in run(engine, 60):
        pass
    assert at(engine.world, entity)[0] == pytest.approx(140.0)
    assert contacts == []
    engine.close()


def test_a_projectile_meets_the_tile_in_its_way() -> None:
    """However fast, a swept body stops at the first wall and tells which tile; on its way it tells of lava."""
    game = map_game("............#...", "....~~......#...", "............#...")
    contacts = heard(game)
    engine = Engine(game, 1)
    bullet = body(engine.world, 5.0, 15.0, 6000.0, 0.0, w=2.0, swept=True)
    engine.step()
    assert at(engine.world, bullet)[0] == pytest.approx(119.0)
    assert [(c.tile_x, c.tile_y, c.kind, c.phase) for _, c in contacts] == [
        (4, 1, "lava", "begin"),
        (12, 1, "wall", "begin"),
    ]
    assert [c.nx for _, c in contacts] == pytest.approx([-1.0, -1.0])
    engine.close()


def test_a_projectile_and_one_way_tiles() -> None:
    """A projectile passes a platform upwards and is stopped downwards."""
    game = map_game(*["." * 8] * 4, "..----..", *["." * 8] * 4)
    engine = Engine(game, 1)
    up = body(engine.world, 40.0, 80.0, 0.0, -1800.0, w=2.0, swept=True)
    down = body(engine.world, 35.0, 10.0, 0.0, 1800.0, w=2.0, swept=True)
    engine.step()
    assert at(engine.world, up)[1] == pytest.approx(20.0)
    assert at(engine.world, down)[1] == pytest.approx(39.0)
    engine.close()


def scattered(data: st.DataObject, letters: str, width: int, height: int) -> list[str]:
    """A map of random letters."""
    random = data.draw(st.randoms(use_true_random=False))
    return ["".join(random.choices(letters, k=width)) for _ in range(height)]


@given(st.data())
def test_projectiles_never_get_into_walls(data: st.DataObject) -> None:
    """Whatever walls, start and speed: a swept solid body is never inside a solid tile."""
    rows = scattered(data, ".....#", 16, 10)
    open_places = [(x, y) for y, row in enumerate(rows) for x, letter in enumerate(row) if letter == "."]
    if not open_places:
        return
    x, y = data.draw(st.sampled_from(open_places))
    engine = Engine(map_game(*rows), 1)
    velocity = data.draw(st.floats(-3000, 3000)), data.draw(st.floats(-3000, 3000))
    entity = body(engine.world, x * 10 + 5.0, y * 10 + 5.0, *velocity, w=4.0, swept=True, elasticity=1.0)
    for _ in run(engine, 4):
        px, py = at(engine.world, entity)
        near = {(px + dx, py + dy) for dx in (-1.9, 0, 1.9) for dy in (-1.9, 0, 1.9) if not (dx and dy)}
        assert not any(engine.world.map.solid_at(*place) for place in near)
    engine.close()


@given(st.data())
def test_slow_bodies_never_get_into_walls(data: st.DataObject) -> None:
    """Whatever walls, shape and way: a body that rules drive about never gets its centre into a solid tile."""
    rows = scattered(data, ".....#-~", 12, 8)
    open_places = [(x, y) for y, row in enumerate(rows) for x, letter in enumerate(row) if letter != "#"]
    if not open_places:
        return
    game = map_game(*rows)
    ways = data.draw(st.lists(st.tuples(st.floats(-90, 90), st.floats(-90, 90)), min_size=1, max_size=4))

    @game.system("input")
    def drive(world: World, dt: float) -> None:
        for entity, velocity in world.query(Velocity):
            velocity.x, velocity.y = ways[(world.tick // 8 + entity) % len(ways)]

    engine = Engine(game, 1)
    for shape in ("circle", "box"):
        x, y = data.draw(st.sampled_from(open_places))
        body(
            engine.world,
            x * 10 + 5.0,
            y * 10 + 5.0,
            shape=shape,
            w=8.0,
            h=6.0,
            category=2,
            mask=TILES | ONE_WAY_TILES,
        )
    for _ in run(engine, 40):
        for _, position in engine.world.query(Position):
            assert not engine.world.map.solid_at(position.x, position.y)
    engine.close()


def test_a_client_meets_the_walls_that_it_was_sent() -> None:
    """On a client chunks come late and go: a body is stopped by those that are there, and goes on without them."""
    game = map_game("....#...", "....#...")
    steer(game, 60.0, 0.0)
    server, client = Engine(game, 1), Engine(game, 1, side="client")
    key = ChunkKey(0, 0, 0, 0)
    entity = body(client.world, 10.0, 10.0)
    for _ in run(client, 2):
        pass
    client.world.map.put_chunk(key, server.world.map.encoded(key))
    for _ in run(client, 30):
        pass
    assert at(client.world, entity)[0] == pytest.approx(36.0, abs=0.3)
    server.world.map.set_tile(4, 0, None)
    server.world.map.set_tile(4, 1, None)
    (change,) = server.step().tiles
    assert client.world.map.put_change(change)
    for _ in run(client, 12):
        pass
    assert at(client.world, entity)[0] > 55.0
    client.world.map.drop_chunk(key)
    client.step()
    server.close()
    client.close()


def test_too_large_bodies_are_refused() -> None:
    """A body that would touch thousands of tiles is a mistake, and is told as one."""
    engine = Engine(map_game(*["#" * 100] * 100), 1)
    body(engine.world, 500.0, 500.0, shape="box", w=900.0, h=900.0, body="kinematic")
    with pytest.raises(SystemFailed, match="touches more than 4096 tiles") as caught:
        engine.step()
    assert isinstance(caught.value.cause, WorldError)
    engine.close()


def test_a_projectile_that_crosses_the_world_is_refused() -> None:
    """A speed with which a body would come near a million chunks in one tick is a mistake, and is told as one."""
    game = Game("wide", width=1e6, height=1e6, view_radius=100.0)
    from tickroom import ChunkTiles, TileKind

    game.map(tile_size=1.0, region=(65536, 65536), kinds=(TileKind("wall", solid=True),), chunk_size=8)

    @game.generator
    def nothing(chunk: ChunkTiles) -> None:
        """An empty world."""

    for speed, reason in ((2e4, "new chunks of the map in one tick"), (1e7, "more than anybody can be near")):
        engine = Engine(game, 1)
        body(engine.world, 5.0, 5.0, speed, speed, swept=True)
        with pytest.raises(SystemFailed, match=reason):
            engine.step()
        engine.close()


def test_an_error_in_a_callback_surfaces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chipmunk would swallow it: a mistake at a seam ends the tick like any other."""
    engine = Engine(map_game(*ROOM), 1)
    body(engine.world, 13.0, 20.0, -60.0, 0.0)

    def broken(*_: Any) -> bool:
        raise ZeroDivisionError("a bug")

    engine.step()
    monkeypatch.setattr("systems.physics.seams.Seams._is_inner", broken)
    with pytest.raises(SystemFailed, match="a bug"):
        for _ in run(engine, 10):
            pass
    engine.close()


def test_changed_tiles_are_in_the_result_of_the_tick() -> None:
    """What rules change in a tick is in its StepResult, once."""
    game = map_game(*ROOM)

    @game.system("logic")
    def dig(world: World, dt: float) -> None:
        if world.tick == 2:
            world.map.set_tile(7, 3, None)

    engine = Engine(game, 1)
    results = list(run(engine, 3))
    assert [len(result.tiles) for result in results] == [0, 1, 0]
    (change,) = results[1].tiles
    assert change.key == ChunkKey(0, 0, 0, 0)
    assert change.version == engine.world.map.version(change.key)
    assert (change.cells, change.values) == ((3 * 8 + 7,), (0,))
    engine.close()


def test_a_tile_contact_is_for_rules_only() -> None:
    """TileContacts are never among the events that clients are told."""
    game = map_game(*ROOM)
    contacts = heard(game)
    engine = Engine(game, 1)
    body(engine.world, 13.0, 20.0, -60.0, 0.0)
    results = list(run(engine, 5))
    assert contacts
    assert not any(result.events.deliveries for result in results)
    assert isinstance(contacts[0][1], TileContact)
    engine.close()
