"""Who collides with whom: each body has a category, and a mask of the categories that it meets."""

WALL = 1
FIGHTER = 2
HUNTER = 4
BULLET = 8
PICKUP = 16

SOLID = WALL | FIGHTER | HUNTER
FIGHTER_MEETS = SOLID | BULLET | PICKUP
HUNTER_MEETS = SOLID | BULLET
EVERYTHING = SOLID | BULLET | PICKUP
