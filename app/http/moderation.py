"""What the admin does by HTTP to rooms that are being played in: announcements, kick, ban, mute, unmute, and lifting bans."""

from dataclasses import dataclass

import structlog
from starlette.requests import Request
from starlette.responses import Response

from app.http.addresses import client_address
from app.http.api import Announced, Announcement, BanList, PlayerList, PlayerListing
from app.http.body import read_body
from app.http.lobby import Lobby, answer
from app.http.problems import Problem
from app.rooms.entry import Entry
from net.errors import StoreUnavailable
from net.players.session import Seat
from net.rooms.base_room import BaseRoom
from net.rooms.moderation import Sentence

log = structlog.get_logger("moderation")

MAX_DIGITS = 10
"""A number in an address has fewer."""


@dataclass(frozen=True, slots=True)
class Moderation:
    """The handlers. Order of checks: who, what, which room, which player."""

    lobby: Lobby

    async def announce_everywhere(self, request: Request) -> Response:
        self.lobby.admin_only(request)
        announcement = await self._announcement(request)
        rooms = [entry.room for entry in self.lobby.rooms if not entry.room.stalled]
        return _announced(request, rooms, announcement)

    async def announce_in_room(self, request: Request) -> Response:
        self.lobby.admin_only(request)
        announcement = await self._announcement(request)
        return _announced(request, [self._changing(request).room], announcement)

    async def list_players(self, request: Request) -> Response:
        self.lobby.admin_only(request)
        return answer(PlayerList([_listing(seat) for seat in self._room(request).seats]))

    async def moderate(self, act: str, request: Request) -> Response:
        """`act` is one of net/rooms/moderation.py's, or revoke."""
        self.lobby.admin_only(request)
        sentence = await read_body(request, Sentence, self.lobby.config.limits)
        entry = self._changing(request)
        room = entry.room
        seat = _seat(room, request.path_params["number"])
        if act == "revoke":
            room.revoke(seat, sentence.reason)
        else:
            room.moderate(seat, act, sentence.reason, self.lobby.clock(), sentence.seconds * 1_000.0)
        self.lobby.rooms.keeper.flush(entry)
        log.info(
            "player moderated", act=act, room=room.room_id, player=seat.player_id, name=seat.name,
            reason=sentence.reason, by=client_address(request),
        )  # fmt: skip
        return Response(status_code=204)

    async def list_bans(self, request: Request) -> Response:
        self.lobby.admin_only(request)
        return answer(BanList(list(self._room(request).bans)))

    async def unban(self, request: Request) -> Response:
        self.lobby.admin_only(request)
        entry, number = self._changing(request), request.path_params["number"]
        room = entry.room
        if not (number.isdecimal() and len(number) < MAX_DIGITS and room.bans.lift(int(number))):
            raise Problem(404, f"There is no ban {number[:16]!r} in the room {room.room_id!r}.")
        self.lobby.rooms.keeper.flush(entry)
        log.info("ban lifted", room=room.room_id, ban=int(number), by=client_address(request))
        return Response(status_code=204)

    async def _announcement(self, request: Request) -> Announcement:
        return await read_body(request, Announcement, self.lobby.config.limits)

    def _changing(self, request: Request) -> Entry:
        """The room that is to be changed: the answer says that it is kept. Raises StoreUnavailable where that cannot be."""
        entry = self.lobby.entry(request.path_params["room_id"])
        if entry.room.stalled:
            raise StoreUnavailable(entry.room.stalled)
        return entry

    def _room(self, request: Request) -> BaseRoom:
        return self.lobby.entry(request.path_params["room_id"]).room


def _announced(request: Request, rooms: list[BaseRoom], announcement: Announcement) -> Response:
    """Tells these rooms, and answers how many hear it."""
    for room in rooms:
        room.announce(announcement.text)
    connected = sum(seat.session is not None for room in rooms for seat in room.seats)
    told = Announced(len(rooms), connected)
    heard = {"rooms": told.rooms, "players": told.players}
    log.info("announced", at=request.url.path, text=announcement.text, **heard, by=client_address(request))
    return answer(told)


def _listing(seat: Seat) -> PlayerListing:
    return PlayerListing(
        seat.player, seat.player_id, seat.name, seat.session is not None, seat.address, seat.account
    )


def _seat(room: BaseRoom, number: str) -> Seat:
    """The seat of a player number in an address. Raises Problem 404."""
    seat = room.seats.get(int(number)) if number.isdecimal() and len(number) < 6 else None
    if seat is None:
        raise Problem(404, f"There is no player {number[:16]!r} in the room {room.room_id!r}.")
    return seat
