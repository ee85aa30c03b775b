"""Players' saved data between the store and the rooms: taken out at the door, put back by ticks.

The lobby asks before it seats anybody, the loop hands over every step of a room after its journal is written. Rooms know
players by number and the store knows whose data it is; nobody else does.
"""

from dataclasses import dataclass, field

import structlog

from app.http.problems import Problem
from app.store.saves import Holder, StoredSaves
from ecs.errors import SaveUnreadable
from net.errors import StoreUnavailable
from net.players.session import Seat
from net.rooms.base_room import BaseRoom
from net.rooms.step import RoomStep
from systems.saves import Save

log = structlog.get_logger("saves")


@dataclass(slots=True)
class Unwritten:
    """What a room has handed over and the store does not have yet; the latest of each player, with its tick."""

    saves: dict[int, tuple[int, Save]] = field(default_factory=dict)
    vacated: list[str] = field(default_factory=list)
    """Players, by id, who never entered the game."""


class Saving:
    """What the lobby and the loop do with saved data. Everything may raise StoreUnavailable; it can be tried again then."""

    def __init__(self, saves: StoredSaves) -> None:
        self._saves = saves
        self._unwritten: dict[str, Unwritten] = {}
        self._over: list[str] = []
        """Rooms that are over and still have something to give back."""

    # At the door -----------------------------------------------------------------------------------------------------

    def holder(self, room: BaseRoom, identity: str) -> Holder | None:
        """Where somebody's saved data of a room's game is now; None where nobody has it, or there is nothing to have."""
        self._settle()
        game = room.hosted.game
        return self._saves.holder(game.name, identity) if identity and game.save is not None else None

    def take(self, room: BaseRoom, identity: str, player_id: str) -> bytes:
        """What a player comes with; empty for a new one, and where nothing is kept of the player. Raises Problem, SaveHeld."""
        declared = room.hosted.game.save
        if not identity or declared is None:
            return b""
        by = Holder(room.room_id, player_id)
        data = self._saves.hold(room.hosted.game.name, identity, by, room.tick)
        try:
            declared.read(data)
        except SaveUnreadable as refusal:
            self.give_back(room, player_id)
            raise Problem(409, f"{refusal.reason[:1].upper()}{refusal.reason[1:]}.") from refusal
        except Exception as error:
            self.give_back(room, player_id)
            log.exception("saved data not migrated", game=room.hosted.game.name)
            raise Problem(500, "The game made a mistake when it read your saved data.") from error
        return data

    def seated(self, room: BaseRoom, seat: Seat) -> None:
        """The player has a seat: its number is known to ticks."""
        if room.hosted.game.save is not None:
            self._saves.seated(Holder(room.room_id, seat.player_id), seat.player)

    def give_back(self, room: BaseRoom, player_id: str) -> None:
        """The player got no seat, or never entered the game: what was taken is free again, after the next step at the latest."""
        if room.hosted.game.save is None:
            return
        try:
            self._saves.release(Holder(room.room_id, player_id))
        except StoreUnavailable:
            self._unwritten.setdefault(room.room_id, Unwritten()).vacated.append(player_id)
            raise

    # After a step ----------------------------------------------------------------------------------------------------

    def after(self, room: BaseRoom, step: RoomStep) -> None:
        """Write what a step of a room has: after its journal, before its bundles."""
        if room.hosted.game.save is None:
            return
        self._settle()
        unwritten = self._unwritten.setdefault(room.room_id, Unwritten())
        unwritten.vacated += [each for each in step.vacated if each not in unwritten.vacated]
        unwritten.saves.update({save.player: (room.tick, save) for save in step.saves})
        if unwritten.saves:
            self._write(room.room_id, unwritten)
        while unwritten.vacated:
            self._saves.release(Holder(room.room_id, unwritten.vacated[0]))
            del unwritten.vacated[0]

    def over(self, room: BaseRoom, step: RoomStep) -> None:
        """Write what the last step of a room has, and give everything back; later, where the store cannot be written now."""
        if room.hosted.game.save is None:
            return
        unwritten = self._unwritten.setdefault(room.room_id, Unwritten())
        unwritten.saves.update({save.player: (room.tick, save) for save in step.saves})
        self._over.append(room.room_id)
        try:
            self._settle()
        except StoreUnavailable as refusal:
            log.error("saved data waits to be written", room=room.room_id, why=str(refusal))  # noqa: TRY400 - no mistake of ours

    # After a restart -------------------------------------------------------------------------------------------------

    def again(self, room: BaseRoom) -> "Again":
        """A room whose journal is being run again."""
        return Again(self._saves, room)

    def _settle(self) -> None:
        """Give back what rooms had that are over."""
        while self._over:
            room_id = self._over[0]
            self._write(room_id, self._unwritten[room_id])
            self._saves.release_room(room_id)
            del self._over[0], self._unwritten[room_id]

    def _write(self, room_id: str, unwritten: Unwritten) -> None:
        cuts: dict[int, list[Save]] = {}
        for tick, save in unwritten.saves.values():
            cuts.setdefault(tick, []).append(save)
        self._saves.write_all(room_id, cuts)
        unwritten.saves.clear()


class Again:
    """Brings the store and a room that was resumed from its journal to one state.

    again = saving.again(room)
    for frame in frames: again.ran(room.rerun(frame))
    again.whole()
    room.resume(now, writer)
    again.settle()
    """

    def __init__(self, saves: StoredSaves, room: BaseRoom) -> None:
        self._saves = saves
        self._room = room
        self._cuts: dict[int, list[Save]] = {}
        self._present: dict[str, Save] = {}

    def ran(self, saves: list[Save]) -> None:
        """A frame has run: what it wrote is written again, as the server may have been killed before."""
        if saves:
            self._cuts[self._room.tick] = saves

    def whole(self) -> None:
        """All frames have run: who is in the world now, before those leave who cannot come back. Raises SystemFailed."""
        seats = self._room.seats
        ids = {seat.player: seat.player_id for seat in seats if seat.joined} | seats.resting
        self._present = {ids[save.player]: save for save in self._room.saves() if save.player in ids}

    def settle(self) -> None:
        """The room goes on: make the store agree. Raises StoreUnavailable; it can be tried again."""
        room = self._room
        if room.hosted.game.save is None:
            return
        self._saves.write_all(room.room_id, self._cuts)
        seats = {seat.player_id: seat.player for seat in room.seats}
        kept = self._saves.resume(room.room_id, room.tick, self._present, seats)
        for seat in room.seats:
            if not seat.joined:
                seat.saved = kept.get(seat.player_id, b"")
