"""Being hurt, dying, and what the killer gets for it."""

from tickroom import Collide, Contact, Position, Scene, Velocity, World

from ..shared.components import Bullet, Fighter, Health, Powers
from ..shared.events import Died, Hit, Struck
from ..shared.game import game
from ..shared.tuning import (
    BULLET_DAMAGE,
    BULLET_SPEED,
    FIGHTER_POINTS,
    HUNTER_POINTS,
    KNOCKBACK,
    RESPAWN_WAIT,
)
from .match import current_round, score_of


@game.system("logic", before=("fall",))
def hits(world: World, dt: float) -> None:
    """Reads Contact and Bullet; hurts whom a bullet met first and despawns it; emits Struck, Hit, Died."""
    for contact in world.events(Contact):
        for shot in (contact.a, contact.b):
            bullet = world.try_get(shot, Bullet)
            if bullet is not None and contact.phase == "begin" and not world.leaving(shot):
                land(world, shot, bullet, contact)
                world.despawn(shot)


def land(world: World, shot: int, bullet: Bullet, contact: Contact) -> None:
    """A bullet has met its target: a wall takes it, a body is pushed and hurt."""
    target = contact.other(shot)
    if not world.has(target, Health):
        world.emit(Struck(contact.x, contact.y), at=(contact.x, contact.y))
        return
    flight, body = world.get(shot, Velocity), world.get(target, Velocity)
    body.x += flight.x / BULLET_SPEED * KNOCKBACK
    body.y += flight.y / BULLET_SPEED * KNOCKBACK
    hurt(world, target, BULLET_DAMAGE, bullet.player, contact.x, contact.y)


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
