"""The engine's tick: 1,000 moving bodies, from physics to encoded changes, against a bare pymunk step of the same bodies."""

import gc
import os
from pathlib import Path
from time import perf_counter_ns

import pymunk

from bench.harness import Bench, Measured, figure
from ecs.random import SeededRandom
from ecs.snapshot import save
from ecs.world import World
from net.codec import MESSAGEPACK
from net.hosted import HostedGame
from net.replication.replicate import Replicator
from net.replication.views import view_of
from systems.engine import Engine
from tickroom import Collide, Game, Position, Scene, Velocity
from tickroom.testing import load_game

VILLAGE = Path(__file__).resolve().parents[1] / "mods" / "village"

BODIES = 1000
SIZE = 5000.0
RADIUS = 5.0
TICK_RATE = 20
TICKS = 50
"""Ticks a run: enough that a run takes some 20 ms."""


def layout() -> list[tuple[float, float, float, float]]:
    """Where the bodies start and how fast: the same for both."""
    source = SeededRandom(1)
    speed = 100.0
    return [
        (
            source.uniform(0, SIZE),
            source.uniform(0, SIZE),
            source.uniform(-speed, speed),
            source.uniform(-speed, speed),
        )
        for _ in range(BODIES)
    ]


WALLS = (
    (SIZE / 2, -50, SIZE, 100),
    (SIZE / 2, SIZE + 50, SIZE, 100),
    (-50, SIZE / 2, 100, SIZE),
    (SIZE + 50, SIZE / 2, 100, SIZE),
)
"""(x, y, w, h): they bounce, so that all bodies keep moving."""


def moving_game() -> Game:
    """A game of nothing but bodies that fly about and bounce; every one is a SceneEntity."""
    game = Game("moving", tick_rate=TICK_RATE, width=SIZE, height=SIZE, keyframe_interval=1_000_000)
    game.kind("body")

    @game.on("create")
    def create(world: World) -> None:
        for x, y, w, h in WALLS:
            world.spawn(Position(x, y), Collide("box", w, h, body="static", elasticity=1.0))
        for x, y, vx, vy in layout():
            world.spawn(
                Position(x, y),
                Velocity(vx, vy),
                Collide(w=2 * RADIUS, h=2 * RADIUS, elasticity=1.0),
                Scene("body"),
            )

    game.seal()
    return game


def bare_space() -> pymunk.Space:
    """The same bodies in a Space and nothing else."""
    space = pymunk.Space()
    for x, y, w, h in WALLS:
        wall = pymunk.Body(body_type=pymunk.Body.STATIC)
        wall.position = (x, y)
        box = pymunk.Poly.create_box(wall, (w, h))
        box.elasticity = 1.0
        space.add(wall, box)
    for x, y, vx, vy in layout():
        body = pymunk.Body(1.0, float("inf"))
        body.position, body.velocity = (x, y), (vx, vy)
        circle = pymunk.Circle(body, RADIUS)
        circle.elasticity = 1.0
        space.add(body, circle)
    return space


class WholeTick:
    """Physics, components, and the one diff that every client of a codec gets."""

    def __init__(self) -> None:
        game = moving_game()
        hosted = HostedGame.of(game)
        self.engine = Engine(game, 1)
        self._replicator = Replicator(self.engine.world, game, hosted.schema)
        self._view = view_of(self.engine.world, self._replicator, None)
        self._view.observe(self._replicator.observe())

    def step(self) -> bytes:
        """One tick; the encoded diff."""
        tick = self.engine.step().tick
        self._view.observe(self._replicator.observe())
        return self._view.diffs(MESSAGEPACK, tick - 1, tick)(0)


def microseconds(step: "object", ticks: int = TICKS) -> float:
    """The cost of a tick, over some of them."""
    assert callable(step)
    started = perf_counter_ns()
    for _ in range(ticks):
        step()
    return (perf_counter_ns() - started) / ticks / 1000


@figure("tick.n1000.vs_pymunk_step", unit="x", goal=8.0, note="the aim is 4 x")
def tick(bench: Bench) -> Measured:
    """A whole tick of 1,000 moving bodies over the bare step of the same bodies."""
    os.sched_setaffinity(0, {bench.server_core})
    whole, space = WholeTick(), bare_space()
    diff = whole.step()
    if len(diff) < 4 * BODIES:
        raise RuntimeError(f"the bodies do not move: a diff has {len(diff)} bytes")
    measured = bench.pairs(
        lambda: microseconds(whole.step), lambda: microseconds(lambda: space.step(1 / TICK_RATE)), count=21
    )
    whole.engine.close()
    return measured


@figure(
    "tick.n1000.engine_vs_pymunk_step", unit="x", note="without encoding: the cost of physics and components"
)
def engine_tick(bench: Bench) -> Measured:
    """The engine's step alone over the bare step."""
    os.sched_setaffinity(0, {bench.server_core})
    engine, space = Engine(moving_game(), 1), bare_space()
    measured = bench.pairs(
        lambda: microseconds(engine.step), lambda: microseconds(lambda: space.step(1 / TICK_RATE)), count=21
    )
    engine.close()
    return measured


@figure("tick.n1000.keyframe", unit="ms", note="physics made canonical, and the world saved")
def keyframe(bench: Bench) -> Measured:
    """What a keyframe adds to its tick."""
    os.sched_setaffinity(0, {bench.server_core})
    engine = Engine(moving_game(), 1)
    whole = sorted(microseconds(engine.save, 1) / 1000 for _ in range(15))[7]
    saving = sorted(microseconds(lambda: save(engine.world), 1) / 1000 for _ in range(15))[7]
    size = len(save(engine.world))
    engine.close()
    return bench.stated(whole, ("of it saving", f"{saving:.2f} ms"), ("bytes", str(size)))


@figure(
    "tick.village.keyframe", unit="ms", goal=25.0, note="half a tick; 200 players, 500 NPCs; the aim is 15"
)
def village_keyframe(bench: Bench) -> Measured:
    """What a keyframe adds to its tick in the village: a new Space with all bodies and the tiles near them."""
    os.sched_setaffinity(0, {bench.server_core})
    engine = Engine(load_game(VILLAGE).game, 1)
    for player in range(200):
        engine.join(player, f"player {player}")
    for _ in range(100):
        engine.step()
    whole, saving = [], []
    for _ in range(25):
        gc.collect()  # as the server does between ticks: the old Space is freed there
        whole.append(microseconds(engine.save, 1) / 1000)
        saving.append(microseconds(lambda: save(engine.world), 1) / 1000)
    engine.close()
    return bench.stated(
        min(whole),
        ("the median of 25", f"{sorted(whole)[12]:.2f} ms"),
        ("of it saving", f"{min(saving):.2f} ms"),
    )
