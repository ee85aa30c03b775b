"""What happens in the arena, as the pages hear of it."""

from dataclasses import dataclass

from .game import game


@game.event
@dataclass(slots=True, frozen=True)
class Shot:
    """A fighter fired; the angle is in radians."""

    player: int
    x: float
    y: float
    angle: float


@game.event
@dataclass(slots=True, frozen=True)
class Struck:
    """A bullet ended on a wall."""

    x: float
    y: float


@game.event
@dataclass(slots=True, frozen=True)
class Hit:
    """Somebody was hurt: `victim` is an entity, `player` who did it, or -1 for a hunter."""

    victim: int
    player: int
    amount: float
    x: float
    y: float


@game.event
@dataclass(slots=True, frozen=True)
class Died:
    """A fighter (`victim` is its player) or a hunter (`victim` is -1) fell to `killer`, -1 for a hunter."""

    victim: int
    killer: int
    x: float
    y: float


@game.event
@dataclass(slots=True, frozen=True)
class Respawned:
    """A fighter is back."""

    player: int
    x: float
    y: float


@game.event
@dataclass(slots=True, frozen=True)
class Picked:
    """A player took a pick-up; `what` it turned out to be."""

    player: int
    what: str
    x: float
    y: float


@game.event
@dataclass(slots=True, frozen=True)
class Dashed:
    """A fighter leapt."""

    player: int
    x: float
    y: float


@game.event
@dataclass(slots=True, frozen=True)
class Announced:
    """A sentence for everybody."""

    text: str


@game.event
@dataclass(slots=True, frozen=True)
class RoundEnded:
    """A round is over; `winner` is a player, or -1 for a draw."""

    number: int
    winner: int
    points: int
