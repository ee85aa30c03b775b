"""What only the server keeps of its entities."""

from dataclasses import dataclass

from ..shared.game import game


@game.component()
@dataclass(slots=True)
class Hunter:
    """What a hunter has in mind: where it goes, whom it follows (an entity, or -1), until when it remembers it."""

    goal_x: float
    goal_y: float
    prey: int = -1
    forget_tick: int = 0
    bite_tick: int = 0


@game.component()
@dataclass(slots=True)
class Nest:
    """A place that brings forth one hunter at a time, at `next_tick`."""

    x: float
    y: float
    next_tick: int
    hunter: int = -1


@game.component()
@dataclass(slots=True)
class Pad:
    """A place that offers one pick-up at a time, at `next_tick`; what kind, the server's table says."""

    what: str
    x: float
    y: float
    next_tick: int
    pickup: int = -1
