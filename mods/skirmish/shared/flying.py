"""Arrows."""

from tickroom import World

from .components import Arrow
from .fighting import hurt
from .game import game


@game.system("logic", after="train_units")
def fly(world: World, dt: float) -> None:
    """Writes Arrow, Body; despawns arrows; emits Struck."""
    for entity, arrow in world.query(Arrow):
        arrow.left -= 1
        if arrow.left <= 0:
            hurt(world, arrow.target, arrow.damage, arrow.archer)
            world.despawn(entity)
