"""A token bucket: so much a second, with a burst. Time is a parameter, in ms."""


class RateLimit:
    """Allows `per_second` on average and `burst` at once."""

    __slots__ = ("_burst", "_left", "_per_ms", "_then")

    def __init__(self, per_second: float, burst: float, now: float) -> None:
        self._per_ms = per_second / 1000.0
        self._burst = burst
        self._left = burst
        self._then = now

    def take(self, amount: float, now: float) -> bool:
        """Take `amount` from the bucket; False, and nothing is taken, when there is not enough."""
        left = self._left + (now - self._then) * self._per_ms
        if left > self._burst:  # noqa: PLR1730 - twice as quick as min(), for every message
            left = self._burst
        self._then = now
        if amount > left:
            self._left = left
            return False
        self._left = left - amount
        return True
