"""Many bots on one server from one process: joins them, lets them play, measures what they are served."""

import asyncio
import gc
from array import array
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from secrets import token_hex

from msgspec import Struct

from app.bots.brain import WanderingBrain
from net.client.core import ClientCore
from net.client.events import ClientEvent, Disconnected, Ticked, Welcomed
from net.client.states import ClientState
from net.codec import MESSAGEPACK, Codec
from net.conditions import PERFECT, Conditions, Network
from net.drivers.asyncio_client import AsyncioClient, ConnectionEnded
from net.drivers.lobby import Lobby, Refusal, Ticket
from net.errors import RemoteProtocolError

PROGRESS_INTERVAL = 0.1
"""Seconds between two words about the progress."""
MENDED_WITHIN = 10.0
"""Seconds. A client tries every 3 s at least."""


class Spread(Struct, frozen=True):
    """How a measured time spreads (ms)."""

    p50: float
    p99: float
    max: float

    @classmethod
    def of(cls, samples: "array[float]") -> "Spread":
        """By nearest rank; zeros where nothing was measured."""
        if not samples:
            return cls(0.0, 0.0, 0.0)
        ordered = sorted(samples)
        last = len(ordered) - 1
        return cls(*(round(ordered[round(part * last)], 3) for part in (0.50, 0.99, 1.0)))


class Report(Struct, frozen=True):
    """What a swarm saw. `interval_ms` is between two bundles of one connection, `rtt_ms` without the server's waiting."""

    bots: int
    seconds: float
    interval_ms: Spread
    rtt_ms: Spread
    bytes_per_client_tick: float
    """What a client receives in one bundle, on average."""
    errors: int
    """Bots that could not join, or whose connection was lost and not regained, or that were told something impossible."""
    reconnects: int
    tick_rate: int
    ticks_per_second: float
    """Bundles that a bot received a second, on average: held when it is the tick rate."""
    rooms: int


@dataclass(slots=True)
class Measure:
    """What one bot has measured since `reset`."""

    intervals: "array[float]" = field(default_factory=lambda: array("d"))
    round_trips: "array[float]" = field(default_factory=lambda: array("d"))
    bundles: int = 0
    pings: int = 0
    """Answers to pings that were known before."""
    _last_at: float | None = None

    def take(self, event: ClientEvent, client: AsyncioClient) -> None:
        """Learn from an event that has just come."""
        if isinstance(event, Ticked):
            self._ticked(client.now())
            clock = client.core.clock
            if clock.pings_answered != self.pings:
                self.pings = clock.pings_answered
                self.round_trips.append(clock.last_round_trip)
        elif isinstance(event, Disconnected):
            self._last_at = None

    def _ticked(self, now: float) -> None:
        self.bundles += 1
        if self._last_at is not None:
            self.intervals.append(now - self._last_at)
        self._last_at = now


class Bot:
    """One player."""

    def __init__(self, ticket: Ticket, codec: Codec, random: Random, network: Network | None) -> None:
        core = ClientCore(ticket.token, codec=codec, interpolate=False)
        self.client = AsyncioClient(
            ticket.socket_url, core, on_events=self._take, before_tick=self._play, network=network
        )
        self.measure = Measure()
        self._network = network
        self._settled = asyncio.Event()
        """Set while it is connected, and once it never will be."""
        self.failure = ""
        """Why this bot is an error, or empty."""
        self._random = random
        self._brain: WanderingBrain | None = None
        self._bytes_before = 0
        self._leaving = False

    @property
    def received_bytes(self) -> int:
        """Bytes of messages since `start_measuring`."""
        return self.client.received_bytes - self._bytes_before

    def start_measuring(self) -> None:
        """Forget what was measured while others were still joining."""
        self.measure = Measure(pings=self.client.core.clock.pings_answered)
        self._bytes_before = self.client.received_bytes

    async def connect(self) -> None:
        """Connect; a failure is kept as this bot's."""
        try:
            await self.client.__aenter__()
        except (ConnectionEnded, RemoteProtocolError) as error:
            self.failure = str(error)

    async def leave(self) -> None:
        """Give the seat back; what went wrong inside before is this bot's failure."""
        if self._network is not None and not self.failure:
            await self._mended(self._network)
        if not self.failure and self.client.core.state is not ClientState.PLAYING:
            self.failure = "The connection was lost and not regained in time."
        self._leaving = True
        try:
            await self.client.leave()
        except RemoteProtocolError as error:
            self.failure = str(error)

    async def _mended(self, network: Network) -> None:
        """Whom the simulated network has just cut off comes back first: that is no fault of the server's."""
        self.client.change_network(PERFECT)
        network.back_at = self.client.now()
        with suppress(TimeoutError):
            async with asyncio.timeout(MENDED_WITHIN):
                await self._settled.wait()

    def _take(self, client: AsyncioClient, events: list[ClientEvent]) -> None:
        for event in events:
            self.measure.take(event, client)
            if isinstance(event, Welcomed):
                self._settled.set()
            elif isinstance(event, Disconnected) and event.retry_in is not None:
                self._settled.clear()
            if isinstance(event, Disconnected) and event.retry_in is None and not self._leaving:
                self._settled.set()
                self.failure = f"{event.sentence} ({event.code})"

    def _play(self, client: AsyncioClient) -> None:
        if self._brain is None:
            self._brain = WanderingBrain(client.core.schema.inputs, self._random)
        self._brain.play(client.core.inputs, client.now())


class Swarm:
    """Bots that join one after the other, play together, and leave together."""

    def __init__(
        self,
        lobby: Lobby,
        game: str,
        room: str = "",
        *,
        codec: Codec = MESSAGEPACK,
        seed: int = 1,
        conditions: Conditions | None = None,
    ) -> None:
        """All go into `room`, or else into rooms of `game` with free seats; new ones are created where all are full.

        With `conditions` each has a simulated network of its own between itself and the server.
        """
        self.failures: list[str] = []
        """A sentence for each bot that is an error."""
        self._lobby = lobby
        self._game = game
        self._room = room
        self._codec = codec
        self._random = Random(seed)
        self._conditions = conditions
        self._tag = token_hex(2)
        self._bots: list[Bot] = []
        self._rooms: set[str] = set()

    async def join(self, count: int, joined: Callable[[int], None]) -> None:
        """Seat and connect so many bots; `joined` is called for each."""
        async with asyncio.TaskGroup() as connecting:
            for number in range(count):
                try:
                    bot = await self._seat(number)
                except (Refusal, OSError) as error:
                    self.failures += [str(error)] * (count - number)
                    return
                self._bots.append(bot)
                connecting.create_task(bot.connect()).add_done_callback(lambda _: joined(1))

    async def play(self, seconds: float, played: Callable[[float], None]) -> Report:
        """Measure for so long; `played` is called now and then with the seconds since the begin.

        Without a single bot it ends at once. The report counts no errors yet: they are known when all have left.
        """
        loop = asyncio.get_running_loop()
        gc.collect()
        gc.freeze()  # what is there stays: the collector need not look at it while we measure
        for bot in self._bots:
            bot.start_measuring()
        began = loop.time()
        passed = 0.0
        while self._bots and passed < seconds:
            await asyncio.sleep(min(seconds - passed, PROGRESS_INTERVAL))
            passed = loop.time() - began
            played(passed)
        return self._report(passed)

    async def leave(self) -> None:
        """All leave. `failures` is whole after this."""
        await asyncio.gather(*(bot.leave() for bot in self._bots))
        self.failures += [bot.failure for bot in self._bots if bot.failure]

    async def _seat(self, number: int) -> Bot:
        name = f"bot {self._tag}-{number + 1}"
        ticket = await asyncio.to_thread(self._lobby.take_seat, self._game, self._room, name)
        self._rooms.add(ticket.room_id)
        seed = self._random.getrandbits(64)
        network = Network(self._conditions, seed) if self._conditions is not None else None
        return Bot(ticket, self._codec, Random(seed), network)

    def _report(self, seconds: float) -> Report:
        measures = [bot.measure for bot in self._bots]
        bundles = sum(measure.bundles for measure in measures)
        welcomed = [bot.client.core for bot in self._bots if bot.client.core.state is ClientState.PLAYING]
        return Report(
            bots=len(self._bots),
            seconds=round(seconds, 3),
            interval_ms=Spread.of(_together(measure.intervals for measure in measures)),
            rtt_ms=Spread.of(_together(measure.round_trips for measure in measures)),
            bytes_per_client_tick=round(sum(bot.received_bytes for bot in self._bots) / max(1, bundles), 1),
            errors=0,
            reconnects=sum(bot.client.reconnects for bot in self._bots),
            tick_rate=welcomed[0].welcome.tick_rate if welcomed else 0,
            ticks_per_second=round(bundles / len(self._bots) / seconds, 2) if self._bots else 0.0,
            rooms=len(self._rooms),
        )


def _together(parts: Iterable["array[float]"]) -> "array[float]":
    whole = array("d")
    for part in parts:
        whole += part
    return whole
