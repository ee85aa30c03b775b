"""Server bundles by splicing: items are encoded once and joined as bytes for each client that receives them.

MessagePack  0x97 0x03 <tick> <server_time> <last_input> <last_id> <input_lead> <array header> item item ...
JSON         [3,<tick>,<server_time>,<last_input>,<last_id>,<input_lead>,[item,item,...]]
"""

from collections.abc import Sequence
from struct import pack

from net.codec import Codec

_SHORT_HEADERS = [bytes((0x90 | count,)) for count in range(16)]
Pieces = tuple[bytes, ...]
"""A message that is not joined: what many clients get is one object, which only the kernel copies. `whole` joins it."""
Heard = tuple[int, int, int]
"""`last_input`, `last_id` and `input_lead` of a bundle."""

_BUNDLE_HEAD = b"\x97\x03"


class BundleWriter:
    """Writes the bundles of one tick in one codec; made anew each tick."""

    def __init__(self, codec: Codec, tick: int, server_time: float, shared: Sequence[bytes]) -> None:
        """`shared` are the ready items that every client gets, in order."""
        encode = codec.encode
        self._encode = encode
        self._text = codec.text
        self._shared_count = len(shared)
        if codec.text:
            self._head = b"[3," + encode(tick) + b"," + encode(server_time) + b","
            self._shared = b",".join(shared)
        else:
            self._head = _BUNDLE_HEAD + encode(tick) + encode(server_time)
            self._shared = b"".join(shared)

    def bundle(self, heard_of_it: Heard, state: Sequence[bytes], own: Sequence[bytes]) -> Pieces:
        """A client's bundle: what was heard of it, its state, then the shared items, then its own."""
        heard = self._encode(heard_of_it)
        if self._text:
            shared = [self._shared] if self._shared_count else []
            items = b",".join([*state, *shared, *own])
            return (self._head + heard[1:-1] + b",[" + items + b"]]",)
        count = len(state) + self._shared_count + len(own)
        header = _SHORT_HEADERS[count] if count < 16 else array_header(count)
        head = self._head + heard[1:] + header
        if own or self._shared_count:
            return (head, *state, self._shared, *own)
        return (head, *state)


def array_header(count: int) -> bytes:
    """The MessagePack header of an array of `count` elements."""
    if count < 16:
        return _SHORT_HEADERS[count]
    if count < 65_536:
        return pack(">BH", 0xDC, count)
    return pack(">BI", 0xDD, count)


def binary_header(size: int) -> bytes:
    """The MessagePack header of `size` bytes."""
    if size < 256:
        return bytes((0xC4, size))
    if size < 65_536:
        return pack(">BH", 0xC5, size)
    return pack(">BI", 0xC6, size)


def whole(pieces: Pieces) -> bytes:
    """The message."""
    return b"".join(pieces)
