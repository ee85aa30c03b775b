"""Compression of frames and keyframes, bounded when it is undone.

Frames share one raw deflate stream from keyframe to keyframe, flushed after each (RFC 1951, Z_SYNC_FLUSH; the last four
bytes, always 00 00 FF FF, are left out, as RFC 7692 does). A keyframe is a zlib stream of its own.

How much of what came before a frame refers to is the writer's: `FrameWriter` to all of it, `PlainWriter` to nothing.
"""

import zlib
from hashlib import blake2b
from struct import Struct as Layout
from typing import Annotated, Protocol

import msgspec
from msgspec import Meta, Struct

from ecs.snapshot import MAX_BYTES

LEVEL = 1
"""Of deflate. 6 makes frames 8 % smaller and takes twice the time: bench/bench_journal.py."""
FLUSHED = b"\x00\x00\xff\xff"
WORTH_DEFLATE = 512
"""Entries of more bytes are compressed by a PlainWriter too: setups, and generations with long commands."""
MAX_FRAME = 16 * 1024 * 1024
"""No record's entries are larger when unpacked."""
MAX_IMAGE = MAX_BYTES + 16 * 1024 * 1024
"""A world, and what a room keeps beside it."""


class PackedImage(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A keyframe's payload. `checksum` is 48 bits of BLAKE2b over the image."""

    tick: Annotated[int, Meta(ge=0, le=2**53)]
    checksum: Annotated[int, Meta(ge=0, lt=2**48)]
    size: Annotated[int, Meta(ge=0, le=MAX_IMAGE)]
    packed: bytes


_images = msgspec.msgpack.Decoder(PackedImage)


def checksum_of(image: bytes) -> int:
    """48 bits of BLAKE2b."""
    return int.from_bytes(blake2b(image, digest_size=6).digest(), "big")


def pack_image(tick: int, image: bytes, level: int = LEVEL) -> bytes:
    """A keyframe's payload; `level` is zlib's."""
    packed = PackedImage(tick, checksum_of(image), len(image), zlib.compress(image, level))
    return msgspec.msgpack.encode(packed)


def read_packed_image(payload: bytes) -> PackedImage:
    """A keyframe's payload as it is. Raises ValueError."""
    try:
        return _images.decode(payload)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise ValueError(f"this is no keyframe: {error}") from None


def unpack_image(packed: PackedImage) -> bytes:
    """The image of a keyframe. Raises ValueError where it is not what was packed; takes no more memory than it names."""
    unpacker = zlib.decompressobj()
    try:
        image = unpacker.decompress(packed.packed, packed.size + 1)
    except zlib.error as error:
        raise ValueError(f"a keyframe cannot be unpacked: {error}") from None
    if len(image) != packed.size or checksum_of(image) != packed.checksum:
        raise ValueError("a keyframe is not what its checksum says")
    return image


class Packer(Protocol):
    """Packs the frames of a stretch between two keyframes."""

    @property
    def image_level(self) -> int:
        """How hard a keyframe is compressed."""

    def pack(self, entries: bytes, /) -> bytes:
        """One frame."""


class PlainWriter:
    """Packs each frame for itself: short ones are stored as they are (RFC 1951, 3.2.4).

    For many rooms with short frames. A compressor has 270 kB for each room, which the processor has forgotten by the room's next
    generation: with 200 rooms a frame of 60 bytes took 40 us (docs/decisions/0210-frames-of-lock-step-rooms.md).
    """

    image_level = 0
    """The generations in a keyframe are compressed already: 1 MB more takes 25 ms and gains nothing."""

    def pack(self, entries: bytes) -> bytes:
        """One frame."""
        size = len(entries)
        if size > WORTH_DEFLATE:
            return FrameWriter().pack(entries)
        return _STORED(0, size, size ^ 0xFFFF) + entries + b"\x00"


_STORED = Layout("<BHH").pack
"""The head of a stored block: not the last one, its length, and that again with all bits turned. After it comes the block of no
bytes that every flush writes: its first three bits, and the rest of the byte."""


class FrameWriter:
    """Packs frames, each with what is known of those before."""

    image_level = LEVEL

    def __init__(self) -> None:
        self._stream = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)

    def pack(self, entries: bytes) -> bytes:
        """One frame."""
        packed = self._stream.compress(entries) + self._stream.flush(zlib.Z_SYNC_FLUSH)
        return packed[: -len(FLUSHED)]


class FrameReader:
    """Unpacks what a FrameWriter packed, in the same order."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(-zlib.MAX_WBITS)

    def unpack(self, packed: bytes) -> bytes:
        """One frame. Raises ValueError where it is none, or larger than MAX_FRAME."""
        try:
            entries = self._stream.decompress(packed + FLUSHED, MAX_FRAME)
        except zlib.error as error:
            raise ValueError(f"a frame cannot be unpacked: {error}") from None
        if self._stream.unconsumed_tail or self._stream.eof:
            raise ValueError(f"a frame is larger than {MAX_FRAME} bytes, or ends the stream")
        return entries
