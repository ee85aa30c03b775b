"""What passes by itself: bullets fall, the fallen come back, what lies on the ground is picked up."""

from tickroom import Contact, World

from .components import Bullet, Fighter, Pickup
from .game import game
from .requests import Return, Take


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
    """Reads Bullet and Contact; despawns those whose flight is over, and those that have met something."""
    for entity, bullet in world.query(Bullet):
        if world.tick >= bullet.end_tick:
            world.despawn(entity)
    for contact in world.events(Contact):
        for shot in (contact.a, contact.b):
            if contact.phase == "begin" and world.has(shot, Bullet):
                world.despawn(shot)
