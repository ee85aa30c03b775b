"""What a journal has, without running it: read once, from its first byte to its last."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from net.journal.entries import AnyEntry, Begun, Ended, Join, Leave, Turn
from net.journal.errors import JournalDamaged
from net.journal.inputs import Heard
from net.journal.reader import Frame, JournalReader
from net.journal.records import Header
from net.lockstep.play import LockstepImage, read_lockstep_image
from net.replay.lengths import Lengths
from net.rooms.play import PlayImage, read_image


class Mark(NamedTuple):
    """A keyframe: from here a journal can be run."""

    tick: int
    offset: int


@dataclass(slots=True)
class Outline:
    """A journal's ticks, keyframes and players."""

    header: Header
    keyframes: list[Mark] = field(default_factory=list)
    last: int = 0
    """The last tick that was run."""
    size: int = 0
    """Where the whole records end (bytes)."""
    inputs: int = 0
    entries: int = 0
    """All but inputs."""
    checksums: int = 0
    names: dict[str, str] = field(default_factory=dict)
    """Everybody who had a seat: player id -> the name of the last time."""
    most: int = 0
    """The most players at a time."""
    matches: dict[int, int] = field(default_factory=dict)
    """Of a lock-step room: the last generation of each match, by its number."""
    begins: dict[int, int] = field(default_factory=dict)
    """The tick in which each of them began."""
    lengths: Lengths = field(default_factory=Lengths)
    """Of its generations."""
    ended: Ended | None = None
    """How the room ended, where the file has that."""
    damage: JournalDamaged | None = None
    """Why it ends before the file does."""
    _seated: dict[int, str] = field(default_factory=dict)
    _begun: int = 0
    """Matches so far."""

    @property
    def first(self) -> int:
        """The tick of the first keyframe."""
        return self.keyframes[0].tick

    def mark_before(self, tick: int) -> Mark:
        """The last keyframe at or before a tick; of one before all, the first."""
        return next((mark for mark in reversed(self.keyframes) if mark.tick <= tick), self.keyframes[0])

    def tick_of(self, match: int, generation: int) -> int:
        """The tick in which a generation of a match ran."""
        return self.begins[match] + 1 + generation

    def add(self, frame: Frame) -> None:
        """One more frame of the file. Raises JournalError for a first keyframe that cannot be read."""
        self.last, self.size = frame.tick, frame.end
        self.checksums += frame.checksum is not None
        if frame.keyframe is not None:
            if not self.keyframes:
                self._seat_all(frame.keyframe.image())
            self.keyframes.append(Mark(frame.tick, frame.offset))
        for entry in frame.entries:
            self._count(entry, frame)

    def _count(self, entry: AnyEntry | Heard, frame: Frame) -> None:
        if isinstance(entry, list):
            self.inputs += len(entry)
            return
        self.entries += 1
        if isinstance(entry, Join):
            self._seat(entry.player, entry.player_id, entry.name)
        elif isinstance(entry, Leave):
            self._seated.pop(entry.player, None)
        elif isinstance(entry, Begun):
            self._begun += 1
            self.matches[self._begun] = -1
            self.begins[self._begun] = frame.tick if frame.runs else frame.tick + 1
        elif isinstance(entry, Turn):
            self.matches[self._begun] = entry.generation
            self.lengths.add(frame.tick, float(entry.iterations * entry.iteration_ms))
        elif isinstance(entry, Ended):
            self.ended = entry

    def _seat_all(self, image: bytes) -> None:
        read: PlayImage | LockstepImage
        if self.header.model == "lockstep":
            read = read_lockstep_image(image)
            self._begun = read.matches
            if read.match is not None:
                self.matches[read.matches] = -1 if read.match.last is None else read.match.last.generation
                self.begins[read.matches] = read.match.first_tick
        else:
            read = read_image(image)
        for seat in read.seats:
            self._seat(seat.player, seat.player_id, seat.name)

    def _seat(self, player: int, player_id: str, name: str) -> None:
        self.names[player_id] = name
        self._seated[player] = player_id
        self.most = max(self.most, len(self._seated))


def read_outline(reader: JournalReader, progress: Callable[[int], object] | None = None) -> Outline:
    """Read a whole journal; `progress` is told the bytes that have been read since the last time.

    Damage ends the reading and is in the outline. Raises JournalDamaged where there is no keyframe before it.
    """
    outline = Outline(reader.header)
    told = 0
    try:
        for frame in reader.frames():
            outline.add(frame)
            if progress is not None and frame.end - told > 65_536:
                progress(frame.end - told)
                told = frame.end
    except JournalDamaged as damage:
        if not outline.keyframes:
            raise
        outline.damage = damage
    if not outline.keyframes:
        raise JournalDamaged(outline.size, "there is no keyframe", torn=True)
    return outline
