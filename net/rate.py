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


class TrafficLimit:
    """Two buckets for what one connection sends, its messages and their bytes, in one call for each message."""

    __slots__ = ("_burst", "_bytes", "_bytes_per_ms", "_messages", "_messages_per_ms", "_then", "_volume")

    def __init__(self, messages_per_second: float, burst: float, bytes_per_second: float, now: float) -> None:
        self._messages_per_ms = messages_per_second / 1000.0
        self._burst = self._messages = burst
        self._bytes_per_ms = bytes_per_second / 1000.0
        self._volume = self._bytes = bytes_per_second
        self._then = now

    def take(self, size: int, now: float) -> bool:
        """Take one message of `size` bytes; False, and nothing is taken, when there is not enough of either."""
        passed = now - self._then
        self._then = now
        messages = self._messages + passed * self._messages_per_ms
        if messages > self._burst:  # noqa: PLR1730 - twice as quick as min(), for every message
            messages = self._burst
        volume = self._bytes + passed * self._bytes_per_ms
        if volume > self._volume:  # noqa: PLR1730 - likewise
            volume = self._volume
        if messages < 1.0 or volume < size:
            self._messages, self._bytes = messages, volume
            return False
        self._messages = messages - 1.0
        self._bytes = volume - size
        return True
