"""Rooms that were running when the server stopped, or was killed, go on: from the last keyframe, the ticks after it run again.

Under other rules a re-run is another game: then a room goes on only from a keyframe that nothing follows, as an orderly stop
leaves it. Where ticks follow, or the journal is damaged, the room is held for the operator, who may accept the loss.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import time

import msgspec
import structlog

from app.journals.journals import FoundJournal, Journals, RoomJournal
from app.rooms.definition import hosted_again
from app.rooms.entry import Entry
from app.rooms.rooms import HeldRoom, RoomDirectory, schedule_of
from ecs.errors import SnapshotError
from net.errors import SceneError, StoreUnavailable
from net.hosted import HostedGame
from net.journal.entries import Ended
from net.journal.errors import JournalDamaged, JournalError
from net.journal.reader import Frame, JournalReader, Keyframe
from net.journal.records import Header
from net.journal.writer import writer_for
from net.rooms.base_room import BaseRoom
from net.rooms.chart_document import ChartError
from net.rooms.private import Private, read_private, restore_private
from systems.engine import SystemFailed

log = structlog.get_logger("resume")


class Held(Exception):
    """A room cannot go on by itself. The sentence says why and what an operator may do."""


class Failed(Exception):
    """The game failed in the room's last tick, as it did when that ran first."""


@dataclass(slots=True)
class Story:
    """What the last file of a journal has, from its last keyframe on."""

    header: Header
    seed: int
    """Of the checksums of its records."""
    keyframe: Keyframe
    frames: list[Frame] = field(default_factory=list)
    """What follows the keyframe."""
    end: int = 0
    """Where the whole records end."""
    damage: JournalDamaged | None = None
    """What is behind, where it is more than the torn end of a crash."""

    @property
    def tick(self) -> int:
        """The last tick."""
        return self.frames[-1].tick if self.frames else self.keyframe.tick

    @property
    def bytes_again(self) -> int:
        """How much of the file is run again."""
        return self.end - self.frames[0].offset if self.frames else 0

    @property
    def checked(self) -> Frame | None:
        """The last frame that says what the world's checksum is."""
        return next((frame for frame in reversed(self.frames) if frame.checksum is not None), None)

    @property
    def goes_beyond(self) -> bool:
        """Whether anything happened after the keyframe."""
        return any(frame.runs or frame.entries for frame in self.frames)

    @property
    def is_over(self) -> bool:
        """Whether the room ended."""
        return any(isinstance(entry, Ended) for frame in self.frames for entry in frame.entries)


def resume_rooms(rooms: RoomDirectory, games: Mapping[str, HostedGame], *, accept_loss: bool = False) -> int:
    """Let every room go on that can, and hold the others. How many go on. Raises StoreUnavailable."""
    journals = rooms.keeper.journals
    if journals is None:
        return 0
    journals.prune_soon(rooms.clock())
    resumed = 0
    for found in journals.found():
        try:
            resumed += _resume(rooms, journals, found, games, accept_loss=accept_loss)
        except Held as held:
            _hold(rooms, found, str(held))
        except Failed as failed:
            log.error("room failed", room=found.room_id, why=str(failed.__cause__))  # noqa: TRY400 - the game's mistake
            journals.end(found.room_id)
        except StoreUnavailable:
            raise
        except Exception as bug:
            log.exception("room held by an error of the server", room=found.room_id)
            _hold(rooms, found, f"the server made a mistake: {bug!r:.200}")
    return resumed


def read_story(path: Path) -> Story:
    """The end of a file. Raises JournalError where it has no beginning, or no keyframe."""
    with path.open("rb") as stream:
        reader = JournalReader(stream)
        keyframe = reader.last_keyframe()
        if keyframe is None:
            raise JournalError("the journal has no keyframe")
        story = Story(reader.header, reader.seed, keyframe)
        try:
            for frame in reader.frames(keyframe):
                story.end = frame.end
                if frame.keyframe is None:
                    story.frames.append(frame)
        except JournalDamaged as damage:
            if not damage.torn and not _is_blank(path, damage.offset):
                story.damage = damage
    return story


def _is_blank(path: Path, offset: int) -> bool:
    """Whether a file ends in nothing but zeros, as file systems leave what a power cut has not let them write."""
    with path.open("rb") as stream:
        stream.seek(offset)
        return not any(any(chunk) for chunk in iter(lambda: stream.read(1 << 20), b""))


def _resume(
    rooms: RoomDirectory,
    journals: Journals,
    found: FoundJournal,
    games: Mapping[str, HostedGame],
    *,
    accept_loss: bool,
) -> bool:
    """Let one room go on. False where it was over. Raises Held, StoreUnavailable."""
    try:
        story = read_story(found.segments[-1])
        private = read_private(found.private())
    except (JournalError, OSError) as error:
        raise Held(f"its journal cannot be read: {error}") from error
    if story.is_over:
        journals.end(found.room_id)
        return False
    hosted = games.get(story.header.game)
    if story.header.definition:
        hosted = _defined(story.header.definition, hosted)
    if hosted is None:
        raise Held(f"there is no game {story.header.game!r} any more")
    same = (story.header.fingerprint, story.header.rules) == (hosted.game.fingerprint, hosted.game.rules)
    lost = _check_loss(story, same=same, accept_loss=accept_loss)
    entry = _run(rooms, journals, found, story, hosted, private, same=same)
    rooms.add(entry)
    fields = {"room": found.room_id, "game": hosted.game.name, "tick": entry.room.tick}
    if lost:
        log.warning("room resumed with a loss", **fields, ticks_lost=lost)
    else:
        log.info(
            "room resumed", **fields, ticks_run_again=0 if not same else story.tick - story.keyframe.tick
        )
    return True


def _defined(definition: bytes, installed: HostedGame | None) -> HostedGame:
    """The game of a room that has more to it than an installed game's name. Raises Held."""
    try:
        return hosted_again(definition, installed)
    except (ChartError, msgspec.DecodeError, ValueError) as error:
        raise Held(f"what it was made with cannot be used any more: {error}") from error


def _check_loss(story: Story, *, same: bool, accept_loss: bool) -> int:
    """How many ticks are lost. Raises Held where the operator has not accepted that."""
    lost = 0 if same else story.tick - story.keyframe.tick
    if story.damage is not None and not accept_loss:
        raise Held(f"{story.damage}; `tickroom serve --accept-loss` goes on from tick {story.tick}")
    if story.goes_beyond and not same:
        if not accept_loss:
            raise Held(
                f"its rules have changed and the server did not stop in order: `tickroom serve --accept-loss` goes on from tick "
                f"{story.keyframe.tick} and loses {lost} ticks; the old rules go on from tick {story.tick}"
            )
        return max(lost, 1)
    return 0


def _run(
    rooms: RoomDirectory,
    journals: Journals,
    found: FoundJournal,
    story: Story,
    hosted: HostedGame,
    private: Private,
    *,
    same: bool,
) -> Entry:
    """The room, living. Raises Held, StoreUnavailable."""
    header = story.header
    try:
        room = rooms.make(found.room_id, hosted, header.seed, header.seats)
    except SystemFailed as failure:
        raise Held(f"its game cannot be begun: {failure}") from failure
    try:
        room.restore(story.keyframe.image())
        restore_private(room, private)
        again, checked = rooms.saving.again(room), story.checked
        for frame in story.frames if same else ():
            again.ran(room.rerun(frame))
            if frame is checked and room.play.checksum() != frame.checksum:
                log.error("re-run differs: a rule is not deterministic", room=found.room_id, tick=frame.tick)
        again.whole()
        journal = _go_on(rooms, journals, found, story, room, same=same)
        again.settle()
    except (SceneError, SnapshotError, SystemFailed) as failure:
        room.close()
        if room.tick < story.tick:
            raise Held(f"its journal does not run: {failure}") from failure
        raise Failed from failure  # in its last tick, as before: the server was killed while the room ended
    except JournalError as error:
        room.close()
        raise Held(f"its journal does not run: {error}") from error
    except BaseException:
        room.close()
        raise
    entry = Entry(room, header.name, private.creator, schedule_of(room, rooms.clock()), journal)
    entry.private_changes = room.bans.changes + room.mutes.changes
    return entry


def _go_on(
    rooms: RoomDirectory, journals: Journals, found: FoundJournal, story: Story, room: BaseRoom, *, same: bool
) -> RoomJournal:
    """The room's journal from here on: the file that was run again, or another one under other rules."""
    if story.damage is not None:
        last = found.segments[-1]
        try:
            shutil.copy(last, last.with_suffix(".damaged"))
        except OSError as error:
            raise Held(f"no copy of its damaged journal can be made: {error.strerror}") from error
    journal = journals.go_on(found, story.end)
    journal.trail.keyframe(journal.number, story.keyframe.offset)
    if same:
        journal.append(
            room.resume(rooms.clock(), writer_for(room.hosted.game.model, story.seed, story.bytes_again)),
            rooms.clock(),
        )
        return journal
    room.journal = writer_for(room.hosted.game.model)
    number = journal.number + 1
    journal.turn_over(room.begin_journal(name=story.header.name, created_at=time() * 1000.0, segment=number))
    room.resume(rooms.clock())
    return journal


def _hold(rooms: RoomDirectory, found: FoundJournal, why: str) -> None:
    header, tick = None, 0
    try:
        story = read_story(found.segments[-1])
        header, tick = story.header, story.keyframe.tick
    except (JournalError, OSError):
        log.debug("journal unreadable", room=found.room_id)
    rooms.hold(HeldRoom(found.room_id, why, header, tick))
    log.error("room held", room=found.room_id, why=why, journal=str(found.segments[-1]))
