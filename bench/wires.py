"""What the load says and hears on each kind of server: how one joins, and its messages.

tickroom:NAME   a room of the game NAME of ours: HTTP joins, hello, bundles
bare            the same messages for a bare WebSocket server
colyseus:NAME   a Colyseus room: matchmaking, its room protocol, the message number 0 being [tick, held keys]
"""

import http.client
import json
from typing import Any, Protocol
from urllib.parse import urlsplit

import msgspec

from net.protocol import PROTOCOL_VERSION, ClientBundle, Hello, Input

_encode = msgspec.msgpack.Encoder().encode

JOIN_ROOM, ROOM_DATA, ROOM_STATE_PATCH = 10, 13, 15
"""The first byte of a message of Colyseus'."""


class Wire(Protocol):
    """One client's side of a protocol. Messages are payloads, without WebSocket frames."""

    path: str
    """Where the WebSocket is opened."""
    game: str
    """What is played."""
    greeting: bytes
    """What is said first; empty: nothing."""

    def answer(self, message: bytes) -> bytes:
        """What is said at once to a message that is no tick's; empty: nothing."""

    def tick_of(self, message: bytes) -> int:
        """The tick of a message with a tick's state, -1 for any other."""

    def input(self, tick: int, heard: int, held: int) -> bytes:
        """The input of a tick; `heard` is the last tick that came."""


class Tickroom:
    """Ours, in MessagePack."""

    def __init__(self, path: str, game: str, greeting: bytes) -> None:
        self.path = path
        self.game = game
        self.greeting = greeting

    def answer(self, _message: bytes) -> bytes:
        return b""

    def tick_of(self, message: bytes) -> int:
        """A server bundle is [3, tick, ...]."""
        if message[1] != 3:
            return -1
        kind = message[2]
        if kind < 0x80:
            return kind
        width = {0xCC: 1, 0xCD: 2, 0xCE: 4}[kind]
        return int.from_bytes(message[3 : 3 + width], "big")

    def input(self, tick: int, heard: int, held: int) -> bytes:
        return _encode(ClientBundle(tick, heard, [Input(tick, held)]))


class Colyseus:
    """Colyseus' room protocol, as its own client speaks it."""

    greeting = b""

    def __init__(self, path: str, game: str) -> None:
        self.path = path
        self.game = game

    def answer(self, message: bytes) -> bytes:
        return bytes((JOIN_ROOM,)) if message[0] == JOIN_ROOM else b""

    def tick_of(self, message: bytes) -> int:
        """A patch begins with what all share: the root's first field, `tick`."""
        if message[0] != ROOM_STATE_PATCH:
            return -1
        if message[1] not in (0x00, 0x80):
            raise SystemExit(f"a patch does not begin with the tick: {message[:12].hex()}")
        return int.from_bytes(message[2:6], "little")

    def input(self, tick: int, _heard: int, held: int) -> bytes:
        return bytes((ROOM_DATA, 0)) + _encode((tick, held))


def join(kind: str, address: str, count: int) -> list[Wire]:
    """Takes `count` places in a new room, or on a bare server."""
    kind, _, name = kind.partition(":")
    if kind == "bare":
        return [Tickroom("/", "plaza", b"\x92\x01\x01") for _ in range(count)]
    post = _Http(address).post
    if kind == "colyseus":
        return [_reserve(post, name) for _ in range(count)]
    room = post("/create", {"game": name})["room_id"]
    return [_take_seat(post, room, name, number) for number in range(count)]


def _take_seat(post: Any, room: str, game: str, number: int) -> Tickroom:
    seat = post(f"/join/{room}", {"username": f"player {number}"})
    return Tickroom(urlsplit(seat["socket_url"]).path, game, _encode(Hello(PROTOCOL_VERSION, seat["token"])))


def _reserve(post: Any, name: str) -> Colyseus:
    seat = post(f"/matchmake/joinOrCreate/{name}", {})
    return Colyseus(f"/{seat['processId']}/{seat['roomId']}?sessionId={seat['sessionId']}", name)


class _Http:
    """One connection for all posts."""

    def __init__(self, address: str) -> None:
        self._connection = http.client.HTTPConnection(address)

    def post(self, path: str, body: dict[str, str]) -> Any:
        self._connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        with self._connection.getresponse() as response:
            answer = json.loads(response.read())
        if response.status >= 300:
            raise SystemExit(f"{path}: {answer}")
        return answer
