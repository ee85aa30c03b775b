"""One direction of a line in virtual time: in order, as TCP is; late by latency and jitter; stalled now and then."""

from collections import deque
from random import Random


class Link:
    """Messages on their way. Times are ms."""

    def __init__(self, latency: float, jitter: float, random: Random) -> None:
        """Each message takes `latency` and up to `jitter` more, but never overtakes another."""
        if latency < 0.0 or jitter < 0.0:
            raise ValueError(f"latency and jitter are not below 0, as {latency} and {jitter} are")
        self._latency = latency
        self._jitter = jitter
        self._random = random
        self._on_way: deque[tuple[float, bytes]] = deque()
        self._last = 0.0
        self.size = 0
        """Bytes on their way."""
        self.carried = 0
        """Bytes that were ever sent."""

    def send(self, payload: bytes, now: float) -> None:
        """Put a message on the line."""
        self._last = max(self._last, now + self._latency + self._random.uniform(0.0, self._jitter))
        self._on_way.append((self._last, payload))
        self.size += len(payload)
        self.carried += len(payload)

    def stall(self, now: float, milliseconds: float) -> None:
        """Nothing arrives for so long; then all that waits does at once."""
        self._last = max(self._last, now + milliseconds)
        self._on_way = deque((max(due, now + milliseconds), payload) for due, payload in self._on_way)

    def due(self) -> float:
        """When the next message arrives; infinity for none."""
        return self._on_way[0][0] if self._on_way else float("inf")

    def take(self, now: float) -> list[bytes]:
        """The messages that have arrived by `now`."""
        arrived = []
        while self._on_way and self._on_way[0][0] <= now:
            payload = self._on_way.popleft()[1]
            self.size -= len(payload)
            arrived.append(payload)
        return arrived

    def clear(self) -> None:
        """The line is cut: what was on its way is lost."""
        self._on_way.clear()
        self.size = 0
