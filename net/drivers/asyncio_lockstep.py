"""A lock-step client on a real connection: runs the generations that are due, and measures what this computer can do.

async with play_lockstep(socket_url, token, lambda: LockstepEngine(game)) as player:
    player.lockstep.command("move", Move(3))
    await player.until(lambda: player.lockstep.generation > 100)
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from types import TracebackType
from typing import Self

from net.client.core import ClientCore
from net.client.events import ClientEvent
from net.client.lockstep import Engine, LockstepClient
from net.codec import MESSAGEPACK, Codec
from net.conditions import Network
from net.drivers.asyncio_client import AsyncioClient
from net.protocol import Master

IDLE = 50.0
"""How often is looked when nothing is due (ms)."""
SMOOTHING = 8.0
"""A new measurement of the computer's speed counts one eighth."""


class LockstepPlayer:
    """One player or viewer. Use as an async context manager; what happens is in `lockstep`."""

    def __init__(
        self,
        socket_url: str,
        token: str,
        make_engine: Callable[[], Engine],
        *,
        codec: Codec = MESSAGEPACK,
        on_events: Callable[[list[ClientEvent]], None] | None = None,
        network: Network | None = None,
    ) -> None:
        """`token` is that of `POST /join`, or of an earlier welcome (`core.token`). `network` is simulated."""
        self.core = ClientCore(token, codec=codec, interpolate=False)
        self.lockstep = LockstepClient(self.core, make_engine)
        self.client = AsyncioClient(socket_url, self.core, on_events=self._heard, network=network)
        self._on_events = on_events
        self._looked = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Connect. Raises as `AsyncioClient` does."""
        await self.client.__aenter__()
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self.client.__aexit__(kind, value, trace)
        self.lockstep.close()

    async def ask(self, verb: str, resource: str, body: object = None) -> int:
        """Ask the server; the status of its answer. Raises ConnectionEnded."""
        return (await self.client.ask(verb, resource, body)).status

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until it holds, looking after each generation. Raises what went wrong while running them."""
        while not condition():
            if self._task is not None and self._task.done():
                self._task.result()
            self._looked.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(IDLE / 1000.0):
                    await self._looked.wait()

    def _heard(self, _: AsyncioClient, events: list[ClientEvent]) -> None:
        self.lockstep.heard(events, self.client.now())
        if self._on_events is not None:
            self._on_events(events)
        self._looked.set()
        self.client.wake()

    async def _run(self) -> None:
        while True:
            now = self.client.now()
            wait = min(self.lockstep.next_time() - now, IDLE)
            if wait > 0.0:
                await asyncio.sleep(wait / 1000.0)
                continue
            before, began = self.lockstep.generation, monotonic()
            self.lockstep.advance(now)
            self._measure(self.lockstep.generation - before, monotonic() - began)
            self._looked.set()
            self.client.wake()
            await asyncio.sleep(0)

    def _measure(self, generations: int, seconds: float) -> None:
        """Iterations a second that this computer could do, smoothed."""
        last: Master | None = self.lockstep.last
        if generations <= 0 or last is None:
            return
        rate = min(generations * last.iterations / max(seconds, 1e-4), 65_535.0)
        known = self.lockstep.framerate
        self.lockstep.framerate = round(known + (rate - known) / SMOOTHING) if known else round(rate)
