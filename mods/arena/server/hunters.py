"""Hunters: they wander, notice the nearest fighter they can see, chase it, and bite."""

from dataclasses import replace

from tickroom import Collide, Position, Scene, Velocity, World
from tickroom.maths import atan2, distance, length

from ..shared.bodies import HUNTER_BODY
from ..shared.components import Fighter, Health
from ..shared.game import game
from ..shared.layout import is_free, sees
from ..shared.movement import approach
from ..shared.tuning import (
    FIGHTER_SIZE,
    HEIGHT,
    HUNTER_ACCELERATION,
    HUNTER_BITE,
    HUNTER_BITE_REST,
    HUNTER_CHASE,
    HUNTER_HEALTH,
    HUNTER_PATIENCE,
    HUNTER_REACH,
    HUNTER_RETURN,
    HUNTER_SIGHT,
    HUNTER_SIZE,
    HUNTER_STROLL,
    HUNTER_THINK,
    HUNTERS,
    WIDTH,
)
from .combat import hurt
from .components import Hunter, Nest
from .places import DENS

GIRTH = HUNTER_SIZE / 2 + 2.0
"""How far from a wall's edge a hunter plans to walk."""


@game.on("create")
def dig_nests(world: World) -> None:
    """One nest for each hunter; the first ones come out at once."""
    for number in range(HUNTERS):
        x, y = DENS[number % len(DENS)]
        world.spawn(Nest(x, y, next_tick=0))


@game.system("input")
def hatch(world: World, dt: float) -> None:
    """Reads and writes Nest; spawns hunters."""
    for _, nest in world.query(Nest):
        if nest.hunter >= 0 and not world.exists(nest.hunter):
            nest.hunter, nest.next_tick = -1, world.tick + HUNTER_RETURN
        if nest.hunter < 0 and world.tick >= nest.next_tick:
            nest.hunter = world.spawn(
                Hunter(nest.x, nest.y),
                Health(HUNTER_HEALTH, HUNTER_HEALTH),
                Position(nest.x, nest.y),
                Velocity(0.0, 0.0),
                replace(HUNTER_BODY),
                Scene("hunter", "stroll"),
            )


@game.system("input", after=("hatch",))
def think(world: World, dt: float) -> None:
    """Reads Fighter and Position; writes Hunter and Scene.state. Each hunter thinks every HUNTER_THINK ticks."""
    prey = [(entity, at) for entity, fighter, at, _ in world.query(Fighter, Position, Collide)]
    for entity, hunter, at, scene in world.query(Hunter, Position, Scene):
        if (world.tick + entity) % HUNTER_THINK == 0:
            notice(world, hunter, at, prey)
            scene.state = "stroll" if hunter.prey < 0 else "chase"


def notice(world: World, hunter: Hunter, at: Position, prey: list[tuple[int, Position]]) -> None:
    """Follow the nearest fighter in sight; without one, go where the last was seen, and forget it in the end."""
    seen = nearest_in_sight(at, prey)
    if seen is not None:
        hunter.prey, goal = seen
        hunter.goal_x, hunter.goal_y = goal.x, goal.y
        hunter.forget_tick = world.tick + HUNTER_PATIENCE
    elif world.tick >= hunter.forget_tick or not world.has(hunter.prey, Collide):
        hunter.prey = -1
    if hunter.prey < 0:
        stroll(world, hunter, at)


def nearest_in_sight(at: Position, prey: list[tuple[int, Position]]) -> tuple[int, Position] | None:
    """The nearest fighter within HUNTER_SIGHT whom no wall hides."""
    near = sorted((distance(at.x, at.y, to.x, to.y), entity, to) for entity, to in prey)
    for away, entity, to in near:
        if away <= HUNTER_SIGHT and sees(at.x, at.y, to.x, to.y):
            return entity, to
    return None


def stroll(world: World, hunter: Hunter, at: Position) -> None:
    """Now and then, and always when the goal is reached, think of another goal that can be walked to."""
    arrived = distance(at.x, at.y, hunter.goal_x, hunter.goal_y) < HUNTER_SIZE
    if not arrived and world.random.random() < 0.97:
        return
    for _ in range(6):
        x, y = world.random.uniform(60.0, WIDTH - 60.0), world.random.uniform(60.0, HEIGHT - 60.0)
        if is_free(x, y, GIRTH) and sees(at.x, at.y, x, y, GIRTH):
            hunter.goal_x, hunter.goal_y = x, y
            return


@game.system("input", after=("think",))
def prowl(world: World, dt: float) -> None:
    """Reads Hunter; writes Velocity and the angle of Position."""
    for _, hunter, at, velocity in world.query(Hunter, Position, Velocity):
        dx, dy = hunter.goal_x - at.x, hunter.goal_y - at.y
        away = length(dx, dy)
        speed = HUNTER_STROLL if hunter.prey < 0 else HUNTER_CHASE
        pace = 0.0 if away < 4.0 else speed / away
        approach(velocity, dx * pace, dy * pace, HUNTER_ACCELERATION * dt)
        if away >= 4.0:
            at.angle = atan2(dy, dx)


@game.system("logic", after=("hits",))
def bite(world: World, dt: float) -> None:
    """Reads Hunter and Position; hurts fighters within reach; emits Hit, Died."""
    reach = (HUNTER_SIZE + FIGHTER_SIZE) / 2 + HUNTER_REACH
    for _, hunter, at in world.query(Hunter, Position):
        prey = world.try_get(hunter.prey, Position)
        if prey is None or world.tick < hunter.bite_tick or not world.has(hunter.prey, Collide):
            continue
        if distance(at.x, at.y, prey.x, prey.y) <= reach:
            hunter.bite_tick = world.tick + HUNTER_BITE_REST
            hurt(world, hunter.prey, HUNTER_BITE, -1, prey.x, prey.y)
