"""When to try again, and after how long: exponential back-off with full jitter.

Full jitter is from Marc Brooker, "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015): clients that lost the
same server at once come back spread out. No wait is above 3 s, so that everybody is back within 5 s
of a server's return; 80 tries take 2 minutes on average, longer than a seat is kept (60 s) after a server has restarted.
"""

from random import Random

from net.protocol import CloseReason

FINAL = frozenset(
    {
        CloseReason.MALFORMED,
        CloseReason.UNSUPPORTED_PROTOCOL,
        CloseReason.OUT_OF_STATE,
        CloseReason.BAD_TOKEN,
        CloseReason.MESSAGE_TOO_BIG,
        CloseReason.REPLACED,
        CloseReason.ROOM_ENDED,
        CloseReason.ROOM_FAILED,
        CloseReason.KICKED,
        CloseReason.LEFT,
        CloseReason.FINGERPRINT,
    }
)
"""Closed for these reasons, a client would only be closed again."""
NORMAL_CLOSURE = 1000
LONGEST_AWAY = 600_000.0
"""ms. A server that says it is away for longer is asked before."""


def is_final(code: int) -> bool:
    """Whether a close with this code ends the session rather than this connection of it."""
    return code == NORMAL_CLOSURE or code in FINAL


class Backoff:
    """The waits before each try of one outage (ms)."""

    def __init__(
        self, random: Random, *, first: float = 100.0, longest: float = 3_000.0, tries: int = 80
    ) -> None:
        self._random = random
        self._first = first
        self._longest = longest
        self._tries = tries
        self.tried = 0
        self._away = 0.0

    def away(self, milliseconds: float) -> None:
        """The server has said that it is back after so long: the next try is not before, and begins the count anew."""
        self._away = min(max(0.0, milliseconds), LONGEST_AWAY)
        self.tried = 0

    def next(self) -> float | None:
        """The wait before the next try, between 0 and the doubled last bound, or None when all tries are used."""
        if self.tried >= self._tries:
            return None
        away, self._away = self._away, 0.0
        bound = min(self._longest, self._first * 2.0**self.tried)
        self.tried += 1
        return away + self._random.uniform(0.0, max(bound, away / 4.0))

    def reset(self) -> None:
        """The connection is back."""
        self.tried = 0
