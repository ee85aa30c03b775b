"""Stalls of the line, of the client and of the server, at random: soon after them inputs are in time again, and not far ahead."""

from collections import deque
from random import Random

import pytest

from net.client.pace import FARTHEST, Pace

TICK_RATE = 30
INTERVAL = 1000.0 / TICK_RATE
WAY = 100.0
"""ms, each way."""
BEGUN, STALLED, SOON = 100.0, 3_000.0, 2_000.0
"""ms: when the client was welcomed, until when a stall begins, and how long after the last one everything is well."""
LONGEST = 900.0
"""ms. A longer one is known to be a stall; this could be a slow line."""
MOST_LEAD = FARTHEST + 2 * INTERVAL
"""ms by which inputs may be early then, as on a line that is as uneven as is led for; the server refuses at 1000."""


class Stalls:
    """When something stands still (ms)."""

    def __init__(self, random: Random, most: int) -> None:
        begins = sorted(random.uniform(0.0, STALLED) for _ in range(random.randrange(most)))
        self.of = [(begin, begin + random.uniform(50.0, LONGEST)) for begin in begins]

    def over(self, at: float) -> float:
        """When it goes on."""
        for begin, end in self.of:
            if begin <= at < end:
                at = end
        return at

    def stand(self, at: float) -> bool:
        """Whether it stands still now."""
        return self.over(at) != at


class Line:
    """One way: everything arrives in order, and what stalls arrives at once."""

    def __init__(self, stalls: Stalls) -> None:
        self._stalls = stalls
        self._under_way: deque[tuple[float, tuple[int, ...]]] = deque()

    def push(self, at: float, *told: int) -> None:
        """Something leaves."""
        before = self._under_way[-1][0] if self._under_way else 0.0
        self._under_way.append((max(before, self._stalls.over(at + WAY)), told))

    def pull(self, at: float) -> list[tuple[int, ...]]:
        """What has arrived."""
        arrived = []
        while self._under_way and self._under_way[0][0] <= at:
            arrived.append(self._under_way.popleft()[1])
        return arrived


class Server:
    """As much of a room as tells of inputs: those more than a second ahead are refused."""

    def __init__(self) -> None:
        self.tick, self.lead, self.applied, self.queued = 0, 0, -1, -1
        self._waiting: deque[int] = deque()

    def hear(self, number: int, at: float) -> None:
        """An input has come."""
        if number <= self.queued:
            return
        self.lead = int(number * INTERVAL - at)
        if number <= self.tick + TICK_RATE:
            self.queued = number
            self._waiting.append(number)

    def run(self) -> tuple[int, int, int]:
        """The next tick, and what it tells."""
        self.tick += 1
        while self._waiting and self._waiting[0] <= self.tick:
            self.applied = self._waiting.popleft()
        return self.tick, self.applied, self.lead


@pytest.mark.parametrize("seed", range(120))
def test_soon_after_stalls_inputs_are_in_time_and_not_far_ahead(seed: int) -> None:
    """Whatever stood still, and were it from the first moment on: two seconds later none is late, and none is taken for a
    line that is slow."""
    random = Random(seed)
    client, server_stalls, there, back = (Stalls(random, most) for most in (4, 3, 3, 3))
    up, down, server, pace = Line(there), Line(back), Server(), Pace()
    pace.start(TICK_RATE, 0, BEGUN)
    over = max([BEGUN, *(end for stalls in (client, server_stalls, there, back) for _, end in stalls.of)])
    leads = []
    for millisecond in range(int(BEGUN), int(over + SOON) + 3_000):
        now = float(millisecond)
        if not server_stalls.stand(now):
            for (number,) in up.pull(now):
                server.hear(number, now)
                if now > over + SOON:
                    leads.append(number * INTERVAL - now)
            while (server.tick + 1) * INTERVAL <= now:
                down.push(now, *server.run())
        if not client.stand(now):
            for tick, applied, lead in down.pull(now):
                pace.heard(tick, applied, lead, now)
            if pace.is_due(now):
                up.push(now, pace.next(now))
    assert len(leads) > 50
    assert min(leads) > -2.0, "in time, by the ms in which this looks"
    assert max(leads) < MOST_LEAD
