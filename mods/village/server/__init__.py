"""What only the server knows and decides: villagers, trees, monsters, loot, the shop, the ground's harm, the day."""

from . import combat, day, heroes, hits, loot, monsters, shop, terrain, trees, villagers

__all__ = [
    "combat", "day", "heroes", "hits", "loot", "monsters", "shop", "terrain", "trees", "villagers",
]  # fmt: skip
