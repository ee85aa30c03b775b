"""What happens in the village, as the pages hear of it."""

from dataclasses import dataclass

from .game import game


@game.event
@dataclass(slots=True, frozen=True)
class Swung:
    """A hero swings what it has in its hands."""

    player: int
    x: float
    y: float


@game.event
@dataclass(slots=True, frozen=True)
class Chopped:
    """A tree was hit, and stands for `left` hits more; at 0 it falls."""

    player: int
    x: float
    y: float
    left: int


@game.event
@dataclass(slots=True, frozen=True)
class Hurt:
    """Somebody (an entity) lost health."""

    victim: int
    amount: float
    x: float
    y: float


@game.event
@dataclass(slots=True, frozen=True)
class Slain:
    """A monster fell."""

    kind: str
    player: int
    x: float
    y: float


@game.event
@dataclass(slots=True, frozen=True)
class Fainted:
    """A hero lost all health, and wakes up on the plaza with `gold` less. Only its player is told."""

    gold: int


@game.event
@dataclass(slots=True, frozen=True)
class Gained:
    """Something came into the bag. Only its player is told."""

    what: str
    count: int


@game.event
@dataclass(slots=True, frozen=True)
class Healed:
    """A hero drank, from a bottle or at the fountain."""

    player: int
    x: float
    y: float


@game.event
@dataclass(slots=True, frozen=True)
class Announced:
    """A sentence for everybody, such as at dawn and at dusk."""

    text: str
