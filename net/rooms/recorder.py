"""The one way into a room: what enters is noted for the journal and applied, or, when a journal is run again, only applied."""

from net.journal.entries import AnyEntry
from net.journal.errors import JournalError
from net.journal.records import Header
from net.journal.writer import JournalWriter
from net.protocol import Input
from net.rooms.base_play import BasePlay


class Recorder:
    """Feeds a play. Without a writer nothing is noted, as in a virtual room or while a journal is run again."""

    def __init__(self, play: BasePlay, writer: JournalWriter | None = None) -> None:
        self._play = play
        self.writer = writer

    def record(self, entry: AnyEntry) -> None:
        """Note an entry and apply it."""
        if self.writer is not None:
            self.writer.note(entry)
        self._play.apply(entry)

    def hear(self, player: int, given: Input) -> bool:
        """Note an input and queue it. False where it is neither: one of its tick came before, or its tick is too far ahead."""
        if not self._play.hear(player, given):
            return False
        if self.writer is not None:
            self.writer.hear((player, given))
        return True

    def frame(self, *, runs: bool) -> bytes:
        """What entered since the last frame, before the tick that it enters (or where none runs)."""
        if self.writer is None:
            return b""
        return self.writer.tick() if runs else self.writer.aside()

    def keyframe(self) -> bytes:
        """The whole room as it is. Raises SnapshotError for a game that holds what has no bytes."""
        if self.writer is None:
            return b""
        return self.writer.keyframe(self._play.at, self._play.image())

    def checksum(self) -> bytes:
        """The world's checksum, for who runs the journal again. Raises SnapshotError likewise."""
        if self.writer is None:
            return b""
        return self.writer.checksum(self._play.at, self._play.checksum())

    def begin(self, header: Header) -> bytes:
        """The beginning of a journal file, from the last keyframe on. Raises JournalError without a writer."""
        if self.writer is None:
            raise JournalError("this room writes no journal")
        return self.writer.begin(header) + self.keyframe()
