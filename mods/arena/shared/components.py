"""What the arena's entities are made of. A moment in the future is kept as its tick, so that waiting costs no bytes."""

from dataclasses import dataclass

from .game import game
from .tuning import FIGHTER_SIZE, FULL_HEALTH, LAG_COMPENSATION, MAGAZINE

FOREVER = 2**31 - 1


@game.component(replicate="near", predicted=True)
@dataclass(slots=True)
class Fighter:
    """A player's body. While it lies dead, `respawn_tick` says when it comes back; -1 while it lives."""

    player: int
    respawn_tick: int = -1


@game.component(replicate="near", quantise={"value": 1.0})
@dataclass(slots=True)
class Health:
    """What is left of a fighter or a hunter."""

    value: float = FULL_HEALTH
    most: float = FULL_HEALTH


game.lag_compensation(Health, milliseconds=LAG_COMPENSATION, teleport=2 * FIGHTER_SIZE)


@game.component(replicate="near", predicted=True)
@dataclass(slots=True)
class Powers:
    """Until which tick a fighter cannot be hurt, and until which it fires fast."""

    shield_until: int = 0
    rapid_until: int = 0


@game.component(replicate="owner", predicted=True)
@dataclass(slots=True)
class Gear:
    """What only its owner needs to know: rounds left, and the ticks at which shot, reload and dash are ready."""

    ammo: int = MAGAZINE
    fire_tick: int = 0
    reload_tick: int = -1
    dash_tick: int = 0


@game.component()
@dataclass(slots=True)
class Bullet:
    """A shot on its way: who fired it, the tick it falls to the ground, and how many ticks behind its player saw the others."""

    player: int
    end_tick: int
    behind: float = 0.0


@game.component(replicate="always")
@dataclass(slots=True)
class Score:
    """A player's line of the scoreboard; it stands on an entity of its own, which everybody sees from everywhere."""

    player: int
    points: int = 0
    kills: int = 0
    deaths: int = 0


@game.component(replicate="always")
@dataclass(slots=True)
class Round:
    """The match: `fight` until `end_tick`, then `result` until `end_tick`, and again."""

    number: int = 1
    phase: str = "fight"
    end_tick: int = FOREVER
    target: int = 0
    winner: int = -1


@game.component()
@dataclass(slots=True)
class Pickup:
    """Something to take by walking over it; `what` it gives is named by its kind, a crate's is not known before."""

    what: str
