"""The tables that never reach a client: prices, loot, strength, and what else the server alone decides by."""

from typing import NamedTuple

from ..shared.tuning import seconds

VILLAGERS = 500
LOOKS = ("farmer", "smith", "weaver", "elder")
STROLL_SPEED = 26.0
STROLL = 80.0
"""How far it goes at a time."""
STROLL_RANGE = 150.0
"""How far from home a villager goes, in units."""
REST = (seconds(1.0), seconds(6.0))

TREE_HITS = 4
TREE_HITS_WITH_AXE = 2
TREE_RETURN = seconds(120.0)
WOOD = (1, 1, 2, 2, 3)
"""What a tree gives: one of these, at random."""

FIST = 7.0
SWORD = 18.0
POTION_HEALS = 50.0
FOUNTAIN_HEALS = 5.0
HEAL_REST = seconds(0.5)
HARM_REST = seconds(0.5)
FAINT_COSTS = 0.1
"""The part of its gold that a hero loses by fainting."""


class Beast(NamedTuple):
    """The nature of a kind of monster; its loot is (what, count, weight) and may be nothing ("")."""

    size: float
    health: float
    bite: float
    speed: float
    sight: float
    loot: tuple[tuple[str, int, int], ...]


BEASTS = {
    "slime": Beast(
        12.0, 20.0, 4.0, 40.0, 90.0, (("", 0, 2), ("gold", 2, 5), ("gold", 4, 2), ("potion", 1, 1))
    ),
    "wolf": Beast(
        13.0, 40.0, 9.0, 78.0, 150.0, (("pelt", 1, 6), ("pelt", 2, 2), ("gold", 6, 2), ("gem", 1, 1))
    ),
}
NIGHT_SIGHT = 1.6
"""How much further monsters see at night."""
LEASH = 260.0
"""How far from its lair a monster follows somebody."""
THINK = seconds(0.5)
BITE_REST = seconds(0.8)
LAIR_RETURN = seconds(30.0)
LOOT_LIFE = seconds(60.0)

PRICES = {"potion": 8, "axe": 25, "sword": 60, "boots": 40}
ONE_ENOUGH = ("axe", "sword", "boots")
"""What a hero needs only one of."""
OFFERS = {"wood": 2, "pelt": 6, "gem": 30}
"""What the shop pays."""
SHOP_REACH = 40.0
START_GOLD = 5
