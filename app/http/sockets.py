"""The WebSocket route: how many there may be, then the gateway."""

import asyncio
from collections import Counter
from collections.abc import Callable

import structlog
from starlette.websockets import WebSocket

from app.config import Config
from app.http.addresses import Addresses, client_address
from app.http.budgets import Budget, network
from app.http.problems import Problem, problem
from app.rooms.rooms import RoomDirectory
from net.gateway import FindRoom, GatewaySettings, socket_endpoint

RETRY = {"Retry-After": "5"}


class Sockets:
    """Counts the open sockets, of all and of each address, and lets them in through the gateway.

    Handshakes are counted as well: one that the gateway refuses costs a line of the log, and takes no seat.
    """

    def __init__(
        self,
        config: Config,
        rooms: RoomDirectory,
        addresses: Addresses,
        clock: Callable[[], float],
        screenings: FindRoom,
    ) -> None:
        self._limits = config.limits
        self._rooms = rooms
        self._screenings = screenings
        self._clock = clock
        self._open: Counter[str] = Counter()
        self.quiet = asyncio.Event()
        """Set while no socket is open."""
        self.quiet.set()
        self._handshakes = Budget(config.limits.handshakes_per_minute, "open connections")
        self._settings = GatewaySettings(
            log=structlog.get_logger("gateway").info,
            allowed_origins=addresses.origins,
            max_message_bytes=config.limits.message_bytes,
        )

    @property
    def count(self) -> int:
        """How many are open."""
        return self._open.total()

    async def serve(self, websocket: WebSocket) -> None:
        """A player's WebSocket, from its request to its end."""
        await self._serve(websocket, self._rooms.find)

    async def serve_viewer(self, websocket: WebSocket) -> None:
        """A viewer's likewise."""
        await self._serve(websocket, self._screenings)

    async def _serve(self, websocket: WebSocket, rooms: FindRoom) -> None:
        address = network(client_address(websocket))
        try:
            self._handshakes.spend(address, self._clock())
            self._check_room(address)
        except Problem as refusal:
            answer = problem(refusal.status_code, refusal.detail, refusal.headers)
            await websocket.send_denial_response(answer)
            return
        self._open[address] += 1
        self.quiet.clear()
        try:
            await socket_endpoint(websocket, rooms, self._clock, self._settings)
        finally:
            self._open[address] -= 1
            if not self._open[address]:
                del self._open[address]
            if not self._open:
                self.quiet.set()

    def _check_room(self, address: str) -> None:
        """Raises Problem where all, or this address, have as many sockets as they may."""
        limits = self._limits
        if self.count >= limits.connections:
            detail = f"The server has {limits.connections} connections and takes no more."
            raise Problem(503, detail, RETRY)
        if self._open[address] >= limits.connections_per_address:
            raise Problem(429, f"One address may have {limits.connections_per_address} connections.", RETRY)
