"""What monsters leave behind: by tables that only the server has."""

from tickroom import Collide, Contact, Position, Scene, World

from ..shared.categories import HERO, LOOT
from ..shared.components import Bag, Hero
from ..shared.events import Gained
from ..shared.game import game
from .components import Loot
from .tables import BEASTS, LOOT_LIFE


def drop(world: World, kind: str, x: float, y: float) -> None:
    """Lay down one line of the monster's table, by weight."""
    table = BEASTS[kind].loot
    place = world.random.integer(1, sum(weight for _, _, weight in table))
    for what, count, weight in table:
        place -= weight
        if place <= 0:
            if what:
                lay(world, what, count, x, y)
            return


def lay(world: World, what: str, count: int, x: float, y: float) -> int:
    """Something on the ground; its looks say what it is, not how much."""
    shape = Collide("circle", 12.0, 12.0, body="static", sensor=True, category=LOOT, mask=HERO)
    return world.spawn(Loot(what, count, world.tick + LOOT_LIFE), Position(x, y), shape, Scene("loot", what))


def gain(world: World, hero: int, what: str, count: int) -> None:
    """Put something into a hero's bag, and tell its player."""
    bag = world.get(hero, Bag)
    setattr(bag, what, getattr(bag, what) + count)
    world.emit(Gained(what, count), to=world.get(hero, Hero).player)


@game.system("logic")
def gather(world: World, dt: float) -> None:
    """Reads Contact and Loot; writes Bag; despawns what was picked up; emits Gained."""
    for contact in world.events(Contact):
        for entity in (contact.a, contact.b):
            loot = world.try_get(entity, Loot)
            hero = contact.other(entity)
            if (
                loot is not None
                and contact.phase != "end"
                and not world.leaving(entity)
                and world.has(hero, Bag)
            ):
                gain(world, hero, loot.what, loot.count)
                world.despawn(entity)


@game.system("logic", after=("gather",))
def rot(world: World, dt: float) -> None:
    """Reads Loot; despawns what nobody wanted."""
    for entity, loot in world.query(Loot):
        if world.tick >= loot.end_tick:
            world.despawn(entity)
