"""What a step of a room gave is kept before anybody is told of it: its journal, what is private, saved data.

Everything may raise StoreUnavailable: then nothing of the step has left, and the same step may be tried again.
"""

from collections.abc import Callable
from time import time

import structlog

from app.journals.journals import Journals, RoomJournal
from app.journals.saving import Saving
from app.rooms.entry import Entry
from app.rooms.lockstep import report_json
from net.errors import StoreUnavailable
from net.rooms.base_room import BaseRoom
from net.rooms.private import private_of
from net.rooms.step import RoomStep

log = structlog.get_logger("keeper")


class Keeper:
    """Keeps what rooms give. Without journals rooms live as long as the server; `clock` gives monotonic ms."""

    def __init__(self, clock: Callable[[], float], saving: Saving, journals: Journals | None = None) -> None:
        self._clock = clock
        self.journals = journals
        self.saving = saving

    def begin(self, room: BaseRoom, name: str, creator: str) -> RoomJournal | None:
        """The journal of a new room."""
        if self.journals is None:
            return None
        beginning = room.begin_journal(name=name, created_at=time() * 1000.0)
        journal = self.journals.create(room.room_id, beginning)
        try:
            journal.write_private(private_of(room, creator))
        except StoreUnavailable:
            self.journals.discard(journal)
            raise
        return journal

    def keep(self, entry: Entry, step: RoomStep) -> None:
        """A step of a room. What has been kept of it is taken out of it.

        First the tick, then what it saves, then its keyframe: whoever starts again runs the last tick again, unless it is saved.
        """
        if entry.journal is not None:
            self._append(entry.journal, step, step.keyframe_at if step.keyframe else len(step.journal))
            self._keep_private(entry, entry.journal)
            if step.reports:
                self._keep_reports(entry, entry.journal, step)
        self.saving.after(entry.room, step)
        if entry.journal is not None and step.journal:
            self._append(entry.journal, step, len(step.journal))
            if entry.journal.is_long:
                self._turn_over(entry, entry.journal)
            self._prune_soon()

    def _append(self, journal: RoomJournal, step: RoomStep, end: int) -> None:
        """Write the beginning of what a step has for the journal, up to `end`; nothing too: what waits may be due."""
        is_keyframe = step.keyframe and end == len(step.journal)
        journal.append(step.journal[:end], self._clock(), keyframe=is_keyframe)
        step.journal, step.keyframe_at = step.journal[end:], 0

    def _keep_reports(self, entry: Entry, journal: RoomJournal, step: RoomStep) -> None:
        """Divergences are written beside the journal. What cannot be written stops nothing: the log has the gist."""
        for report in step.reports:
            try:
                path = str(journal.write_report(report_json(report)))
            except StoreUnavailable as error:
                path = f"not written: {error}"
            told = {name: getattr(report, name) for name in ("generation", "wrong", "suspects", "difference")}
            log.warning("players diverged", room=entry.room.room_id, report=path, **told)
        step.reports = ()

    def flush(self, entry: Entry) -> None:
        """What has entered since the last step, for who is told of it before the next one."""
        if entry.journal is not None:
            entry.journal.append_or_wait(entry.room.flush(), self._clock())
            self._keep_private(entry, entry.journal)

    def stopped(self, entry: Entry, step: RoomStep) -> bool:
        """The last step of a room that is to go on another time. Whether it is kept: without it the room goes on from before."""
        try:
            if entry.held is None:  # else a frame is missing before it
                self.keep(entry, step)
            if entry.journal is not None:
                entry.journal.close()
        except StoreUnavailable as error:
            log.error("last keyframe not kept", room=entry.room.room_id, why=str(error))  # noqa: TRY400 - no bug of ours
            return False
        return entry.held is None

    def ended(self, entry: Entry, step: RoomStep) -> None:
        """The last step of a room that is over. What cannot be kept is logged: the room ends all the same."""
        room_id = entry.room.room_id
        try:
            if entry.journal is not None and self.journals is not None:
                held = entry.held.journal if entry.held is not None else b""
                try:
                    entry.journal.append(held + step.journal, self._clock())
                finally:
                    entry.journal.close()
                self.journals.end(room_id)
                self._prune_soon()
        except StoreUnavailable as error:
            log.error("end of a room not kept: it will be back", room=room_id, why=str(error))  # noqa: TRY400 - likewise
        if entry.held is not None:  # who left in it is not among those who have anything now
            step.saves = [*entry.held.saves, *step.saves]
        self.saving.over(entry.room, step)

    def _prune_soon(self) -> None:
        if self.journals is not None:
            self.journals.prune_soon(self._clock())

    def _keep_private(self, entry: Entry, journal: RoomJournal) -> None:
        changes = entry.room.bans.changes + entry.room.mutes.changes
        if changes != entry.private_changes:
            journal.write_private(private_of(entry.room, entry.creator))
            entry.private_changes = changes

    def _turn_over(self, entry: Entry, journal: RoomJournal) -> None:
        """Another file, from this keyframe on. One that cannot be made is no reason to stop: this one goes on.

        Nor does it begin where something has entered since the keyframe, as when that had to wait for the disk: what enters is
        in the room already, and would be written after it.
        """
        writer = entry.room.journal
        if writer is None or not writer.is_empty:
            return
        seed = writer.seed
        try:
            journal.turn_over(
                entry.room.begin_journal(
                    name=entry.name, created_at=time() * 1000.0, segment=journal.number + 1
                )
            )
        except StoreUnavailable as error:
            writer.seed = seed
            log.warning("journal not turned over", room=entry.room.room_id, why=str(error))
