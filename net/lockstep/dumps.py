"""State dumps on the way: MessagePack, packed by zlib, cut into parts that fit a message. What a client sends may be anything."""

import zlib
from typing import Any

import msgspec

from net.errors import RemoteProtocolError
from net.protocol import CloseReason

PART = 4_096
"""Bytes of a part: at ten bundles a second a client sends 40 kB/s, and is allowed 64."""
MAX_PACKED = 1_048_576
MAX_PARTS = MAX_PACKED // PART
MAX_UNPACKED = 8 * 1_048_576
LEVEL = 6

DAMAGED = (zlib.error, msgspec.MsgspecError, RecursionError, UnicodeDecodeError, ValueError)


class DumpUnreadable(Exception):
    """These bytes are no dump."""


def pack_dump(dump: object) -> bytes:
    """A dump as it travels."""
    return pack_text(msgspec.msgpack.encode(dump))


def pack_text(text: bytes) -> bytes:
    """The MessagePack of a dump, as it travels."""
    return zlib.compress(text, LEVEL)


def unpack_dump(packed: bytes) -> Any:
    """What was packed. Decoded it may need a hundred times the memory: a server does not do that. Raises DumpUnreadable."""
    text = unpack(packed)
    try:
        return msgspec.msgpack.decode(text)
    except DAMAGED as error:
        raise DumpUnreadable(f"a dump cannot be read: {error}"[:200]) from None


def unpack(packed: bytes) -> bytes:
    """The MessagePack of a dump, at most MAX_UNPACKED bytes. Raises DumpUnreadable."""
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(packed, MAX_UNPACKED)
    except zlib.error as error:
        raise DumpUnreadable(f"a dump cannot be read: {error}"[:200]) from None
    if unpacker.unconsumed_tail or not unpacker.eof:
        raise DumpUnreadable(f"a dump is cut off, or larger than {MAX_UNPACKED} bytes")
    return text


def parts_of(packed: bytes) -> list[bytes]:
    """The parts, in order; at least one. Raises ValueError for a dump that is too large to be sent."""
    if len(packed) > MAX_PACKED:
        raise ValueError(f"a packed dump has at most {MAX_PACKED} bytes, not {len(packed)}")
    return [packed[place : place + PART] for place in range(0, len(packed), PART)] or [b""]


class Parts:
    """Puts one dump together again."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.packed: bytes | None = None
        """The whole, when it is there."""

    def add(self, place: int, count: int, data: bytes) -> None:
        """The next part. The first one again begins anew, as after a reconnect. Raises RemoteProtocolError."""
        if self.packed is not None:
            return
        if place == 0:
            self._parts = []
        if place != len(self._parts) or not 1 <= count <= MAX_PARTS or place >= count or len(data) > PART:
            raise RemoteProtocolError(CloseReason.MALFORMED, "This is not the next part of a state dump.")
        self._parts.append(data)
        if len(self._parts) == count:
            self.packed = b"".join(self._parts)
