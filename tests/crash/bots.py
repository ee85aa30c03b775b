"""Bots that live through a server's deaths, and notice whatever is not as it was. They play through the Python SDK.

Every bot checks its seat (room, player number, player id) at each welcome and that ticks never run back; a `Clerk` keeps an
`Account` of its ledger as well.
"""

import asyncio
import http.client
from collections.abc import Awaitable, Callable
from hashlib import sha256
from random import Random
from time import monotonic
from typing import Any
from uuid import UUID

import msgspec

from app.bots.brain import WanderingBrain
from net.client.backoff import Backoff
from net.client.core import ClientCore
from net.client.events import Answered, ClientEvent, Disconnected, GameEvent, Noticed, Ticked, Welcomed
from net.client.states import ClientState
from net.drivers.asyncio_client import AsyncioClient, ConnectionEnded
from net.errors import RemoteProtocolError
from net.players.missed import AWAY_TOO_LONG
from net.protocol import CloseReason, ServerBundle, Welcome
from tests.crash.account import Account, Report
from tests.crash.mortal import patience

TRIES = 1_000_000
"""A bot never gives up: a soak has more outages than a player ever sees."""
TRY_AGAIN = 0.1
"""Seconds between two requests to a server that is not there."""
NOT_THERE = (OSError, http.client.HTTPException)
MOST_WAITING = 6
"""Tokens under way of one bot: fewer than a room takes in a tick, so that none is refused."""
REPORT_SECONDS = 20.0
LEFT = frozenset({CloseReason.LEFT, CloseReason.BAD_TOKEN})
"""How a connection ends that has given its seat back; the second where the server died before it could say so."""


Ask = Callable[[str, str, object], tuple[int, Any]]
"""Method, path, body -> status, answer: the HTTP side of a server that may not be there."""


class Seated(msgspec.Struct, frozen=True):
    """What POST /join answers."""

    room_id: str
    player_id: str
    player: int
    name: str
    token: str
    socket_url: str


class WitnessCore(ClientCore):
    """A client core that remembers what the last bundle says to keep."""

    last_id = 0

    def _bundle(self, bundle: ServerBundle, now: float) -> list[ClientEvent]:
        self.last_id = bundle.last_id
        return super()._bundle(bundle, now)


class Bot:
    """One player, in one seat at a time."""

    def __init__(self, name: str, ask: Ask, random: Random) -> None:
        self.name = name
        self.faults: list[str] = []
        self.random = random
        self.guest = str(UUID(int=random.getrandbits(128), version=4))
        """The secret by which the server knows whose saved data it is."""
        self.welcomed_at = float("-inf")
        """When it was last told anything by a connection for the first time (s)."""
        self.moving = False
        """Whether it is between two rooms."""
        self.reconnects = 0
        self._ask = ask
        self._seat: Seated | None = None
        self._client: AsyncioClient | None = None
        self._highest = -1
        """The last tick that was seen in this seat."""
        self._greeted = False
        self._back = asyncio.Event()
        self._gone = asyncio.Event()
        self._leaving = False

    @property
    def identity(self) -> str:
        """By what the store knows it."""
        return f"guest:{sha256(UUID(self.guest).bytes).hexdigest()}"

    @property
    def seat(self) -> Seated:
        """Where it sits."""
        assert self._seat is not None
        return self._seat

    @property
    def client(self) -> AsyncioClient:
        """Its connection."""
        assert self._client is not None
        return self._client

    async def enter(self, room_id: str) -> None:
        """Join a room and connect, however often the server dies meanwhile."""
        self._seat = await self._join(room_id)
        await self.sit(self._seat)

    async def sit(self, seat: Seated) -> None:
        """Connect to a seat; returns when the room's first bundle is there."""
        self._seat = seat
        self._highest = -1
        self._leaving = False
        self._gone.clear()
        self._back.clear()
        core = WitnessCore(seat.token, interpolate=False)
        self._backoff = self.make_backoff()
        self._client = AsyncioClient(
            seat.socket_url,
            core,
            on_events=self._take,
            before_tick=self._before_tick,
            backoff=self._backoff,
        )
        await self._connect(self._client)
        await self._back.wait()

    async def _connect(self, client: AsyncioClient) -> None:
        """The SDK gives up when the very first connection fails; a bot whose server has died just then does not."""
        while True:
            try:
                await client.__aenter__()
                return
            except ConnectionEnded as ended:
                if ended.code in LEFT or client.core.state is not ClientState.CLOSED:
                    raise
            await asyncio.sleep(TRY_AGAIN)
            core = WitnessCore(self.seat.token, interpolate=False)
            self._gone.clear()
            client = self._client = AsyncioClient(
                self.seat.socket_url,
                core,
                on_events=self._take,
                before_tick=self._before_tick,
                backoff=self._backoff,
            )

    def make_backoff(self) -> Backoff:
        """The SDK's own, which never ends."""
        return Backoff(self.random, tries=TRIES)

    async def back_since(self, moment: float) -> float:
        """Waits until it was welcomed after that moment; how long after (s)."""
        while True:
            await self._back.wait()
            if self.welcomed_at >= moment:
                return self.welcomed_at - moment
            self._back.clear()

    async def leave(self) -> None:
        """Give the seat back, whatever happens to the server meanwhile."""
        self._leaving = True
        while not self._gone.is_set():
            if self.client.core.state is ClientState.PLAYING:
                self.client.core.request("delete", "seat")
            try:
                async with asyncio.timeout(1.0):
                    await self._gone.wait()
            except TimeoutError:
                continue
        await self.close()

    async def close(self) -> None:
        """Close the connection; what went wrong inside is a fault."""
        if self._client is None:
            return
        try:
            await self._client.close()
        except RemoteProtocolError as error:
            self.fault(f"the server broke the protocol: {error}")

    def fault(self, sentence: str) -> None:
        """Something is not as it should be."""
        self.faults.append(f"{self.name}: {sentence}")

    def check_alive(self) -> None:
        """What ended the client's own task is a fault."""
        task = self.client._task
        if task is not None and task.done() and not self._leaving:
            error = None if task.cancelled() else task.exception()
            self.fault(f"the client has ended: {error!r}")

    # -----------------------------------------------------------------------------------------------------------------

    async def _join(self, room_id: str) -> Seated:
        """A seat in a room. The answer may be lost with the server: who asks again has the same seat."""
        while True:
            try:
                status, answer = await asyncio.to_thread(self._ask_for_seat, room_id)
            except NOT_THERE:
                status, answer = 503, None
            if status == 200:
                return msgspec.convert(answer, Seated)
            if status not in (409, 503):
                raise AssertionError(f"{self.name} cannot join {room_id}: {status} {answer}")
            await asyncio.sleep(TRY_AGAIN)

    def _ask_for_seat(self, room_id: str) -> tuple[int, Any]:
        return self._ask("POST", f"/join/{room_id}", {"username": self.name, "guest": self.guest})

    def _take(self, client: AsyncioClient, events: list[ClientEvent]) -> None:
        if client is not self._client:
            return
        for event in events:
            self._event(client, event)

    def _event(self, client: AsyncioClient, event: ClientEvent) -> None:
        if isinstance(event, Welcomed):
            self._welcomed(event.welcome)
        elif isinstance(event, Ticked):
            self._ticked(client, event)
        elif isinstance(event, Disconnected) and event.retry_in is None:
            self._ended(event)

    def _welcomed(self, welcome: Welcome) -> None:
        found = (welcome.room_id, welcome.player_id, welcome.player)
        if found != (self.seat.room_id, self.seat.player_id, self.seat.player):
            self.fault(f"welcomed as {found}, and its seat was {self.seat}")
        if welcome.tick < self._highest:
            self.fault(
                f"welcomed at tick {welcome.tick}, and {self._highest} was seen: ticks were taken back"
            )
        self._greeted = True

    def _ticked(self, _client: AsyncioClient, event: Ticked) -> None:
        if event.tick < self._highest:
            self.fault(f"tick {event.tick} after {self._highest}")
        self._highest = max(self._highest, event.tick)
        if self._greeted:
            self._greeted = False
            self._came_back()

    def _came_back(self) -> None:
        self.reconnects += self._back.is_set() or self.welcomed_at > 0
        self.welcomed_at = monotonic()
        self._backoff.reset()  # as if the last outage had been long ago: each is a first one
        self._back.set()

    def _ended(self, event: Disconnected) -> None:
        if self._leaving and event.code not in LEFT:
            self.fault(f"it wanted to leave, and was closed with {event.code}: {event.sentence}")
        elif not self._leaving and self._back.is_set():
            self.fault(f"closed for good with {event.code}: {event.sentence}")
        self._gone.set()

    def _before_tick(self, client: AsyncioClient) -> None:
        """Called before each tick."""


class Wanderer(Bot):
    """Plays any game by its keys."""

    def __init__(self, name: str, ask: Ask, random: Random) -> None:
        super().__init__(name, ask, random)
        self._brain: WanderingBrain | None = None

    def _before_tick(self, client: AsyncioClient) -> None:
        if self._brain is None:
            self._brain = WanderingBrain(client.core.schema.inputs, self.random)
        self._brain.play(client.core.inputs, client.now())


class Clerk(Bot):
    """Plays the game `ledger`: sends tokens by commands and calls, presses its key, and keeps an account of all."""

    def __init__(self, name: str, number: int, ask: Ask, random: Random) -> None:
        super().__init__(name, ask, random)
        self.account = Account(name)
        self.resting = False
        """Whether it sends nothing new."""
        self._next_token = number * 1_000_000
        self._changed = asyncio.Event()
        self._reported = 0
        self._asked: tuple[int, int] | None = None
        """The id of a report that was asked for, and from which line on."""
        self._answered = asyncio.Event()

    async def sit(self, seat: Seated) -> None:
        """A new seat: ids begin anew."""
        self.account.enters()
        await super().sit(seat)

    async def settle(self) -> None:
        """Send nothing more, and wait until all that was sent is acknowledged and seen."""
        self.resting = True
        while not self.account.settled:
            self._changed.clear()
            await self._changed.wait()

    async def move(self, room_id: str) -> None:
        """Leave the room for another, with all saved data."""
        self.moving = True
        await self.settle()
        await self.leave()
        await self.enter(room_id)
        self._reported = 0
        self.resting = self.moving = False

    async def report(self) -> None:
        """Ask for the ledger and compare."""
        start = min(self._reported, self.account.seen)
        self._asked = (self.client.core.call("report", {"start": start}), start)
        self._answered.clear()
        async with asyncio.timeout(REPORT_SECONDS * patience()):
            await self._answered.wait()

    def _reports(self, event: Answered, start: int) -> None:
        """The report is here; it is compared at once, before the next bundle makes it old."""
        if event.status != 200:
            self.fault(f"no report: {event.status} {event.body}")
        else:
            report = msgspec.convert(event.body, Report)
            self.account.reports(report, start)
            self._reported = report.count
        self._asked = None
        self._answered.set()

    def _event(self, client: AsyncioClient, event: ClientEvent) -> None:
        super()._event(client, event)
        if isinstance(event, GameEvent):
            self._happened(event)
        elif isinstance(event, Answered) and self._asked is not None and event.id == self._asked[0]:
            self._reports(event, self._asked[1])
        elif isinstance(event, Answered):
            self.account.answers(event.id, event.status, event.body)
        elif isinstance(event, Noticed) and event.text == AWAY_TOO_LONG.text:
            self.account.excuse()

    def _happened(self, event: GameEvent) -> None:
        if event.name == "Noted":
            self.account.hears_line(event.body.token, event.body.index)
        elif event.name == "Bell":
            self.account.hears_bell(event.body.number)

    def _ticked(self, _client: AsyncioClient, event: Ticked) -> None:
        super()._ticked(_client, event)
        core = _client.core
        assert isinstance(core, WitnessCore)
        self.account.keeps(core.last_id)
        if not core.scene.stale:
            for own in core.scene.owned_by(core.player):
                tally = own["Tally"]
                self.account.sees(tally.count, tally.last, tally.digest, tally.presses)
        self._changed.set()

    def _before_tick(self, client: AsyncioClient) -> None:
        if self.resting or client.core.state is not ClientState.PLAYING:
            return
        account = self.account
        if account.waiting < MOST_WAITING and self.random.random() < 0.3:
            self._send(client.core, self.random.choice(("note", "count")))
        if account.pressed_seen == account.presses and self.random.random() < 0.2:
            client.core.inputs.tap("press")
            account.presses += 1

    def _send(self, core: ClientCore, how: str) -> None:
        self._next_token += 1
        send: Callable[[str, object], int] = core.command if how == "note" else core.call
        item_id = send(how, {"token": self._next_token})
        self.account.sends(self._next_token, item_id, call=how == "count")


async def together(parts: list[Awaitable[Any]]) -> list[Any]:
    """All at once; the first that raises ends the others."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_awaited(part)) for part in parts]
    return [task.result() for task in tasks]


async def _awaited(part: Awaitable[Any]) -> Any:
    return await part
