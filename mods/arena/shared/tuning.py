"""Every number of the arena that one would tune: world units, ticks, points."""

TICK_RATE = 30


def seconds(count: float) -> int:
    """How many ticks `count` seconds are."""
    return round(count * TICK_RATE)


WIDTH = 2000.0
HEIGHT = 1400.0
WALL = 32.0
"""The thinnest wall. A body must not cross half of it plus its own radius in a tick: see DASH_SPEED."""

FIGHTER_SIZE = 36.0
TOP_SPEED = 330.0
ACCELERATION = 2200.0
FRICTION = 1700.0
"""How fast a fighter who steers nowhere slows down, in units/s²: 330 units/s stop within 0.2 s and 32 units."""
DASH_SPEED = 900.0
DASH_REST = seconds(2.0)

FULL_HEALTH = 100.0
RESPAWN_WAIT = seconds(3.0)
SPAWN_SHIELD = seconds(2.5)

MAGAZINE = 12
RELOAD_TIME = seconds(1.1)
FIRE_REST = 6
"""Ticks between two shots: 5 a second."""
RAPID_REST = 3
BULLET_SIZE = 8.0
BULLET_SPEED = 900.0
BULLET_LIFE = seconds(1.0)
LAG_COMPENSATION = 400
"""ms. A shot meets others where its shooter saw them, if that was not longer ago: enough for a round trip of 250 ms."""
BULLET_DAMAGE = 14.0
SPREAD = 0.035
"""The most that a shot misses its aim by, in radians: 2 degrees, 7 units at 200."""
RECOIL = 30.0
KNOCKBACK = 90.0
"""What a hit adds to the victim's speed, in units/s."""

HUNTERS = 5
HUNTER_SIZE = 32.0
HUNTER_HEALTH = 56.0
HUNTER_STROLL = 90.0
HUNTER_CHASE = 245.0
HUNTER_ACCELERATION = 900.0
HUNTER_SIGHT = 430.0
HUNTER_PATIENCE = seconds(2.5)
"""How long a hunter follows a fighter whom it no longer sees."""
HUNTER_THINK = 6
HUNTER_BITE = 12.0
HUNTER_REACH = 6.0
"""How far past its own edge a hunter bites."""
HUNTER_BITE_REST = seconds(0.7)
HUNTER_RETURN = seconds(12.0)

PICKUP_SIZE = 30.0
PICKUP_RETURN = seconds(10.0)
HEAL = 50.0
RAPID_TIME = seconds(8.0)

FIGHTER_POINTS = 5
HUNTER_POINTS = 1
ROUND_POINTS = 60
ROUND_TIME = seconds(300.0)
RESULT_TIME = seconds(8.0)
CRATE_SHIELD = seconds(5.0)
CRATE_GOLD = 3
