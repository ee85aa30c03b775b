"""How far a room's journal was written at which time, and where its keyframes are: for who begins to watch the room later.

It is kept for as long as viewers are shown a room late, and is bounded whatever that is.
"""

from collections import deque
from typing import NamedTuple

MARKS = 600
"""So many times are kept, evenly over the delay: what is shown at first comes in as many steps."""
FINEST = 100.0
"""And none closer together than this (ms)."""
KEYFRAMES = 512
"""So many keyframes are known by their place: three hours of them, by the usual interval."""


class Mark(NamedTuple):
    """At a time (ms) so many bytes of the file of this number were written."""

    at: float
    number: int
    size: int


class Trail:
    """What is known of one journal. Times are ms of the monotonic clock."""

    def __init__(self, delay: float) -> None:
        """`delay` is how late viewers are shown a room (ms)."""
        self._grain = max(FINEST, delay / MARKS)
        self.marks: deque[Mark] = deque(maxlen=MARKS + 2)
        """The oldest first."""
        self.keyframes: deque[tuple[int, int]] = deque(maxlen=KEYFRAMES)
        """The oldest first: (number of the file, an offset at or shortly before the keyframe)."""

    def wrote(self, now: float, number: int, size: int) -> None:
        """So far it is written now."""
        if not self.marks or now - self.marks[-1].at >= self._grain:
            self.marks.append(Mark(now, number, size))

    def keyframe(self, number: int, offset: int) -> None:
        """A keyframe was written."""
        self.keyframes.append((number, offset))
