"""Server bundles by splicing: items are encoded once and joined as bytes for each client that receives them.

MessagePack  0x95 0x03 <tick> <server_time> <last_input> <array header> item item ...
JSON         [3,<tick>,<server_time>,<last_input>,[item,item,...]]
"""

from collections.abc import Sequence
from struct import pack

from net.codec import Codec

_BUNDLE_HEAD = b"\x95\x03"


class BundleWriter:
    """Writes the bundles of one tick in one codec; made anew each tick."""

    def __init__(self, codec: Codec, tick: int, server_time: float, shared: Sequence[bytes]) -> None:
        """`shared` are the ready items that most clients get, in order."""
        encode = codec.encode
        self._encode = encode
        self._text = codec.text
        self._shared = shared
        if codec.text:
            self._head = b"[3," + encode(tick) + b"," + encode(server_time) + b","
        else:
            self._head = _BUNDLE_HEAD + encode(tick) + encode(server_time)
        self._shared_tail = self._tail(shared)

    def to_all(self, last_input: int) -> bytes:
        """The bundle of a client that gets the shared items only."""
        return self._head + self._encode(last_input) + self._shared_tail

    def with_own(self, last_input: int, own: Sequence[bytes]) -> bytes:
        """The bundle of a client that gets the shared items and then its own."""
        return self._head + self._encode(last_input) + self._tail([*self._shared, *own])

    def only(self, last_input: int, items: Sequence[bytes]) -> bytes:
        """The bundle of a client that gets `items` and none of the shared ones."""
        return self._head + self._encode(last_input) + self._tail(items)

    def _tail(self, items: Sequence[bytes]) -> bytes:
        if self._text:
            return b",[" + b",".join(items) + b"]]"
        return array_header(len(items)) + b"".join(items)


def array_header(count: int) -> bytes:
    """The MessagePack header of an array of `count` elements."""
    if count < 16:
        return bytes((0x90 | count,))
    if count < 65_536:
        return pack(">BH", 0xDC, count)
    return pack(">BI", 0xDD, count)
