"""Every number of the village that one would tune and that clients may know: world units, ticks."""

TICK_RATE = 20


def seconds(count: float) -> int:
    """How many ticks `count` seconds are."""
    return round(count * TICK_RATE)


SIDE = 4096.0
"""The world's side: 256 tiles of 16 units. 16 bits for a position make steps of 1/16 unit."""
VIEW_RADIUS = 350.0

HERO_SIZE = 11.0
"""A little less than a tile, so that a gap of one tile lets a hero through."""
WALK_SPEED = 92.0
BOOTS_SPEED = 128.0
ACCELERATION = 900.0
FULL_HEALTH = 100.0
SWING_REST = seconds(0.4)
DRINK_REST = seconds(1.0)
REACH = 26.0
"""How far from its own middle a hero reaches a tree or a monster."""

DAY_TIME = seconds(240.0)
NIGHT_TIME = seconds(90.0)
