"""All generations of a match, for who comes later: whole chunks packed once, the newest ones as they are."""

import zlib
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from net.bundle import array_header
from net.protocol import Master

CHUNK = 256
"""Generations of a packed piece: half a minute."""
MAX_BYTES = 48 * 1_048_576
"""Packed: all of it is in a keyframe, which is a record of a journal; a match of 4 players without commands has 2 kB a minute."""
MAX_UNPACKED = 16 * 1_048_576
LEVEL = 6

_encode = msgspec.msgpack.Encoder().encode
_masters = msgspec.msgpack.Decoder(list[Master])
_raws = msgspec.msgpack.Decoder(list[msgspec.Raw])


class Piece(Struct, frozen=True):
    """Generations from `first` on, packed."""

    first: int
    count: int
    data: bytes


class History:
    """Grows by a generation at a time; generation g is the g-th that was added."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        self._tail: list[bytes] = []
        self._size = 0
        self.count = 0
        """How many generations there are."""
        self.newest = b""
        """The last one that was added, as MessagePack."""

    def __len__(self) -> int:
        return self.count

    @property
    def is_full(self) -> bool:
        """Whether no match should go on for longer."""
        return self._size >= MAX_BYTES

    @property
    def size(self) -> int:
        """Bytes of what is packed."""
        return self._size

    def add(self, master: Master) -> None:
        """The next generation."""
        self.newest = _encode(master)
        self._tail.append(self.newest)
        self.count += 1
        if len(self._tail) == CHUNK:
            packed = _pack(self._tail)
            self._chunks.append(packed)
            self._size += len(packed)
            self._tail = []

    def piece(self, first: int, end: int) -> Piece:
        """Generations from `first` to below `end`, or fewer; at least one. Raises ValueError where there is none."""
        if not 0 <= first < min(end, len(self)):
            raise ValueError(f"there is no generation from {first} to below {end}")
        chunk, place = divmod(first, CHUNK)
        stop = min(end - chunk * CHUNK, CHUNK)
        if chunk == len(self._chunks):
            some = self._tail[place:stop]
            return Piece(first, len(some), _pack(some))
        if place == 0 and stop == CHUNK:
            return Piece(first, CHUNK, self._chunks[chunk])
        some = [bytes(each) for each in _raws.decode(_unpack(self._chunks[chunk]))[place:stop]]
        return Piece(first, len(some), _pack(some))

    def last(self, count: int, end: int) -> list[Master]:
        """Up to `count` generations before `end`, unpacked."""
        found: list[Master] = []
        first = max(0, min(end, len(self)) - count)
        while first < min(end, len(self)):
            some = unpack_masters(self.piece(first, end).data)
            found += some
            first += len(some)
        return found

    def save(self) -> list[Any]:
        """All of it."""
        return [self._chunks, self._tail]

    def load(self, chunks: Sequence[bytes], tail: Sequence[bytes]) -> None:
        """Become what `save` gave."""
        self._chunks, self._tail = list(chunks), list(tail)
        self.count = len(chunks) * CHUNK + len(tail)
        self.newest = tail[-1] if tail else b""
        self._size = sum(map(len, self._chunks))


def unpack_masters(data: bytes) -> list[Master]:
    """The generations of a piece. Raises ValueError for bytes that are none."""
    try:
        return _masters.decode(_unpack(data))
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError(f"these are no generations: {error}") from error


def _pack(masters: Sequence[bytes]) -> bytes:
    return zlib.compress(array_header(len(masters)) + b"".join(masters), LEVEL)


def _unpack(packed: bytes) -> bytes:
    unpacker = zlib.decompressobj()
    try:
        data = unpacker.decompress(packed, MAX_UNPACKED)
    except zlib.error as error:
        raise ValueError(f"these are no generations: {error}") from error
    if not unpacker.eof:
        raise ValueError(f"generations are cut off, or larger than {MAX_UNPACKED} bytes")
    return data
