"""Viewers of running rooms. Each watched room has a screening of its journal (net/watching), later by the delay; the room
itself knows nothing of it.

What viewers cost must not be at the players' expense: pieces of work are short, and done while no room is about to tick.
"""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from msgspec.structs import replace

from app.config import Config
from app.games.mistakes import told
from app.rooms.entry import Entry
from app.rooms.live_reel import LiveReel
from app.rooms.loop import deliver
from app.rooms.rooms import RoomDirectory, room_settings
from net.errors import RemoteProtocolError
from net.players.sessions import token_digest
from net.protocol import CloseReason
from net.replay.rerun import RERUN_ERRORS
from net.rooms.room import Room
from net.settings import RoomSettings
from net.watching.rerun_show import RerunShow
from net.watching.screening import Screening

PIECE = 2
"""Ticks that are run in one go where a screening is behind: 5 ms of a village with 50 players."""
MARGIN = 4.0
"""Nothing is begun so short before a room's tick is due (ms)."""
IDLE = 500.0
"""How long to sleep where nothing is watched (ms)."""
LINGERS = 10_000.0
"""A screening without viewers ends after this (ms): somebody may come back."""
SLOWEST = 5_000.0
"""A viewer whose socket takes nothing for this long is closed (ms): a third of a player's patience."""
MOST_WAITING = 200
PLACE_GONE = "This place to watch from is gone; ask for another one."

log = structlog.get_logger("watching")


class NotWatchable(Exception):
    """The room cannot be watched now. The sentence says why."""


class Unbounded(NotWatchable):
    """As many rooms are watched as may be."""


@dataclass(slots=True, eq=False)
class Watched:
    """A room that is watched."""

    entry: Entry
    reel: LiveReel
    screening: Screening
    due: float


class Watching:
    """The screenings of the server, by room. `clock` gives monotonic ms."""

    def __init__(
        self, config: Config, rooms: RoomDirectory, clock: Callable[[], float], epoch: float
    ) -> None:
        """`epoch` is the wall clock (unix ms) at time 0."""
        self._settings = config.watching
        self._bounds = viewer_settings(config)
        self._rooms = rooms
        self._clock = clock
        self._epoch = epoch
        self._watched: dict[str, Watched] = {}
        self._wake = asyncio.Event()

    def __len__(self) -> int:
        return len(self._watched)

    @property
    def delay(self) -> float:
        """How much later viewers see what happens (seconds)."""
        return self._settings.delay

    def find(self, room_id: str) -> Screening | None:
        """The screening of a room, for the gateway. A room that goes on without one (the server was restarted, or nobody had
        watched for a while) is no reason to give up: a viewer whose place is gone asks for another. Raises
        RemoteProtocolError.
        """
        watched = self._watched.get(room_id)
        if watched is None and self._rooms.find(room_id) is not None:
            raise RemoteProtocolError(CloseReason.BAD_TOKEN, PLACE_GONE)
        return watched.screening if watched is not None else None

    def admit(self, entry: Entry, address: str) -> tuple[str, str]:
        """A viewer's id and ticket. Raises NotWatchable, TooEarly, RoomFull."""
        room_id = entry.room.room_id
        watched = self._watched.get(room_id)
        if watched is None:
            watched = self._watched[room_id] = self._begin(entry)
            self._wake.set()
        viewer_id, ticket = secrets.token_hex(16), secrets.token_urlsafe(32)
        watched.screening.viewers.admit(viewer_id, token_digest(ticket), self._clock(), address)
        return viewer_id, ticket

    async def run(self) -> None:
        """Drive the screenings until cancelled."""
        while True:
            for watched in list(self._watched.values()):
                if watched.due <= self._clock():
                    await self._wait_for_rooms()
                    self.step(watched)
            await self._rest()

    def step(self, watched: Watched) -> None:
        """One step of one screening, with all that follows from it."""
        now = self._clock()
        screening = watched.screening
        watched.reel.note(now)
        try:
            deliver(screening.step(now))
        except (*RERUN_ERRORS, OSError) as error:
            log.warning("room cannot be watched on", room=screening.room_id, **told(error))
            self._end(watched, CloseReason.INTERNAL_ERROR)
            return
        except Exception:
            log.exception("screening stopped by an error of the server", room=screening.room_id)
            self._end(watched, CloseReason.INTERNAL_ERROR)
            return
        interval = 1000.0 / screening.tick_rate
        watched.due = now if screening.is_travelling else max(watched.due + interval, now - interval)
        if screening.show.is_over or now - screening.watched_at > LINGERS:
            self._end(watched, CloseReason.ROOM_ENDED)

    def end_all(self, reason: CloseReason) -> None:
        """The server stops."""
        for watched in list(self._watched.values()):
            self._end(watched, reason)

    def _begin(self, entry: Entry) -> Watched:
        if len(self._watched) >= self._settings.rooms:
            raise Unbounded(f"{self._settings.rooms} rooms are watched, which is all that may be at a time")
        room = entry.room
        if entry.journal is None or not entry.is_watchable or not isinstance(room, Room):
            raise NotWatchable("this room cannot be watched")
        now = self._clock()
        try:
            reel = LiveReel(room, entry.journal, self.delay * 1000.0, now)
            try:
                show = RerunShow(reel, entry.room.hosted, public=True)
            except BaseException:
                reel.close()
                raise
        except OSError as error:
            raise NotWatchable(f"the room's journal cannot be read: {error.strerror}") from error
        screening = Screening(
            show, settings=self._bounds, now=now, viewers=self._settings.viewers, delay=self.delay * 1000.0,
            epoch=self._epoch, piece=PIECE,
        )  # fmt: skip
        screening.seek(reel.last)
        log.info("room watched", room=entry.room.room_id, from_tick=reel.first, to_tick=reel.last)
        return Watched(entry, reel, screening, now)

    def _end(self, watched: Watched, reason: CloseReason) -> None:
        del self._watched[watched.screening.room_id]
        deliver(watched.screening.end(reason))
        watched.reel.close()

    async def _wait_for_rooms(self) -> None:
        """Until no room's tick is due, or about to be."""
        await asyncio.sleep(0)
        for _ in range(10):
            upcoming = (
                min((entry.schedule.due for entry in self._rooms), default=float("inf")) - self._clock()
            )
            if upcoming > MARGIN:
                return
            await asyncio.sleep(max(upcoming, 1.0) / 1000.0)

    async def _rest(self) -> None:
        """Until the next step is due, or another room is watched."""
        upcoming = min((watched.due for watched in self._watched.values()), default=self._clock() + IDLE)
        delay = max(upcoming - self._clock(), 0.0) / 1000.0
        self._wake.clear()
        try:
            async with asyncio.timeout(delay):
                await self._wake.wait()
        except TimeoutError:
            return


def viewer_settings(config: Config) -> RoomSettings:
    """The bounds of viewers: those of players, with less patience."""
    players = room_settings(config)
    return replace(
        players,
        slow_client=min(players.slow_client, SLOWEST),
        max_waiting_items=min(players.max_waiting_items, MOST_WAITING),
        max_connections=config.watching.viewers,
    )
