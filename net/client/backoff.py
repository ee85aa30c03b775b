"""When to try again, and after how long: exponential back-off with full jitter.

Full jitter is from Marc Brooker, "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015): clients that lost the
same server at once come back spread out. The numbers are those of Colyseus: 15 tries, 0.1 to 5 s.
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


def is_final(code: int) -> bool:
    """Whether a close with this code ends the session rather than this connection of it."""
    return code == NORMAL_CLOSURE or code in FINAL


class Backoff:
    """The waits before each try of one outage (ms)."""

    def __init__(
        self, random: Random, *, first: float = 100.0, longest: float = 5_000.0, tries: int = 15
    ) -> None:
        self._random = random
        self._first = first
        self._longest = longest
        self._tries = tries
        self.tried = 0

    def next(self) -> float | None:
        """The wait before the next try, between 0 and the doubled last bound, or None when all tries are used."""
        if self.tried >= self._tries:
            return None
        bound = min(self._longest, self._first * 2.0**self.tried)
        self.tried += 1
        return self._random.uniform(0.0, bound)

    def reset(self) -> None:
        """The connection is back."""
        self.tried = 0
