"""How the cost of a room's tick grows with its players, its moving entities and its map: in process, without sockets.

A tick is everybody's input received, the world stepped (physics, collisions), every client's bundle written, and garbage
collected as the server does between ticks.
"""

import os
import statistics
from collections.abc import Callable, Iterable
from math import inf, log, pi
from time import process_time_ns

from app.clock import now_ms
from app.collector import Collector
from bench.harness import Bench, Measured, figure
from ecs.random import SeededRandom
from net.codec import MESSAGEPACK
from net.hosted import HostedGame
from net.players.session import Session
from net.players.sessions import token_digest
from net.protocol import PROTOCOL_VERSION, ClientBundle, Hello, Input
from net.rooms.room import Room
from net.settings import RoomSettings
from tickroom import Collide, Game, Position, Scene, Velocity, World

COUNTS = (100, 250, 500, 1000, 2500, 5000)
SIDES = (2000.0, 4000.0, 8000.0, 16000.0, 32000.0, 64000.0)
RADIUS = 250.0
VILLAGE, VILLAGE_SIDE = 900, 2000.0
"""Everybody sees as many others in `growth.players` as 400 players and 500 NPCs do in 2000 x 2000 units: 40."""
BODY = 10.0
SPEED = 60.0
TICK_RATE = 20
WINDOW, WINDOWS = 20, 6
"""Ticks that are measured together, and how often: in each window near pairs are searched for anew two or three times."""
WARMED = 10
"""Ticks before each window, which bring the crowd back into the processor's caches: after one, 100 players still cost more."""
STEP = 1 / 32
"""Fixed, so that a larger map is not a coarser one."""


def crowded_game(npcs: int, region: float, side: float) -> Game:
    """Bodies that fly about in a walled square `region` in the corner of a map, and bounce off each other."""
    game = Game(
        "growing",
        tick_rate=TICK_RATE,
        width=side,
        height=side,
        max_players=10_000,
        view_radius=RADIUS,
        position_step=STEP,
        keyframe_interval=1_000_000,
    )
    game.input(keys=("go",))
    game.kind("body")
    source = SeededRandom(1)

    def fly(world: World, owner: int) -> None:
        world.spawn(
            Position(source.uniform(BODY, region - BODY), source.uniform(BODY, region - BODY)),
            Velocity(source.uniform(-SPEED, SPEED), source.uniform(-SPEED, SPEED)),
            Collide(w=BODY, h=BODY, elasticity=1.0),
            Scene("body", owner=owner),
        )

    @game.on("create")
    def create(world: World) -> None:
        half, long = region / 2, region + 200
        for x, y, w, h in (
            (half, -50.0, long, 100.0),
            (half, region + 50.0, long, 100.0),
            (-50.0, half, 100.0, long),
            (region + 50.0, half, 100.0, long),
        ):
            world.spawn(Position(x, y), Collide("box", w, h, body="static", elasticity=1.0))
        for _ in range(npcs):
            fly(world, -1)

    @game.on("join")
    def enter(world: World, player: int) -> None:
        fly(world, player)

    game.seal()
    return game


class Crowd:
    """A room full of players, in virtual time."""

    def __init__(self, players: int, npcs: int, region: float, side: float | None = None) -> None:
        hosted = HostedGame.of(crowded_game(npcs, region, side or region))
        self._now = 0.0
        self._room = Room("r", hosted, seed=1, settings=RoomSettings(), now=0.0)
        self._sessions = [self._sit(f"player {number}") for number in range(players)]
        self._collector = Collector(now_ms)
        self._inputs = 0
        self.bytes = 0

    def _sit(self, name: str) -> Session:
        self._room.reserve(f"id-{name}", name, token_digest(name), self._now)
        session = self._room.open(MESSAGEPACK, self._now)
        session.receive(MESSAGEPACK.encode(Hello(PROTOCOL_VERSION, name)), self._now)
        return session

    def tick(self) -> float:
        """Runs one; its cost in ms of the processor. Raises RuntimeError unless everybody is sent a bundle."""
        self._inputs += 1
        self._now += 1000.0 / TICK_RATE
        message = MESSAGEPACK.encode(ClientBundle(self._inputs, self._room.tick, [Input(self._inputs, 1)]))
        begin = process_time_ns()
        for session in self._sessions:
            session.receive(message, self._now)
        step = self._room.step(self._now)
        cost = process_time_ns() - begin
        if step.failure is not None or len(step.outgoing) != len(self._sessions):
            raise RuntimeError(f"{len(step.outgoing)} of {len(self._sessions)} bundles; {step.failure}")
        self.bytes = sum(len(piece) for _, pieces in step.outgoing for piece in pieces)
        begin = process_time_ns()
        del step  # as the server does before it collects: what is sent is gone
        self._collector.idle(inf)
        return (cost + process_time_ns() - begin) / 1e6

    def begin(self) -> None:
        """The first ticks, which send everything."""
        self._collector.begin()
        for _ in range(3):
            self.tick()

    def window(self) -> float:
        """The mean cost of a tick in ms."""
        for _ in range(WARMED):
            self.tick()
        return statistics.mean(self.tick() for _ in range(WINDOW))

    def close(self) -> None:
        """Free it."""
        self._room.engine.close()
        self._collector.end()


def curve(what: str, bench: Bench, sizes: Iterable[float], make: Callable[[float], "Crowd"]) -> Measured:
    """Costs at all sizes, and the exponent of their growth: the slope of log cost over log size.

    The windows of all sizes take turns, so that what else the machine does meets all of them; the quietest of each counts.
    """
    os.sched_setaffinity(0, {bench.server_core})
    crowds = {size: make(size) for size in sizes}
    for crowd in crowds.values():
        crowd.begin()
    costs = dict.fromkeys(crowds, inf)
    for turn in range(WINDOWS):
        for size, crowd in crowds.items():
            costs[size] = min(costs[size], crowd.window())
        bench.progress(f"{what}: {turn + 1} of {WINDOWS} turns")
    for crowd in crowds.values():
        crowd.close()
    rows = [
        (f"{size:g} {what}", f"{cost:.2f} ms a tick, {crowds[size].bytes / 1000:.0f} kB sent in it")
        for size, cost in costs.items()
    ]
    return bench.stated(slope([(log(size), log(cost)) for size, cost in costs.items()]), *rows)


def share_in_sight(side: float) -> float:
    """Of all who are in a square, how many are within RADIUS of one of them, on average.

    J. Philip, The probability distribution of the distance between two random points in a box, 2007.
    """
    r = RADIUS / side
    return pi * r**2 - 8 / 3 * r**3 + r**4 / 2


def side_for(players: int) -> float:
    """The side of the square in which everybody sees as many as in the village, by bisection."""
    seen = VILLAGE * share_in_sight(VILLAGE_SIDE)
    narrow, wide = RADIUS, 100.0 * RADIUS
    while wide - narrow > 1.0:
        middle = (narrow + wide) / 2
        narrow, wide = (middle, wide) if players * share_in_sight(middle) > seen else (narrow, middle)
    return wide


def slope(points: list[tuple[float, float]]) -> float:
    """Of the straight line with the least squares."""
    return statistics.linear_regression(*zip(*points, strict=True)).slope


@figure(
    "growth.players",
    unit="exponent",
    goal=1.0,
    note="cost of a tick ~ players ^ exponent; the map grows with them, so that everyone sees 40 others",
)
def players(bench: Bench) -> Measured:
    """Players only."""
    return curve("players", bench, COUNTS, lambda count: Crowd(int(count), 0, side_for(int(count))))


@figure(
    "growth.entities",
    unit="exponent",
    goal=1.0,
    note="cost of a tick ~ moving entities ^ exponent; 100 players in 2000 x 2000 units",
)
def entities(bench: Bench) -> Measured:
    """NPCs beside 100 players."""
    return curve("moving entities", bench, COUNTS, lambda count: Crowd(100, int(count), 2000.0))


@figure(
    "growth.map",
    unit="exponent",
    goal=0.1,
    note="cost of a tick ~ side of the map ^ exponent; 400 players and 500 NPCs in 2000 x 2000 units of it, steps of 1/32 unit",
)
def map_side(bench: Bench) -> Measured:
    """The same crowd on ever larger maps."""
    return curve("units", bench, SIDES, lambda side: Crowd(400, 500, 2000.0, side))
