"""How a player comes into a room: with what the store keeps of the player, into one room at a time and one seat of it."""

import asyncio
from collections.abc import Callable

from app.accounts.guests import player_id
from app.http.problems import Problem
from app.rooms.rooms import RoomDirectory
from app.store.saves import Holder, SaveHeld
from net.errors import StoreUnavailable
from net.players.seats import RoomRefusal
from net.players.session import Seat
from net.rooms.base_room import BaseRoom

PATIENCE = 1.0
"""How long a join waits for another room to put a player's saved data away (s): that takes a tick of it."""
GLANCE = 0.02
"""How often it looks (s)."""
SOON = {"Retry-After": "1"}


class Door:
    """Seats players. `clock` gives monotonic ms. Everything may raise StoreUnavailable."""

    def __init__(self, rooms: RoomDirectory, clock: Callable[[], float], patience: float = PATIENCE) -> None:
        self._rooms = rooms
        self._saving = rooms.saving
        self._clock = clock
        self._patience = patience

    async def clear(self, who: str, room_id: str) -> None:
        """Make sure that no other room has the saved data that somebody would bring. Raises Problem.

        A seat elsewhere to which nobody is connected is given up: its player has come here. One that is played is not.
        """
        room = self._rooms.find(room_id)
        holder = self._saving.holder(room, who) if room is not None else None
        if room is None or holder is None or self._vacate(room, holder):
            return
        until = asyncio.get_running_loop().time() + self._patience
        while self._saving.holder(room, who) is not None:
            if asyncio.get_running_loop().time() >= until:
                raise Problem(409, "Your saved data is being put away. Try again in a moment.", SOON)
            await asyncio.sleep(GLANCE)

    def seat(
        self, room: BaseRoom, who: str, name: str, token_hash: bytes, address: str = "", account: str = ""
    ) -> Seat:
        """A seat that the token opens: the one that somebody has here already, or another. Raises RoomRefusal, Problem."""
        holder = self._saving.holder(room, who)
        seat = seat_of(room, holder) if holder is not None else seat_of_account(room, account)
        if seat is not None:
            room.attendance.tokens.reissue(seat, token_hash, self._clock())
            seat.since = self._clock()
            return seat
        return self._new_seat(room, who, name, token_hash, address, account)

    def _new_seat(
        self, room: BaseRoom, who: str, name: str, token_hash: bytes, address: str, account: str
    ) -> Seat:
        known_as = player_id()
        try:
            saved = self._saving.take(room, who, known_as)
        except SaveHeld as held:
            raise self._in_use(held.holder) from held
        try:
            seat = room.reserve(known_as, name, token_hash, self._clock(), address, account, saved)
        except (RoomRefusal, StoreUnavailable):
            self._saving.give_back(room, known_as)
            raise
        try:
            self._saving.seated(room, seat)
        except StoreUnavailable:
            room.leave(seat)  # whoever has a seat is saved by its number
            raise
        return seat

    def _vacate(self, room: BaseRoom, holder: Holder) -> bool:
        """Whether nothing has to be waited for. Raises Problem when somebody plays with the saved data elsewhere."""
        other = self._rooms.find(holder.room_id)
        if other is None:
            raise self._in_use(holder)
        seat = seat_of(other, holder)
        if other is room and seat is not None:
            return True
        if seat is None:
            return False  # it was freed, and its last tick is still to come
        if seat.session is not None:
            raise self._in_use(holder)
        other.leave(seat)
        if not seat.joined:
            self._saving.give_back(other, seat.player_id)
        return not seat.joined

    def _in_use(self, holder: Holder) -> Problem:
        name = next((f" {entry.name!r}" for entry in self._rooms if entry.room.room_id == holder.room_id), "")
        return Problem(
            409, f"Your saved data is in use in the room{name} ({holder.room_id}). Leave it first."
        )


def seat_of_account(room: BaseRoom, account: str) -> Seat | None:
    """The seat that an account has in a room: never a second one."""
    return next((seat for seat in room.seats if account and seat.account == account), None)


def seat_of(room: BaseRoom, holder: Holder) -> Seat | None:
    """The seat of a holder, if it is in this room and still has one."""
    if holder.room_id != room.room_id:
        return None
    return next((seat for seat in room.seats if seat.player_id == holder.player_id), None)
