"""Writes a journal: entries in, bytes out. It has no file; what it returns is to be appended in order, all of it.

begin (header, keyframe) -> note... -> tick | aside -> ... -> keyframe -> ...
"""

from collections.abc import Callable, Sequence
from itertools import compress
from operator import not_

import msgspec

from net.journal.entries import AnyEntry, Drop, Join, LateInputs, Leave, Return
from net.journal.inputs import Heard, InputWriter
from net.journal.packing import FrameWriter, Packer, PlainWriter, pack_image
from net.journal.records import MAGIC, Header, Kind, crc_of, record
from net.protocol import Input

TURNS = (Join, Leave, Drop, Return)
"""Entries that inputs of the same player must not overtake."""
_encode = msgspec.msgpack.Encoder().encode


class JournalWriter:
    """Writes the journal of one room. `seed` is that of a file that is gone on with (`JournalReader.seed`)."""

    def __init__(
        self, seed: int = 0, packing: Callable[[], Packer] = FrameWriter, since_keyframe: int = 0
    ) -> None:
        """`packing` makes what packs the frames from keyframe to keyframe; `since_keyframe` is of a file that is gone on with."""
        self.since_keyframe = since_keyframe
        """Bytes of frames since the last keyframe: whoever starts again runs them again."""
        self.seed = seed
        """What the checksums of the file's records begin with."""
        self._entries: list[AnyEntry] = []
        self._heard: Heard = []
        self.hear: Callable[[tuple[int, Input]], None] = self._heard.append
        """Keeps a player's input for the next record: the hot path, and so a list's own method."""
        self._turned: dict[int, int] = {}
        """Players with an entry of TURNS since the last record, and how many inputs had been heard before it."""
        self._inputs = InputWriter()
        self._packing = packing
        self._packer = packing()

    def note(self, entry: AnyEntry) -> None:
        """Keep an entry for the next record."""
        self._entries.append(entry)
        if isinstance(entry, TURNS):
            self._turned[entry.player] = len(self._heard)

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits for a record."""
        return not (self._entries or self._heard)

    def begin(self, header: Header) -> bytes:
        """The beginning of a file: magic and header. A keyframe must follow."""
        payload = _encode(header)
        self.seed = crc_of(Kind.HEADER, payload, 0)
        return MAGIC + record(Kind.HEADER, payload, 0)

    def resumed(self, tick: int) -> bytes:
        """A server goes on with the file after `tick`."""
        self._forget()
        return record(Kind.RESUMED, _encode([tick]), self.seed)

    def tick(self) -> bytes:
        """What enters the tick that is now run."""
        return self._frame(Kind.TICK)

    def aside(self) -> bytes:
        """What waits, without a tick; no bytes where nothing does."""
        return b"" if self.is_empty else self._frame(Kind.ASIDE)

    def keyframe(self, tick: int, image: bytes) -> bytes:
        """The whole room after `tick`."""
        self._forget()
        self.since_keyframe = 0
        return record(Kind.KEYFRAME, pack_image(tick, image, self._packer.image_level), self.seed)

    def checksum(self, tick: int, checksum: int) -> bytes:
        """The world's checksum after `tick`."""
        return record(Kind.CHECKSUM, _encode([tick, checksum]), self.seed)

    def _frame(self, kind: Kind) -> bytes:
        entries = self._take()
        payload = self._packer.pack(_encode(entries)) if entries else b""
        self.since_keyframe += len(payload)
        return record(kind, payload, self.seed)

    def _take(self) -> Sequence[AnyEntry]:
        """All that waits, inputs first: those of different players do not touch each other."""
        first, late = self._split() if self._turned else (self._heard, [])
        entries, self._entries = self._entries, []
        inputs = self._inputs.write(first)
        if inputs is not None:
            entries = [inputs, *entries]
        if late:
            entries = [*entries, LateInputs(self._inputs.late(late))]
        self._heard.clear()
        self._turned.clear()
        return entries

    def _split(self) -> tuple[Heard, Heard]:
        """The inputs before their player's entry of TURNS, and those after it."""
        turned, never = self._turned, len(self._heard)
        late = [place >= turned.get(each[0], never) for place, each in enumerate(self._heard)]
        return list(compress(self._heard, map(not_, late))), list(compress(self._heard, late))

    def _forget(self) -> None:
        """What follows can be read from here, whatever was before."""
        self._inputs = InputWriter()
        self._packer = self._packing()


def writer_for(model: str, seed: int = 0, since_keyframe: int = 0) -> JournalWriter:
    """What writes the journal of a room of this model; the rest as of a JournalWriter."""
    return JournalWriter(seed, PlainWriter if model == "lockstep" else FrameWriter, since_keyframe)
