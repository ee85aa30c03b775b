"""Who collides with whom: each body has a category, and a mask of the categories that it meets."""

from tickroom import ONE_WAY_TILES, TILES

HERO = 1
VILLAGER = 2
MONSTER = 4
LOOT = 8

GROUND = TILES | ONE_WAY_TILES
HERO_MEETS = GROUND | MONSTER | LOOT
VILLAGER_MEETS = GROUND
MONSTER_MEETS = GROUND | HERO | MONSTER
