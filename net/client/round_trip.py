"""How long the way there and back takes at most, nearly always: smoothed, with four times its deviation (RFC 6298)."""

from net.client.clock import ClockSync

DEVIATION_GAIN = 4
"""A new deviation counts one quarter."""
BEYOND = 4
"""Deviations above the mean that are still to be expected."""
LONGEST = 65_535


class RoundTrip:
    """Follows the round trips of a clock sync. Times are ms."""

    def __init__(self) -> None:
        self._answered = 0
        self._smoothed = 0.0
        self._deviation = 0.0

    def look(self, clock: ClockSync) -> None:
        """Take in what the clock has learned since."""
        if clock.pings_answered == self._answered:
            return
        first, self._answered = self._answered == 0, clock.pings_answered
        latest = clock.last_round_trip
        if first:
            self._smoothed, self._deviation = latest, latest / 2.0
            return
        self._deviation += (abs(latest - self._smoothed) - self._deviation) / DEVIATION_GAIN
        self._smoothed = clock.round_trip

    def bound(self) -> int:
        """What nearly all packets keep to (whole ms)."""
        return min(round(self._smoothed + BEYOND * self._deviation), LONGEST)
