"""When the client's next tick is due and which number it has: along the server's, always rising, never a spiral."""

from math import floor

CORRECTION = 0.05
"""A client ahead of the server ticks this part slower, one behind this part faster, until they run together."""
CATCH_UP_TICKS = 2
"""A client that was held up sends so many late ticks at once; the others are skipped."""


class Pace:
    """The client's own ticks. Their numbers run along the server's, so that an input names the tick it is for."""

    def __init__(self) -> None:
        self.tick = -1
        """The last tick that was sent; strictly rising, through reconnects too."""
        self.due = 0.0
        """When the next one is to be sent (ms)."""
        self._interval = 1.0
        self._tick_rate = 1
        self._server_tick = -1
        self._server_at = 0.0

    def start(self, tick_rate: int, server_tick: int, now: float, last_input: int = -1) -> None:
        """A welcome has come. The next tick is above the server's and above that of the last input it has heard."""
        self.tick = max(self.tick, server_tick, last_input)
        self._tick_rate = tick_rate
        self._interval = 1000.0 / tick_rate
        self.due = now
        self.heard(server_tick, now)

    def heard(self, server_tick: int, now: float) -> None:
        """The server's bundle of this tick has come."""
        self._server_tick = server_tick
        self._server_at = now

    def next(self, now: float) -> int:
        """The number of the tick that is sent now; sets when the next one is due."""
        wanted = self._server_tick + 1 + floor((now - self._server_at) / self._interval)
        ahead = self.tick + 1 - wanted
        self.tick = wanted if ahead < -CATCH_UP_TICKS else self.tick + 1
        latest = now - CATCH_UP_TICKS * self._interval
        self.due = max(self.due, latest) + self._interval * self._stretch(ahead)
        return self.tick

    def _stretch(self, ahead: int) -> float:
        """A client more than a second ahead keeps its pace: the server's room stands still (it is paused)."""
        if abs(ahead) <= 1 or abs(ahead) > self._tick_rate:
            return 1.0
        return 1.0 + CORRECTION if ahead > 0 else 1.0 - CORRECTION
