"""The journals of all rooms: a folder for each room, its files numbered, in the data folder.

    journals/ROOM/000000.journal     the room's first file; the one of the highest number is written
    journals/ROOM/desync-N.json      a report of a divergence, in a lock-step room
    journals/ROOM/private            what is not for everybody who has a replay: bans, mutes, who made the room
    journals/ended/ROOM/...          a room that is over

Rooms that are over and files that are not written any more are replays, kept as long as the configuration says.
"""

import shutil
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import time

import structlog

from app.config import JournalsSection
from app.journals.file import JournalFile, Syncer, create_file
from app.journals.trail import Trail
from net.errors import StoreUnavailable

FOLDER = "journals"
ENDED = "ended"
SUFFIX = ".journal"
PRIVATE = "private"
DAY = 86_400.0
REPORTS = 8
"""Reports of divergences that are kept of a room."""
PRUNED_EVERY = 60_000.0
"""Replays that are too many or too old are looked for no more often (ms)."""

log = structlog.get_logger("journals")


class RoomJournal:
    """The journal of one room. Times are ms of the monotonic clock."""

    def __init__(
        self, folder: Path, file: JournalFile, number: int, syncer: Syncer, segment_bytes: int, trail: Trail
    ) -> None:
        self.folder = folder
        self.number = number
        self._file = file
        self._syncer = syncer
        self._segment_bytes = segment_bytes
        self._waiting = b""
        """What could not be written and comes before whatever is next."""
        self.trail = trail

    @property
    def size(self) -> int:
        """How much of the present file is written (bytes)."""
        return self._file.size

    @property
    def is_long(self) -> bool:
        """Whether the next keyframe is to begin another file."""
        return self._file.size > self._segment_bytes

    def write_report(self, data: bytes) -> Path:
        """Keep a report of a divergence (JSON), the last REPORTS of a room. Where it is. Raises StoreUnavailable."""
        numbers = sorted(int(path.stem.partition("-")[2]) for path in self.folder.glob("desync-*.json"))
        path = self.folder / f"desync-{numbers[-1] + 1 if numbers else 0}.json"
        try:
            for number in numbers[: -(REPORTS - 1)]:
                (self.folder / f"desync-{number}.json").unlink(missing_ok=True)
            draft = path.with_suffix(".new")  # who sees a report sees all of it
            draft.write_bytes(data)
            draft.replace(path)
        except OSError as error:
            raise StoreUnavailable(f"a report cannot be written: {error.strerror}") from error
        return path

    def append(self, data: bytes, now: float, *, keyframe: bool = False) -> None:
        """Write what a step gave. Raises StoreUnavailable, and has then written nothing."""
        before = self._file.size
        self._file.append(self._waiting + data, now, keyframe=keyframe)
        self._waiting = b""
        self.trail.wrote(now, self.number, self._file.size)
        if keyframe:
            self.trail.keyframe(self.number, before)

    def append_or_wait(self, data: bytes, now: float) -> None:
        """The same for what nobody will try again: it waits for the next. Raises StoreUnavailable likewise."""
        try:
            self.append(data, now)
        except StoreUnavailable:
            self._waiting += data
            raise

    def turn_over(self, beginning: bytes) -> None:
        """Go on in another file, of which this is the beginning. Raises StoreUnavailable, and then goes on in this one.

        Whether the disk has all of the earlier one is no matter for the room, which resumes from the new one.
        """
        following = create_file(segment_path(self.folder, self.number + 1), beginning, self._syncer)
        written, self._file = self._file, following
        self.number += 1
        self.trail.keyframe(self.number, 0)
        try:
            written.close()
        except StoreUnavailable as error:
            log.warning("earlier journal not made safe", room=self.folder.name, why=str(error))

    def write_private(self, data: bytes) -> None:
        """Replace the private file, which is there whole or not at all. Raises StoreUnavailable."""
        create_file(self.folder / PRIVATE, data, self._syncer).close()

    def close(self) -> None:
        """Nothing more is written. Raises StoreUnavailable."""
        self._file.close()


@dataclass(frozen=True, slots=True)
class FoundJournal:
    """The files of a room that was running when the server stopped, in order."""

    room_id: str
    folder: Path
    segments: tuple[Path, ...]

    def private(self) -> bytes:
        """The private file, or nothing. Raises OSError."""
        try:
            return (self.folder / PRIVATE).read_bytes()
        except FileNotFoundError:
            return b""


class Journals:
    """All journals of a data folder, which this process has locked."""

    def __init__(self, data: Path, settings: JournalsSection, delay: float = 0.0) -> None:
        """`delay` is how late viewers are shown a room (ms)."""
        self.path = data / FOLDER
        self._delay = delay
        self._settings = settings
        self._syncer = Syncer(settings)
        self._thread = ThreadPoolExecutor(1, "prune")
        self._pruning: Future[int] | None = None
        self._pruned_at = float("-inf")

    def create(self, room_id: str, beginning: bytes) -> RoomJournal:
        """The journal of a new room. Raises StoreUnavailable."""
        folder = self.path / room_id
        try:
            file = create_file(segment_path(folder, 0), beginning, self._syncer)
        except StoreUnavailable:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        journal = self._journal(folder, file, 0)
        journal.trail.keyframe(0, 0)
        return journal

    def discard(self, journal: RoomJournal) -> None:
        """A room was not begun after all: nothing of it stays, as far as the disk lets us."""
        with suppress(StoreUnavailable):
            journal.close()
        shutil.rmtree(journal.folder, ignore_errors=True)

    def go_on(self, found: FoundJournal, size: int) -> RoomJournal:
        """The journal of a room that goes on after the first `size` bytes of its last file. Raises StoreUnavailable."""
        last = found.segments[-1]
        return self._journal(found.folder, JournalFile(last, self._syncer, size), number_of(last))

    def found(self) -> Iterator[FoundJournal]:
        """The rooms that were running, by id. Drafts that a crash left are taken away."""
        if not self.path.is_dir():
            return
        for folder in sorted(self.path.iterdir()):
            if folder.name == ENDED or not folder.is_dir():
                continue
            for draft in folder.glob("*.new"):
                draft.unlink(missing_ok=True)
            segments = tuple(sorted(folder.glob(f"*{SUFFIX}"), key=number_of))
            if segments:
                yield FoundJournal(folder.name, folder, segments)
            else:
                _remove_stub(folder)

    def end(self, room_id: str) -> None:
        """A room is over: its journal is a replay now. Raises StoreUnavailable."""
        target = self.path / ENDED / room_id
        try:
            target.parent.mkdir(exist_ok=True, mode=0o700)
            (self.path / room_id).replace(target)
        except OSError as error:
            raise StoreUnavailable(f"{target} cannot be made: {error.strerror}") from error

    def ended_ids(self, most: int) -> list[str]:
        """The ids of so many rooms that are over, the latest last."""
        folders = sorted(_described((self.path / ENDED).glob("*")))
        return [folder.name for _, _, folder in folders[-most:]]

    def prune_soon(self, now: float) -> None:
        """Let `prune` run beside the rooms, now and then: there may be a hundred thousand files. `now` is monotonic ms."""
        if now - self._pruned_at >= PRUNED_EVERY and (self._pruning is None or self._pruning.done()):
            self._pruned_at = now
            self._pruning = self._thread.submit(self.prune, time())

    def prune(self, now: float) -> int:
        """Remove the replays that the configuration does not keep; `now` is unix seconds. How many files.

        What cannot be removed is said, and stays: it is nobody's trouble but the operator's.
        """
        settings = self._settings
        kept = 0
        removed = 0
        for changed, size, path in sorted(self._replays(), reverse=True):
            kept += size
            if kept > settings.keep_bytes or now - changed > settings.keep_days * DAY:
                removed += _removed(path)
        return removed

    def close(self) -> None:
        """Wait for what is being made safe."""
        self._thread.shutdown()
        self._syncer.close()

    def _journal(self, folder: Path, file: JournalFile, number: int) -> RoomJournal:
        return RoomJournal(
            folder, file, number, self._syncer, self._settings.segment_bytes, Trail(self._delay)
        )

    def _replays(self) -> Iterator[tuple[float, int, Path]]:
        """Files that nobody writes: when they were changed (unix seconds), their size, and where they are."""
        for folder in self.path.glob("*"):
            if folder.name != ENDED:
                yield from _described(sorted(folder.glob(f"*{SUFFIX}"), key=number_of)[:-1])
        for folder in (self.path / ENDED).glob("*"):
            files = list(folder.glob(f"*{SUFFIX}"))
            if not files:
                shutil.rmtree(folder, ignore_errors=True)  # a crash came between its last file and it
            yield from _described(files)


def _remove_stub(folder: Path) -> None:
    """Take away the folder of a room that was never begun, of which nobody has heard; what else is in one is not ours."""
    with suppress(OSError):
        folder.rmdir()


def segment_path(folder: Path, number: int) -> Path:
    """Where a room's file of a number is."""
    return folder / f"{number:06}{SUFFIX}"


def number_of(path: Path) -> int:
    """The number of a file; of one that has another name, below all."""
    return int(path.stem) if path.stem.isdecimal() else -1


def _described(paths: Iterable[Path]) -> Iterator[tuple[float, int, Path]]:
    """Those of the files that are there still."""
    for path in paths:
        try:
            status = path.stat()
        except OSError:
            continue
        yield status.st_mtime, status.st_size, path


def _removed(path: Path) -> bool:
    """Remove a replay, and its folder where it was the last of a room that is over."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        log.warning("old journal not removed", file=str(path), why=error.strerror)
        return False
    folder = path.parent
    if folder.parent.name == ENDED and not any(folder.glob(f"*{SUFFIX}")):
        shutil.rmtree(folder, ignore_errors=True)
    return True
