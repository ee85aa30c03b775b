"""What only the server may decide; the rules ask with these, and a handler in `server/` answers."""

from dataclasses import dataclass


@dataclass(slots=True, frozen=True)
class Return:
    """A fallen fighter's wait is over: where does it come back?"""

    fighter: int


@dataclass(slots=True, frozen=True)
class Take:
    """A fighter stands on a pick-up: what is in it, and who gets it?"""

    fighter: int
    pickup: int
