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
from net.journal.records import FORMAT, HEAD_BYTES, MAGIC, MAX_PAYLOAD, Header, Kind, crc_of, head

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
        tick, packing, inputs = None, FrameReader(), InputReader()
        while (found := self._next()) is not None:
            try:
                if found.kind == Kind.KEYFRAME:
                    keyframe = _keyframe(found)
                    if tick is not None and keyframe.tick != tick:
                        raise ValueError(f"a keyframe of tick {keyframe.tick} follows tick {tick}")
                    tick, packing, inputs = keyframe.tick, FrameReader(), InputReader()
                    yield Frame(found.offset, found.end, tick, keyframe=keyframe)
                    continue
                if tick is None:
                    raise ValueError("no keyframe follows the header")
                if found.kind == Kind.RESUMED:
                    _check_resumed(found, tick)
                    packing, inputs = FrameReader(), InputReader()
                    yield Frame(found.offset, found.end, tick)
                    continue
                if found.kind == Kind.CHECKSUM:
                    yield Frame(found.offset, found.end, tick, checksum=_checksum(found, tick))
                    continue
                runs = found.kind == Kind.TICK
                entries = _read_entries(found.payload, packing, inputs)
            except MALFORMED as error:
                raise JournalDamaged(found.offset, str(error)) from None
            tick += runs
            yield Frame(found.offset, found.end, tick, runs, entries)

    def keyframes(self) -> list[Keyframe]:
        """Every keyframe that can be reached. What comes after damaged bytes cannot: it raises nothing."""
        found = []
        self._stream.seek(self._start)
        try:
            while (each := self._next()) is not None:
                if each.kind == Kind.KEYFRAME:
                    found.append(_keyframe(each))
        except (JournalDamaged, ValueError):
            pass
        return found

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
        """The record at the stream's place, checked; None at the end. Raises JournalDamaged."""
        offset = self._stream.tell()
        data = self._stream.read(HEAD_BYTES)
        if not data:
            return None
        if len(data) < HEAD_BYTES:
            raise JournalDamaged(offset, "the file ends inside of a record", torn=True)
        length, kind, crc = head(data)
        if length > MAX_PAYLOAD:
            raise JournalDamaged(offset, f"a record of {length} bytes is longer than {MAX_PAYLOAD}")
        if offset + HEAD_BYTES + length > self._size:
            raise JournalDamaged(offset, "the file ends inside of a record", torn=True)
        payload = self._stream.read(length)
        if kind not in _KINDS or crc_of(kind, payload, self.seed) != crc:
            raise JournalDamaged(offset, "the checksum of a record is wrong")
        return _Record(offset, offset + HEAD_BYTES + length, kind, payload)


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
