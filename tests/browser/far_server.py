"""A server that is far away: a simulated network in front of it, in a thread of its own."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from net.conditions import Conditions
from net.drivers.proxy import NetworkProxy


@contextmanager
def far_from(url: str, conditions: Conditions) -> Iterator[str]:
    """The address under which the server at `url`, on this machine, is so far away."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    proxy = NetworkProxy(("127.0.0.1", int(url.rsplit(":", 1)[1])), conditions)
    asyncio.run_coroutine_threadsafe(proxy.__aenter__(), loop).result(timeout=10.0)
    try:
        yield proxy.url
    finally:
        asyncio.run_coroutine_threadsafe(proxy.__aexit__(), loop).result(timeout=10.0)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=10.0)
        loop.close()
