"""What the ground does to heroes: thorns and lava harm, the fountain heals, the mat before the shop serves."""

from tickroom import TileContact, World

from ..shared.components import Customer, Hero
from ..shared.game import game
from .combat import heal, hurt
from .components import Skin
from .tables import FOUNTAIN_HEALS, HARM_REST, HEAL_REST


@game.system("logic")
def tread(world: World, dt: float) -> None:
    """Reads TileContact; writes Skin, Customer, Health; emits Hurt, Fainted, Healed."""
    on_mat: dict[int, None] = {}
    for contact in world.events(TileContact):
        skin = world.try_get(contact.a, Skin)
        if skin is None or contact.phase == "end":
            continue
        if contact.kind == "mat":
            on_mat[contact.a] = None
        elif contact.kind == "fountain" and world.tick >= skin.heal_tick:
            skin.heal_tick = world.tick + HEAL_REST
            heal(world, contact.a, FOUNTAIN_HEALS)
        elif world.tick >= skin.harm_tick and (harm := harm_of(world, contact.tile_x, contact.tile_y)):
            skin.harm_tick = world.tick + HARM_REST
            hurt(world, contact.a, harm)
    for entity, _, customer in world.query(Hero, Customer):
        if customer.at_shop != (entity in on_mat):
            customer.at_shop = entity in on_mat


def harm_of(world: World, x: int, y: int) -> float:
    """How much the tiles there hurt."""
    harm = 0.0
    for kind in world.map.kinds_at(x, y):
        harm += kind.damage
    return harm
