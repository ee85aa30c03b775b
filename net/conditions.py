"""A simulated network: what lies between two ends of a TCP connection, from a seed and without a clock.

    path = Path(PRESETS["train"], seed=7, now=0.0)
    path.up.push(now, payload)
    for payload in path.up.due(now): ...                    # look again at path.up.next_due()
    if now >= path.cut_at: ...                              # the connection is lost

TCP never loses or swaps bytes; a lost packet shows as a stall: nothing, then everything. So a `Line` delays and keeps
order, and only a cut loses what is on its way. web/sdk/src/conditions.ts is the same in TypeScript, number for number
(docs/conditions-vectors.json).
"""

from collections import deque
from dataclasses import dataclass
from itertools import count
from types import MappingProxyType

from ecs.random import BriefRandom, Random, mix

CAPACITY = 262_144
"""Bytes on one direction of a connection before it takes no more: a usual socket buffer."""
SHORTEST_STALL_EVERY = 100.0
"""ms. Stalls that are closer would be one."""
NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a network is like. Times are ms, bandwidths bytes a second of each connection; 0 is none, or unlimited."""

    latency: float = 0.0
    """Each way."""
    jitter: float = 0.0
    """Up to so much more each way, as likely any amount."""
    stall_every: float = 0.0
    """Each direction stands still now and then, after 0 to twice so long (once in so long on average) ..."""
    stall_shortest: float = 0.0
    stall_longest: float = 0.0
    """... for a time between these."""
    up: float = 0.0
    """Bandwidth from the client to the server."""
    down: float = 0.0
    """Bandwidth from the server to the client."""
    cut_every: float = 0.0
    """A connection is lost half to one and a half times so long after it began."""
    away: float = 0.0
    """After a connection is lost that way no other opens for so long."""

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if not 0.0 <= value < NEVER:
                raise ValueError(f"{name} is a finite number that is not below 0, and not {value}")
        if self.stall_shortest > self.stall_longest:
            raise ValueError(
                f"stall_shortest {self.stall_shortest:g} is above stall_longest {self.stall_longest:g}"
            )
        if 0.0 < self.stall_every < SHORTEST_STALL_EVERY:
            raise ValueError(
                f"stall_every is 0 or at least {SHORTEST_STALL_EVERY:g} ms, and not {self.stall_every:g}"
            )


PERFECT = Conditions()

PRESETS = MappingProxyType(
    {
        # Ethernet at home: a switch and two network stacks; 1 Gbit/s.
        "lan": Conditions(latency=0.25, jitter=0.5, up=125e6, down=125e6),
        # Through one wall, with neighbours on the same channel; 20 and 50 Mbit/s. 802.11 repeats lost frames itself,
        # which is jitter, and leaves its channel to look for others, which is a short stall.
        "wifi": Conditions(
            latency=3.0, jitter=12.0, stall_every=20_000.0, stall_shortest=50.0, stall_longest=150.0, up=2.5e6, down=6.25e6
        ),
        # WebPageTest's "Cable": 28 ms round trip, 1 Mbit/s up and 5 down.
        "cable": Conditions(
            latency=14.0, jitter=4.0, stall_every=60_000.0, stall_shortest=230.0, stall_longest=260.0, up=125e3, down=625e3
        ),
        # WebPageTest's "LTE": 70 ms round trip, 12 Mbit/s each way.
        "lte": Conditions(
            latency=35.0, jitter=25.0, stall_every=30_000.0, stall_shortest=270.0, stall_longest=470.0, up=1.5e6, down=1.5e6
        ),
        # Another continent: Europe is 150 to 280 ms from the west of America and from Australia. Our figures of
        # prediction are at this one's 250 ms round trip with 30 ms of jitter in both ways together.
        "far": Conditions(
            latency=117.5, jitter=15.0, stall_every=30_000.0, stall_shortest=450.0, stall_longest=700.0, up=625e3, down=2.5e6
        ),
        # WebPageTest's "3G": 300 ms round trip, 768 kbit/s up and 1.6 Mbit/s down.
        "3g": Conditions(
            latency=150.0, jitter=60.0, stall_every=20_000.0, stall_shortest=500.0, stall_longest=1_200.0, up=96e3, down=200e3
        ),
        # In a fast train: handovers every few seconds, stalls by timeouts that double (0.3, 0.6, 1.2 and 2.4 s), and
        # connections that are lost. What happens is in Wang et al., "An Active-Passive Measurement Study of TCP
        # Performance over LTE on High-speed Rails" (MobiCom 2019); how often is ours, and on the hard side.
        "train": Conditions(
            latency=45.0, jitter=80.0, stall_every=8_000.0, stall_shortest=300.0, stall_longest=2_400.0, up=125e3, down=375e3,
            cut_every=90_000.0, away=3_000.0,
        ),
    }
)  # fmt: skip
"""From the best to the worst. Where packets are lost TCP stalls for a retransmission timeout: the round trip and at least
200 ms (Linux' TCP_RTO_MIN), doubled when it is lost again (RFC 6298)."""


def conditions_named(name: str) -> Conditions:
    """A preset. Raises LookupError that says which there are."""
    if name not in PRESETS:
        raise LookupError(f"there is no network {name!r}; there are {', '.join(PRESETS)}")
    return PRESETS[name]


class Line:
    """One direction of a connection: bytes in, the same bytes out, in order and later. Times are ms of one clock."""

    def __init__(
        self,
        conditions: Conditions,
        bandwidth: float,
        seed: int,
        now: float = 0.0,
        *,
        capacity: float = CAPACITY,
    ) -> None:
        """`bandwidth` is in bytes a second, 0 for unlimited."""
        self._jitter = BriefRandom(mix(seed, 1))
        self._stalls = BriefRandom(mix(seed, 2))
        self._capacity = capacity
        self._on_way: deque[tuple[float, bytes]] = deque()
        self._sent_at = now
        """When the last byte is on the wire."""
        self._last = now
        """When the last byte arrives."""
        self._held_until = now
        self.size = 0
        """Bytes on their way."""
        self.carried = 0
        """Bytes that were ever pushed."""
        self.change(conditions, bandwidth, now)

    @property
    def full(self) -> bool:
        """Whether it takes nothing more until something has arrived."""
        return self.size >= self._capacity

    def push(self, now: float, payload: bytes) -> None:
        """Put bytes on the line. They arrive together, when the last of them does. Raises OverflowError when full."""
        if self.full:
            raise OverflowError(f"{self.size} bytes are on their way already")
        self._sent_at = max(self._sent_at, now)
        if self._bandwidth:
            self._sent_at += len(payload) * 1000.0 / self._bandwidth
        delay = self._conditions.latency + self._jitter.uniform(0.0, self._conditions.jitter)
        self._last = self._after_stalls(max(self._last, self._sent_at + delay))
        self._on_way.append((self._last, payload))
        self.size += len(payload)
        self.carried += len(payload)

    def due(self, now: float) -> list[bytes]:
        """What has arrived by now and was not taken yet."""
        arrived = []
        while self._on_way and self.next_due() <= now:
            payload = self._on_way.popleft()[1]
            self.size -= len(payload)
            arrived.append(payload)
        return arrived

    def next_due(self) -> float:
        """When the next bytes arrive; infinity for none."""
        return max(self._on_way[0][0], self._held_until) if self._on_way else NEVER

    def stall(self, now: float, milliseconds: float) -> None:
        """Nothing arrives for so long; then all that waits does at once."""
        self._held_until = max(self._held_until, now + milliseconds)

    def change(self, conditions: Conditions, bandwidth: float, now: float) -> None:
        """The network is another from now on; what is on its way arrives as it would have."""
        self._conditions = conditions
        self._bandwidth = bandwidth
        self._stalled = NEVER, NEVER
        if conditions.stall_every:
            self._stalled = self._next_stall(now)

    def clear(self) -> None:
        """The line is cut: what was on its way is lost."""
        self._on_way.clear()
        self.size = 0

    def _after_stalls(self, arrival: float) -> float:
        while arrival >= self._stalled[1]:
            self._stalled = self._next_stall(self._stalled[1])
        return self._stalled[1] if arrival >= self._stalled[0] else arrival

    def _next_stall(self, after: float) -> tuple[float, float]:
        begin = after + self._stalls.uniform(0.0, 2.0 * self._conditions.stall_every)
        return begin, begin + self._stalls.uniform(
            self._conditions.stall_shortest, self._conditions.stall_longest
        )


class Path:
    """Both directions of one connection."""

    def __init__(self, conditions: Conditions, seed: int, now: float, *, capacity: float = CAPACITY) -> None:
        self.conditions = conditions
        self.up = Line(conditions, conditions.up, mix(seed, 1), now, capacity=capacity)
        self.down = Line(conditions, conditions.down, mix(seed, 2), now, capacity=capacity)
        self._cuts = BriefRandom(mix(seed, 3))
        self.cut_at = _cut_after(conditions, self._cuts, now)
        """When the connection is lost; infinity for never."""

    def change(self, conditions: Conditions, now: float) -> None:
        """The network is another from now on."""
        self.conditions = conditions
        self.up.change(conditions, conditions.up, now)
        self.down.change(conditions, conditions.down, now)
        self.cut_at = _cut_after(conditions, self._cuts, now)

    def stall(self, now: float, milliseconds: float) -> None:
        """Nothing gets through either way for so long, and then all at once."""
        self.up.stall(now, milliseconds)
        self.down.stall(now, milliseconds)

    def clear(self) -> None:
        """The connection is lost, with all that was on its way."""
        self.up.clear()
        self.down.clear()


class Network:
    """What one end's connections go through, one after the other or side by side."""

    def __init__(self, conditions: Conditions, seed: int = 1, *, capacity: float = CAPACITY) -> None:
        """`capacity` is how many bytes each direction of a connection takes before it is full."""
        self.conditions = conditions
        self.back_at = -NEVER
        """Nothing connects before."""
        self._capacity = capacity
        self._seed = seed
        self._connections = count(1)

    @property
    def handshake(self) -> float:
        """How long TCP takes to open a connection, which is a round trip (ms)."""
        return 2.0 * self.conditions.latency

    def path(self, now: float) -> Path:
        """For the next connection; the first of two networks of one seed are the same, and so on."""
        return Path(self.conditions, mix(self._seed, next(self._connections)), now, capacity=self._capacity)

    def lost(self, now: float) -> None:
        """A connection was cut by the network: it stays away for a while."""
        self.back_at = max(self.back_at, now + self.conditions.away)


def _cut_after(conditions: Conditions, random: Random, now: float) -> float:
    return now + random.uniform(0.5, 1.5) * conditions.cut_every if conditions.cut_every else NEVER
