"""What a lock-step client says: it is due at once, but for the parts of a state dump, which the server would take for a flood."""

from collections import deque

from net.protocol import DumpPart, Packet, Rerun

PART_EVERY = 100.0
"""A part of a dump goes out this often (ms): 40 kB/s, of the 64 that a server allows."""

LockstepSaid = Packet | DumpPart | Rerun


class Speech:
    """The queue of one connection. All times are ms. The same in TypeScript: web/sdk/src/speech.ts."""

    def __init__(self) -> None:
        self._urgent: deque[LockstepSaid] = deque()
        self._parts: deque[DumpPart] = deque()
        self._part_at = float("-inf")

    def say(self, item: LockstepSaid) -> None:
        """Queue it."""
        if isinstance(item, DumpPart):
            self._parts.append(item)
        else:
            self._urgent.append(item)

    def due(self) -> float:
        """When there is something to take."""
        if self._urgent:
            return float("-inf")
        return self._part_at + PART_EVERY if self._parts else float("inf")

    def take(self, now: float) -> list[LockstepSaid]:
        """At most one packet and one part of a dump: both fit into a message."""
        said = [self._urgent.popleft()] if self._urgent else []
        if self._parts and now >= self._part_at + PART_EVERY:
            self._part_at = now
            said.append(self._parts.popleft())
        return said

    def clear(self) -> None:
        """The connection is gone, and what was under way with it."""
        self._urgent.clear()
        self._parts.clear()
