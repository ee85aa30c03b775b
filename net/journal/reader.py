"""Reads a journal from a stream of bytes: the header, then frame by frame. It takes no more memory than a record.

    reader = JournalReader(stream)
    for frame in reader.frames(): ...

What is wrong is a JournalError with the offset; a file that ends inside of a record is `torn`, as after a crash.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, BinaryIO

import msgspec
from msgspec import Meta

from net.journal.entries import AnyEntry, Inputs, LateInputs
from net.journal.errors import JournalDamaged, JournalError
from net.journal.inputs import Heard, InputReader
from net.journal.packing import FrameReader, PackedImage, read_packed_image, unpack_image
from net.journal.records import (
    FORMAT,
    HEAD_BYTES,
    MAGIC,
    MAX_PAYLOAD,
    Header,
    Kind,
    crc_of,
    head,
    holds_a_record,
)

MALFORMED = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError, ValueError)

_headers = msgspec.msgpack.Decoder(Header)
_entries = msgspec.msgpack.Decoder(list[AnyEntry])
_ticks = msgspec.msgpack.Decoder(tuple[int])
_checksums = msgspec.msgpack.Decoder(tuple[int, Annotated[int, Meta(ge=0, lt=2**48)]])
_any = msgspec.msgpack.Decoder()


@dataclass(frozen=True, slots=True)
class Keyframe:
    """The whole room after a tick, packed."""

    tick: int
    checksum: int
    offset: int
    _packed: PackedImage

    def image(self) -> bytes:
        """What `Room.resume` takes. Raises JournalDamaged."""
        try:
            return unpack_image(self._packed)
        except ValueError as error:
            raise JournalDamaged(self.offset, str(error)) from None


@dataclass(frozen=True, slots=True)
class Frame:
    """One record after the header. `end` is where the next one begins."""

    offset: int
    end: int
    tick: int
    """The last tick that has run when the frame has been applied."""
    runs: bool = False
    """Whether a tick runs after the entries."""
    entries: tuple[AnyEntry | Heard, ...] = ()
    """In order; a list is of inputs: (player, Input)."""
    keyframe: Keyframe | None = None
    checksum: int | None = None
    """Of the world after `tick` (`ecs.snapshot.checksum`), where the record says it."""


@dataclass(frozen=True, slots=True)
class _Record:
    offset: int
    end: int
    kind: int
    payload: bytes


class JournalReader:
    """Reads a journal from a seekable stream, from the start. Raises JournalError where it does not begin as one."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._size = stream.seek(0, 2)
        stream.seek(0)
        if stream.read(len(MAGIC)) != MAGIC:
            raise JournalError("this is no journal of Tickroom: its first bytes are others")
        self.seed = 0
        """What the checksums of the records begin with."""
        self.header = self._read_header()
        self._start = stream.tell()

    def frames(self, since: Keyframe | int | None = None) -> Iterator[Frame]:
        """Every frame, or those from a keyframe on (or its offset), itself included. Raises JournalDamaged where a record is
        none."""
        self._stream.seek(since.offset if isinstance(since, Keyframe) else since or self._start)
        place = _Place()
        while (found := self._next()) is not None:
            yield place.read(found)

    def tail(self, offset: int) -> "Tail":
        """The frames of a file that is being written, from the first keyframe on that begins at `offset` or later."""
        return Tail(self, max(offset, self._start))

    def go_to(self, offset: int) -> None:
        """The next record is the one that begins there."""
        self._stream.seek(offset)

    def read_within(self, size: int) -> "_Record | None":
        """The next record of the first `size` bytes of a file that grows; None where there is none. Raises JournalDamaged."""
        self._size = size
        return self._next() if self._stream.tell() < size else None

    def keyframes(self) -> list[Keyframe]:
        """Every keyframe that can be reached, all of them in memory. What comes after damaged bytes cannot: it raises nothing."""
        return list(self._keyframes())

    def last_keyframe(self, to_tick: int | None = None) -> Keyframe | None:
        """The last one of them, or the last at or before a tick."""
        found = None
        for each in self._keyframes():
            if to_tick is None or each.tick <= to_tick:
                found = each
        return found

    def _keyframes(self) -> Iterator[Keyframe]:
        self._stream.seek(self._start)
        try:
            while (each := self._next()) is not None:
                if each.kind == Kind.KEYFRAME:
                    yield _keyframe(each)
        except (JournalDamaged, ValueError):
            return

    def _read_header(self) -> Header:
        found = self._next()
        if found is None or found.kind != Kind.HEADER:
            raise JournalDamaged(len(MAGIC), "there is no header", torn=found is None)
        try:
            plain = _any.decode(found.payload)
            number = plain[0] if isinstance(plain, list) and plain else None
            if number != FORMAT:
                raise JournalError(f"the journal has format {number!r:.20}; this version reads {FORMAT}")
            header = _headers.decode(found.payload)
        except MALFORMED as error:
            raise JournalDamaged(found.offset, f"the header cannot be read: {error}") from None
        self.seed = crc_of(Kind.HEADER, found.payload, 0)
        return header

    def _next(self) -> _Record | None:
        """The record at the stream's place, checked; None at the end. Raises JournalDamaged.

        What a server has written since the file was opened does not count: its last record may be half there.
        """
        offset = self._stream.tell()
        data = self._stream.read(HEAD_BYTES) if offset < self._size else b""
        if not data:
            return None
        if offset + HEAD_BYTES > self._size:
            raise JournalDamaged(offset, "the file ends inside of a record", torn=True)
        length, kind, crc = head(data)
        if length > MAX_PAYLOAD:
            raise JournalDamaged(offset, f"a record of {length} bytes is longer than {MAX_PAYLOAD}")
        if offset + HEAD_BYTES + length > self._size:
            if holds_a_record(self._stream.read(self._size - offset - HEAD_BYTES), self.seed):
                raise JournalDamaged(
                    offset, f"a record of {length} bytes is longer than the file, and others follow"
                )
            raise JournalDamaged(offset, "the file ends inside of a record", torn=True)
        payload = self._stream.read(length)
        if kind not in _KINDS or crc_of(kind, payload, self.seed) != crc:
            raise JournalDamaged(offset, "the checksum of a record is wrong")
        return _Record(offset, offset + HEAD_BYTES + length, kind, payload)


class Tail:
    """Frames of a file that grows: it is the one use of its reader."""

    def __init__(self, reader: JournalReader, offset: int) -> None:
        self._reader = reader
        self._place = _Place()
        reader.go_to(offset)

    def next(self, size: int) -> Frame | None:
        """The next frame within the first `size` bytes of the file. Raises JournalDamaged."""
        while (found := self._reader.read_within(size)) is not None:
            if self._place.tick is not None or found.kind == Kind.KEYFRAME:
                return self._place.read(found)
        return None


class _Place:
    """What is known of the records before: each is read with it."""

    def __init__(self) -> None:
        self.tick: int | None = None
        self._begin()

    def _begin(self) -> None:
        self._packing, self._inputs = FrameReader(), InputReader()

    def read(self, found: _Record) -> Frame:
        """Raises JournalDamaged."""
        try:
            return self._read(found)
        except MALFORMED as error:
            raise JournalDamaged(found.offset, str(error)) from None

    def _read(self, found: _Record) -> Frame:
        if found.kind == Kind.KEYFRAME:
            keyframe = _keyframe(found)
            if self.tick is not None and keyframe.tick != self.tick:
                raise ValueError(f"a keyframe of tick {keyframe.tick} follows tick {self.tick}")
            self.tick = keyframe.tick
            self._begin()
            return Frame(found.offset, found.end, self.tick, keyframe=keyframe)
        if self.tick is None:
            raise ValueError("no keyframe follows the header")
        if found.kind == Kind.RESUMED:
            _check_resumed(found, self.tick)
            self._begin()
            return Frame(found.offset, found.end, self.tick)
        if found.kind == Kind.CHECKSUM:
            return Frame(found.offset, found.end, self.tick, checksum=_checksum(found, self.tick))
        entries = _read_entries(found.payload, self._packing, self._inputs)
        runs = found.kind == Kind.TICK
        self.tick += runs
        return Frame(found.offset, found.end, self.tick, runs, entries)


_KINDS = frozenset(int(kind) for kind in Kind)


def _keyframe(found: _Record) -> Keyframe:
    packed = read_packed_image(found.payload)
    return Keyframe(packed.tick, packed.checksum, found.offset, packed)


def _check_resumed(found: _Record, tick: int) -> None:
    (resumed,) = _ticks.decode(found.payload)
    if resumed != tick:
        raise ValueError(f"a server resumed at tick {resumed} after tick {tick}")


def _checksum(found: _Record, tick: int) -> int:
    of, value = _checksums.decode(found.payload)
    if of != tick:
        raise ValueError(f"a checksum of tick {of} follows tick {tick}")
    return value


def _read_entries(payload: bytes, packing: FrameReader, inputs: InputReader) -> tuple[AnyEntry | Heard, ...]:
    entries = _entries.decode(packing.unpack(payload)) if payload else []
    lists = [entry for entry in entries if isinstance(entry, Inputs)]
    if lists[1:] or (lists and entries[0] is not lists[0]):
        raise ValueError("a record has one list of inputs, at its beginning")
    heard = inputs.read(lists[0] if lists else None)
    read: list[AnyEntry | Heard] = [heard] if heard else []
    read += [
        inputs.late(entry.rows) if isinstance(entry, LateInputs) else entry for entry in entries[len(lists) :]
    ]
    return tuple(read)
