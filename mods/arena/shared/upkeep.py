"""What passes by itself: bullets fall, the fallen come back, what lies on the ground is picked up."""

from tickroom import Contact, Position, Velocity, World

from .components import Bullet, Fighter, Pickup
from .game import game
from .requests import Return, Take
from .shooting import first_body


@game.system("logic")
def collect(world: World, dt: float) -> None:
    """Reads Contact, Fighter and Pickup; asks Take."""
    for contact in world.events(Contact):
        for entity in (contact.a, contact.b):
            fighter = world.try_get(entity, Fighter)
            if fighter is not None and contact.phase != "end" and world.has(contact.other(entity), Pickup):
                world.ask(Take(entity, contact.other(entity)), fighter.player)


@game.system("logic")
def come_back(world: World, dt: float) -> None:
    """Reads Fighter; asks Return."""
    for entity, fighter in world.query(Fighter):
        if 0 <= fighter.respawn_tick <= world.tick:
            world.ask(Return(entity), fighter.player)


@game.system("logic", predicted=True)
def fall(world: World, dt: float) -> None:
    """Reads Bullet, its flight and Contact; despawns those whose flight is over, and those that have met something."""
    for entity, bullet, at, flight in world.query(Bullet, Position, Velocity):
        if world.tick >= bullet.end_tick or foresees_a_hit(world, bullet, at, flight):
            world.despawn(entity)
    for contact in world.events(Contact):
        for shot in (contact.a, contact.b):
            if contact.phase == "begin" and world.has(shot, Bullet):
                world.despawn(shot)


def foresees_a_hit(world: World, bullet: Bullet, at: Position, flight: Velocity) -> bool:
    """Whether a bullet has met somebody on its player's own screen; what that means is the server's to say."""
    if world.side == "server":
        return False
    x, y = at.x - flight.x * world.dt, at.y - flight.y * world.dt
    return first_body(world, bullet, x, y, at) is not None
