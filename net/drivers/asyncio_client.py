"""Drives a client core with asyncio: the socket, the clock, the ticks, and the way back after a loss.

    async with play("http://127.0.0.1:7373", game="arena", username="Ada") as client:
        async for event in client:
            ...

The WebSocket is the `websockets` library's (docs/decisions/0060-websockets-for-clients.md).
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import suppress
from http import HTTPStatus
from random import Random
from time import monotonic
from typing import Any, Self
from urllib.parse import urlsplit

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.typing import Subprotocol

from net.client.backoff import NORMAL_CLOSURE, Backoff, is_final
from net.client.calls import value_of
from net.client.core import ClientCore
from net.client.events import Answered, ClientEvent, Disconnected, ServerAway, Welcomed
from net.client.states import ClientState
from net.client.view import Pose
from net.conditions import PERFECT, PRESETS, Conditions, Network, Path
from net.drivers.lobby import Refusal, is_loopback
from net.drivers.simulated import ConnectionCut, SimulatedSocket, WebSocket
from net.errors import RemoteProtocolError
from net.protocol import CloseReason

MAX_SERVER_MESSAGE = 16 * 1024 * 1024
"""Bytes of the largest message that is taken: a snapshot of 65,536 entities has about 5 MB."""
OPEN_TIMEOUT = 10.0
"""Seconds for the WebSocket to open, and again for the welcome to come."""
PING_INTERVAL = 5.0
PING_TIMEOUT = 10.0
"""Seconds. A connection that is dead on the way is found out by WebSocket pings."""
CLOSE_TIMEOUT = 2.0
MAX_WAITING = 1_000
"""Messages that wait for a program that does not iterate; then the socket is not read, and the server notices."""
STABLE = 10_000.0
"""ms. A connection that lived so long since its welcome starts a new count of tries when it is lost."""
LONGEST_REST = 1_000.0
"""ms. The next tick is looked for at least so often: a clock that is set back makes it due sooner than was known."""
NOT_NOW = float("inf")
"""When a connection was welcomed that was not."""
NO_NETWORK = "none"
MAX_CLOSE_REASON = 120
"""Bytes; RFC 6455 has room for 123."""
ABNORMAL = 1006
GIVE_UP_STATUS = range(400, 500)
TRY_AGAIN_STATUS = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})


class ConnectionEnded(Exception):
    """The connection is gone for good, or for an answer that was awaited on it."""

    def __init__(self, code: int, sentence: str) -> None:
        self.code = code
        self.sentence = sentence
        super().__init__(f"{sentence} ({code})")


class AsyncioClient:
    """A client core on a connection that comes back by itself. Use as an async context manager.

    Iterate over it for its events (one must: unread events stop the socket), or give `on_events`, which is called with
    the events of each message. `before_tick` is called before each tick, to set inputs. `on_token` is called with each welcome's
    token before anything is sent: a program that keeps it can come back to its seat after it was ended. `network` is simulated
    between this client and its server. `new_place` gives another token where a server knows ours no more: a viewer's place is
    forgotten with the server that gave it. It raises lobby.Refusal or OSError.
    """

    def __init__(
        self,
        socket_url: str,
        core: ClientCore,
        *,
        on_events: "Callable[[AsyncioClient, list[ClientEvent]], None] | None" = None,
        before_tick: "Callable[[AsyncioClient], None] | None" = None,
        on_token: Callable[[str], None] | None = None,
        backoff: Backoff | None = None,
        clock: Callable[[], float] = lambda: monotonic() * 1000.0,
        network: Network | None = None,
        new_place: Callable[[], Awaitable[str]] | None = None,
    ) -> None:
        self.core = core
        self.now = clock
        """The client's clock (ms)."""
        self.received_bytes = 0
        self.sent_bytes = 0
        self.reconnects = 0
        self.network_name = NO_NETWORK
        """Which of PRESETS `next_network` has chosen."""
        self._url = socket_url
        self._on_events = on_events
        self._before_tick = before_tick
        self._on_token = on_token
        self._backoff = backoff or Backoff(Random())
        self._network = network
        self._new_place = new_place
        self._is_placeless = False
        self._path: Path | None = None
        self._events: asyncio.Queue[list[ClientEvent] | None] = asyncio.Queue(MAX_WAITING)
        self._unread: deque[ClientEvent] = deque()
        self._asked: dict[int, asyncio.Future[Answered]] = {}
        self._called: dict[int, asyncio.Future[Answered]] = {}
        self._task: asyncio.Task[None] | None = None
        self._told = False
        self._woken = asyncio.Event()
        self._welcomed = asyncio.Event()
        self._welcomed_at = NOT_NOW
        self._ended = ConnectionEnded(ABNORMAL, "There was no connection.")

    # What a program does ---------------------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        """Connect; returns when the server has welcomed. Raises ConnectionEnded, or RemoteProtocolError."""
        self._task = asyncio.create_task(self._run())
        welcomed = asyncio.create_task(self._welcomed.wait())
        try:
            await asyncio.wait({self._task, welcomed}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            await self.close()
            raise
        finally:
            welcomed.cancel()
        if self._task.done():
            self._raise_failure()
            raise ConnectionEnded(self._ended.code, self._ended.sentence)
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connection. Idempotent. Raises what went wrong inside, where the program was not told of it yet."""
        self.core.close()
        if self._task is not None:
            if not self._task.done():
                self._ended = ConnectionEnded(NORMAL_CLOSURE, "The client was closed.")
            self._task.cancel()
            await asyncio.wait({self._task})
            self._raise_failure()

    async def leave(self) -> None:
        """Give up the seat for good, so that another may have it, and close. Idempotent; raises as `close` does."""
        if self._task is not None and self.core.state is ClientState.PLAYING:
            self.core.request("delete", "seat")
            await asyncio.wait({self._task}, timeout=CLOSE_TIMEOUT)
        await self.close()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> ClientEvent:
        """The next event; the last is a Disconnected that is not tried again, or RemoteProtocolError is raised."""
        while not self._unread:
            batch = await self._events.get()
            if batch is None:
                self._events.put_nowait(None)
                self._raise_failure()
                raise StopAsyncIteration
            self._unread.extend(batch)
        return self._unread.popleft()

    async def ask(self, verb: str, resource: str, body: object = None) -> Answered:
        """Ask the server and wait for the answer. Raises ConnectionEnded when the connection goes first."""
        request_id = self.core.request(verb, resource, body)
        self._asked[request_id] = asyncio.get_running_loop().create_future()
        self.wake()
        try:
            return await self._asked[request_id]
        finally:
            del self._asked[request_id]

    async def call(self, name: str, body: object = None, *, timeout: float = 5.0) -> Any:  # noqa: ASYNC109 - the time is the call's own
        """Call an rpc of the game's and wait for what it gives back, over lost connections too: it runs once.

        Raises CallFailed with the status and sentence of a refusal, TimeoutError after `timeout` seconds (the call may have run
        by then), ConnectionEnded when there is no more connection to come, and LocalProtocolError unless playing.
        """
        call_id = self.core.call(name, body)
        self._called[call_id] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(timeout):
                return value_of(await self._called[call_id])
        finally:
            del self._called[call_id]
            self.core.forget_call(call_id)

    def wake(self) -> None:
        """Look now whether there is something to send, as a lock-step client has at once."""
        self._woken.set()

    def change_network(self, conditions: Conditions) -> None:
        """The simulated network is another from now on. Raises ValueError for a client that has none."""
        if self._network is None:
            raise ValueError("this client has no simulated network: give it one, as in Network(PERFECT)")
        self._network.conditions = conditions
        if self._path is not None:
            self._path.change(conditions, self.now())

    def next_network(self) -> str:
        """Simulate the next one of PRESETS, after the last one none; its name. Raises ValueError as `change_network` does."""
        names = [NO_NETWORK, *PRESETS]
        name = names[(names.index(self.network_name) + 1) % len(names)]
        self.change_network(PRESETS.get(name, PERFECT))
        self.network_name = name
        return name

    def poses(self) -> list[Pose]:
        """Where to draw each entity now, the lowest layer first: own ones where they are predicted, the others interpolated."""
        kinds = self.core.kinds
        return sorted(self.core.poses(self.now()), key=lambda pose: kinds[pose.entity.kind].layer)

    async def frames(self, rate: float = 60.0) -> AsyncIterator[list[ClientEvent]]:
        """Pictures of a window: `rate` times a second, each with what happened since the one before. Ends when the connection is
        gone for good, or raises RemoteProtocolError; instead of iterating over the client itself."""
        due = self.now()
        while True:
            happened = [*self._unread]
            self._unread.clear()
            while not self._events.empty():
                batch = self._events.get_nowait()
                if batch is None:
                    self._events.put_nowait(None)
                    if happened:
                        yield happened
                    self._raise_failure()
                    return
                happened += batch
            yield happened
            due = max(due + 1000.0 / rate, self.now())
            await asyncio.sleep((due - self.now()) / 1000.0)

    # One connection after the other ----------------------------------------------------------------------------------

    def _raise_failure(self) -> None:
        """Raise what ended the task, once."""
        if self._task is None or self._told or not self._task.done() or self._task.cancelled():
            return
        self._told = True
        self._task.result()

    async def _run(self) -> None:
        try:
            await self._connections()
        except RemoteProtocolError as error:
            self._ended = ConnectionEnded(error.reason, error.sentence)
            raise
        finally:
            _fail(self._called, self._ended)
            if self._events.full():  # only a program that has closed, or broke, leaves some unread
                self._events.get_nowait()
            self._events.put_nowait(None)

    async def _connections(self) -> None:
        while True:
            self._ended, retry = await self._connection()
            self._went_out()
            self._is_placeless |= self._ended.code == CloseReason.BAD_TOKEN and self._new_place is not None
            wait = self._backoff.next() if retry and self._welcomed.is_set() else None
            await self._deliver([Disconnected(self._ended.code, self._ended.sentence, wait)])
            if wait is None:
                self.core.close()
                return
            await asyncio.sleep(wait / 1000.0)

    async def _connection(self) -> tuple[ConnectionEnded, bool]:
        """One connection, to its end: why it ended, and whether to try again."""
        try:
            await self._take_place()
            await self._connect_and_talk()
        except ConnectionCut:
            return ConnectionEnded(ABNORMAL, "The simulated network is away."), True
        except ConnectionClosed as error:
            code, reason = (error.rcvd.code, error.rcvd.reason) if error.rcvd else (ABNORMAL, "")
            again = not is_final(code) or (code == CloseReason.BAD_TOKEN and self._new_place is not None)
            return ConnectionEnded(code, reason or "The connection was lost."), again
        except Refusal as refusal:
            return ConnectionEnded(ABNORMAL, str(refusal)), _is_passing(refusal.status)
        except InvalidStatus as error:
            status = error.response.status_code
            sentence = f"The server refused the connection with HTTP {status}."
            return ConnectionEnded(ABNORMAL, sentence), _is_passing(status)
        except (OSError, TimeoutError, InvalidHandshake) as error:
            return ConnectionEnded(
                ABNORMAL, f"The server cannot be reached: {str(error) or type(error).__name__}."
            ), True
        return ConnectionEnded(ABNORMAL, "The connection was lost."), True

    async def _take_place(self) -> None:
        if self._is_placeless and self._new_place is not None:
            self.core.token = await self._new_place()
            self._is_placeless = False

    async def _connect_and_talk(self) -> None:
        if self._network is None:
            async with self._connect() as socket:
                await self._talk(socket)
            return
        if self.now() < self._network.back_at:
            raise ConnectionCut
        await asyncio.sleep(2.0 * self._network.handshake / 1000.0)  # TCP's, and WebSocket's
        async with self._connect() as socket:
            self._path = self._network.path(self.now())
            try:
                async with SimulatedSocket(socket, self._path, self.now) as simulated:
                    await self._talk(simulated)
            except ConnectionCut:
                self._network.lost(self.now())
                socket.transport.abort()
                raise

    def _connect(self) -> connect:
        return connect(
            self._url,
            subprotocols=[Subprotocol(self.core.codec.subprotocol)],
            compression=None,
            proxy=None if is_loopback(urlsplit(self._url).hostname) else True,
            max_size=MAX_SERVER_MESSAGE,
            open_timeout=OPEN_TIMEOUT,
            ping_interval=PING_INTERVAL,
            ping_timeout=PING_TIMEOUT,
            close_timeout=CLOSE_TIMEOUT,
        )

    async def _talk(self, socket: WebSocket) -> None:
        try:
            if socket.subprotocol != self.core.codec.subprotocol:
                raise RemoteProtocolError(CloseReason.UNSUPPORTED_PROTOCOL)
            await self._send(socket, self.core.connect())
            async with asyncio.timeout(OPEN_TIMEOUT):
                await self._receive(socket)
            await _first_to_end(self._read(socket), self._tick(socket))
        except asyncio.CancelledError:
            await socket.close()
            raise
        except RemoteProtocolError as error:
            await socket.close(error.reason, _shortened(error.sentence))
            raise

    async def _read(self, socket: WebSocket) -> None:
        while True:
            await self._receive(socket)

    async def _receive(self, socket: WebSocket) -> None:
        payload = await socket.recv(decode=False)
        self.received_bytes += len(payload)
        events = self.core.receive(payload, self.now())
        for reply in self.core.data_to_send():
            await self._send(socket, reply)
        if events:
            await self._deliver(events)

    async def _tick(self, socket: WebSocket) -> None:
        while self.core.state is ClientState.PLAYING:
            wait = self.core.next_tick() - self.now()
            if wait > 0.0:
                await self._rest(min(wait, LONGEST_REST) / 1000.0)
                continue
            if self._before_tick is not None:
                self._before_tick(self)
            await self._send(socket, self.core.tick(self.now()))

    async def _rest(self, seconds: float) -> None:
        """Until then, or until `wake`."""
        self._woken.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()

    async def _send(self, socket: WebSocket, payload: bytes) -> None:
        self.sent_bytes += len(payload)
        await socket.send(payload, text=self.core.codec.text)

    async def _deliver(self, events: list[ClientEvent]) -> None:
        for event in events:
            if isinstance(event, Welcomed):
                self._came_in()
            elif isinstance(event, Answered):
                self._answered(event)
            elif isinstance(event, ServerAway):
                self._backoff.away(event.milliseconds)
        if self._on_events is None:
            await self._events.put(events)
        else:
            self._on_events(self, events)

    def _answered(self, event: Answered) -> None:
        waiting = self._asked.get(event.id) or self._called.get(event.id)
        if waiting is not None and not waiting.done():
            waiting.set_result(event)

    def _came_in(self) -> None:
        if self._on_token is not None:
            self._on_token(self.core.token)
        self._welcomed_at = self.now()
        if self._welcomed.is_set():
            self.reconnects += 1
        self._welcomed.set()

    def _went_out(self) -> None:
        self.core.lost()
        if self.now() - self._welcomed_at >= STABLE:
            self._backoff.reset()
        self._welcomed_at = NOT_NOW
        _fail(self._asked, self._ended)


def _is_passing(status: int) -> bool:
    """Whether a refusal with this status may be none a moment later."""
    return status not in GIVE_UP_STATUS or status in TRY_AGAIN_STATUS


def _fail(waiting: dict[int, asyncio.Future[Answered]], ended: ConnectionEnded) -> None:
    for each in waiting.values():
        if not each.done():
            each.set_exception(ConnectionEnded(ended.code, ended.sentence))


async def _first_to_end(*parts: Coroutine[None, None, None]) -> None:
    """Run the parts together until one ends, then end the others; raises what the first in order raised."""
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in tasks:
        if not task.cancelled():
            task.result()


def _shortened(sentence: str) -> str:
    return sentence.encode()[:MAX_CLOSE_REASON].decode(errors="ignore")
