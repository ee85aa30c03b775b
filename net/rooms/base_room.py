"""What a room of any model is: it is stepped, ends, is kept in a journal and comes back from it. No clock and no socket.

    step: housekeeping -> prepare -> run -> write: a bundle for each session

`step` returns data: the gateway and the loop write it. A model says what a tick is: net/rooms/room.py, net/lockstep/room.py.
How players come, go and talk is in net/rooms/meeting.py.
"""

from abc import abstractmethod

from ecs.errors import SnapshotError
from net.errors import SceneError
from net.journal.entries import Canonicalised, Ended
from net.journal.reader import Frame
from net.journal.writer import JournalWriter
from net.players.session import Seat, Session
from net.protocol import Away, CloseReason, Request, RoomState
from net.rooms.header import header_of
from net.rooms.meeting import MeetingRoom
from net.rooms.news import News
from net.rooms.outbox import Outgoing
from net.rooms.requests import RESOURCES, Asker, Resources, answer
from net.rooms.standstill import STATE as STANDSTILL
from net.rooms.standstill import standstill
from net.rooms.step import RoomStep
from systems.engine import SystemFailed
from systems.saves import Save

MIDWAY = (CloseReason.ROOM_FAILED, CloseReason.INTERNAL_ERROR)
"""A room that ends so has stopped in the middle of a tick: what its players have then is not saved."""
HOUSEKEEPING = 500.0
"""How often a room looks for silent connections and seats to free (ms)."""


class BaseRoom(MeetingRoom):
    """A room. Times are ms of the server's monotonic clock."""

    _base = -1
    """The tick of the last bundles."""
    _base_before = -1
    _housekeeping_at = float("-inf")

    # What a model adds -----------------------------------------------------------------------------------------------

    def _set_stage(self) -> None:
        """The play has become another one: `restore`."""

    @abstractmethod
    def _prepare(self, now: float) -> bool:
        """Whether a tick runs in this step. What enters it by itself is recorded here."""

    @abstractmethod
    def _run(self, result: RoomStep, *, runs: bool) -> None:
        """Run a tick, or none. Raises SystemFailed, SceneError, SnapshotError."""

    @abstractmethod
    def _write(self, now: float) -> Outgoing:
        """The bundles of this step."""

    @abstractmethod
    def _rerun_tick(self) -> list[Save]:
        """Run a tick of a journal that is run again. Raises SystemFailed, SceneError."""

    def saves(self) -> list[Save]:
        """What all players have now, for the store. Raises SystemFailed."""
        return []

    @property
    def resources(self) -> Resources:
        """The requests that it answers."""
        return RESOURCES

    def _answer(self, session: Session, seat: Seat, request: Request, now: float) -> None:
        answer(Asker(room=self, session=session, seat=seat, now=now, request=request), self.resources)

    # A step ----------------------------------------------------------------------------------------------------------

    def step(self, now: float) -> RoomStep:
        """Run a tick, where one is due, and write its bundles. A game's mistake ends the room: `failure` in the answer."""
        if self.ended:
            return RoomStep()
        if now >= self._housekeeping_at:
            self._housekeep(now)
        runs = self._prepare(now)
        result = RoomStep(journal=self._recorder.frame(runs=runs), vacated=self.attendance.take_vacated())
        try:
            self._run(result, runs=runs)
        except (SystemFailed, SceneError, SnapshotError) as failure:
            return self._failed(result, failure)
        result.outgoing = self._write(now)
        self.attendance.cut_slow(now)
        result.closing = self._connections.take_closing()
        return result

    def _housekeep(self, now: float) -> None:
        """Close what is silent, free what is not used any more."""
        self._housekeeping_at = now + HOUSEKEEPING
        for seat in self.attendance.tidy(now):
            self.leave(seat)
        self.attendance.look_whether_empty(now)

    def _take_news(self, now: float) -> News:
        """What there is to tell, once; who misses it is told when they come back."""
        news, self.play.news = self.play.news, News()
        news.close(self.seats)
        self.attendance.missed.add(self.tick, now, news.shared, news.own)
        return news

    # The end ---------------------------------------------------------------------------------------------------------

    def end(self, reason: CloseReason, sentence: str = "") -> RoomStep:
        """End the room for good: everybody is told why, the engine is freed. Idempotent."""
        if self.ended:
            return RoomStep()
        self.record(Ended(reason, sentence))
        saves, failure = self._last_saves(reason)
        step = self._close(self._recorder.frame(runs=False), reason, sentence)
        step.saves, step.failure = saves, failure
        return step

    def _last_saves(self, reason: CloseReason) -> tuple[list[Save], SystemFailed | None]:
        """What the players of a room that is over have, as of its last tick."""
        try:
            return ([] if reason in MIDWAY else self.saves()), None
        except SystemFailed as failure:
            return [], failure

    def _failed(self, step: RoomStep, failure: Exception) -> RoomStep:
        """The game's mistake ends the room; what entered its last tick is in the journal."""
        ended = self.end(CloseReason.ROOM_FAILED)
        ended.journal = step.journal + ended.journal
        ended.vacated = step.vacated + ended.vacated
        ended.failure = failure
        return ended

    def close(self) -> None:
        """Free the engine of a room that nobody has seen. Idempotent."""
        self.ended = True
        self.play.close()

    def _close(self, journal: bytes, reason: CloseReason, sentence: str) -> RoomStep:
        self.ended = True
        self.attendance.close(reason, sentence)
        vacated = self.attendance.take_vacated()
        self.play.close()
        return RoomStep(journal=journal, closing=self._connections.take_closing(), vacated=vacated)

    # The journal -----------------------------------------------------------------------------------------------------

    @property
    def journal(self) -> JournalWriter | None:
        """What writes its journal, where it has one."""
        return self._recorder.writer

    @journal.setter
    def journal(self, writer: JournalWriter | None) -> None:
        self._recorder.writer = writer

    def begin_journal(self, *, name: str, created_at: float, segment: int = 0) -> bytes:
        """The beginning of a journal file: header and keyframe. To be called when the room is new, or right after a step whose
        `keyframe` is true. `created_at` is the wall clock (unix ms). Raises JournalError in a room without a journal."""
        header = header_of(
            self.hosted, room_id=self.room_id, name=name, seed=self._seed, seats=self.seats.count,
            created_at=created_at, segment=segment,
        )  # fmt: skip
        return self._recorder.begin(header)

    def flush(self) -> bytes:
        """What has entered and waits for the next step's journal, for who cannot wait for it. May be empty."""
        return b"" if self.ended else self._recorder.frame(runs=False)

    def stall(self, why: str, now: float) -> Outgoing:
        """What the last step gave cannot be kept: until `unstall` it must not be told, nobody enters, and nothing is heard
        that would have to be kept.

        Returns bundles that say so; each further call gives others, so that clients hear that there is somebody.
        """
        self.stalled = why
        return standstill(self._connections.playing, self._base_before, now, RoomState(STANDSTILL, why))

    def unstall(self, _now: float) -> None:
        """It has been kept, and is told now: the room goes on, and says so."""
        self.stalled = ""
        self.play.news.tell_all(RoomState(self.chart.state, self.chart.detail))

    # Coming back -----------------------------------------------------------------------------------------------------

    def stop(self, now: float, away: float) -> RoomStep:
        """Close the room without ending it: its journal ends in a keyframe, from which any version may resume it.

        Its players are told to come back after `away` ms. Idempotent.
        """
        if self.ended:
            return RoomStep()
        try:
            self.record(Canonicalised())
            journal = self._recorder.frame(runs=False) + self._recorder.keyframe()
        except (SystemFailed, SnapshotError) as failure:
            return self._failed(RoomStep(), failure)
        self.play.news.tell_all(Away(away))
        outgoing = self._write(now)
        step = self._close(journal, CloseReason.GOING_AWAY, "")
        step.outgoing = outgoing
        return step

    def restore(self, image: bytes) -> None:
        """Become what a keyframe has: a room that is just made. Raises JournalError."""
        self.play.restore(image)
        self.attendance.missed.begin(self.tick)
        self._set_stage()

    def rerun(self, frame: Frame) -> list[Save]:
        """Run a frame of the journal again, after `restore`; who comes back is told of it. What it has for the store is returned.

        Raises JournalError, SystemFailed, SceneError.
        """
        self.play.feed(frame.entries)
        saves = self._rerun_tick() if frame.runs else []
        news, self.play.news = self.play.news, News()
        self.attendance.missed.add(self.tick, -1.0, news.shared, news.own)
        return saves

    def resume(self, now: float, journal: JournalWriter | None = None) -> bytes:
        """Go on living after `restore` and `rerun`: nobody is connected, all seats wait for their players from `now` on.

        Players without a session leave with the next tick; sessions without a player have a seat reserved. With a `journal` it is
        that of the file that was run again, and the bytes are for it, at once. Raises StoreUnavailable.
        """
        data = b""
        if journal is not None:
            self.journal, data = journal, journal.resumed(self.tick)
        for seat in self.attendance.resume(now):
            self.leave(seat)
        self.attendance.reserve_again(now, self.tick)
        self._housekeeping_at = now + HOUSEKEEPING
        return data
