"""A loaded world goes on bit for bit like the one that was saved: the ground that replays and crash resume stand on."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ecs.difference import difference
from systems.physics import Physics
from tests.systems.games import Fuse, Tally, busy_game
from tickroom import Collide, Contact, Engine, Game, Position, Velocity, World, checksum, save

ROOT = Path(__file__).resolve().parent.parent.parent
TICKS = 700
SEED = 7


def engine_with_players(game: Game) -> Engine:
    engine = Engine(game, SEED)
    engine.join(0, "ann")
    engine.join(1, "bob")
    return engine


def go_on(engine: Engine, sums: dict[int, int], until: int) -> int | None:
    """Step to a tick; the first tick whose checksum is not the recorded one."""
    while engine.world.tick < until:
        engine.step()
        if checksum(engine.world) != sums[engine.world.tick]:
            return engine.world.tick
    return None


def test_a_world_loaded_at_any_keyframe_goes_on_the_same() -> None:
    """Heaps, platforms, sensors, projectiles, spawns and changing shapes: 700 ticks, compared in every one."""
    game = busy_game()
    engine = engine_with_players(game)
    sums: dict[int, int] = {}
    keyframes: dict[int, bytes] = {}
    for _ in range(TICKS):
        if engine.step().keyframe:
            keyframes[engine.world.tick] = save(engine.world)
        sums[engine.world.tick] = checksum(engine.world)
    tally = engine.world.resource(Tally)
    assert tally.seen is not None
    assert min(tally.seen["begin"], tally.seen["stay"], tally.seen["end"], tally.hits) > 20, (
        "too little happened"
    )
    assert list(keyframes) == [100, 200, 300, 400, 500, 600, 700]
    for tick, data in keyframes.items():
        loaded = Engine(game, seed=tick)
        loaded.load(data)
        assert save(loaded.world) == data
        until = TICKS if tick == 100 else min(TICKS, tick + 150)
        assert go_on(loaded, sums, until) is None, f"loaded at {tick}"
        if until == TICKS:
            assert difference(save(engine.world), save(loaded.world)) == ""
        loaded.close()
    engine.close()


def test_substeps_are_restored_as_exactly() -> None:
    """Four steps a tick: from a keyframe, 100 ticks are the same."""
    game = busy_game(30, substeps=4)
    engine = engine_with_players(game)
    for _ in range(200):
        engine.step()
    loaded = Engine(game, 0)
    loaded.load(save(engine.world))
    for _ in range(100):
        engine.step()
        loaded.step()
        assert checksum(engine.world) == checksum(loaded.world)
    engine.close()
    loaded.close()


def test_bodies_are_at_rest_when_the_busy_world_is_saved() -> None:
    """What is proven above is proven for resting contacts: many bodies hardly move and touch two others or more."""
    engine = engine_with_players(busy_game())
    for _ in range(300):
        engine.step()
    assert len(engine.world.resource(Physics).save()) > 40
    slow = [
        entity
        for entity, fuse, velocity in engine.world.query(Fuse, Velocity)
        if fuse.ticks == 0 and abs(velocity.x) + abs(velocity.y) < 20.0
    ]
    assert len(slow) > 15
    engine.close()


def test_an_extra_keyframe_goes_on_the_same() -> None:
    """`engine.save()` at a tick that is no keyframe changes the run, and what is loaded from it follows exactly."""
    game = busy_game()
    engine = engine_with_players(game)
    for _ in range(137):
        engine.step()
    data = engine.save()
    loaded = Engine(game, seed=0)
    loaded.load(data)
    for _ in range(120):
        engine.step()
        loaded.step()
        assert checksum(engine.world) == checksum(loaded.world)
    engine.close()
    loaded.close()


SCRIPT = """
import sys, json
from tests.systems.games import busy_game
from tickroom import Engine, checksum
data, ticks, save_at = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
engine = Engine(busy_game(), 7)
if data != "-":
    engine.load(open(data, "rb").read())
else:
    engine.join(0, "ann"); engine.join(1, "bob")
sums = []
while engine.world.tick < ticks:
    engine.step()
    sums.append(checksum(engine.world))
    if engine.world.tick == save_at:
        open(sys.argv[4], "wb").write(engine.save())
print(json.dumps(sums))
"""


def run_in_a_process(hash_seed: str, *arguments: str) -> list[int]:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments],
        cwd=ROOT, env=environment, check=True, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    sums: list[int] = json.loads(done.stdout)
    return sums


def test_processes_with_other_hash_seeds_compute_the_same(tmp_path: Path) -> None:
    """Two processes from the start and one from a keyframe, each with its own hash seed and addresses: one history."""
    saved = str(tmp_path / "keyframe")
    first = run_in_a_process("1", "-", "450", "300", saved)
    second = run_in_a_process("2", "-", "450", "300", str(tmp_path / "other"))
    third = run_in_a_process("3", saved, "450", "0")
    assert first == second
    assert len(third) == 150
    assert first[300:] == third
    assert (tmp_path / "other").read_bytes() == Path(saved).read_bytes()


def walkers() -> Game:
    """No physics: walkers that turn at random, eat and split."""
    game = Game("walkers", tick_rate=20, keyframe_interval=1000)
    game.component(Fuse)

    @game.on("create")
    def create(world: World) -> None:
        world.register(Tally(seen={"b": 1, "a": 2}))
        for _ in range(20):
            world.spawn(Position(), Velocity(1.0, 0.0), Fuse(world.random.integer(1, 30)))

    @game.system("logic")
    def walk(world: World, dt: float) -> None:
        tally = world.resource(Tally)
        assert tally.seen is not None
        for entity, position, velocity, fuse in world.query(Position, Velocity, Fuse):
            velocity.spin = world.random.uniform(-1, 1)
            position.x += velocity.x * dt
            position.angle += velocity.spin
            fuse.ticks -= 1
            if fuse.ticks == 0:
                world.despawn(entity)
                world.spawn(Position(position.x), Velocity(), Fuse(world.random.integer(1, 30)))
                tally.seen[f"{entity % 7}"] = tally.seen.pop(f"{entity % 7}", 0) + 1

    return game


def test_a_game_without_physics_may_be_loaded_at_every_tick() -> None:
    """Each tick is computed twice: in the running world, and in one that is loaded from the tick before."""
    game = walkers()
    engine = engine_with_players(game)
    other = Engine(game, 0)
    for _ in range(100):
        before = save(engine.world)
        engine.step()
        other.load(before)
        other.step()
        assert difference(save(engine.world), save(other.world)) == ""
    engine.close()
    other.close()


def test_what_waits_for_the_next_tick_is_in_the_snapshot() -> None:
    """Joins, held keys and queued frames that are not applied yet are not lost by a reload."""
    game = walkers()
    game.input(keys=("up", "fire"), axes=("aim_x",))
    seen: list[tuple[bool, bool, float]] = []

    @game.system("input")
    def look(world: World, dt: float) -> None:
        keys = world.input(0)
        seen.append((keys.held("up"), keys.pressed("fire"), keys.axis("aim_x")))

    engine = Engine(game, 1)
    engine.join(0, "ann")
    engine.inputs.enqueue(0, 1, 0b01, 0b10, (0.5,))
    data = engine.save()
    loaded = Engine(game, 2)
    loaded.load(data)
    engine.step()
    loaded.step()
    assert seen == [(True, True, 0.5)] * 2
    assert loaded.world.name_of(0) == "ann"
    assert loaded.inputs.last_input(0) == 1
    assert save(engine.world) == save(loaded.world)
    engine.close()
    loaded.close()


@pytest.mark.parametrize("hold", ["constant", "own"])
def test_assigning_an_equal_number_again_changes_nothing(hold: str) -> None:
    """Physics sees writes by identity of the float object; a loaded world has other objects and must not differ."""
    game = Game("pushing", tick_rate=30, keyframe_interval=10)
    speed = 200.0

    @game.on("create")
    def create(world: World) -> None:
        world.spawn(Position(100, 0), Collide("box", 20, 200, body="static"))
        world.spawn(Position(70, 0), Velocity(), Collide("circle", 20, 20))
        world.spawn(Position(45, 0), Velocity(), Collide("circle", 20, 20))

    @game.system("logic")
    def push(world: World, dt: float) -> None:
        for _, velocity in world.query(Velocity):
            velocity.x = speed if hold == "constant" else velocity.x + 10.0

    @game.system("events")
    def listen(world: World, dt: float) -> None:
        world.events(Contact)

    engine = Engine(game, 1)
    loaded = Engine(game, 1)
    for _ in range(60):
        if engine.step().keyframe:
            loaded.load(save(engine.world))
        elif engine.world.tick > 10:
            loaded.step()
            assert difference(save(engine.world), save(loaded.world)) == ""
    assert 79 <= engine.world.get(2, Position).x <= 81, "it is pressed against the wall, and not into it"
    engine.close()
    loaded.close()
