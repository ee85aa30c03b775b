"""uvicorn, run by us: signals are ours, and we hear when it has started."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn


class Http(uvicorn.Server):
    """uvicorn without its signal handlers, which would raise the signal again after an orderly stop."""

    def __init__(self, config: uvicorn.Config, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_started = on_started

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_started()
