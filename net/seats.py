"""The seats of a room: who may sit, who sits, and whose token opens which seat."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hmac import compare_digest
from itertools import count
from typing import TYPE_CHECKING

from net.calls import Calls
from net.fairness import who_makes_room
from net.protocol import PlayerRecord
from net.sessions import random_token, token_digest

if TYPE_CHECKING:
    from net.session import Session

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


@dataclass(slots=True, eq=False)
class Seat:
    """A player's place in a room, from the reservation until it is freed."""

    player: int
    player_id: str
    name: str
    token_hash: bytes
    """Of the token that opens the seat next."""
    since: float
    """When the seat was reserved, or its player was last connected (ms)."""
    address: str = ""
    """Where its player joined from; empty where that is not known."""
    previous_hash: bytes = b""
    """Of the token before, valid until the client has acknowledged the next one; empty: it is void."""
    last_id: int = 0
    """The highest id of a command or request that was heard of its player."""
    session: "Session | None" = None
    calls: Calls = field(default_factory=Calls)
    """Its player's rpc calls, answered or open."""
    joined: bool = False
    """Whether its player has ever connected: the game has been told of them."""
    connected: bool = False
    """Whether its player is connected, as far as the game has been told."""
    recorded_id: int = 0
    """The highest id of a command or call that is in the journal."""

    def is_new(self, item_id: int) -> bool:
        """A command or request of this id has come: False where it has come before, and is a duplicate."""
        if item_id <= self.last_id:
            return False
        self.last_id = item_id
        return True

    def record_id(self, item_id: int) -> None:
        """A command or call of this id is in the journal."""
        self.recorded_id = max(self.recorded_id, item_id)
        self.last_id = max(self.last_id, item_id)

    def record(self) -> PlayerRecord:
        """What the other players see of this seat."""
        return PlayerRecord(self.player, self.player_id, self.name, self.connected)


class Seats:
    """The seats of one room, by player number. Numbers of freed seats are given again, the lowest first.

    A number rests until the game has heard of the leave (`rested`): what its last player saw and owned is no newcomer's.
    """

    def __init__(self, count: int, make_token: Callable[[], str] = random_token) -> None:
        """`make_token` gives 256 random bits in text."""
        self.count = count
        self._make_token = make_token
        self._seats: dict[int, Seat] = {}
        """In the order in which they were reserved."""
        self._resting: set[int] = set()

    def __len__(self) -> int:
        return len(self._seats)

    def __iter__(self) -> Iterator[Seat]:
        return iter([self._seats[player] for player in sorted(self._seats)])

    def reserve(self, player_id: str, name: str, token_hash: bytes, now: float, address: str = "") -> Seat:
        """Reserve the lowest free seat. Raises RoomFull, NameTaken or BadName.

        In a full room a reservation that nobody has claimed makes room, when its address holds several.
        """
        name = checked_name(name)
        if any(seat.name.casefold() == name.casefold() for seat in self._seats.values()):
            raise NameTaken(f"the name {name!r} is taken in this room")
        if len(self._seats) >= self.count:
            self._make_room(address)
        player = next(
            number for number in count() if number not in self._seats and number not in self._resting
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

    def _make_room(self, address: str) -> None:
        unclaimed = [seat for seat in self._seats.values() if not seat.joined]
        seat = who_makes_room(unclaimed, address)
        if seat is None:
            raise RoomFull(f"all {self.count} seats are taken")
        self.free(seat)

    def by_token(self, token: str) -> Seat | None:
        """The seat that the token opens. Compares with every seat, in constant time each."""
        digest = token_digest(token)
        found = None
        for seat in self._seats.values():
            if compare_digest(seat.token_hash, digest) | compare_digest(seat.previous_hash, digest):
                found = seat
        return found

    def rotate(self, seat: Seat, token: str) -> str:
        """`token` has opened the seat: it stays valid until the next one, which is returned, is acknowledged."""
        following = self._make_token()
        seat.previous_hash, seat.token_hash = token_digest(token), token_digest(following)
        return following

    def acknowledge(self, seat: Seat) -> None:
        """The client has its token: the one before is void from now on."""
        seat.previous_hash = b""

    def get(self, player: int) -> Seat | None:
        """The seat of a player number, if it is taken."""
        return self._seats.get(player)

    def free(self, seat: Seat) -> None:
        """Free a seat; its token opens nothing from now on."""
        del self._seats[seat.player]
        if seat.joined:
            self._resting.add(seat.player)

    def rested(self) -> None:
        """The game has heard of all who left: their numbers may be given again."""
        self._resting.clear()

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
    return name
