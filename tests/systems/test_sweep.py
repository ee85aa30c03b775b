"""Swept bodies: fast projectiles meet what is in their way, nearest first, and only what they may meet."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.systems.test_contacts import Recorder
from tickroom import Collide, Position, Scene, Velocity, World

SPEED = 1200.0
FAST = 20
"""Ticks a second: at SPEED a projectile moves 60 units in each."""


def bullet(
    world: World, x: float = 0.0, y: float = 0.0, vx: float = SPEED, vy: float = 0.0, **options: object
) -> int:
    collide = Collide("circle", 4, 4, swept=True, mass=0.1)
    for name, value in options.items():
        setattr(collide, name, value)
    return world.spawn(Position(x, y), Velocity(vx, vy), collide)


@given(st.floats(20, 300), st.floats(-0.4, 0.4), st.sampled_from(["circle", "box"]), st.floats(1, 6))
def test_nothing_is_jumped_through(away: float, slope: float, shape: str, thin: float) -> None:
    """A wall or a small target at any distance and angle stops a projectile that moves 60 units a tick."""

    def build(world: World) -> None:
        side = 30.0 if shape == "circle" else thin
        world.spawn(Position(away, away * slope), Collide(shape, side, 30.0, body="static"))
        bullet(world, vy=SPEED * slope)

    recorder = Recorder(build, FAST).run(10)
    assert [contact.phase for contact in recorder.contacts][:1] == ["begin"]
    hit = recorder.contacts[0]
    assert (hit.a, hit.b) == (1, 2)
    assert abs(hit.x - away) <= 17
    assert recorder.engine.world.get(2, Position).x < away
    recorder.engine.close()


def test_an_ordinary_body_of_that_speed_does_jump() -> None:
    """The reason why there are swept ones: Chipmunk alone lets it through."""

    def build(world: World) -> None:
        world.spawn(Position(90, 0), Collide("box", 4, 30, body="static"))
        bullet(world, swept=False)

    recorder = Recorder(build, FAST).run(5)
    assert recorder.contacts == []
    recorder.engine.close()


@given(st.floats(-19.5, 19.5))
def test_the_side_of_a_thick_projectile_hits(offset: float) -> None:
    """The whole width counts: a radius of 10 meets a target of radius 10 up to 20 beside its centre line."""

    def build(world: World) -> None:
        world.spawn(Position(500, offset), Collide("circle", 20, 20, body="static"))
        bullet(world, w=20.0)

    recorder = Recorder(build, FAST).run(10)
    assert recorder.contacts
    recorder.engine.close()


@pytest.mark.parametrize("tick_rate", [20, 30])
@pytest.mark.parametrize("target_speed", [-1200.0, -300.0, 0.0, 300.0])
def test_a_target_that_moves_is_met(tick_rate: int, target_speed: float) -> None:
    """Both move in a tick: the way is searched in the frame of the target, so they cannot pass through each other."""
    for start in range(100, 220, 7):
        recorder = Recorder(_head_on(start, target_speed), tick_rate).run(tick_rate)
        assert recorder.contacts, f"a target from {start} was missed"
        recorder.engine.close()


def _head_on(start: float, speed: float) -> Callable[[World], None]:
    def build(world: World) -> None:
        world.spawn(Position(start, 0), Velocity(speed, 0), Collide("circle", 10, 10, body="kinematic"))
        bullet(world)

    return build


def test_a_target_that_crosses_is_met() -> None:
    """A target that crosses the line of fire within the tick is where the projectile is, at the time it is there."""

    def build(world: World) -> None:
        world.spawn(Position(30, -30), Velocity(0, 1200), Collide("circle", 10, 10, body="kinematic"))
        world.spawn(Position(30, -230), Velocity(0, 1200), Collide("circle", 10, 10, body="kinematic"))
        bullet(world, solid=False, sensor=True)

    recorder = Recorder(build, FAST).run(1)
    assert [(contact.a, contact.b) for contact in recorder.contacts] == [(1, 3)]
    recorder.engine.close()


def test_a_solid_one_stops_at_the_first_solid_and_a_sensor_goes_on() -> None:
    """Sensors on the way are noted, then the first solid thing; a sensor projectile notes all, nearest first."""

    def build(world: World) -> None:
        for x in (50, 20, 40, 30):
            world.spawn(Position(x, 0), Collide("box", 4, 30, body="static", solid=x != 20, sensor=x == 20))
        bullet(world, y=1.0)
        bullet(world, y=-1.0, solid=False, sensor=True)

    recorder = Recorder(build, FAST).run(1)
    assert [(contact.a, contact.b) for contact in recorder.contacts] == [
        (2, 5),
        (4, 5),
        (2, 6),
        (4, 6),
        (3, 6),
        (1, 6),
    ]
    world = recorder.engine.world
    assert world.get(5, Position).x == pytest.approx(26)
    assert world.get(5, Velocity).x == pytest.approx(0)
    assert world.get(6, Position).x == pytest.approx(60)
    recorder.engine.close()


def test_it_bounces_and_pushes_by_mass_and_elasticity() -> None:
    """Momentum is kept; with elasticity 1 and equal masses speeds are exchanged, and a wall throws it back."""

    def build(world: World) -> None:
        world.spawn(Position(30, 0), Velocity(), Collide("circle", 10, 10, mass=0.1, elasticity=1.0))
        bullet(world, elasticity=1.0)
        world.spawn(Position(30, 100), Collide("box", 10, 40, body="static", elasticity=1.0))
        bullet(world, y=100.0, elasticity=1.0)
        world.spawn(Position(30, 200), Velocity(), Collide("circle", 10, 10, mass=0.9))
        bullet(world, y=200.0)

    recorder = Recorder(build, FAST).run(1)
    speeds = {entity: velocity.x for entity, velocity in recorder.engine.world.query(Velocity)}
    assert speeds == pytest.approx({1: 1200, 2: 0, 4: -1200, 5: 120, 6: 120}, abs=1e-6)
    recorder.engine.close()


def test_it_slides_along_what_it_grazes() -> None:
    """Stopped by a floor without elasticity it keeps its speed along it, and is not held by it in the next ticks."""

    def build(world: World) -> None:
        world.spawn(Position(0, -10), Collide("box", 4000, 20, body="static"))
        bullet(world, y=12.0, vx=600.0, vy=-600.0)

    recorder = Recorder(build, FAST).run(10)
    position = recorder.engine.world.get(2, Position)
    assert position.y == pytest.approx(2, abs=0.01)
    assert position.x > 200
    recorder.engine.close()


def test_one_that_starts_inside_is_a_hit() -> None:
    """A muzzle inside of a wall or of an enemy hits it at once; on its way out it is not held."""

    def build(world: World) -> None:
        world.spawn(Position(0, 0), Collide("box", 40, 40, body="static"))
        bullet(world, x=-5.0)
        bullet(world, x=5.0)

    recorder = Recorder(build, FAST).run(1)
    assert [(contact.a, contact.b, contact.phase) for contact in recorder.contacts] == [
        (1, 2, "begin"),
        (1, 3, "begin"),
    ]
    world = recorder.engine.world
    assert world.get(2, Position).x == -5.0
    assert world.get(3, Position).x == 65.0
    recorder.engine.close()


@pytest.mark.parametrize(
    ("prepare", "hits"),
    [
        (lambda _: None, True),
        (lambda world: setattr(world.get(2, Collide), "ignore", 1), False),
        (lambda world: setattr(world.get(2, Collide), "ignore", 3), True),
        (lambda world: setattr(world.get(2, Collide), "mask", 2), False),
        (lambda world: setattr(world.get(1, Collide), "mask", 2), False),
        (lambda world: (world.add(1, Scene("a", owner=4)), world.add(2, Scene("a", owner=4))), False),
        (lambda world: (world.add(1, Scene("a", owner=4)), world.add(2, Scene("a", owner=5))), True),
        (lambda world: (world.add(1, Scene("a")), world.add(2, Scene("a"))), True),
        (lambda world: setattr(world.get(1, Collide), "solid", False), False),
        (lambda world: setattr(world.get(1, Collide), "swept", True), False),
    ],
    ids=["plain", "ignored", "other", "mask", "its-mask", "own", "foreign", "nobodys", "ghost", "both-swept"],
)
def test_what_it_meets(prepare: Callable[[World], object], hits: bool) -> None:
    """Masks both ways, `ignore`, the owner's entities, ghosts and other projectiles."""

    def build(world: World) -> None:
        world.spawn(Position(100, 0), Velocity(), Collide("circle", 20, 20))
        bullet(world)
        prepare(world)

    game_options = {"max_players": 8}
    recorder = Recorder(build, FAST, **game_options).run(5)
    assert bool(recorder.contacts) == hits
    recorder.engine.close()


def test_projectiles_fly_as_gravity_and_damping_say() -> None:
    """Like Chipmunk's own bodies: place by the speed before, then the speed by damping and gravity."""

    def build(world: World) -> None:
        bullet(world, vx=100.0)
        world.spawn(Position(0, 50), Velocity(100, 0), Collide("circle", 4, 4, mass=0.1))

    recorder = Recorder(build, 60, gravity=(0.0, -100.0), damping=0.5).run(60)
    world = recorder.engine.world
    swept, plain = world.get(1, Position), world.get(2, Position)
    assert (swept.x, swept.y + 50) == pytest.approx((plain.x, plain.y), abs=1e-6)
    recorder.engine.close()
