"""Physics: bodies rest, push, bounce and follow what rules write, and their components say where they are."""

from collections.abc import Callable

import pytest

from tests.systems.games import floor_game
from tickroom import (
    Collide,
    Engine,
    Game,
    Position,
    SystemFailed,
    Velocity,
    World,
    WorldError,
)

Build = Callable[[World], None]


def engine_of(build: Build, tick_rate: int = 60, **options: object) -> Engine:
    """An engine of a game without systems, whose world is what `build` spawns."""
    game = Game("test", tick_rate=tick_rate, **options)  # type: ignore[arg-type]
    game.on("create")(build)
    return Engine(game, 1)


def run(engine: Engine, ticks: int) -> Engine:
    for _ in range(ticks):
        engine.step()
    return engine


@pytest.mark.parametrize("tick_rate", [20, 30, 60])
@pytest.mark.parametrize("shape", ["circle", "box"])
def test_a_body_comes_to_rest_on_the_floor(shape: str, tick_rate: int) -> None:
    """It falls, lands, and lies with its lower edge on the surface, at every tick rate."""
    engine = Engine(floor_game(tick_rate), 1)
    entity = engine.world.spawn(
        Position(0, 100), Velocity(), Collide(shape, 20, 20, rotates=True, friction=0.5)
    )
    run(engine, tick_rate * 3)
    position, velocity = engine.world.get(entity, Position), engine.world.get(entity, Velocity)
    assert position.y == pytest.approx(10, abs=0.3)
    assert abs(velocity.y) < 1.0
    engine.close()


@pytest.mark.parametrize("keyframe_interval", [25, 1000])
def test_bodies_come_to_rest_on_each_other(keyframe_interval: int) -> None:
    """Three boxes stand on one another, and keyframes do not make the stack fall."""
    engine = Engine(floor_game(keyframe_interval=keyframe_interval), 1)
    stack = [
        engine.world.spawn(
            Position(0, 10 + 20.5 * i), Velocity(), Collide("box", 20, 20, rotates=True, friction=0.8)
        )
        for i in range(3)
    ]
    run(engine, 600)
    heights = [engine.world.get(entity, Position).y for entity in stack]
    assert heights == pytest.approx([10, 30, 50], abs=0.5)
    assert all(abs(engine.world.get(entity, Position).x) < 2 for entity in stack)
    engine.close()


def test_a_bin_of_bodies_settles_inside() -> None:
    """A hundred falling circles and boxes stay between the walls and above the floor, and come to rest."""

    def build(world: World) -> None:
        for x, y, w, h in ((0, -10, 440, 20), (-210, 200, 20, 440), (210, 200, 20, 440)):
            world.spawn(Position(x, y), Collide("box", w, h, body="static", friction=0.6))
        for i in range(100):
            shape = "circle" if i % 2 else "box"
            place = Position(-180 + i % 10 * 40 + i // 10 % 2 * 7, 15 + i // 10 * 25)
            world.spawn(place, Velocity(), Collide(shape, 20, 20, rotates=True, friction=0.5))

    engine = run(engine_of(build, 30, gravity=(0.0, -500.0)), 240)
    for _, position, velocity, _ in engine.world.query(Position, Velocity, Collide):
        assert -200 < position.x < 200
        assert position.y > 5
        assert abs(velocity.x) + abs(velocity.y) < 30
    engine.close()


def test_a_moving_body_pushes_one_that_rests() -> None:
    """Momentum is kept and passed on; with elasticity 1 and equal masses the two exchange their speeds."""

    def build(world: World) -> None:
        world.spawn(Position(0, 0), Velocity(100, 0), Collide("circle", 20, 20, elasticity=1.0))
        world.spawn(Position(50, 0), Velocity(), Collide("circle", 20, 20, elasticity=1.0))

    engine = run(engine_of(build), 60)
    (_, first), (_, second) = engine.world.query(Velocity)
    assert first.x == pytest.approx(0, abs=1)
    assert second.x == pytest.approx(100, abs=1)
    engine.close()


def test_a_heavy_body_is_hardly_stopped_by_a_light_one() -> None:
    """Masses count."""

    def build(world: World) -> None:
        world.spawn(Position(0, 0), Velocity(100, 0), Collide("circle", 20, 20, mass=100))
        world.spawn(Position(50, 0), Velocity(), Collide("circle", 20, 20, mass=1))

    engine = run(engine_of(build), 60)
    (_, heavy), (_, light) = engine.world.query(Velocity)
    assert heavy.x == pytest.approx(99, abs=0.5)
    assert light.x >= heavy.x - 0.5
    engine.close()


@pytest.mark.parametrize("tick_rate", [20, 60])
def test_a_rule_that_pushes_into_a_wall_does_not_sink_into_it(tick_rate: int) -> None:
    """A velocity that is set towards a wall in every tick ends at the wall; along the wall it still slides."""

    def build(world: World) -> None:
        world.spawn(Position(100, 0), Collide("box", 20, 2000, body="static"))
        world.spawn(Position(60, 0), Velocity(), Collide("circle", 20, 20))

    engine = engine_of(build, tick_rate)
    for _ in range(tick_rate * 2):
        velocity = engine.world.get(2, Velocity)
        velocity.x, velocity.y = 250.0, 50.0
        engine.step()
    position = engine.world.get(2, Position)
    assert position.x == pytest.approx(80, abs=0.5)
    assert position.y == pytest.approx(100, abs=5)
    engine.close()


@pytest.mark.parametrize(("substeps", "deepest"), [(1, 12.0), (4, 3.5), (16, 1.0)])
def test_substeps_let_fast_bodies_overlap_less(substeps: int, deepest: float) -> None:
    """At an impact, a body is in the wall by one substep's way at most; the tick stays one tick."""

    def build(world: World) -> None:
        world.spawn(Position(100, 0), Collide("box", 20, 200, body="static"))
        world.spawn(Position(17, 0), Velocity(330, 0), Collide("circle", 20, 20))
        world.spawn(Position(0, 300), Velocity(330, 0), Collide("circle", 20, 20))

    engine = engine_of(build, 30, substeps=substeps)
    depth = 0.0
    for _ in range(30):
        engine.step()
        depth = max(depth, engine.world.get(2, Position).x - 80)
    assert 0 < depth < deepest
    assert engine.world.get(3, Position).x == pytest.approx(330)
    engine.close()


def test_two_that_rules_push_against_each_other_stand_still() -> None:
    """Neither sinks into the other, and the heavier one wins slowly."""

    def build(world: World) -> None:
        world.spawn(Position(0, 0), Velocity(), Collide("circle", 36, 36))
        world.spawn(Position(60, 0), Velocity(), Collide("circle", 36, 36))

    engine = engine_of(build, 30)
    for _ in range(60):
        engine.world.get(1, Velocity).x = 200.0
        engine.world.get(2, Velocity).x = -200.0
        engine.step()
    first, second = engine.world.get(1, Position), engine.world.get(2, Position)
    assert second.x - first.x == pytest.approx(36, abs=0.5)
    assert first.x + second.x == pytest.approx(60, abs=0.5)
    engine.close()


def test_a_kinematic_body_moves_by_its_velocity_and_carries_away_what_it_meets() -> None:
    """Nothing stops it; it spins where it rotates."""

    def build(world: World) -> None:
        world.spawn(
            Position(0, 0), Velocity(60, 0, 1.0), Collide("box", 20, 20, body="kinematic", rotates=True)
        )
        world.spawn(Position(60, 0), Velocity(), Collide("circle", 20, 20))

    engine = run(engine_of(build), 120)
    assert engine.world.get(1, Position).x == pytest.approx(120, abs=0.01)
    assert engine.world.get(1, Position).angle == pytest.approx(2.0, abs=0.01)
    assert engine.world.get(2, Position).x > 125
    engine.close()


def test_gravity_and_damping_are_the_games() -> None:
    """Speed grows by gravity each second, and what damping leaves of it."""

    def build(world: World) -> None:
        world.spawn(Position(0, 0), Velocity(100, 0), Collide())

    falling = run(engine_of(build, gravity=(0.0, -10.0)), 60)
    assert falling.world.get(1, Velocity).y == pytest.approx(-10)
    slowing = run(engine_of(build, damping=0.25), 60)
    assert slowing.world.get(1, Velocity).x == pytest.approx(25)
    falling.close()
    slowing.close()


def test_rules_may_teleport_and_push() -> None:
    """A written Position or Velocity, in place or as a new component, is where the body goes on from."""

    def build(world: World) -> None:
        world.spawn(Position(0, 0), Velocity(60, 0), Collide())
        world.spawn(Position(0, 50), Collide("box", 10, 10, body="static"))

    engine = run(engine_of(build), 1)
    world = engine.world
    world.get(1, Position).x = 500.0
    engine.step()
    assert world.get(1, Position).x == pytest.approx(501)
    world.get(1, Velocity).y = 30.0
    engine.step()
    assert world.get(1, Position).y == pytest.approx(0.5)
    world.add(1, Position(-10, 0))
    world.add(1, Velocity(0, 6))
    engine.step()
    assert (world.get(1, Position).x, world.get(1, Position).y) == pytest.approx((-10, 0.1))
    engine.close()


def test_a_moved_wall_is_a_wall_where_it_is_now() -> None:
    """A rule may move, turn and replace a static body; what flies there bounces off it."""

    def build(world: World) -> None:
        world.spawn(Position(0, 500), Collide("box", 10, 100, body="static", elasticity=1.0))
        world.spawn(Position(-50, 0), Velocity(120, 0), Collide("circle", 10, 10, elasticity=1.0))

    for move in (
        lambda world: setattr(world.get(1, Position), "y", 0.0),
        lambda world: world.add(1, Position(0, 0)),
        lambda world: world.add(1, Collide("box", 10, 1100, body="static", elasticity=1.0)),
        lambda world: setattr(world.get(1, Collide), "h", 1100.0),
    ):
        engine = run(engine_of(build), 2)
        move(engine.world)
        run(engine, 60)
        assert engine.world.get(2, Velocity).x < 0, "it came back from the wall"
        engine.close()


def test_many_written_velocities_are_all_followed() -> None:
    """Past a number they are written in one batch; that gives the same as one by one."""

    def build(world: World) -> None:
        for i in range(200):
            world.spawn(Position(i * 20, 0), Velocity(), Collide())
            world.spawn(Position(i * 20, 50), Collide(body="static"))

    engine = run(engine_of(build), 1)
    for number, (_, velocity) in enumerate(engine.world.query(Velocity)):
        velocity.x, velocity.y = number * 0.01, -float(number)
    engine.step()
    for number, (_, velocity) in enumerate(engine.world.query(Velocity)):
        assert (velocity.x, velocity.y) == (number * 0.01, -float(number))
    assert engine.world.get(399, Position).y == pytest.approx(-199 / 60)
    engine.close()


def test_the_angle_of_a_body_that_does_not_rotate_is_the_rules_own() -> None:
    """Physics neither turns nor resets it, and a box stands as it says; a turning one is turned by what hits it."""

    def build(world: World) -> None:
        world.spawn(Position(0, 0, 0.5), Velocity(50, 0), Collide("box", 40, 4))
        world.spawn(Position(30, 19), Velocity(), Collide("circle", 10, 10))
        world.spawn(Position(200, 0), Velocity(50, 0), Collide("box", 40, 4, rotates=True))
        world.spawn(Position(230, 3), Velocity(), Collide("circle", 10, 10))

    engine = run(engine_of(build), 30)
    assert engine.world.get(1, Position).angle == 0.5
    assert engine.world.get(3, Position).angle != 0.0
    assert engine.world.get(3, Velocity).spin != 0.0
    engine.world.get(1, Position).angle = 1.5
    run(engine, 2)
    assert engine.world.get(1, Position).angle == 1.5
    engine.close()


def test_the_angle_of_a_box_matters() -> None:
    """A plank that a rule stands upright is met by what passed over it while it lay."""

    def build(world: World) -> None:
        world.spawn(Position(0, 0), Velocity(), Collide("box", 100, 4, mass=1000))
        world.spawn(Position(-60, 30), Velocity(120, 0), Collide("circle", 10, 10, elasticity=1))

    lying = run(engine_of(build), 60)
    assert lying.world.get(2, Position).x == pytest.approx(60, abs=0.01)
    standing = run(engine_of(build), 1)
    standing.world.get(1, Position).angle = 1.5707963
    run(standing, 59)
    assert standing.world.get(2, Position).x < 0
    lying.close()
    standing.close()


@pytest.mark.parametrize(
    ("change", "passes"),
    [
        (lambda world: world.get(2, Collide), False),
        (lambda world: setattr(world.get(2, Collide), "w", 2.0), True),
        (lambda world: setattr(world.get(2, Collide), "mask", 0), True),
        (lambda world: setattr(world.get(2, Collide), "category", 2), True),
        (lambda world: setattr(world.get(2, Collide), "solid", False), True),
        (lambda world: setattr(world.get(2, Collide), "sensor", True), True),
        (lambda world: world.remove(2, Collide), True),
        (lambda world: world.despawn(2), True),
        (lambda world: world.add(2, Collide("circle", 1, 1, body="static")), True),
    ],
    ids=["nothing", "smaller", "mask", "category", "ghost", "sensor", "removed", "despawned", "replaced"],
)
def test_a_shape_may_be_changed_while_the_game_runs(change: Callable[[World], object], passes: bool) -> None:
    """What flies by meets the shape as it is now: one that got smaller, left its mask, or is gone."""

    def build(world: World) -> None:
        world.spawn(Position(-100, 16), Velocity(120, 0), Collide("circle", 20, 20, mask=1, elasticity=1.0))
        world.spawn(Position(0, 0), Collide("circle", 30, 30, body="static", elasticity=1.0))

    engine = run(engine_of(build), 3)
    change(engine.world)
    run(engine, 120)
    assert (engine.world.get(1, Position).y == 16) == passes
    engine.close()


def test_a_body_may_change_what_it_is() -> None:
    """Static becomes dynamic and falls; dynamic becomes static and stays."""

    def build(world: World) -> None:
        world.spawn(Position(0, 0), Velocity(), Collide(body="static"))
        world.spawn(Position(50, 0), Velocity(), Collide())

    engine = run(engine_of(build, gravity=(0.0, -100.0)), 10)
    world = engine.world
    assert world.get(1, Position).y == 0
    fallen = world.get(2, Position).y
    assert fallen < 0
    world.get(1, Collide).body = "dynamic"
    world.get(2, Collide).body = "static"
    run(engine, 10)
    assert world.get(1, Position).y == pytest.approx(fallen)
    assert world.get(2, Position).y == pytest.approx(fallen)
    engine.close()


def test_only_what_has_position_velocity_and_collide_is_moved() -> None:
    """An entity without a Collide is the rules' own to move."""

    def build(world: World) -> None:
        world.spawn(Position(), Velocity(10, 0))
        world.spawn(Velocity(10, 0), Collide())

    engine = run(engine_of(build), 5)
    assert engine.world.get(1, Position).x == 0
    engine.close()


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda world: setattr(world.get(1, Position), "x", float("nan")), r"entity 1: Position.x is nan"),
        (lambda world: setattr(world.get(1, Velocity), "y", float("inf")), r"entity 1: Velocity.y is inf"),
        (lambda world: setattr(world.get(1, Velocity), "x", 1e13), r"entity 1: Velocity.x is 10000000000000"),
        (
            lambda world: setattr(world.get(1, Velocity), "spin", float("nan")),
            r"entity 1: Velocity.spin is nan",
        ),
        (
            lambda world: setattr(world.get(2, Position), "angle", float("nan")),
            r"entity 2: Position.angle is nan",
        ),
        (lambda world: setattr(world.get(1, Collide), "w", 0.0), r"entity 1: Collide.w is from"),
        (lambda world: setattr(world.get(1, Collide), "h", -1.0), r"entity 1: Collide.h is from"),
        (
            lambda world: setattr(world.get(1, Collide), "mass", float("nan")),
            r"entity 1: Collide.mass is from",
        ),
        (lambda world: setattr(world.get(1, Collide), "mask", -1), r"entity 1: Collide.mask is from"),
        (
            lambda world: setattr(world.get(1, Collide), "shape", "star"),
            r"entity 1: Collide.shape is 'circle' or",
        ),
        (lambda world: setattr(world.get(1, Collide), "body", "soft"), r"entity 1: Collide.body is one of"),
        (lambda world: world.remove(1, Velocity), r"entity 1 has a dynamic Collide and no Velocity"),
        (lambda world: world.add(2, Collide(body="static", swept=True)), r"entity 2: only a dynamic body"),
        (lambda world: world.spawn(Position(), Collide()), r"entity 3 has a dynamic Collide and no Velocity"),
    ],
)
def test_what_no_body_can_be_is_said_with_entity_and_field(
    spoil: Callable[[World], object], says: str
) -> None:
    """Chipmunk computes with NaN without a word; physics refuses it where it comes in."""

    def build(world: World) -> None:
        world.spawn(Position(), Velocity(), Collide("box", 10, 10, rotates=True))
        world.spawn(Position(50, 0), Collide("box", 10, 10, body="static"))

    engine = run(engine_of(build), 2)
    spoil(engine.world)
    with pytest.raises(SystemFailed, match=says) as failed:
        engine.step()
    assert failed.value.system == "physics"
    assert isinstance(failed.value.cause, WorldError)
    engine.close()


@pytest.mark.parametrize("turning", [False, True])
def test_the_motion_block_says_what_the_components_say(turning: bool) -> None:
    """After steps, writes of rules, spawns, despawns, keyframes: every row is that of its entity's components now."""

    def build(world: World) -> None:
        for i in range(40):
            world.spawn(
                Position(i * 9.0, i % 5),
                Velocity(i, -i),
                Collide("box", 10, 10, rotates=turning and i % 3 == 0),
            )
        world.spawn(Position(0, -50), Collide("box", 900, 10, body="static"))

    engine = engine_of(build, keyframe_interval=7)
    world = engine.world
    for tick in range(30):
        engine.step()
        if tick % 3 == 0:
            world.get(world.query(Velocity)[tick % 20][0], Position).x += 100.0
            world.query(Velocity)[tick % 15][1].y = 5.0
        if tick % 11 == 0:
            world.despawn(world.query(Velocity)[3][0])
            world.spawn(Position(500, tick), Velocity(), Collide())
        motion = engine.motion()
        assert len(motion.rows) == motion.width * len(motion.entities)
        for place, entity in enumerate(motion.entities):
            if world.exists(entity):
                row = motion.rows[place * motion.width : (place + 1) * motion.width]
                position, velocity = world.get(entity, Position), world.get(entity, Velocity)
                assert (row[0], row[1]) == (position.x, position.y)
                assert (row[motion.velocity], row[motion.velocity + 1]) == (velocity.x, velocity.y)
        assert len(motion.entities) >= len(world.query(Velocity, Collide)) - 1
    engine.close()
