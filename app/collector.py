"""The garbage collector, kept out of ticks: frozen after loading, never automatic, run by generation between ticks.

Python's own collector runs when enough objects were made, which is in the middle of a tick; a full collection of a
loaded server takes tens of milliseconds. Reference counts free almost everything at once; what is left are cycles
(rooms that ended, exceptions), and those can wait for the next pause between two ticks. The figures are in
docs/decisions/0052-garbage-collection.md.
"""

import gc
from collections import deque
from collections.abc import Callable

YOUNG = 2_000
"""Collect generation 0 after so many objects were made and not freed (Python's own default is 700 to 2,000)."""
MIDDLE = 10
"""Collect generation 1 after so many collections of generation 0."""
FULL_EVERY = 5_000.0
"""Collect everything after so long (ms): the bodies of a physics space that a keyframe replaced are cycles that grew old,
and 1,000 of them take 5 ms to free, so a few at a time."""
NEVER_IDLE = 200_000
"""So many new objects are collected even where no pause between two ticks is long enough."""
OVERDUE = 300_000.0
"""And everything after so long (ms), for the same reason: one late tick in five minutes is better than a full memory."""
FIRST_GUESS = (0.5, 2.0, 20.0)
"""How long a collection of each generation takes (ms) until one has been measured."""
MEASURED = 5
"""The median of so many collections is what the next one is expected to take: one slow one says nothing."""


class Collector:
    """Decides when to collect. `clock` gives ms, for measuring how long each generation takes."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.longest = [0.0, 0.0, 0.0]
        """The longest pause by each generation (ms)."""
        self._taken = [deque([guess], maxlen=MEASURED) for guess in FIRST_GUESS]
        self._full_at = clock()

    def begin(self) -> None:
        """After loading: everything there is stays for good, so it is never looked at again. Then nothing is automatic."""
        gc.collect()
        gc.freeze()
        gc.disable()

    def end(self) -> None:
        """Python collects by itself again."""
        gc.enable()
        gc.unfreeze()

    def idle(self, until: float) -> None:
        """Use a pause that lasts until `until` (ms): the oldest generation that is due and fits. Nothing is due: 0.1 µs."""
        young, middle, _ = gc.get_count()
        if young < YOUNG:
            return
        now = self._clock()
        room, since_full = until - now, now - self._full_at
        if (since_full > FULL_EVERY and self._fits(2, room)) or since_full > OVERDUE:
            self._collect(2)
        elif middle >= MIDDLE and self._fits(1, room):
            self._collect(1)
        elif self._fits(0, room) or young > NEVER_IDLE:
            self._collect(0)

    def _fits(self, generation: int, room: float) -> bool:
        taken = self._taken[generation]
        return sorted(taken)[len(taken) // 2] < room

    def _collect(self, generation: int) -> None:
        begin = self._clock()
        gc.collect(generation)
        end = self._clock()
        taken = end - begin
        self.longest[generation] = max(self.longest[generation], taken)
        self._taken[generation].append(taken)
        if generation == 2:
            self._full_at = end
