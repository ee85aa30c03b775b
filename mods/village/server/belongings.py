"""What a hero has is there again the next day: its bag is kept when the player has gone."""

from dataclasses import dataclass, fields

from tickroom import World

from ..shared.components import Bag, Hero
from ..shared.game import game
from ..shared.tuning import seconds
from .tables import START_GOLD

NOTED = seconds(1.0)
"""How often what is in the bags is noted; at a leave it is in any case."""


@game.saved
@dataclass(slots=True)
class Belongings:
    """What is kept of a player: a bag, field by field."""

    gold: int = START_GOLD
    wood: int = 0
    pelt: int = 0
    gem: int = 0
    potion: int = 0
    axe: int = 0
    sword: int = 0
    boots: int = 0


THINGS = tuple(field.name for field in fields(Belongings))


def unpack(world: World, player: int) -> Bag:
    """The bag that a player comes with."""
    kept = world.saved(player, Belongings)
    return Bag(**{thing: getattr(kept, thing) for thing in THINGS})


def note(world: World, player: int, bag: Bag) -> None:
    """Keep what is in a player's bag."""
    kept = world.saved(player, Belongings)
    for thing in THINGS:
        setattr(kept, thing, getattr(bag, thing))


@game.system("events")
def note_all(world: World, dt: float) -> None:
    """Reads Bag; writes saved data, once a second."""
    if world.tick % NOTED == 0:
        for entity, hero, bag in world.query(Hero, Bag):
            # one whose player has left in this tick is skipped: the number may be another's already
            if not world.leaving(entity):
                note(world, hero.player, bag)
