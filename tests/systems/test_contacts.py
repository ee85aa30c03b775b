"""Contacts: who touches whom, physically and logically, once each, in a fixed order."""

from collections.abc import Callable

import pytest

from tickroom import Collide, Contact, Engine, Game, Position, Velocity, World

Build = Callable[[World], None]


class Recorder:
    """An engine whose contacts are kept, tick by tick."""

    def __init__(self, build: Build, tick_rate: int = 60, **options: object) -> None:
        game = Game("test", tick_rate=tick_rate, **options)  # type: ignore[arg-type]
        game.kind("a")
        game.on("create")(build)
        self.ticks: list[tuple[Contact, ...]] = []
        game.system("events")(self._record())
        self.engine = Engine(game, 1)

    def _record(self) -> Callable[[World, float], None]:
        def record(world: World, dt: float) -> None:
            self.ticks.append(world.events(Contact))

        return record

    def run(self, ticks: int) -> "Recorder":
        for _ in range(ticks):
            self.engine.step()
        return self

    def phases(self, a: int, b: int) -> list[str]:
        return [contact.phase for tick in self.ticks for contact in tick if (contact.a, contact.b) == (a, b)]

    @property
    def contacts(self) -> list[Contact]:
        return [contact for tick in self.ticks for contact in tick]


def test_a_ball_that_lands_lies_and_is_lifted() -> None:
    """One begin, a stay in each tick, one end, and nothing after that."""

    def build(world: World) -> None:
        world.spawn(Position(0, -10), Collide("box", 1000, 20, body="static"))
        world.spawn(Position(0, 20), Velocity(), Collide("circle", 20, 20))

    recorder = Recorder(build, gravity=(0.0, -500.0)).run(100)
    recorder.engine.world.get(2, Position).y = 5000.0
    recorder.run(10)
    phases = recorder.phases(1, 2)
    assert phases[0] == "begin"
    assert phases[-1] == "end"
    assert set(phases[1:-1]) == {"stay"}
    assert len(phases) > 70
    landed = recorder.contacts[-2]
    assert (landed.a, landed.b) == (1, 2)
    assert (landed.nx, landed.ny) == pytest.approx((0, 1), abs=1e-9), (
        "the normal points from the lower id to the other"
    )
    assert landed.y == pytest.approx(0, abs=0.2)
    assert landed.depth >= 0
    assert landed.other(1) == 2
    recorder.engine.close()


@pytest.mark.parametrize("sensor_body", ["static", "kinematic", "dynamic"])
@pytest.mark.parametrize("visitor", ["dynamic", "kinematic"])
def test_a_sensor_notices_and_does_not_push(sensor_body: str, visitor: str) -> None:
    """Begin when a body comes in, stay while it is inside, end when it is out; the body flies on as if alone."""

    def build(world: World) -> None:
        world.spawn(
            Position(0, 0), Velocity(), Collide("circle", 40, 40, body=sensor_body, solid=False, sensor=True)
        )
        world.spawn(Position(-60, 0), Velocity(120, 0), Collide("box", 20, 20, body=visitor))

    recorder = Recorder(build).run(60)
    phases = recorder.phases(1, 2)
    assert phases[0] == "begin"
    assert phases[-1] == "end"
    assert phases.count("stay") == len(phases) - 2 == pytest.approx(29, abs=1)
    assert recorder.engine.world.get(2, Position).x == pytest.approx(60)
    assert all(contact.depth >= 0 for contact in recorder.contacts)
    recorder.engine.close()


def test_two_kinematic_bodies_and_a_wall_notice_each_other() -> None:
    """Nothing pushes them, so Chipmunk keeps no contact of theirs; they touch all the same."""

    def build(world: World) -> None:
        world.spawn(Position(0, 0), Collide("box", 20, 20, body="static"))
        world.spawn(Position(-40, 0), Velocity(60, 0), Collide("box", 20, 20, body="kinematic"))
        world.spawn(Position(40, 0), Velocity(-60, 0), Collide("circle", 20, 20, body="kinematic"))

    recorder = Recorder(build).run(90)
    for pair in ((1, 2), (1, 3), (2, 3)):
        phases = recorder.phases(*pair)
        assert (phases[0], phases[-1]) == ("begin", "end")
        assert phases.count("begin") == phases.count("end") == 1
    recorder.engine.close()


def test_corners_that_only_come_near_do_not_touch() -> None:
    """Bounding boxes overlap, shapes do not: no contact, for a sensor as for a solid."""

    def build(world: World) -> None:
        world.spawn(Position(0, 0), Collide("circle", 40, 40, body="static", sensor=True))
        world.spawn(Position(17, 17), Velocity(), Collide("circle", 6, 6))
        world.spawn(Position(-17, 17), Velocity(), Collide("circle", 20, 20))

    recorder = Recorder(build).run(5)
    assert {(contact.a, contact.b) for contact in recorder.contacts} == {(1, 3)}
    recorder.engine.close()


def test_contacts_of_a_tick_are_ordered_by_their_pairs() -> None:
    """Whatever Chipmunk's order and the order of spawning, it is by (a, b) with a < b, and no pair comes twice."""

    def build(world: World) -> None:
        for i in range(30):
            world.spawn(Position(i * 37 % 30 * 9.0, i % 3 * 5.0), Velocity(), Collide("circle", 12, 12))

    recorder = Recorder(build).run(20)
    assert max(map(len, recorder.ticks)) > 10
    for tick in recorder.ticks:
        pairs = [(contact.a, contact.b) for contact in tick]
        assert pairs == sorted(set(pairs))
        assert all(a < b for a, b in pairs)
    recorder.engine.close()


def test_a_pair_whose_body_is_gone_ends() -> None:
    """Despawned, or left without a Collide, or changed to meet nothing: the other one hears of the end once."""

    def build(world: World) -> None:
        world.spawn(Position(0, 0), Velocity(), Collide("circle", 20, 20, sensor=True))
        for x in (5, -5, 0):
            world.spawn(Position(x, 0), Collide("circle", 20, 20, body="static", sensor=True))

    recorder = Recorder(build).run(3)
    world = recorder.engine.world
    world.despawn(2)
    world.remove(3, Collide)
    world.get(4, Collide).mask = 0
    recorder.run(4)
    for other in (2, 3, 4):
        assert recorder.phases(1, other)[:3] == ["begin", "stay", "stay"]
        assert recorder.phases(1, other)[-1] == "end"
        assert recorder.phases(1, other).count("end") == 1
    recorder.engine.close()


def test_keyframes_and_reloads_say_no_second_begin() -> None:
    """A new Space has first contacts again; the set of touching pairs is our own, and in the snapshot."""

    def build(world: World) -> None:
        world.spawn(Position(0, -10), Collide("box", 1000, 20, body="static"))
        world.spawn(Position(0, 10), Velocity(), Collide("circle", 20, 20))
        world.spawn(Position(0, 5), Collide("circle", 20, 20, body="static", sensor=True))

    recorder = Recorder(build, gravity=(0.0, -500.0), keyframe_interval=10).run(50)
    recorder.engine.load(recorder.engine.save())
    recorder.run(20)
    for pair in ((1, 2), (2, 3)):
        phases = recorder.phases(*pair)
        assert phases.count("begin") == 1
        assert phases.count("end") == 0
        assert len(phases) >= 69
    recorder.engine.close()
