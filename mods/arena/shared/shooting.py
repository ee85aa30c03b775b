"""How fighters shoot: a trigger that may be held, a magazine, and bullets that fly until `server/` says whom they meet."""

from tickroom import Collide, Crossing, Position, Scene, Velocity, World
from tickroom.maths import from_angle

from .categories import BULLET, WALL
from .components import Bullet, Fighter, Gear, Powers
from .events import Shot
from .game import game
from .tuning import (
    BULLET_LIFE,
    BULLET_SIZE,
    BULLET_SPEED,
    FIRE_REST,
    MAGAZINE,
    RAPID_REST,
    RECOIL,
    RELOAD_TIME,
    SPREAD,
)


@game.system("input", predicted=True, after=("steer",))
def shoot(world: World, dt: float) -> None:
    """Reads the players' inputs; writes Gear, Powers.shield_until and Velocity; spawns bullets; emits Shot."""
    for entity, fighter, gear, powers in world.query(Fighter, Gear, Powers):
        if fighter.respawn_tick >= 0:
            continue
        keys = world.input(fighter.player)
        reload(world, gear, keys.pressed("reload"))
        if keys.held("fire") and gear.ammo > 0 and world.tick >= gear.fire_tick:
            fire(world, entity, fighter.player, gear, powers)


def reload(world: World, gear: Gear, wanted: bool) -> None:
    """Fill the magazine RELOAD_TIME after it ran empty, or after the player asked."""
    if gear.reload_tick < 0 and (gear.ammo == 0 or (wanted and gear.ammo < MAGAZINE)):
        gear.reload_tick = world.tick + RELOAD_TIME
        gear.fire_tick = gear.reload_tick
    if 0 <= gear.reload_tick <= world.tick:
        gear.ammo, gear.reload_tick = MAGAZINE, -1


def fire(world: World, entity: int, player: int, gear: Gear, powers: Powers) -> None:
    """Send one bullet off, a little beside the aim; whoever shoots gives up the shield."""
    rapid = world.tick < powers.rapid_until
    gear.ammo -= 0 if rapid else 1
    gear.fire_tick = world.tick + (RAPID_REST if rapid else FIRE_REST)
    powers.shield_until = min(powers.shield_until, world.tick)
    position, velocity = world.get(entity, Position), world.get(entity, Velocity)
    miss = world.predicted_random(player, world.input(player).tick).uniform(-SPREAD, SPREAD)
    angle = position.angle + miss
    ahead_x, ahead_y = from_angle(angle)
    velocity.x -= ahead_x * RECOIL
    velocity.y -= ahead_y * RECOIL
    world.spawn(
        Bullet(player, world.tick + BULLET_LIFE, world.seen_by(player).ago),
        Position(position.x, position.y, angle),
        Velocity(ahead_x * BULLET_SPEED, ahead_y * BULLET_SPEED),
        Collide("circle", BULLET_SIZE, BULLET_SIZE, sensor=True, swept=True, category=BULLET, mask=WALL),
        Scene("bullet", owner=player),
    )
    world.emit(Shot(player, position.x, position.y, angle), at=(position.x, position.y))


def first_body(world: World, bullet: Bullet, x: float, y: float, at: Position) -> Crossing | None:
    """Whom a bullet that came from (x, y) met first, where its shooter saw them; it flies over its own fighter."""
    past = world.past(bullet.behind)
    for crossing in past.crossed(x, y, at.x, at.y, BULLET_SIZE / 2, moving=True):
        if world.get(crossing.entity, Scene).owner != bullet.player:
            return crossing
    return None
