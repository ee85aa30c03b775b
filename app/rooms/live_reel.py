"""The frames of a room's journal while it is written, later than they are written: what viewers of the room are shown.

What is shown may not tell anybody what is now. So a frame is handed on when it has been in the file for as long as the delay, by
the server's clock: ticks are no measure, as a room that was late runs faster for a while.
"""

import os
from collections import deque
from contextlib import suppress
from typing import BinaryIO

from app.journals.journals import ENDED, RoomJournal, segment_path
from app.journals.trail import Mark
from net.journal.errors import JournalError
from net.journal.reader import Frame, JournalReader, Keyframe, Tail
from net.journal.records import Header
from net.replay.lengths import Moment
from net.rooms.room import Room


class TooEarly(JournalError):
    """Nothing of the room is old enough to be shown. `seconds` is when something will be."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(f"this room can be watched in {seconds:.0f} s")


class LiveReel:
    """A reel of a room that is played. `note` is to be called regularly, with the time (ms)."""

    def __init__(self, room: Room, journal: RoomJournal, delay: float, now: float) -> None:
        """`delay` is in ms. Raises TooEarly, JournalError, OSError."""
        self._room = room
        self._journal = journal
        self._delay = delay
        self._marks = deque(journal.trail.marks)
        self._known = Mark(now, -1, 0)
        """So far it may be shown."""
        self.note(now)
        self._stream: BinaryIO | None = None
        self._number = -1
        self._stash: Frame | None = None
        try:
            self._keyframe = self._begin(now)
        except BaseException:
            self.close()
            raise

    @property
    def header(self) -> Header:
        """Of the file that was begun with."""
        return self._header

    @property
    def first(self) -> int:
        """Where it was begun."""
        return self._keyframe.tick

    @property
    def last(self) -> int:
        """About the tick that is old enough to be shown."""
        return max(self._room.tick - round(self._delay * self._room.tick_rate / 1000.0), self._keyframe.tick)

    @property
    def moments(self) -> list[Moment]:
        """None: it is being played."""
        return []

    def note(self, now: float) -> None:
        """So far it is written now; so far it may be shown."""
        mark = Mark(now, self._journal.number, self._journal.size)
        if not self._marks or self._marks[-1][1:] != mark[1:]:
            self._marks.append(mark)
        while self._marks and self._marks[0].at <= now - self._delay:
            self._known = self._marks.popleft()

    def nearest(self, tick: int) -> int:  # noqa: ARG002 - there is no way back
        """Where it was begun."""
        return self._keyframe.tick

    def rewind(self, tick: int) -> Keyframe:  # noqa: ARG002 - likewise
        """Where it was begun."""
        return self._keyframe

    def next(self) -> Frame | None:
        """The next frame that is old enough. Raises JournalError."""
        frame, self._stash = self._stash or self._read(), None
        if frame is not None and not self._may_show(frame):
            self._stash = frame
            return None
        return frame

    def close(self) -> None:
        """Let go of the file."""
        if self._stream is not None:
            self._stream.close()

    def _may_show(self, frame: Frame) -> bool:
        return (self._number, frame.end) <= self._known[1:]

    def _read(self) -> Frame | None:
        """The next frame of the file, or the first of the file after it. The end of one that is written on moves."""
        is_last = self._number == self._journal.number
        frame = self._tail.next(self._written)
        if frame is None and not is_last:
            self._open(self._number + 1, 0)
            frame = self._tail.next(self._written)
        return frame

    @property
    def _written(self) -> int:
        """How much of the open file is whole."""
        if self._number == self._journal.number:
            return self._journal.size
        return os.fstat(self._stream.fileno()).st_size if self._stream is not None else 0

    def _begin(self, now: float) -> Keyframe:
        """From the latest keyframe that is old enough; a room that is younger than the delay from its first one, in which it
        is empty."""
        for number, offset in reversed(self._journal.trail.keyframes):
            with suppress(OSError):  # earlier files may have been removed
                self._open(number, offset)
                frame = self._tail.next(self._written)
                if frame is not None and frame.keyframe and (self._may_show(frame) or frame.tick == 0):
                    return frame.keyframe
        oldest = min((mark.at for mark in self._marks), default=now)
        raise TooEarly((oldest + self._delay - now) / 1000.0 + 1.0)

    def _open(self, number: int, offset: int) -> None:
        self.close()
        path = segment_path(self._journal.folder, number)
        if not path.exists():
            path = path.parent.parent / ENDED / path.parent.name / path.name
        stream = path.open("rb")
        self._stream, self._number = stream, number
        reader = JournalReader(stream)
        self._header = reader.header
        self._tail: Tail = reader.tail(offset)
