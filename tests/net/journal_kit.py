"""Rooms that write a journal, for tests: what is played, the bytes of it, and the room that those bytes give."""

from io import BytesIO

from net.hosted import HostedGame
from net.journal.reader import JournalReader
from net.journal.writer import JournalWriter
from net.rooms.room import Room
from net.rooms.step import RoomStep
from net.settings import RoomSettings


def journalled(
    hosted: HostedGame, settings: RoomSettings | None = None, seed: int = 1
) -> tuple[Room, bytearray]:
    """A new room and its journal, which has begun."""
    settings = settings or RoomSettings()
    room = Room("r", hosted, seed=seed, settings=settings, now=0.0, epoch=1e12, journal=JournalWriter())
    return room, bytearray(room.begin_journal(name="A room", created_at=1e12))


def stepped(room: Room, file: bytearray, now: float) -> RoomStep:
    """One step of a room, written."""
    step = room.step(now)
    file += step.journal
    return step


def resumed(hosted: HostedGame, file: bytes, now: float = 0.0) -> tuple[Room, bytearray]:
    """The room that a journal gives, living on, and its journal so far."""
    reader = JournalReader(BytesIO(file))
    last = reader.keyframes()[-1]
    room = Room(
        reader.header.room_id, hosted, seed=reader.header.seed, settings=RoomSettings(), now=now, epoch=1e12
    )
    room.restore(last.image())
    end = 0
    for frame in reader.frames(last):
        room.rerun(frame)
        end = frame.end
    written = bytearray(file[:end])
    written += room.resume(now, JournalWriter(reader.seed))
    return room, written
