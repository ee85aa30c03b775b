"""A player of a lock-step match as a program in Python, on a real connection, which plays and remembers what it did."""

import asyncio
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from net.drivers.asyncio_lockstep import LockstepPlayer
from net.drivers.proxy import NetworkProxy
from net.lockstep.play import VIEWERS
from systems.lockstep import LockstepEngine
from tests.match.commander import wants
from tests.mods.loading import load, module


class Program:
    """One player. All of it happens on one event loop."""

    def __init__(self, socket_url: str, token: str, proxy: NetworkProxy) -> None:
        """`proxy` leads to the server that `socket_url` is of."""
        self.sums: dict[int, int] = {}
        """Every generation that was run, with its checksum."""
        self.again = 0
        """How often a generation was run again."""
        self.given: list[tuple[str, Any]] = []
        """Every command that was given."""
        self.rests = True
        """Whether it gives no commands."""
        self.proxy = proxy
        path = urlsplit(socket_url).path
        self.player = LockstepPlayer(
            f"ws://127.0.0.1:{proxy.port}{path}", token, lambda: LockstepEngine(load("skirmish"))
        )
        self._seen = -1
        self._task: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Connect, and play from then on."""
        await self.player.__aenter__()
        self._task = asyncio.create_task(self._play())

    async def end(self) -> None:
        """Raises what went wrong."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self.player.__aexit__(None, None, None)

    @property
    def generation(self) -> int:
        """The last that was run."""
        return self.player.lockstep.generation

    @property
    def number(self) -> int:
        """The player's."""
        return self.player.core.player

    @property
    def fault(self) -> str:
        """What ended it, or what it noticed; empty."""
        if self._task is not None and self._task.done():
            return repr(self._task.exception())
        lockstep = self.player.lockstep
        return f"another state since generation {lockstep.diverged_at}" if lockstep.diverged_at >= 0 else ""

    def chosen(self) -> dict[int, int]:
        """The team of each player who has one."""
        configuration = self.player.lockstep.configuration
        players = configuration.players if configuration is not None else []
        return {
            number: options["team"] for number, options in players if "team" in options and number < VIEWERS
        }

    def ready(self) -> set[int]:
        """Who is ready."""
        configuration = self.player.lockstep.configuration
        return set(configuration.ready) if configuration is not None else set()

    def sight(self, player: int) -> "Sight | None":
        """What a player looks for; None who has no hall any more."""
        lockstep = self.player.lockstep
        if not isinstance(lockstep.engine, LockstepEngine) or lockstep.generation < 0:
            return None
        parts, world = module("skirmish", "shared.components"), lockstep.engine.world
        size: int = world.resources["Land"].size
        halls = [
            each.cell
            for _, body, each in world.query(parts.Body, parts.Structure)
            if (body.owner, body.kind) == (player, 4)
        ]
        if not halls:
            return None
        x, y = halls[0] % size + 1.5, halls[0] // size + 1.5
        deposits = [
            (each.cell % size + 1 - x, each.cell // size + 1 - y) for _, each in world.query(parts.Deposit)
        ]
        return sorted(deposits, key=lambda way: way[0] ** 2 + way[1] ** 2)[:8]

    async def _play(self) -> None:
        lockstep = self.player.lockstep
        while True:
            await self.player.until(lambda: lockstep.generation != self._seen)
            self.again += lockstep.generation <= self._seen
            self._seen = seen = lockstep.generation
            self.sums.update(lockstep._sums)
            if self.rests or not isinstance(lockstep.engine, LockstepEngine):
                continue
            for name, body in wants(lockstep.engine.world, self.number, seen):
                lockstep.command(name, body)
                self.given.append((name, body))


Sight = list[tuple[float, float]]
"""The nearest deposits: how many cells to the right and down from the middle of the player's hall."""
