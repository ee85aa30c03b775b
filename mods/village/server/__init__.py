"""What only the server knows and decides: belongings, villagers, trees, monsters, loot, the shop, the ground's harm, the day."""

from . import belongings, combat, day, heroes, hits, loot, monsters, shop, terrain, trees, villagers

__all__ = [
    "belongings", "combat", "day", "heroes", "hits", "loot", "monsters", "shop", "terrain", "trees", "villagers",
]  # fmt: skip
