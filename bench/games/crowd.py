"""A crowd: 500 NPCs that wander and players that walk, all solid, each player seeing what is near. What bench_village measures.

bench/peers/colyseus/crowd.js has the same rules without collisions.
"""

import os
from array import array
from dataclasses import dataclass, field
from math import sqrt
from pathlib import Path

from tickroom import Collide, Game, Position, Scene, Velocity, World, maths

SIDE = 2000.0
NPCS = 500
NPC_SPEED = 60.0
PLAYER_SPEED = 100.0
DIAGONAL = PLAYER_SPEED / sqrt(2.0)
BODY = 10.0
"""Diameter of everybody."""
MARGIN, FAR = 40.0, SIDE - 40.0
"""A player who is so near a border and walks on is turned round: nobody ever stands."""
TURN_TICKS = (20, 80)
"""An NPC takes another way after so many ticks."""
WALLS = (
    (SIDE / 2, -50.0, SIDE, 100.0),
    (SIDE / 2, SIDE + 50.0, SIDE, 100.0),
    (-50.0, SIDE / 2, 100.0, SIDE),
    (SIDE + 50.0, SIDE / 2, 100.0, SIDE),
)
"""(x, y, w, h)"""

game = Game(
    "crowd",
    title="Crowd",
    version="1.0.0",
    tick_rate=20,
    max_players=4000,
    width=SIDE,
    height=SIDE,
    view_radius=250.0,
)
game.input(keys=("up", "down", "left", "right"))
game.kind("npc")
game.kind("walker")


@game.component()
@dataclass(slots=True)
class Walk:
    """A player's way: what its keys mean is mirrored each time that it comes to a border."""

    mirror_x: float = 1.0
    mirror_y: float = 1.0


@dataclass
class Turns:
    """Which NPCs take another way at which tick."""

    due: dict[int, list[int]] = field(default_factory=dict)


@game.on("create")
def create(world: World) -> None:
    """Builds the walls and writes the NPCs."""
    turns = Turns()
    world.register(turns)
    for x, y, w, h in WALLS:
        world.spawn(Position(x, y), Collide("box", w, h, body="static", elasticity=1.0))
    for _ in range(NPCS):
        npc = world.spawn(somewhere(world), Velocity(), body(), Scene("npc"))
        turns.due.setdefault(1, []).append(npc)


@game.on("join")
def enter(world: World, player: int) -> None:
    """Writes a walker."""
    world.spawn(somewhere(world), Velocity(), body(), Scene("walker", owner=player), Walk())


@game.on("leave")
def leave(world: World, player: int) -> None:
    """Takes the walker away."""
    for entity, scene in world.query(Scene):
        if scene.owner == player:
            world.despawn(entity)


@game.system("input")
def wander(world: World, _dt: float) -> None:
    """Writes the Velocity of the NPCs whose time it is."""
    turns = world.resource(Turns)
    for npc in turns.due.pop(world.tick, ()):
        angle = world.random.random() * maths.TAU
        velocity = world.get(npc, Velocity)
        velocity.x, velocity.y = NPC_SPEED * maths.cos(angle), NPC_SPEED * maths.sin(angle)
        turns.due.setdefault(world.tick + world.random.integer(*TURN_TICKS), []).append(npc)


@game.system("input")
def steer(world: World, _dt: float) -> None:
    """Reads the inputs, writes the players' Velocity."""
    for _, scene, walk, position, velocity in world.query(Scene, Walk, Position, Velocity):
        keys = world.input(scene.owner)
        right = keys.held("right") - keys.held("left")
        down = keys.held("down") - keys.held("up")
        speed = DIAGONAL if right and down else PLAYER_SPEED
        x, y = right * speed * walk.mirror_x, down * speed * walk.mirror_y
        if not MARGIN <= position.x <= FAR and leaves(position.x, x):
            walk.mirror_x, x = -walk.mirror_x, -x
        if not MARGIN <= position.y <= FAR and leaves(position.y, y):
            walk.mirror_y, y = -walk.mirror_y, -y
        if velocity.x != x or velocity.y != y:
            velocity.x, velocity.y = x, y


def leaves(place: float, speed: float) -> bool:
    """Whether somebody near a border goes there."""
    return (place < MARGIN and speed < 0.0) or (place > FAR and speed > 0.0)


def somewhere(world: World) -> Position:
    """A place that is not at a border."""
    return Position(world.random.uniform(MARGIN, FAR), world.random.uniform(MARGIN, FAR))


def body() -> Collide:
    """Solid, and loses no speed."""
    return Collide("circle", BODY, BODY, elasticity=1.0)


TRUTH = os.environ.get("TRUTH")  # deterministic: only says where to write what a benchmark checks
if TRUTH:
    truth = Path(TRUTH).open("wb", buffering=0)  # noqa: SIM115  # deterministic: the rules never read it

    @game.system("events")
    def tell_truth(world: World, _dt: float) -> None:
        """Writes where everybody is after the tick, as bench/truth.py reads it."""
        index = world.index(Scene, Position)
        places = index.columns[1]
        columns = (
            array("I", (world.tick, len(places))),
            array("I", index.entities),
            array("f", [place.x for place in places]),
            array("f", [place.y for place in places]),
        )
        truth.write(b"".join(columns))
