"""An event loop in a thread of its own, beside a browser that is driven from the main thread."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, Self, TypeVar

Result = TypeVar("Result")


class Backstage:
    """Use as a context manager."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="backstage")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def do(self, doing: Coroutine[Any, Any, Result], seconds: float = 120.0) -> Result:
        """Wait for what is done there; raises what it raises."""
        return asyncio.run_coroutine_threadsafe(doing, self._loop).result(seconds)

    def call(self, look: Callable[[], Result]) -> Result:
        """Call something there, between what happens there."""

        async def called() -> Result:
            return look()

        return self.do(called())
