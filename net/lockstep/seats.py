"""The seats of a lock-step room: once a match runs they are locked, and whoever comes watches."""

from collections.abc import Iterable
from itertools import count

from net.lockstep.play import VIEWERS
from net.players.seats import RoomFull, Seats
from net.players.session import Seat


class LockstepSeats(Seats):
    """Players have the numbers below VIEWERS, viewers those from there on."""

    def __init__(self, players: int, viewers: int) -> None:
        super().__init__(players)
        self.locked = False
        self.viewers = viewers

    @property
    def players(self) -> list[Seat]:
        """The seats of those who play."""
        return [seat for seat in self if seat.player < VIEWERS]

    def _numbers(self, address: str) -> Iterable[int]:
        """The numbers that may be given now. Raises RoomFull."""
        players = len(self.players)
        if self.locked:
            if not self.viewers:
                raise RoomFull("the match has begun, and nobody may watch it")
            if len(self) - players >= self.viewers:
                raise RoomFull(f"all {self.viewers} places to watch from are taken")
            return count(VIEWERS)
        if players >= self.count:
            self._make_room(address)
        return range(VIEWERS)
