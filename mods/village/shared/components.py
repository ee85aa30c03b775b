"""What the village's entities are made of. A moment in the future is kept as its tick, so that waiting costs no bytes."""

from dataclasses import dataclass

from .game import game
from .tuning import FULL_HEALTH


@game.component(replicate="near", predicted=True)
@dataclass(slots=True)
class Hero:
    """A player's body."""

    player: int


@game.component(replicate="near", quantise={"value": 1.0})
@dataclass(slots=True)
class Health:
    """What is left of a hero or a monster."""

    value: float = FULL_HEALTH
    most: float = FULL_HEALTH


@game.component(replicate="owner", predicted=True)
@dataclass(slots=True)
class Bag:
    """What a hero carries; nobody else is told. Tools are there or not, the rest is counted."""

    gold: int = 0
    wood: int = 0
    pelt: int = 0
    gem: int = 0
    potion: int = 0
    axe: int = 0
    sword: int = 0
    boots: int = 0


@game.component(replicate="owner", predicted=True)
@dataclass(slots=True)
class Hands:
    """The ticks at which a hero may swing and drink again."""

    swing_tick: int = 0
    drink_tick: int = 0


@game.component(replicate="owner")
@dataclass(slots=True)
class Customer:
    """Whether a hero stands where the shop serves."""

    at_shop: bool = False


@game.component(replicate="always")
@dataclass(slots=True)
class Sky:
    """The time of day, on an entity that everybody sees: `day` or `night` until `end_tick`."""

    day: int = 1
    phase: str = "day"
    end_tick: int = 0
