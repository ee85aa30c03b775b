"""Which clock-sync pings are under way: an echo of anything else is the server's fault."""

from net.errors import RemoteProtocolError
from net.protocol import CloseReason

FIRST_PINGS = 5
"""Syncs right after the welcome, one after the other; the server takes 8."""
PING_INTERVAL = 1_000.0
"""ms between two pings during play."""
MAX_UNDER_WAY = 32
"""Half a minute of pings without an answer: the connection is as good as gone, and pinging stops."""


class Pings:
    """The send times (ms) of the pings that are not answered yet."""

    def __init__(self) -> None:
        self._under_way: set[float] = set()
        self._syncs_left = FIRST_PINGS
        self._next_ping = float("-inf")

    def next_sync(self, now: float) -> float | None:
        """The time to put into the next Sync, or None when the first ones are done."""
        if not self._syncs_left:
            return None
        self._syncs_left -= 1
        return self._sent(now)

    def next_ping(self, now: float) -> float | None:
        """The time to put into a Ping of the bundle of `now`, or None while none is due."""
        is_due = now >= self._next_ping or self._next_ping - now > PING_INTERVAL  # the clock ran back
        if not is_due or len(self._under_way) >= MAX_UNDER_WAY:
            return None
        self._next_ping = now + PING_INTERVAL
        return self._sent(now)

    def answered(self, client_time: float) -> None:
        """Raises RemoteProtocolError for a time that was not sent, or was answered already."""
        if client_time not in self._under_way:
            raise RemoteProtocolError(
                CloseReason.OUT_OF_STATE, "The server answered a ping that was not sent."
            )
        self._under_way.discard(client_time)

    def _sent(self, now: float) -> float:
        while now in self._under_way:
            now += 0.001
        self._under_way.add(now)
        return now
