"""The seats of a room: who may sit, and who sits. What opens a seat is `net/players/tokens.py`'s."""

from collections.abc import Iterable, Iterator
from itertools import chain, count

from ecs.values import PROTO
from net.fairness import who_makes_room
from net.players.session import Seat
from net.protocol import PlayerRecord

MAX_NAME = 24
"""The longest player name, in characters."""


class RoomRefusal(Exception):
    """A room lets somebody not in. `status` is the HTTP status that says so."""

    status = 409

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class RoomFull(RoomRefusal):
    """Every seat is taken or reserved."""


class NameTaken(RoomRefusal):
    """Another player of the room has this name, but for the case of its letters."""


class RoomEnded(RoomRefusal):
    """The room has ended."""

    status = 410


class BadName(RoomRefusal):
    """The name is empty, too long, or has characters that do not print."""

    status = 422


class Seats:
    """The seats of one room, by player number. Numbers of freed seats are given again, the lowest first.

    A number rests until the game has heard of the leave (`rested`): what its last player saw and owned is no newcomer's.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self.vacated: list[Seat] = []
        """Those that were freed since this was emptied."""
        self._seats: dict[int, Seat] = {}
        """In the order in which they were reserved."""
        self.resting: dict[int, str] = {}
        """The player ids of those who left since the game has last heard of leaves, by their numbers."""

    def __len__(self) -> int:
        return len(self._seats)

    def __iter__(self) -> Iterator[Seat]:
        return iter([self._seats[player] for player in sorted(self._seats)])

    def reserve(
        self,
        player_id: str,
        name: str,
        token_hash: bytes,
        now: float,
        address: str = "",
        promised: int | None = None,
    ) -> Seat:
        """Reserve the `promised` seat, where it is free, else the lowest that is. Raises RoomFull, NameTaken or BadName.

        In a full room a reservation that nobody has claimed makes room, when its address holds several.
        """
        name = checked_name(name)
        if any(seat.name.casefold() == name.casefold() for seat in self._seats.values()):
            raise NameTaken(f"the name {name!r} is taken in this room")
        free = self._numbers(address)
        numbers = free if promised is None else chain([promised], free)
        player = next(
            number for number in numbers if number not in self._seats and number not in self.resting
        )
        seat = Seat(player, player_id, name, token_hash, now, address)
        self._seats[player] = seat
        return seat

    def join(self, player: int, player_id: str, name: str) -> Seat:
        """The player of a seat enters the game: of the one that was reserved, or, where a journal is run again, of a new one.

        Raises ValueError where another has it.
        """
        seat = self._seats.get(player)
        if seat is None:
            seat = self._seats[player] = Seat(player, player_id, name, b"", 0.0)
        elif seat.joined or seat.player_id != player_id:
            raise ValueError(f"the seat {player} is taken")
        seat.joined = seat.connected = True
        return seat

    def _numbers(self, address: str) -> Iterable[int]:
        """The numbers that may be given, the lowest first. Raises RoomFull."""
        if len(self._seats) >= self.count:
            self._make_room(address)
        return count()

    def _make_room(self, address: str) -> None:
        unclaimed = [seat for seat in self._seats.values() if not seat.joined]
        seat = who_makes_room(unclaimed, address)
        if seat is None:
            raise RoomFull(f"all {self.count} seats are taken")
        self.free(seat)

    def get(self, player: int) -> Seat | None:
        """The seat of a player number, if it is taken."""
        return self._seats.get(player)

    def free(self, seat: Seat) -> None:
        """Free a seat; its token opens nothing from now on."""
        del self._seats[seat.player]
        self.vacated.append(seat)
        if seat.joined:
            self.resting[seat.player] = seat.player_id

    def rested(self) -> None:
        """The game has heard of all who left: their numbers may be given again."""
        self.resting.clear()

    def host(self) -> Seat | None:
        """The player who has been here longest of those that are connected: may moderate."""
        return next((seat for seat in self._seats.values() if seat.session is not None), None)

    def records(self) -> list[PlayerRecord]:
        """What everybody sees of the players that have joined, by number."""
        return [seat.record() for seat in self if seat.joined]


def checked_name(name: str) -> str:
    """The name without spaces around it. Raises BadName."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= MAX_NAME:
        raise BadName(f"a name has 1 to {MAX_NAME} characters")
    if not name.isprintable():
        raise BadName("a name has printable characters only")
    if name == PROTO:
        raise BadName(f"{PROTO} is no name")  # games have dicts by names, and no page reads one with this key
    return name
