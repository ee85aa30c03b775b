"""Tiles and exact restore: a world loaded at any keyframe meets the same walls, bit for bit."""

import os
import random
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from ecs.difference import difference
from tests.systems.tile_kit import map_game
from tickroom import (
    Collide,
    Engine,
    Game,
    Position,
    TileContact,
    Velocity,
    World,
    checksum,
    save,
)

TICKS = 400
COUNT = 40
SIZE = 48


@dataclass(slots=True)
class Heard:
    """What the rules have heard of tiles; a resource."""

    begin: int = 0
    stay: int = 0
    end: int = 0
    kinds: dict[str, int] | None = None


def tile_game(substeps: int = 1) -> Game:
    """Circles, boxes, turning boxes and projectiles among walls, platforms, lava and doors, which rules change."""
    chance = random.Random(5)
    rows = ["".join(chance.choices("......##-~dG", k=SIZE)) for _ in range(SIZE)]
    game = map_game(
        *rows, keyframe_interval=50, gravity=(0.0, 120.0), damping=0.7, friction=0.3, substeps=substeps
    )
    game.on("create")(furnish)
    game.system("input")(drive)
    game.system("logic")(dig)
    game.system("logic")(shoot)
    game.system("events")(listen)
    return game


def open_place(world: World) -> tuple[float, float]:
    while True:
        x, y = world.random.integer(0, SIZE - 1), world.random.integer(0, SIZE - 1)
        if not world.map.is_solid(x, y):
            return world.map.centre_of(x, y)


def furnish(world: World) -> None:
    world.register(Heard(kinds={}))
    for number in range(COUNT):
        shape = ("circle", "box", "box")[number % 3]
        kind = "kinematic" if number % 13 == 12 else "dynamic"
        collide = Collide(shape, 7.0, 6.0, body=kind, rotates=number % 3 == 2, sensor=number % 11 == 10)
        world.spawn(Position(*open_place(world)), Velocity(), collide)


def drive(world: World, dt: float) -> None:
    for entity, velocity, collide in world.query(Velocity, Collide):
        if not collide.swept and (world.tick + entity) % 17 == 0:
            velocity.x = world.random.uniform(-120, 120)
            velocity.y = world.random.uniform(-150, 60)


def dig(world: World, dt: float) -> None:
    x, y = world.random.integer(0, SIZE - 1), world.random.integer(0, SIZE - 1)
    world.map.set_tile(x, y, world.random.choice([None, None, "wall", "ledge", "lava", "door"]))
    if world.tick % 40 == 0:
        entity, position = next(iter(world.query(Position)))
        position.x, position.y = open_place(world)
        world.get(entity, Collide).w = 5.0 + world.tick % 3


def shoot(world: World, dt: float) -> None:
    if world.tick % 3 == 0:
        velocity = Velocity(world.random.uniform(-2000, 2000), world.random.uniform(-2000, 2000))
        world.spawn(Position(*open_place(world)), velocity, Collide(w=1.0, swept=True, elasticity=0.5))
    for entity, collide in world.query(Collide):
        if collide.swept and (world.tick + entity) % 7 == 0:
            world.despawn(entity)


def listen(world: World, dt: float) -> None:
    heard = world.resource(Heard)
    assert heard.kinds is not None
    for contact in world.events(TileContact):
        setattr(heard, contact.phase, getattr(heard, contact.phase) + 1)
        heard.kinds[contact.kind] = heard.kinds.get(contact.kind, 0) + 1


def follow(substeps: int) -> None:
    game = tile_game(substeps)
    engine = Engine(game, 3)
    sums: dict[int, int] = {}
    keyframes: dict[int, bytes] = {}
    for _ in range(TICKS):
        if engine.step().keyframe:
            keyframes[engine.world.tick] = save(engine.world)
        sums[engine.world.tick] = checksum(engine.world)
    heard = engine.world.resource(Heard)
    assert heard.kinds is not None
    assert min(heard.begin, heard.end) > 500
    assert heard.stay > 2000
    assert set(heard.kinds) >= {"wall", "glass", "lava", "ledge", "door", ""}
    for tick, data in keyframes.items():
        loaded = Engine(game, seed=tick)
        loaded.load(data)
        assert save(loaded.world) == data
        until = min(TICKS, tick + 120)
        while loaded.world.tick < until:
            loaded.step()
            assert checksum(loaded.world) == sums[loaded.world.tick], f"loaded at {tick}"
        if until == TICKS:
            assert difference(save(engine.world), save(loaded.world)) == ""
        loaded.close()
    engine.close()


def test_a_world_with_tiles_loaded_at_any_keyframe_goes_on_the_same() -> None:
    """Bodies of all sorts among tiles that change, 400 ticks: loaded at each of eight keyframes and compared in every
    tick, contacts with tiles and changed tiles included."""
    follow(substeps=1)


@pytest.mark.slow
def test_the_same_with_substeps() -> None:
    """Several steps of physics a tick: what holds in one of them holds on in the next."""
    follow(substeps=3)


SCRIPT = """
import sys
from tests.systems.test_tile_restore import tile_game
from tickroom import Engine, checksum
engine = Engine(tile_game(), 3)
if sys.argv[1] != "-":
    engine.load(open(sys.argv[1], "rb").read())
while engine.world.tick < 120:
    engine.step()
    print(checksum(engine.world))
    if engine.world.tick == 100 and sys.argv[1] == "-":
        open(sys.argv[2], "wb").write(engine.save())
"""


def in_a_process(hash_seed: str, *arguments: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments],
        cwd=Path(__file__).resolve().parent.parent.parent,
        env=os.environ | {"PYTHONHASHSEED": hash_seed},
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.split()


def test_processes_with_other_hash_seeds_compute_the_same(tmp_path: Path) -> None:
    """Two processes from the start and one from a keyframe, each with other hashes and addresses: one history."""
    first = in_a_process("1", "-", str(tmp_path / "one"))
    assert first == in_a_process("2", "-", str(tmp_path / "two"))
    assert len(first) == 120
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert in_a_process("3", str(tmp_path / "one")) == first[100:]


def test_what_is_loaded_does_not_matter() -> None:
    """A world whose map keeps a few chunks in memory computes the same as one that keeps all."""
    game = tile_game()
    engine, forgetful = Engine(game, 3), Engine(game, 3)
    forgetful.world.map._max_loaded = 2
    for _ in range(120):
        engine.step()
        forgetful.step()
        assert checksum(engine.world) == checksum(forgetful.world)
    engine.close()
    forgetful.close()
