"""Players come and go."""

from dataclasses import replace

from tickroom import Position, Scene, Velocity, World

from ..shared.bodies import HERO_BODY
from ..shared.components import Bag, Customer, Hands, Health, Hero
from ..shared.game import game
from .belongings import note, unpack
from .components import Skin


@game.on("join")
def join(world: World, player: int) -> None:
    """A hero on the plaza."""
    x, y = start_place(world)
    world.spawn(
        Hero(player),
        Health(),
        unpack(world, player),
        Hands(),
        Customer(),
        Skin(),
        Position(x, y),
        Velocity(0.0, 0.0),
        replace(HERO_BODY),
        Scene("hero", owner=player),
    )


@game.on("leave")
def leave(world: World, player: int) -> None:
    """Nothing of the player stays but what it owns."""
    hero = hero_of(world, player)
    if hero >= 0:
        note(world, player, world.get(hero, Bag))
        world.despawn(hero)


def hero_of(world: World, player: int) -> int:
    """The entity of a player, or -1; never that of one who has left in this tick and had the same number."""
    heroes = ((entity, hero.player) for entity, hero in world.query(Hero))
    return next((entity for entity, of in heroes if of == player and not world.leaving(entity)), -1)


def start_place(world: World) -> tuple[float, float]:
    """One of the spawn points of the map."""
    point = world.random.choice(world.map.spawn_points())
    return point.x, point.y
