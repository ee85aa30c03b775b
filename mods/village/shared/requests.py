"""What only the server may decide; the rules ask with these, and a handler in `server/` answers."""

from dataclasses import dataclass


@dataclass(slots=True, frozen=True)
class Swing:
    """A hero swings: what does it hit?"""

    hero: int


@dataclass(slots=True, frozen=True)
class Drink:
    """A hero empties a bottle: what does it do?"""

    hero: int
