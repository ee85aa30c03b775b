"""All generations of a match, for who comes later: whole chunks packed once, the newest ones as they are."""

import zlib
from bisect import bisect_right
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from net.bundle import array_header
from net.protocol import Master

CHUNK = 256
"""Generations of a packed piece at most: half a minute."""
CHUNK_BYTES = 524_288
"""And the bytes with which one is full: packing it takes 20 ms, in which no room of the server is stepped."""
MAX_BYTES = 48 * 1_048_576
"""Packed: all of it is in a keyframe, which is a record of a journal; a match of 4 players without commands has 2 kB a minute."""
MAX_UNPACKED = 4 * 1_048_576
"""Unpacked, a piece: nearly CHUNK_BYTES, and a last generation in which 256 players give 8 kB each."""
LEVEL = 6

_encode = msgspec.msgpack.Encoder().encode
_master = msgspec.msgpack.Decoder(Master)
_masters = msgspec.msgpack.Decoder(Annotated[list[Master], Meta(min_length=1, max_length=CHUNK)])
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
        self._starts: list[int] = []
        """The first generation of each chunk."""
        self._tail: list[bytes] = []
        self._tail_bytes = 0
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
        self._tail_bytes += len(self.newest)
        self.count += 1
        if len(self._tail) == CHUNK or self._tail_bytes >= CHUNK_BYTES:
            packed = _pack(self._tail)
            self._starts.append(self.count - len(self._tail))
            self._chunks.append(packed)
            self._size += len(packed)
            self._tail, self._tail_bytes = [], 0

    def piece(self, first: int, end: int) -> Piece:
        """Generations from `first` to below `end`, or fewer; at least one. Raises ValueError where there is none."""
        if not 0 <= first < min(end, len(self)):
            raise ValueError(f"there is no generation from {first} to below {end}")
        tail_start = self.count - len(self._tail)
        if first >= tail_start:
            some = self._tail[first - tail_start : end - tail_start]
            return Piece(first, len(some), _pack(some))
        chunk = bisect_right(self._starts, first) - 1
        start, stop = self._starts[chunk], [*self._starts, tail_start][chunk + 1]
        if first == start and end >= stop:
            return Piece(first, stop - start, self._chunks[chunk])
        some = [
            bytes(each) for each in _raws.decode(_unpack(self._chunks[chunk]))[first - start : end - start]
        ]
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
        """Become what `save` gave. Raises ValueError for what it cannot have given: generation g is the g-th."""
        if len(tail) >= CHUNK:
            raise ValueError(f"{len(tail)} generations are not packed")
        self._chunks, self._starts, self._tail, self.count = list(chunks), [], list(tail), 0
        for chunk in chunks:
            self._starts.append(self.count)
            self._loaded(unpack_masters(chunk))
        self._loaded([_read(each) for each in tail])
        self._size, self._tail_bytes = sum(map(len, self._chunks)), sum(map(len, tail))

    def _loaded(self, masters: Sequence[Master]) -> None:
        for generation, master in enumerate(masters, self.count):
            if master.generation != generation:
                raise ValueError(f"generation {master.generation} comes where {generation} is the next")
        if masters:
            self.count += len(masters)
            self.newest = _encode(masters[-1])


def unpack_masters(data: bytes) -> list[Master]:
    """The generations of a piece, 1 to CHUNK. Raises ValueError for bytes that are none."""
    try:
        masters: list[Master] = _masters.decode(_unpack(data))
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError(f"these are no generations: {error}") from error
    return masters


def _read(data: bytes) -> Master:
    try:
        return _master.decode(data)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError(f"this is no generation: {error}") from error


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
