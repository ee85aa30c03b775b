"""A client in Python in the village beside the pages of a test: it predicts, walks to and fro, and knows whom it sees."""

import asyncio
import threading
from pathlib import Path
from typing import Self

from tickroom.client import AsyncioClient, Ticked, play
from tickroom.testing import load_game

ROOT = Path(__file__).resolve().parents[2]
TURNS_EVERY = 1_000.0
"""ms."""


class NativePlayer:
    """Use as a context manager: plays from then until the end, in a thread of its own."""

    def __init__(self, url: str, room: str, name: str) -> None:
        self._place = (url, room, name)
        self._ends = threading.Event()
        self._plays = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self.number = -1
        self.why_not = "it was told of no tick"
        """Why it does not predict; empty: it does."""
        self.seen: dict[int, tuple[float, float]] = {}
        """By player, where it was when it was told last."""

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._plays.wait(timeout=30.0):
            raise AssertionError("the native client was never told of a tick")
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        self._thread.join(timeout=10.0)

    async def _run(self) -> None:
        url, room, name = self._place
        rules = load_game(ROOT / "mods" / "village").game
        async with play(url, room=room, username=name, before_tick=walk_to_and_fro, rules=rules) as client:
            async for event in client:
                if isinstance(event, Ticked):
                    self.number = client.core.player
                    self.why_not = client.core.prediction.why_not
                    self.seen |= {
                        each.owner: (each.x, each.y) for each in client.core.scene if each.owner >= 0
                    }
                    self._plays.set()
                if self._ends.is_set():
                    await client.leave()
                    return


def walk_to_and_fro(client: AsyncioClient) -> None:
    inputs = client.core.inputs
    goes_right = int(client.now() / TURNS_EVERY) % 2 == 0
    inputs.hold("right" if goes_right else "left")
    inputs.release("left" if goes_right else "right")
