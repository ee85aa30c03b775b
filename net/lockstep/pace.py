"""How long a generation is: from the slowest way to the server and back, and the slowest computer.

A packet has `delay` generations to arrive: delay * length >= round trip. A longer generation has more iterations, and the game
keeps its speed; only for a computer that cannot compute so many are the iterations longer, and the game slower. Up at once,
down slowly and only after a calm spell (Age of Empires: Bettner and Terrano, "1500 Archers on a 28.8", 2001).
"""

from math import ceil
from typing import NamedTuple

from net.lockstep.settings import LockstepSettings
from net.protocol import Slowest

CALM = 10_000.0
"""How long less must have been enough before a generation becomes shorter (ms)."""
STEP_DOWN = 2_000.0
"""Time between two steps down (ms)."""
FASTER = 0.9
"""An iteration's length is multiplied by this in a step down."""
BELIEVED = 2.0
"""A way there and back is believed up to so many times the longest that the server has seen lately: jitter is yet to come."""
HALVES = 3_500.0
"""What was seen counts half after so long (ms): one stall is forgotten before the calm spell is over."""
NOBODY = Slowest(-1, "", 0)


class Length(NamedTuple):
    """A generation: so many iterations of so many ms."""

    iterations: int
    iteration_ms: int

    @property
    def milliseconds(self) -> float:
        """The whole of it."""
        return float(self.iterations * self.iteration_ms)


class Arrival(NamedTuple):
    """What the server has seen of a packet itself."""

    at: float
    """When it came (ms)."""
    took: float
    """How long before its generation had been told (ms)."""
    iterations: int
    """Of its generation."""
    has_computed: bool
    """Whether it has a checksum as new as the match's interval lets it be."""


class Pace:
    """Decides the length of each generation. Times are ms."""

    def __init__(self, tick_rate: int, settings: LockstepSettings) -> None:
        """`tick_rate` is how many iterations a second the game is made for."""
        self._settings = settings
        self._own_ms = max(1, round(1000.0 / tick_rate))
        self._least = max(1, round(settings.generation / self._own_ms))
        self._most = max(self._least, int(settings.longest / self._own_ms))
        self._slowest_ms = max(self._own_ms, int(self._own_ms * settings.slowdown))
        self.length = Length(self._least, self._own_ms)
        self._reports: dict[int, tuple[int, int]] = {}
        self._seen: dict[int, tuple[float, float]] = {}
        """The longest that a generation took lately from being told to its packet (ms), of whose claims count; and when."""
        self.free_latency = int(self._least * self._own_ms * settings.delay)
        self.free_framerate = ceil(1000 / self._own_ms)
        """What makes no generation longer: claims up to this latency, and of this rate, need no proof."""
        self._wanted: Length | None = None
        """What the reports ask for, worked out once for as long as they say the same."""
        self._calm_since: float | None = None
        self._lowered_at = float("-inf")

    def resume(self, length: Length) -> None:
        """Go on with the length of an earlier generation, within the bounds."""
        iterations = min(max(length.iterations, self._least), self._most)
        self.length = Length(iterations, min(max(length.iteration_ms, self._own_ms), self._slowest_ms))

    def report(self, player: int, latency: int, framerate: int) -> None:
        """What a player measures: ms there and back, and the iterations a second that the computer could do (0: not known)."""
        report = (latency, framerate)
        if self._reports.get(player) != report:
            self._reports[player], self._wanted = report, None

    def claim(self, player: int, latency: int, framerate: int, arrival: Arrival) -> None:
        """A report that would make generations longer counts as far as what the server has seen itself bears it out.

        Who says without a checksum that the computer is slow has this packet to show for it, and no earlier one.
        """
        took = max(arrival.took, 1.0)
        before, at = self._seen.get(player, (0.0, arrival.at))
        seen = max(took, before * 0.5 ** ((arrival.at - at) / HALVES))
        self._seen[player] = seen, arrival.at
        if framerate:
            least = 1000.0 * arrival.iterations / (seen if arrival.has_computed else took)
            framerate = max(framerate, min(int(least), 65_535))
        self.report(player, min(latency, int(BELIEVED * seen)), framerate)

    def forget(self, player: int) -> None:
        """Nobody waits for this player any more. Idempotent."""
        self._wanted = None
        self._seen.pop(player, None)
        self._reports.pop(player, None)

    def next(self, now: float) -> Length:
        """The length of the next generation."""
        wanted = self._wanted or self.wanted()
        if wanted == self.length:
            self._calm_since = None
            return self.length
        iterations = max(self.length.iterations, wanted.iterations)
        iteration_ms = max(self.length.iteration_ms, wanted.iteration_ms)
        if (iterations, iteration_ms) != self.length:
            self._calm_since = None
            self.length = Length(iterations, iteration_ms)
            return self.length
        if self._calm_since is None:
            self._calm_since = now
        if now - self._calm_since >= CALM and now - self._lowered_at >= STEP_DOWN:
            self._lowered_at = now
            self._step_down(wanted)
        return self.length

    def wanted(self) -> Length:
        """What the last reports ask for, within the bounds."""
        if self._wanted is None:
            self._wanted = self._work_out()
        return self._wanted

    def _work_out(self) -> Length:
        latency = max((latency for latency, _ in self._reports.values()), default=0)
        rates = (rate for _, rate in self._reports.values())
        iteration_ms = max(map(self._iteration_for, rates), default=self._own_ms)
        iterations = ceil(latency / self._settings.delay / iteration_ms)
        return Length(min(max(iterations, self._least), self._most), iteration_ms)

    def slowest(self) -> Slowest:
        """Whom the others wait for: who makes iterations longest, else generations; NOBODY where nobody does."""
        length = self.wanted()
        if length.iteration_ms > self._own_ms:
            rates = {player: rate for player, (_, rate) in self._reports.items() if rate}
            player = min(rates, key=lambda player: (rates[player], player))
            return Slowest(player, "framerate", rates[player])
        if length.iterations > self._least:
            player = max(self._reports, key=lambda player: (self._reports[player][0], -player))
            return Slowest(player, "latency", self._reports[player][0])
        return NOBODY

    def _iteration_for(self, framerate: int) -> int:
        """The shortest iteration that a computer keeps up with; one that is too slow is not waited for beyond the bound."""
        if not framerate:
            return self._own_ms
        return min(max(self._own_ms, ceil(1000 / framerate)), self._slowest_ms)

    def _step_down(self, wanted: Length) -> None:
        iterations, iteration_ms = self.length
        if iteration_ms > wanted.iteration_ms:
            iteration_ms = max(wanted.iteration_ms, int(iteration_ms * FASTER))
        if iterations > wanted.iterations:
            iterations -= 1
        self.length = Length(iterations, iteration_ms)
