"""What only the server keeps of its entities, and of the whole village."""

from dataclasses import dataclass, field

from ..shared.game import game


@game.component()
@dataclass(slots=True)
class Villager:
    """Somebody who lives at (home_x, home_y), and thinks again at `think_tick`."""

    home_x: float
    home_y: float
    think_tick: int = 0
    walking: bool = False


@game.component()
@dataclass(slots=True)
class Monster:
    """What a monster has in mind: where it lives, whom it follows (an entity, or -1), when it bites and thinks again."""

    lair: int
    home_x: float
    home_y: float
    prey: int = -1
    bite_tick: int = 0
    think_tick: int = 0


@game.component()
@dataclass(slots=True)
class Lair:
    """A place that brings forth one monster at a time, at `next_tick`."""

    kind: str
    x: float
    y: float
    next_tick: int = 0
    monster: int = -1


@game.component()
@dataclass(slots=True)
class Loot:
    """What lies on the ground until `end_tick`."""

    what: str
    count: int
    end_tick: int


@game.component()
@dataclass(slots=True)
class Skin:
    """When the ground may hurt, and a fountain may heal, a hero again."""

    harm_tick: int = 0
    heal_tick: int = 0


@dataclass(slots=True)
class Grove:
    """The trees that are not as they were drawn, by tile number (y * 256 + x): hits taken; the tick to grow back at."""

    hits: dict[int, int] = field(default_factory=dict)
    grows: dict[int, int] = field(default_factory=dict)
