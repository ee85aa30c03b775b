"""A room's journal on disk: appended to, cut back when a write fails, made safe against power cuts as the configuration says."""

import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, Lock

from app.config import JournalsSection
from net.errors import StoreUnavailable

GATHERED = 0.1
"""Files that are to be made safe wait for others for so long (s): each time that the thread is woken costs the ticks 100 us."""


class Syncing:
    """A file that is made safe in the background, or is to be."""

    __slots__ = ("descriptor", "error", "is_done")

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.is_done = False
        self.error: OSError | None = None

    def run(self) -> None:
        """Make it safe, unless it was withdrawn."""
        try:
            if not self.is_done:
                os.fdatasync(self.descriptor)
        except OSError as error:
            self.error = error
        self.is_done = True


class Syncer:
    """Makes what was written safe against power cuts, as often as asked; in a thread of its own where nobody waits for it.

    A process that is killed loses nothing either way: what was written is the system's by then.
    """

    def __init__(self, settings: JournalsSection) -> None:
        self._policy = settings.fsync
        self._interval = settings.fsync_interval * 1_000.0
        self._thread = ThreadPoolExecutor(1, "fsync") if self._policy in ("keyframe", "interval") else None
        self._waiting: deque[Syncing] = deque()
        self._is_woken = False
        """Whether the thread will look for what waits."""
        self._one = Lock()
        """Held while a file is made safe: it must not be closed then."""
        self._closing = Event()

    @property
    def is_wanted(self) -> bool:
        """Whether anything is made safe at all."""
        return self._policy != "never"

    def is_due(self, now: float, last: float, *, keyframe: bool) -> bool:
        """Whether a file that was last made safe at `last` (ms) is to be so now."""
        if self._policy == "interval":
            return now - last >= self._interval
        return self._policy == "tick" or (keyframe and self._policy == "keyframe")

    def start(self, descriptor: int) -> Syncing | None:
        """Make a file safe: now (None), or soon, in the background. Raises OSError."""
        if self._thread is None:
            os.fdatasync(descriptor)
            return None
        syncing = Syncing(descriptor)
        self._waiting.append(syncing)
        if not self._is_woken:
            self._is_woken = True
            self._thread.submit(self._run)
        return syncing

    def withdraw(self, syncing: Syncing) -> None:
        """The file is to be closed: nothing is done with it any more when this returns."""
        with self._one:
            syncing.is_done = True

    def close(self) -> None:
        """Wait for what is under way."""
        self._closing.set()
        if self._thread is not None:
            self._thread.shutdown()

    def _run(self) -> None:
        """In the thread: all that waits, one after the other."""
        self._closing.wait(GATHERED)
        self._is_woken = False  # what comes from here on may be too late for this time
        while self._waiting:
            with self._one:
                self._waiting.popleft().run()


class JournalFile:
    """One file, open for appending. All bytes of an `append` are in it, or none."""

    def __init__(self, path: Path, syncer: Syncer, size: int) -> None:
        """Takes a file that is there; what is beyond `size` is cut off. Raises StoreUnavailable."""
        self.path = path
        self.size = size
        self._syncer = syncer
        self._syncing: Syncing | None = None
        self._synced_at = float("-inf")
        self._is_synced = True
        """Whether everything that was written is safe, or on its way there."""
        self._is_torn = True
        try:
            self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        except OSError as error:
            raise _failed(path, error) from error
        try:
            self._cut()
        except StoreUnavailable:
            os.close(self._descriptor)
            raise

    def append(self, data: bytes, now: float, *, keyframe: bool = False) -> None:
        """Write, and make safe where that is due. `now` is in ms. Raises StoreUnavailable: then the file is as
        before, and the same bytes may be tried again."""
        if self._is_torn:
            self._cut()
        if self._syncing is not None:
            self._check_synced()
        try:
            self._write(data)
            self._sync(now, keyframe=keyframe)
        except OSError as error:
            self._try_cut()
            raise _failed(self.path, error) from error
        self.size += len(data)

    def close(self) -> None:
        """Make safe what was written, and let go of the file."""
        try:
            if self._syncing is not None:
                self._syncer.withdraw(self._syncing)
            if self._syncer.is_wanted:
                os.fdatasync(self._descriptor)
        except OSError as error:
            raise _failed(self.path, error) from error
        finally:
            os.close(self._descriptor)

    def _write(self, data: bytes) -> None:
        if not data:
            return
        self._is_synced = False
        written = os.write(self._descriptor, data)
        while written < len(data):
            written += os.write(self._descriptor, memoryview(data)[written:])

    def _sync(self, now: float, *, keyframe: bool) -> None:
        """Raises OSError."""
        if self._is_synced or self._syncing is not None:
            return
        if self._syncer.is_due(now, self._synced_at, keyframe=keyframe):
            self._synced_at, self._is_synced = now, True
            self._syncing = self._syncer.start(self._descriptor)

    def _check_synced(self) -> None:
        """Raises StoreUnavailable where what was made safe in the background is not."""
        if self._syncing is not None and self._syncing.is_done:
            error, self._syncing = self._syncing.error, None
            if error is not None:
                self._is_synced = False
                raise _failed(self.path, error)

    def _cut(self) -> None:
        """Bring the file back to the bytes that are whole. Raises StoreUnavailable."""
        try:
            os.ftruncate(self._descriptor, self.size)
        except OSError as error:
            raise _failed(self.path, error) from error
        self._is_torn = False

    def _try_cut(self) -> None:
        """The same, where it works: else before the next write. Who reads the file meanwhile sees no half of a record."""
        self._is_torn = True
        try:
            self._cut()
        except StoreUnavailable:
            return


def create_file(path: Path, data: bytes, syncer: Syncer) -> JournalFile:
    """A new file with its beginning, which is there whole or not at all. Raises StoreUnavailable: then none is there that was
    not before, for of a room's files the last one counts."""
    draft, was_there = path.with_suffix(".new"), path.exists()
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            if syncer.is_wanted:
                os.fsync(file.fileno())
        draft.replace(path)
        if syncer.is_wanted:
            sync_folder(path.parent)
        return JournalFile(path, syncer, len(data))
    except (OSError, StoreUnavailable) as error:
        for each in (draft,) if was_there else (draft, path):
            _remove(each)
        raise _failed(path, error) from error


def sync_folder(path: Path) -> None:
    """Make the names of a folder safe. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(path: Path) -> None:
    """Take away what is not whole, where that works: a draft goes with the next start otherwise."""
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return


def _failed(path: Path, error: BaseException) -> StoreUnavailable:
    if isinstance(error, StoreUnavailable):
        return error
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return StoreUnavailable(f"{path} cannot be written: {reason}")
