"""500 villagers who stroll about their homes. A decision is made once in seconds, so each costs next to nothing."""

from tickroom import Collide, Position, Scene, Velocity, World
from tickroom.maths import clamp, distance

from ..shared.categories import VILLAGER, VILLAGER_MEETS
from ..shared.game import game
from ..shared.tuning import TICK_RATE
from .components import Villager
from .tables import LOOKS, REST, STROLL, STROLL_RANGE, STROLL_SPEED, VILLAGERS

SIZE = 9.0
TRIES = 4


@game.on("create")
def settle(world: World) -> None:
    """Everybody stands somewhere near home, and wakes up at a tick of their own."""
    homes = world.map.objects(kind="home")
    for number in range(VILLAGERS):
        home = homes[number % len(homes)]
        x, y = somewhere_near(world, home.x, home.y, STROLL_RANGE) or (home.x, home.y)
        world.spawn(
            Villager(home.x, home.y, think_tick=world.random.integer(1, REST[1])),
            Position(x, y),
            Velocity(0.0, 0.0),
            Collide("circle", SIZE, SIZE, category=VILLAGER, mask=VILLAGER_MEETS),
            Scene("villager", LOOKS[number % len(LOOKS)]),
        )


@game.system("input")
def stroll(world: World, dt: float) -> None:
    """Reads and writes Villager; writes Velocity: walk, rest, walk."""
    for _, villager, at, velocity in world.query(Villager, Position, Velocity):
        if world.tick < villager.think_tick:
            continue
        goal = None if villager.walking else next_goal(world, villager, at)
        if goal is not None and is_open(world, at, goal):
            walk_to(world, villager, at, velocity, goal)
        else:
            rest(world, villager, velocity)


def walk_to(
    world: World, villager: Villager, at: Position, velocity: Velocity, goal: tuple[float, float]
) -> None:
    """Set out, and think again on arrival."""
    away = max(1.0, distance(at.x, at.y, *goal))
    velocity.x, velocity.y = (goal[0] - at.x) / away * STROLL_SPEED, (goal[1] - at.y) / away * STROLL_SPEED
    villager.walking = True
    villager.think_tick = world.tick + max(1, int(away / STROLL_SPEED * TICK_RATE))


def rest(world: World, villager: Villager, velocity: Velocity) -> None:
    """Stand for a while."""
    if velocity.x or velocity.y:
        velocity.x = velocity.y = 0.0
    villager.walking = False
    villager.think_tick = world.tick + world.random.integer(*REST)


def next_goal(world: World, villager: Villager, at: Position) -> tuple[float, float] | None:
    """A place some steps away and not too far from home; None when none was found."""
    x = clamp(at.x, villager.home_x - STROLL_RANGE, villager.home_x + STROLL_RANGE)
    y = clamp(at.y, villager.home_y - STROLL_RANGE, villager.home_y + STROLL_RANGE)
    return somewhere_near(world, x, y, STROLL)


def somewhere_near(world: World, x: float, y: float, away: float) -> tuple[float, float] | None:
    """A place near another that can be stood on and does not hurt; None when none was found by a few tries."""
    for _ in range(TRIES):
        to_x = x + world.random.uniform(-away, away)
        to_y = y + world.random.uniform(-away, away)
        if is_walkable(world, to_x, to_y):
            return to_x, to_y
    return None


def is_walkable(world: World, x: float, y: float) -> bool:
    """Whether there is a tile that is neither solid nor harmful."""
    column, row = world.map.tile_at(x, y)
    free = not world.map.is_solid(column, row) and not world.map.is_noted(column, row)
    return free and world.map.contains(column, row)


def is_open(world: World, at: Position, goal: tuple[float, float]) -> bool:
    """Whether the straight way is free of walls."""
    return world.map.ray((at.x, at.y), goal) is None
