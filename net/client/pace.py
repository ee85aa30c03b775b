"""When the client's next tick is due and which number it has: the server's tick for which its input is just in time.

The server tells how much earlier than its tick an input came. With the moment at which that input was due to be sent it says
when inputs have to be sent at the latest (`_Deadline`), whatever the client did since, so following it cannot swing. Inputs are
sent before nearly all the deadlines of the last seconds, a few per cent faster or slower until they are.
"""

from bisect import bisect_left, insort
from collections import deque
from math import ceil

CORRECTION = 0.05
"""A client whose inputs come early ticks this part slower, one whose inputs come late this part faster."""
CATCH_UP_TICKS = 2
"""A client that was held up sends so many late ticks at once; the others are skipped."""
WINDOW = 4.0
"""Seconds of deadlines that count: after a worse time the lead is as it was so much later."""
EXCEPTIONS = 96
"""One deadline may be missed, and one more of so many: a stall, or a program that was held up, makes nobody early for seconds."""
MARGIN = 0.5
"""Inputs come earlier still by this part of what lies between the middle deadline and the earliest that count."""
FARTHEST = 400.0
"""ms. Inputs come no earlier than that before the middle deadline: whatever was held up for longer is late."""
SLACK = 2.0
"""ms. Inputs are sent that much earlier still: leads are told in whole ms, timers are late."""
SETTLED = 8
"""With fewer deadlines known, or an error of more than JUMP (ms) or three ticks, the next tick is put right at once."""
JUMP = 150.0
GAP = 1_000.0
"""ms. An input that came so late was held up. A clock that says that nothing was done for longer, or runs back, has jumped, or
the program slept: nothing is known."""
TOO_EARLY = 600.0
"""ms, and a tick and a half at least. Inputs that come so early are of a client that has taken a stall for its way. It waits at
once: told of each input when it is applied it would learn as late as they are early, and inputs a second early are refused."""
KEPT = 256


class _Deadline:
    """When the input of tick 0 would have had to be sent to be just in time, as the inputs of the last seconds have told (ms)."""

    def __init__(self, tick_rate: int) -> None:
        self.count = 0
        self._window = round(WINDOW * tick_rate)
        self._later = 0
        """How many in a row were later than usual by more than JUMP."""
        self._told: deque[float] = deque()
        self._sorted: list[float] = []

    def learn(self, latest: float) -> None:
        """An input would have been just in time with this. Many in a row that are much later are of another way, or clock."""
        self._later = self._later + 1 if self.count and latest > self._middle + JUMP else 0
        self.count += 1
        self._told.append(latest)
        insort(self._sorted, latest)
        if len(self._told) > self._window:
            del self._sorted[bisect_left(self._sorted, self._told.popleft())]
        if self._later == SETTLED:
            self._told = deque(list(self._told)[-SETTLED:])
            self._sorted = sorted(self._told)

    @property
    def aim(self) -> float:
        """When it should be sent."""
        known, middle = len(self._sorted), self._middle
        earliest = self._sorted[0 if known < SETTLED else 1 + known // EXCEPTIONS]
        return middle - min(FARTHEST, (1.0 + MARGIN) * (middle - earliest)) - SLACK

    @property
    def _middle(self) -> float:
        return self._sorted[len(self._sorted) // 2]


class Pace:
    """The client's own ticks, which lead the server's by the way there and its jitter. Their numbers rise."""

    def __init__(self) -> None:
        self.tick = -1
        """The last tick that was sent."""
        self.due = 0.0
        """When the next one is to be sent (ms)."""
        self.lead = 0
        """How much earlier than its tick the newest input came that the server has told of (ms)."""
        self._interval = 1.0
        self._tick_rate = 1
        self._server_tick = -1
        self._last_input = -1
        self._applied_at = -1
        """The server's tick when it last told of a newer input."""
        self._waited_at = -2
        """The tick at which it last waited because inputs came too early: leads of inputs up to it are known. -2: none."""
        self._stands = False
        self._at = 0.0
        self._deadline = _Deadline(1)
        self._phases: deque[tuple[int, float]] = deque(maxlen=KEPT)
        """Of ticks that were sent: when each was due, less its number of intervals."""

    def is_due(self, now: float) -> bool:
        """Whether the next one is to be sent. A clock that has run back makes it due at once, not when it is there again."""
        self._look_at_clock(now)
        return now >= self.due

    def start(self, tick_rate: int, server_tick: int, now: float, last_input: int = -1) -> None:
        """A welcome has come. The next tick is above the server's and above that of the last input it has heard."""
        self.tick = max(server_tick, last_input)
        self._tick_rate = tick_rate
        self._interval = 1000.0 / tick_rate
        self._server_tick = self._applied_at = server_tick
        self._last_input = last_input
        self._waited_at = -2
        self._stands = False
        self._forget(now)

    def heard(self, server_tick: int, last_input: int, lead: int, now: float) -> bool:
        """A bundle of the server has come. True where it has refused all inputs above `last_input`: they count on from there.

        It refuses what is more than a second ahead, and only that: when nothing is applied of inputs that are no farther ahead
        than that of what was heard last, they are held up on their way. What it took is applied within a second.
        """
        self._look_at_clock(now)
        if server_tick == self._server_tick:
            self._stands = True
            return False
        if self._stands:
            self._stands = False
            self._forget(self.due)
        follows = server_tick == self._server_tick + 1
        self._server_tick, self.lead = server_tick, lead
        if last_input != self._last_input:
            self._last_input, self._applied_at = last_input, server_tick
            self._learn(last_input, lead, follows=follows)
        elif self._is_refused(server_tick):
            self.tick, self._applied_at = max(server_tick, last_input), server_tick
            self._waited_at = -2
            self._forget(now)
            return True
        if self._has_slept(server_tick, now):
            self._forget(now)
        elif lead > min(GAP, max(TOO_EARLY, 1.5 * self._interval)) and last_input > self._waited_at:
            self._wait(lead, now)
        return False

    def next(self, now: float) -> int:
        """The number of the tick that is sent now; that of the last one while the room stands still. Sets `due`."""
        self._look_at_clock(now)
        if self._stands:
            self.due = max(self.due, now - self._interval) + self._interval
            return self.tick
        skipped = int((now - self.due) / self._interval)
        if skipped > CATCH_UP_TICKS:
            self.tick += skipped
            self.due += skipped * self._interval
        number, due = max(self.tick, self._server_tick) + 1, self.due
        self.due = due + self._interval
        if self._deadline.count:
            number, due = self._put_right(number, due, now)
        self._phases.append((number, due - number * self._interval))
        self.tick = number
        return number

    def _put_right(self, number: int, due: float, now: float) -> tuple[int, float]:
        """The number of this tick and when it was due; the next one is due a little earlier or later, or where it belongs."""
        aim, interval = self._deadline.aim, self._interval
        error = due - (aim + number * interval)
        settled = self._deadline.count >= SETTLED
        if abs(error) > (max(JUMP, 3 * interval) if settled else CORRECTION * interval):
            number = max(number, ceil((now - aim) / interval))
            due = now
            self.due = max(now, aim + (number + 1) * interval)
        else:
            self.due -= max(-CORRECTION * interval, min(CORRECTION * interval, error))
        return number, due

    def _has_slept(self, server_tick: int, now: float) -> bool:
        """Whether, by what was learned, the input of a tick that is over is to be sent later than now. The clock has stood still,
        as it does while the machine is suspended: what was learned is of before."""
        return self._deadline.count > 0 and self._deadline.aim + server_tick * self._interval > now

    def _wait(self, lead: float, now: float) -> None:
        """The next tick is due as much later as inputs come too early."""
        self._waited_at, due = self.tick, self.due
        self._forget(now)
        self.due = due + lead - self._interval

    def _is_refused(self, server_tick: int) -> bool:
        is_too_far_ahead = self.tick - server_tick > self._tick_rate
        return is_too_far_ahead and server_tick - self._applied_at > self._tick_rate + 1

    def _learn(self, last_input: int, lead: int, *, follows: bool) -> None:
        """The input of that tick, or one that was sent right after it, came so much earlier than its tick (ms).

        Where the tick before had applied fewer than all before it, the oldest of them came too late, some time within a tick:
        without this a jitter that bunches inputs would show in the newest of each bunch alone.
        """
        told = []
        while self._phases and self._phases[0][0] <= last_input:
            told.append(self._phases.popleft())
        if follows and len(told) > 1:
            tick, phase = told[0]
            self._learn_one(phase, (tick - self._server_tick + 0.5) * self._interval)
        if told:
            self._learn_one(told[-1][1], lead)

    def _learn_one(self, phase: float, lead: float) -> None:
        if lead > -GAP:
            self._deadline.learn(phase + lead)

    def _look_at_clock(self, now: float) -> None:
        before, self._at = self._at, now
        if not 0.0 <= now - before <= GAP:
            self._forget(now)

    def _forget(self, now: float) -> None:
        """What was learned is of another connection, or of a clock that has jumped since."""
        self._at = self.due = now
        self._deadline = _Deadline(self._tick_rate)
        self._phases.clear()
