"""The one loop that drives every room by the monotonic clock, each at its own rate.

A tick that takes too long, or a wait that does, is an overrun: it is counted, and logged with the slowest system.
app/rooms/schedule.py says what is made up and what is skipped.
"""

import asyncio
from collections.abc import Callable

import structlog

from app.collector import Collector
from app.games.mistakes import cause_of, told
from app.rooms.agenda import Agenda
from app.rooms.entry import Entry
from app.rooms.rooms import RoomDirectory, schedule_of
from app.rooms.schedule import Overrun
from net.bundle import whole
from net.errors import StoreUnavailable
from net.protocol import CloseReason
from net.rooms.room import Room
from net.rooms.step import RoomStep
from net.websocket.frames import frame_message

RESOLUTION = 1.0
"""A tick that is due within this (ms) runs now: the timers of the event loop are no finer."""
IDLE = 1_000.0
"""How long the loop sleeps when there is no room (ms)."""
BREATH = 1.0
"""After so many ms of ticks the sockets have a turn: each turn costs as much as half a tick of a small room."""
RETRY = 500.0
"""A step that could not be kept is tried again after this (ms)."""
STALLED = "The server cannot write its journal now; the game goes on when it can."
WARN_EVERY = 5_000.0
"""Overruns of one room are logged at most this often (ms), with how many there were."""


class Loop:
    """Steps rooms when they are due and hands out what they return. `run` is the only coroutine of the game side."""

    def __init__(self, rooms: RoomDirectory, clock: Callable[[], float], collector: Collector) -> None:
        self.rooms = rooms
        self._clock = clock
        self._collector = collector
        self._waiter: asyncio.Future[None] | None = None
        self._agenda = Agenda()
        rooms.on_due = self.is_due
        for entry in rooms:
            self._agenda.put(entry)
        self._log = structlog.get_logger("loop")
        self.overruns = 0
        self.failures = 0
        self.running = False

    async def run(self) -> None:
        """Drive the rooms until cancelled. Between rooms the sockets have their turns; inside a tick nothing else has."""
        self.running = True
        for entry in self.rooms:
            entry.schedule = schedule_of(entry.room, self._clock())  # those that were resumed
            self._agenda.put(entry)
        try:
            while True:
                begin = self._clock()
                for entry in self.due():
                    if not entry.room.ended:
                        self.tick(entry)
                    if self._clock() - begin > BREATH:
                        await asyncio.sleep(0)
                        begin = self._clock()
                upcoming = self._agenda.next()
                upcoming = self._clock() + IDLE if upcoming is None else upcoming
                self._collector.idle(upcoming)
                await self._wait(upcoming)
        finally:
            self.running = False

    def due(self) -> list[Entry]:
        """The rooms whose tick is due now, the most urgent first."""
        return self._agenda.take(self._clock() + RESOLUTION)

    def is_due(self, entry: Entry) -> None:
        """A room is new, or due earlier than it was."""
        self._agenda.put(entry)
        self.wake()

    def wake(self) -> None:
        """There is something new to look at before the next tick is due."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def _wait(self, until: float) -> None:
        """Sleep until then, or until woken."""
        delay = (until - self._clock()) / 1000.0
        if delay <= 0:
            await asyncio.sleep(0)
            return
        loop = asyncio.get_running_loop()
        self._waiter = loop.create_future()
        timer = loop.call_later(delay, self.wake)
        try:
            await self._waiter
        finally:
            timer.cancel()

    def tick(self, entry: Entry) -> None:
        """One tick of one room, with all that follows from it. No await inside: esper's worlds are module globals."""
        begin = self._clock()
        try:
            if entry.held is not None:
                self._try_again(entry, entry.held, begin)
                return
            step = entry.room.step(begin)
            if not self._give(entry, step):
                return
        except Exception:  # noqa: BLE001 - whatever a room raises costs that room only; it is logged whole
            self._stop_broken(entry)
            return
        finally:
            end = self._clock()
            overrun = entry.schedule.ran(begin, end)
            if not entry.room.ended:
                self._agenda.put(entry)
        if overrun:
            self._overran(entry, overrun, end - begin, step)
        try:
            self._conclude(entry, step, end)
        except Exception:  # noqa: BLE001 - likewise
            self._stop_broken(entry)

    def _conclude(self, entry: Entry, step: RoomStep, now: float) -> None:
        """A room whose game failed is put away, and one that has been empty for long enough."""
        if step.failure is not None:
            self._report(entry, step, step.failure)
            return
        if step.mistakes and now - entry.mistaken_at >= WARN_EVERY:
            entry.mistaken_at = now
            self._log.warning("the game made a mistake", room=entry.room.room_id, why=step.mistakes[0])
        if self.rooms.is_abandoned(entry, now):
            self._log.info("room ended", room=entry.room.room_id, why="empty")
            deliver(self.rooms.end(entry, CloseReason.ROOM_ENDED))

    def _give(self, entry: Entry, step: RoomStep) -> bool:
        """Keep a step, then tell it to whom it concerns. False where it cannot be kept: the room stands still until it is."""
        if not entry.room.ended:
            try:
                self.rooms.keeper.keep(entry, step)
            except StoreUnavailable as error:
                self._stall(entry, step, str(error))
                return False
        deliver(step)
        for event in step.server_wide:
            self._spread(entry, event)
        return True

    def _stall(self, entry: Entry, step: RoomStep, why: str) -> None:
        if entry.held is None:
            self._log.error("room paused: it cannot be kept", room=entry.room.room_id, why=why)
        entry.held, entry.retry_at = step, self._clock() + RETRY
        deliver(RoomStep(outgoing=entry.room.stall(STALLED, self._clock())))

    def _try_again(self, entry: Entry, step: RoomStep, now: float) -> None:
        """A step that could not be kept, once it is time."""
        if now >= entry.retry_at and self._give(entry, step):
            entry.held = None
            entry.room.unstall(now)
            self._log.info(
                "room goes on: it is kept again", room=entry.room.room_id, events_untold=entry.untold
            )
            entry.untold = 0

    def _overran(self, entry: Entry, overrun: Overrun, took: float, step: RoomStep) -> None:
        entry.overruns += 1
        self.overruns += 1
        now = self._clock()
        if now - entry.warned_at < WARN_EVERY:
            return
        entry.warned_at = now
        name, nanoseconds = step.slowest or ("unknown", 0)
        self._log.warning(
            "tick overran",
            room=entry.room.room_id,
            tick=entry.room.tick,
            took_ms=round(took, 1),
            late_ms=round(overrun.late, 1),
            period_ms=round(entry.schedule.period, 1),
            ticks_skipped=overrun.skipped,
            slowest=name,
            slowest_ms=round(nanoseconds / 1e6, 1),
            overruns=entry.overruns,
        )

    def _spread(self, source: Entry, event: object) -> None:
        """A server-wide event: for the other rooms of the same game."""
        for entry in self.rooms:
            room = entry.room
            if entry is source or room.hosted is not source.room.hosted or not isinstance(room, Room):
                continue
            if not room.deliver(event):
                self._not_told(entry)

    def _not_told(self, entry: Entry) -> None:
        """An event from another room was one too many: of a room that stands still the log says so when it goes on."""
        entry.untold += 1
        now = self._clock()
        if entry.held is None and now - entry.untold_at >= WARN_EVERY:
            self._log.warning("events not told", room=entry.room.room_id, since_the_last_time=entry.untold)
            entry.untold, entry.untold_at = 0, now

    def _report(self, entry: Entry, step: RoomStep, failure: BaseException) -> None:
        """A game's mistake: its clients have been told, its room is gone, everybody else plays on."""
        self.failures += 1
        self.rooms.forget(entry, step)
        room = entry.room
        fields = {"room": room.room_id, "game": room.hosted.schema.name, "tick": room.tick}
        self._log.error("room failed", **fields, **told(failure))
        self._log.debug("room failed, in full", **fields, exc_info=cause_of(failure))

    def _stop_broken(self, entry: Entry) -> None:
        """A mistake of ours inside a room: the same, and the log has the traceback."""
        self.failures += 1
        self._log.exception("room stopped by an error of the server", room=entry.room.room_id)
        try:
            deliver(self.rooms.end(entry, CloseReason.INTERNAL_ERROR))
        except Exception:  # noqa: BLE001 - logged whole
            self._log.exception("room not put away by an error of the server", room=entry.room.room_id)

    def stop_all(self, away: float) -> int:
        """Stop every room, as when the server does; it is back in about `away` ms. Returns how many clients were told."""
        told = 0
        for entry in self.rooms:
            try:
                told += self._stop(entry, away)
            except Exception:  # noqa: BLE001 - likewise
                self._log.exception("room not stopped by an error of the server", room=entry.room.room_id)
        return told

    def _stop(self, entry: Entry, away: float) -> int:
        if entry.held is not None:  # once more, so that nothing that was heard is lost
            self._try_again(entry, entry.held, entry.retry_at)
        step = self.rooms.stop(entry, away)
        deliver(step)
        return len(step.closing)


def deliver(step: RoomStep) -> None:
    """Write what a step of a room wants written, then close what it wants closed.

    What several in a row get, as in a lock-step room, is one object, and is framed once for the others.
    """
    last, frame = None, b""
    for session, pieces in step.outgoing:
        if session.sink is None:
            continue
        if pieces is not last:
            last, frame = pieces, b""
            session.sink.send_pieces(pieces)
            continue
        frame = frame or frame_message(whole(pieces), session.text)
        session.sink.send_frame(frame)
    for session, reason, sentence in step.closing:
        if session.sink is not None:
            session.sink.close(reason, sentence)
