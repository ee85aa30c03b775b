"""Who may watch a room: `POST /rooms/{room_id}/watch`."""

from dataclasses import dataclass
from math import ceil

import structlog
from starlette.requests import Request
from starlette.responses import Response

from app.http.addresses import client_address
from app.http.api import ViewerTicket
from app.http.budgets import network
from app.http.lobby import Lobby, answer
from app.http.problems import Problem
from app.rooms.live_reel import TooEarly
from app.rooms.watching import NotWatchable, Watching
from net.players.seats import RoomRefusal
from net.replay.rerun import RERUN_ERRORS

SOON = {"Retry-After": "10"}
log = structlog.get_logger("watching")


@dataclass(frozen=True, slots=True)
class WatchDesk:
    """Gives viewers their tickets."""

    lobby: Lobby
    watching: Watching

    async def watch_room(self, request: Request) -> Response:
        """Order of checks: which page, how often, who, which room, whether there is a place."""
        lobby = self.lobby
        lobby.check_origin(request)
        address = client_address(request)
        lobby.joins.spend(address, lobby.clock())
        self._check_who(request)
        entry = lobby.entry(request.path_params["room_id"])
        room_id = entry.room.room_id
        try:
            viewer_id, ticket = self.watching.admit(entry, network(address))
        except TooEarly as early:
            retry = {"Retry-After": str(ceil(early.seconds))}
            raise Problem(503, f"{str(early).capitalize()}.", retry) from early
        except NotWatchable as refusal:
            raise Problem(503, f"{str(refusal).capitalize()}.", SOON) from refusal
        except RoomRefusal as refusal:
            raise Problem(refusal.status, f"{refusal.reason}.") from refusal
        except RERUN_ERRORS as error:
            log.warning("room cannot be watched", room=room_id, why=str(error))
            raise Problem(503, "This room cannot be watched.", SOON) from error
        socket_url = f"{lobby.addresses.socket_base(request)}/rooms/{room_id}/watch"
        return answer(ViewerTicket(room_id, viewer_id, ticket, socket_url, self.watching.delay))

    def _check_who(self, request: Request) -> None:
        """Raises Problem 401 or 403."""
        lobby = self.lobby
        if lobby.anyone_watches:
            lobby.account(request)
        elif lobby.config.watching.who == "admin":
            lobby.check_admin(request)
        else:
            raise Problem(403, "Rooms of this server may not be watched.")
