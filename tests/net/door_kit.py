"""A server with one room behind the real door, stepped by hand, and a client of the protocol over a raw socket."""

from typing import Any, Self

from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from net.codec import CODECS
from net.gateway import GatewaySettings, socket_endpoint
from net.players.sessions import token_digest
from net.protocol import PROTOCOL_VERSION, SUBPROTOCOL, Hello, Welcome
from net.rooms.room import Room
from net.settings import RoomSettings
from tests.net.room_kit import Table
from tests.net.socket_kit import BINARY, TEXT, RawClient, RunningServer, masked_frame

PATH = "/rooms/room/socket"
SETTINGS = RoomSettings(max_connections=2)


class Door:
    """A server with one room, whose clock stands at `now`, and what its gateway logged."""

    def __init__(self, **settings: Any) -> None:
        self.now = 0.0
        self.hosting: Room
        self.lines: list[tuple[str, dict[str, Any]]] = []
        self._settings = GatewaySettings(log=self._log, **settings)
        self.app = Starlette(routes=[WebSocketRoute("/rooms/{room_id}/socket", self._endpoint)])

    async def _endpoint(self, websocket: WebSocket) -> None:
        await socket_endpoint(websocket, self._find, lambda: self.now, self._settings)

    def open_room(self) -> None:
        """Makes the room, on the server's thread, with a seat for ann, whose token is her name."""
        self.hosting = Table(settings=SETTINGS).room
        self.hosting.reserve("id-ann", "ann", token_digest("ann"), self.now)

    def _find(self, room_id: str) -> Room | None:
        return self.hosting if room_id == "room" else None

    def _log(self, event: str, **fields: object) -> None:
        self.lines.append((event, fields))

    def step(self) -> None:
        """What the loop does: one tick, then its bytes and its closes."""
        step = self.hosting.step(self.now)
        for session, pieces in step.outgoing:
            assert session.sink is not None
            session.sink.send_pieces(pieces)
        for session, reason, sentence in step.closing:
            assert session.sink is not None
            session.sink.close(reason, sentence)


class Client:
    """A client of the protocol over a raw socket."""

    def __init__(
        self,
        server: RunningServer,
        subprotocol: str = SUBPROTOCOL,
        path: str = PATH,
        receive_buffer: int | None = None,
    ) -> None:
        self.raw = RawClient(server.port, receive_buffer=receive_buffer)
        answered = self.raw.open(path, {"Sec-WebSocket-Protocol": subprotocol} if subprotocol else {})
        self.subprotocol = answered.get("sec-websocket-protocol")
        self.codec = CODECS.get(self.subprotocol or "", CODECS[SUBPROTOCOL])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.raw.socket.close()

    def say(self, message: object) -> None:
        opcode = TEXT if self.codec.text else BINARY
        self.raw.send(masked_frame(opcode, self.codec.encode(message)))

    def hear(self) -> object:
        frame = self.raw.frame()
        assert frame.opcode == (TEXT if self.codec.text else BINARY), frame
        return self.codec.decode_server(frame.payload)

    def hello(self, token: str) -> Welcome:
        self.say(Hello(PROTOCOL_VERSION, token))
        welcome = self.hear()
        assert isinstance(welcome, Welcome)
        return welcome

    def end(self) -> tuple[int, str]:
        """Code and reason of the close, which must come next."""
        frame = self.raw.frame()
        return frame.code, frame.reason
