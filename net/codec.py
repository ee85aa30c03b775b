"""Bytes <-> protocol messages, in MessagePack or JSON. Runs on CPython and in the browser; holds no state."""

from collections.abc import Callable
from struct import Struct as Layout
from typing import Any, Protocol, TypeVar

import msgspec
from msgspec import Raw

from ecs.values import INT64, Allowed, flaw_of
from net.errors import BodyError, RemoteProtocolError
from net.protocol import (
    MAX_AXES,
    MAX_DEPTH,
    SUBPROTOCOL,
    SUBPROTOCOL_JSON,
    ClientMessage,
    CloseReason,
    Packed,
    ServerMessage,
)

BodyType = TypeVar("BodyType")

TILE_LAYOUT = Layout("<IH")
NUDGE_LAYOUT = Layout("<Hbb")
VELOCITY_LAYOUT = Layout("<Hhh")
ANGLE_LAYOUT = Layout("<HH")
INPUT_LAYOUTS = [Layout("<BIIH" + "h" * axes) for axes in range(MAX_AXES + 1)]
"""A record of `Input.before`, by the number of axes."""
POSITION_LAYOUTS = {16: Layout("<HHH"), 32: Layout("<HII")}
"""A record of each packed column; `moved` by `Steps.position_bits`."""

BODY = Allowed(levels=MAX_DEPTH, largest=INT64, typed=True)
"""What the body of a command or request may have in it, whatever its type lets through."""
DECODE_ERRORS = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError)
"""What msgspec raises for bytes that are not a message: all the peer's fault. Anything else is our bug."""


class _Decoder(Protocol):
    def decode(self, payload: bytes, /) -> Any: ...


class Codec:
    """One of the two encodings of the protocol. Stateless, so one instance serves every connection."""

    def __init__(self, subprotocol: str, *, text: bool) -> None:
        self.subprotocol = subprotocol
        self.text = text
        module: Any = msgspec.json if text else msgspec.msgpack
        self._module = module
        self._client: _Decoder = module.Decoder(ClientMessage)
        self._server: _Decoder = module.Decoder(ServerMessage)
        self._any: _Decoder = module.Decoder()
        self.encode: Callable[[object], bytes] = module.Encoder().encode
        """Any message, item or plain value -> bytes."""

    def decode_client(self, payload: bytes) -> ClientMessage:
        """A message from a client. Raises RemoteProtocolError for anything else."""
        try:
            message: ClientMessage = self._client.decode(payload)
        except DECODE_ERRORS as error:
            raise _unreadable(error) from error
        return message

    def decode_server(self, payload: bytes) -> ServerMessage:
        """A message from a server. Raises RemoteProtocolError for anything else."""
        try:
            message: ServerMessage = self._server.decode(payload)
        except DECODE_ERRORS as error:
            raise _unreadable(error) from error
        return message

    def decode_body(self, body: Raw, kind: type[BodyType]) -> BodyType:
        """The body of a command or request as its declared type. Raises BodyError with the place and the cause."""
        try:
            flaw = flaw_of(self._any.decode(bytes(body)), BODY)
            if flaw:
                raise BodyError(f"the body does not fit: {flaw}")
            result: BodyType = self._module.decode(bytes(body), type=kind)
        except DECODE_ERRORS as error:
            raise BodyError(str(error)) from error
        return result

    def pack(self, column: bytes, layout: Layout) -> Packed:
        """A packed column as it travels: bytes in MessagePack, a flat array of integers in JSON."""
        if not self.text:
            return column
        return [number for record in layout.iter_unpack(column) for number in record]


def _unreadable(error: Exception) -> RemoteProtocolError:
    if isinstance(error, RecursionError):
        return RemoteProtocolError(CloseReason.MALFORMED, "A message nests too deep.")
    return RemoteProtocolError(CloseReason.MALFORMED, f"A message could not be read: {error}"[:120])


MESSAGEPACK = Codec(SUBPROTOCOL, text=False)
JSON = Codec(SUBPROTOCOL_JSON, text=True)
CODECS = {codec.subprotocol: codec for codec in (MESSAGEPACK, JSON)}
