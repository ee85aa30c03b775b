"""How much one player may ask of its room: requests and calls, each by a bucket of its own. Time is in ms.

A request has some 20 bytes and its answer may have 16,000 (a roster of 400: 0.15 ms to write), so that the bound of what
a connection may send does not bound what its answers cost.
"""

from net.players.calls import MAX_OPEN
from net.rate import RateLimit

REQUESTS_PER_SECOND = 10.0
REQUEST_BURST = 16.0
CALLS_PER_SECOND = 60.0
CALL_BURST = 4.0 * MAX_OPEN
"""A client that comes back sends its open calls again, in the same tick as those that it has just made."""


class Allowance:
    """What one player has left to ask."""

    __slots__ = ("_calls", "_requests")

    def __init__(self, now: float) -> None:
        self._requests = RateLimit(REQUESTS_PER_SECOND, REQUEST_BURST, now)
        self._calls = RateLimit(CALLS_PER_SECOND, CALL_BURST, now)

    def refusal(self, *, is_call: bool, now: float) -> str:
        """Take one request or call; the sentence of the refusal where there is none left, else empty."""
        if is_call:
            taken, limit = self._calls.take(1.0, now), f"{CALLS_PER_SECOND:g} calls"
        else:
            taken, limit = self._requests.take(1.0, now), f"{REQUESTS_PER_SECOND:g} requests"
        return "" if taken else f"a player may make {limit} a second"
