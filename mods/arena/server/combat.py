"""Being hurt, dying, and what the killer gets for it."""

from tickroom import Collide, Contact, Crossing, Position, Scene, Velocity, World
from tickroom.maths import distance

from ..shared.components import Bullet, Fighter, Health, Powers
from ..shared.events import Died, Hit, Struck
from ..shared.game import game
from ..shared.shooting import first_body
from ..shared.tuning import (
    BULLET_DAMAGE,
    BULLET_SIZE,
    BULLET_SPEED,
    FIGHTER_POINTS,
    HUNTER_POINTS,
    KNOCKBACK,
    RESPAWN_WAIT,
)
from .match import current_round, score_of


@game.system("logic", before=("fall",))
def hits(world: World, dt: float) -> None:
    """Reads Contact, Bullet and its flight; hurts whom a bullet met first and despawns it; emits Struck, Hit, Died."""
    walls = first_walls(world)
    for shot, bullet, at, flight in world.query(Bullet, Position, Velocity):
        x, y, way = at.x - flight.x * dt, at.y - flight.y * dt, BULLET_SPEED * dt
        wall = walls.get(shot)
        free = 1.0 if wall is None else max(0.0, distance(x, y, wall.x, wall.y) - BULLET_SIZE / 2) / way
        crossing = first_body(world, bullet, x, y, at)
        if crossing is not None and crossing.part <= free:
            land(world, bullet, flight, crossing)
            world.despawn(shot)
        elif wall is not None:
            world.emit(Struck(wall.x, wall.y), at=(wall.x, wall.y))
            world.despawn(shot)


def first_walls(world: World) -> dict[int, Contact]:
    """The first wall that each bullet met in this tick."""
    walls: dict[int, Contact] = {}
    for contact in world.events(Contact):
        for shot in (contact.a, contact.b):
            if world.has(shot, Bullet):
                walls.setdefault(shot, contact)
    return walls


def land(world: World, bullet: Bullet, flight: Velocity, crossing: Crossing) -> None:
    """A bullet has met a body, which is pushed and hurt."""
    body = world.get(crossing.entity, Velocity)
    body.x += flight.x / BULLET_SPEED * KNOCKBACK
    body.y += flight.y / BULLET_SPEED * KNOCKBACK
    hurt(world, crossing.entity, BULLET_DAMAGE, bullet.player, crossing.x, crossing.y)


def hurt(world: World, victim: int, amount: float, player: int, x: float, y: float) -> None:
    """Take health from a victim that can be hurt now; `player` did it, or -1 a hunter."""
    health = world.get(victim, Health)
    if health.value <= 0.0 or is_safe(world, victim):
        return
    health.value = max(0.0, health.value - amount)
    world.emit(Hit(victim, player, amount, x, y), at=(x, y))
    if health.value == 0.0:
        kill(world, victim, player)


def is_safe(world: World, victim: int) -> bool:
    """Nobody is hurt behind a fresh shield, nor between two rounds."""
    powers = world.try_get(victim, Powers)
    return current_round(world).phase != "fight" or (powers is not None and world.tick < powers.shield_until)


def kill(world: World, victim: int, killer: int) -> None:
    """The victim falls and its killer scores."""
    position = world.get(victim, Position)
    fighter = world.try_get(victim, Fighter)
    if fighter is None:
        world.despawn(victim)
    else:
        lay_down(world, victim, fighter)
    reward(world, fighter, killer)
    fallen = -1 if fighter is None else fighter.player
    world.emit(Died(fallen, killer, position.x, position.y))


def lay_down(world: World, victim: int, fighter: Fighter) -> None:
    """A dead fighter stays where it is, out of everybody's way, and waits."""
    fighter.respawn_tick = world.tick + RESPAWN_WAIT
    world.get(victim, Scene).state = "dead"
    velocity = world.get(victim, Velocity)
    velocity.x = velocity.y = 0.0
    powers = world.get(victim, Powers)
    powers.shield_until = powers.rapid_until = world.tick
    world.remove(victim, Collide)


def reward(world: World, fighter: Fighter | None, killer: int) -> None:
    """Count the death, and the points of whoever caused it and is still here."""
    if fighter is not None:
        score_of(world, fighter.player).deaths += 1
    if killer not in world.players:
        return
    score = score_of(world, killer)
    score.points += HUNTER_POINTS if fighter is None else FIGHTER_POINTS
    score.kills += 0 if fighter is None else 1
