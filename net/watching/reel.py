"""The frames of a journal, for a show: of a whole file here, of one that is being written in app/rooms/live_reel.py."""

from collections.abc import Iterator
from typing import Protocol

from net.journal.errors import JournalDamaged
from net.journal.reader import Frame, JournalReader, Keyframe
from net.journal.records import Header
from net.replay.lengths import Moment
from net.replay.outline import Outline


class Reel(Protocol):
    """Frames in order, from any keyframe on."""

    @property
    def header(self) -> Header:
        """What the journal says of itself."""

    @property
    def first(self) -> int:
        """The tick of the first keyframe."""

    @property
    def last(self) -> int:
        """The last tick that there is now."""

    @property
    def moments(self) -> list[Moment]:
        """When the ticks of a lock-step room were; empty where they are even, or that is not known."""

    def rewind(self, tick: int) -> Keyframe:
        """Go to the last keyframe at or before a tick: the next frame is the one after it. Raises JournalError."""

    def nearest(self, tick: int) -> int:
        """The tick of that keyframe."""

    def next(self) -> Frame | None:
        """The next frame, or None where there is none now. Raises JournalError."""


class FileReel:
    """A journal that nobody writes any more."""

    def __init__(self, reader: JournalReader, outline: Outline) -> None:
        self._reader = reader
        self._outline = outline
        self._frames: Iterator[Frame] = iter(())

    @property
    def header(self) -> Header:
        """The file's."""
        return self._reader.header

    @property
    def first(self) -> int:
        """The tick of the first keyframe."""
        return self._outline.first

    @property
    def last(self) -> int:
        """The last tick of what is whole."""
        return self._outline.last

    @property
    def moments(self) -> list[Moment]:
        """All of the file."""
        return self._outline.lengths.moments()

    def nearest(self, tick: int) -> int:
        """The tick of the last keyframe at or before a tick."""
        return self._outline.mark_before(tick).tick

    def rewind(self, tick: int) -> Keyframe:
        """Raises JournalDamaged."""
        mark = self._outline.mark_before(tick)
        self._frames = self._reader.frames(mark.offset)
        keyframe = next(self._frames).keyframe
        if keyframe is None:
            raise JournalDamaged(mark.offset, "there is no keyframe")
        return keyframe

    def next(self) -> Frame | None:
        """The end of what is whole is the end."""
        try:
            return next(self._frames, None)
        except JournalDamaged:
            return None
