"""The players who have a seat in the room, as rules see them."""

from dataclasses import dataclass
from typing import Any

from ecs.errors import WorldError


@dataclass(slots=True)
class Player:
    """One seated player: the name others see, whether connected now, and the team (-1: none)."""

    name: str
    connected: bool = True
    team: int = -1


class Players:
    """Seat number -> Player. Kept in the snapshot, and changed only at the start of a tick."""

    checksum = True

    def __init__(self) -> None:
        self._seated: dict[int, Player] = {}
        self._numbers: tuple[int, ...] = ()

    @property
    def numbers(self) -> tuple[int, ...]:
        """The seated players' numbers, ascending."""
        return self._numbers

    def __contains__(self, number: int) -> bool:
        return number in self._seated

    def of(self, number: int) -> Player:
        """The player of that number. Raises WorldError when nobody has the seat."""
        try:
            return self._seated[number]
        except KeyError:
            raise WorldError(f"no player {number} is seated; seated are {list(self._numbers)}") from None

    def teams(self) -> dict[int, int]:
        """Everybody's team by number; -1: none."""
        return {number: player.team for number, player in self._seated.items()}

    def seat(self, number: int, name: str) -> None:
        """Give a seat. Raises WorldError when it is taken."""
        if number in self._seated:
            raise WorldError(f"player {number} is seated already")
        self._seated[number] = Player(name)
        self._numbers = tuple(sorted(self._seated))

    def unseat(self, number: int) -> Player:
        """Take the seat away for good. Raises WorldError when nobody has it."""
        player = self.of(number)
        del self._seated[number]
        self._numbers = tuple(sorted(self._seated))
        return player

    def save(self) -> Any:
        """Plain values of all seats."""
        return [[n, p.name, p.connected, p.team] for n, p in sorted(self._seated.items())]

    def load(self, data: Any) -> None:
        """Replace all seats by what `save` gave."""
        self._seated = {int(n): Player(str(name), bool(there), int(team)) for n, name, there, team in data}
        self._numbers = tuple(sorted(self._seated))
