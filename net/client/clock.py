"""Clock sync in the manner of NTP (RFC 5905, section 8): four times a sample, the sample with the shortest way wins."""

from collections import deque
from dataclasses import dataclass

KEPT_SAMPLES = 16
"""As many as a minute and a half holds at one ping each 5 s; the clock filter of NTP keeps 8."""
MAX_AGE = 60_000.0
"""ms. An older sample is forgotten: two clocks of 50 ppm each drift 6 ms apart in a minute."""
DRIFT = 20.0
"""ms that two clocks may part in a minute, with room. Offsets that differ by more than that and what their round trips leave open
are of a clock that has jumped, and the older ones are void."""
SMOOTHING = 8
"""A new round trip counts one eighth (RFC 6298)."""


@dataclass(slots=True, frozen=True)
class ClockSample:
    """What one ping taught, in ms: `offset` is the server's clock minus the client's."""

    at: float
    offset: float
    round_trip: float


class ClockSync:
    """The estimate of a server's clock. All times are in ms; `now` is the client's monotonic clock."""

    def __init__(self) -> None:
        self._samples: deque[ClockSample] = deque(maxlen=KEPT_SAMPLES)
        self.offset = 0.0
        """The server's clock minus the client's."""
        self.round_trip = 0.0
        """Smoothed, without the time that the server took to answer."""
        self.last_round_trip = 0.0
        self.pings_answered = 0

    @property
    def synced(self) -> bool:
        """Whether there is any estimate."""
        return bool(self._samples)

    def add(self, sent: float, received: float, answered: float, now: float) -> ClockSample:
        """Learn from a ping: sent and heard back at `sent` and `now` here, `received` and `answered` there."""
        round_trip = max(0.0, (now - sent) - (answered - received))
        sample = ClockSample(now, ((received - sent) + (answered - now)) / 2.0, round_trip)
        self.round_trip = self._smoothed(round_trip)
        self.last_round_trip = round_trip
        self.pings_answered += 1
        if any(_cannot_both_be(sample, known) for known in self._samples):
            self._samples.clear()
        self._samples.append(sample)
        while now - self._samples[0].at > MAX_AGE:
            self._samples.popleft()
        self.offset = min(self._samples, key=lambda known: known.round_trip).offset
        return sample

    def server_time(self, now: float) -> float:
        """What the server's clock says at the client's time `now` (ms)."""
        return now + self.offset

    def forget(self) -> None:
        """Start anew: another connection may lead to another process, whose clock began at another time."""
        self._samples.clear()

    def _smoothed(self, round_trip: float) -> float:
        if not self._samples:
            return round_trip
        return self.round_trip + (round_trip - self.round_trip) / SMOOTHING


def _cannot_both_be(one: ClockSample, other: ClockSample) -> bool:
    """An offset is wrong by at most half of its round trip: these two are not of the same clocks."""
    return abs(one.offset - other.offset) > (one.round_trip + other.round_trip) / 2.0 + DRIFT
