"""Monsters: each keeps to its lair, follows who comes near, and bites. At night they see further."""

from dataclasses import replace

from tickroom import Position, Scene, Velocity, World
from tickroom.maths import atan2, distance, length

from ..shared.bodies import MONSTER_BODY
from ..shared.components import Health, Hero
from ..shared.game import game
from ..shared.tuning import HERO_SIZE
from .combat import hurt
from .components import Lair, Monster
from .day import is_night
from .tables import BEASTS, BITE_REST, LAIR_RETURN, LEASH, NIGHT_SIGHT, THINK, Beast
from .villagers import is_walkable

Place = tuple[int, float, float]
"""A hero and where it stands."""


@game.on("create")
def dig(world: World) -> None:
    """A lair wherever the map says."""
    for point in world.map.objects(kind="lair"):
        world.spawn(Lair(point.name, point.x, point.y))


@game.system("input")
def hatch(world: World, dt: float) -> None:
    """Reads and writes Lair; spawns monsters."""
    for entity, lair in world.query(Lair):
        if lair.monster >= 0 and not world.exists(lair.monster):
            lair.monster, lair.next_tick = -1, world.tick + LAIR_RETURN
        if lair.monster < 0 and world.tick >= lair.next_tick:
            lair.monster = bring_forth(world, entity, lair)


def bring_forth(world: World, entity: int, lair: Lair) -> int:
    """A monster at its lair."""
    beast = BEASTS[lair.kind]
    return world.spawn(
        Monster(entity, lair.x, lair.y),
        Health(beast.health, beast.health),
        Position(lair.x, lair.y),
        Velocity(0.0, 0.0),
        replace(MONSTER_BODY, w=beast.size, h=beast.size),
        Scene(lair.kind),
    )


@game.system("input", after=("hatch",))
def prowl(world: World, dt: float) -> None:
    """Reads Hero, Monster, Position; writes Monster and Velocity. Each monster thinks every THINK ticks."""
    heroes: list[Place] | None = None
    night = is_night(world)
    for entity, monster, scene, at, velocity in world.query(Monster, Scene, Position, Velocity):
        if world.tick < monster.think_tick:
            continue
        if heroes is None:
            heroes = [(hero, to.x, to.y) for hero, _, to in world.query(Hero, Position)]
        beast = BEASTS[scene.kind]
        sight = beast.sight * (NIGHT_SIGHT if night else 1.0)
        monster.think_tick = world.tick + THINK + entity % 3
        monster.prey = nearest(world, monster, at, heroes, sight)
        head_for(world, monster, beast, at, velocity)


def nearest(world: World, monster: Monster, at: Position, heroes: list[Place], sight: float) -> int:
    """The nearest hero that it sees and that is not too far from its lair, or -1."""
    found, best = -1, sight
    for hero, x, y in heroes:
        if abs(x - at.x) >= best or abs(y - at.y) >= best:
            continue
        away = distance(x, y, at.x, at.y)
        if away < best and distance(x, y, monster.home_x, monster.home_y) < LEASH:
            found, best = hero, away
    if found < 0:
        return -1
    to = world.get(found, Position)
    return found if world.map.sees((at.x, at.y), (to.x, to.y)) else -1


def head_for(world: World, monster: Monster, beast: Beast, at: Position, velocity: Velocity) -> None:
    """Run after the prey; without any, potter about the lair."""
    if monster.prey >= 0:
        to = world.get(monster.prey, Position)
        run(at, velocity, to.x - at.x, to.y - at.y, beast.speed)
        return
    x = monster.home_x + world.random.uniform(-60.0, 60.0)
    y = monster.home_y + world.random.uniform(-60.0, 60.0)
    if is_walkable(world, x, y) and world.random.chance(0.5):
        run(at, velocity, x - at.x, y - at.y, beast.speed * 0.4)
    elif velocity.x or velocity.y:
        velocity.x = velocity.y = 0.0


def run(at: Position, velocity: Velocity, dx: float, dy: float, speed: float) -> None:
    """Turn into a direction, and go."""
    away = length(dx, dy)
    if away >= 1.0:
        velocity.x, velocity.y = dx / away * speed, dy / away * speed
        at.angle = atan2(dy, dx)


@game.system("logic")
def bite(world: World, dt: float) -> None:
    """Reads Monster and Position; hurts the prey within reach; emits Hurt, Fainted."""
    for _, monster, scene, at in world.query(Monster, Scene, Position):
        prey = world.try_get(monster.prey, Position) if monster.prey >= 0 else None
        if prey is None or world.tick < monster.bite_tick:
            continue
        beast = BEASTS[scene.kind]
        if distance(at.x, at.y, prey.x, prey.y) <= (beast.size + HERO_SIZE) / 2 + 5.0:
            monster.bite_tick = world.tick + BITE_REST
            hurt(world, monster.prey, beast.bite)
