"""The frame around each record of a journal file.

    magic (8 bytes), then records: payload length u32, kind u8, crc32 u32, payload      (little-endian)

The first record is the header; the checksum of every later one begins with the header's, so that a record of another file
is no record of this one. It covers length, kind and payload.
"""

import re
from enum import IntEnum
from struct import Struct as Layout
from typing import Annotated
from zlib import crc32

from msgspec import Meta, Struct

MAGIC = b"\x89TRJ\r\n\x1a\n"
"""As PNG's: a transfer that treats it as text is found out at once."""
FORMAT = 1
MAX_PAYLOAD = 64 * 1024 * 1024
"""No record is longer: a keyframe of 100,000 entities has about 10 MB when it is packed."""
MAX_INTERVAL = 1_000_000
MAX_SEGMENT = 2**32 - 1
LATEST = 253_402_300_799_000.0
"""The last second of the year 9999 (unix ms): no calendar goes further."""

MAX_SEARCHED = 4 * MAX_PAYLOAD
"""How many bytes are summed up at most in search of a record: more only a file asks for that was made to take time."""
_BEGINNING = re.compile(rb"(?=[\x00-\x04][\x02-\x06])")
"""The last byte of a length and the kind of a record that is no header, wherever they may stand."""

_HEAD = Layout("<IBI")
_CHECKED = Layout("<IB")
HEAD_BYTES = _HEAD.size


class Kind(IntEnum):
    """What a record is."""

    HEADER = 1
    TICK = 2
    """Entries (packed; none: no bytes), then the engine's next tick."""
    ASIDE = 3
    """Entries (packed) with no tick after them: the room stands still, or could not wait."""
    KEYFRAME = 4
    """The whole room after the last tick."""
    RESUMED = 5
    """A server went on from here: nothing is known of the inputs before."""
    CHECKSUM = 6
    """What the world's checksum is after the last tick: once in a while between keyframes."""


class Header(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The first record: what one must know to run a journal."""

    format: int
    room_id: str
    name: str
    """The room's, for people."""
    game: str
    game_version: str
    engine_version: str
    fingerprint: str
    rules: str
    """Hash of everything that a tick runs, the server's part included: equal means that a re-run is the same game."""
    model: str
    tick_rate: Annotated[int, Meta(ge=1, le=1_000)]
    keyframe_interval: Annotated[int, Meta(ge=1, le=MAX_INTERVAL)]
    seed: int
    seats: Annotated[int, Meta(ge=0, le=2**16)]
    created_at: Annotated[float, Meta(ge=0, le=LATEST)]
    """Wall clock of the segment's beginning (unix ms): for people, no tick sees it."""
    segment: Annotated[int, Meta(ge=0, le=MAX_SEGMENT)] = 0
    """Which file of the room's this is, from 0."""
    definition: bytes = b""
    """What the room is made of beside an installed game (app/rooms/definition.py); the journal does not look into it."""


def record(kind: int, payload: bytes, seed: int) -> bytes:
    """A record's bytes. `seed` is the crc of the header's record, or 0 for the header itself. Raises ValueError."""
    if len(payload) > MAX_PAYLOAD:
        raise ValueError(f"a record has at most {MAX_PAYLOAD} bytes, not {len(payload)}")
    crc = crc_of(kind, payload, seed)
    return _HEAD.pack(len(payload), kind, crc) + payload


def crc_of(kind: int, payload: bytes, seed: int) -> int:
    """The checksum of a record."""
    return crc32(payload, crc32(_CHECKED.pack(len(payload), kind), seed))


def head(data: bytes) -> tuple[int, int, int]:
    """Length, kind and crc of a record's first HEAD_BYTES."""
    length, kind, crc = _HEAD.unpack(data)
    return length, kind, crc


def holds_a_record(data: bytes, seed: int) -> bool:
    """Whether a whole record stands anywhere in what should be the torn end of a file: then its end is no crash's.

    A file is torn by the one write that was under way. Where others came after it, a length is wrong.
    """
    searched = 0
    for found in _BEGINNING.finditer(data, 3):
        begin = found.start() - 3
        if begin + HEAD_BYTES > len(data):
            return False
        length, kind, crc = head(data[begin : begin + HEAD_BYTES])
        end = begin + HEAD_BYTES + length
        if end <= len(data):
            searched += length
            if searched > MAX_SEARCHED or crc_of(kind, data[begin + HEAD_BYTES : end], seed) == crc:
                return True
    return False
