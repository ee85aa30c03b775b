"""What a hero's swing meets: the nearest monster within reach, else the nearest tree."""

from tickroom import Position, World
from tickroom.maths import distance

from ..shared.components import Bag
from ..shared.game import game
from ..shared.requests import Swing
from ..shared.tuning import REACH
from .combat import hurt
from .components import Monster
from .tables import FIST, SWORD
from .trees import chop, nearest_tree


@game.authority(Swing)
def swing(world: World, player: int, request: Swing) -> None:
    """Hit one thing."""
    at = world.get(request.hero, Position)
    monster = nearest_monster(world, at)
    if monster >= 0:
        hurt(world, monster, SWORD if world.get(request.hero, Bag).sword else FIST, player)
        return
    tree = nearest_tree(world, at.x, at.y)
    if tree is not None:
        chop(world, request.hero, player, *tree)


def nearest_monster(world: World, at: Position) -> int:
    """The nearest monster within reach, or -1."""
    found, best = -1, REACH
    for entity, _, to in world.query(Monster, Position):
        away = distance(at.x, at.y, to.x, to.y)
        if away < best and not world.leaving(entity):
            found, best = entity, away
    return found
