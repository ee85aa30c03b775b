"""`tickroom backup`: a consistent copy of a running server's data folder.

Store and journals are taken at one instant, the one in which the store is locked for a moment: while nobody can write to the
store, no room gets past a tick that writes to it, so what the files are then is what `kill -9` would leave then, and a server
starts from the copy as it starts after one. What is copied afterwards is that instant: a pinned snapshot of the store, and of
each journal as many bytes as it had. See docs/decisions/0134-a-backup-is-one-instant.md.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Annotated, BinaryIO

import msgspec

from app.accounts.admin import FILE as ADMIN_FILE
from app.exits import Exit, ProgramError
from app.store.pinned import Pinned, check_whole, pinned
from app.store.store import FILE
from ecs.version import VERSION

MANIFEST = "manifest.json"
"""Written last: a folder without it is no whole backup."""
JOURNALS = "journals"
ENDED = "ended"
"""The folder in it of rooms that are over."""
DRAFT = ".new"
"""The end of the name of a file that is not whole yet."""
CHUNK = 1024 * 1024
TRIES = 100
"""Journals come and go while they are listed; a listing in which one went is made again."""

Progress = Callable[[int], None]
"""Told how many bytes more are done."""


class File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of a backup: its path in the folder with slashes, and what is in it."""

    path: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    size: Annotated[int, msgspec.Meta(ge=0)]
    sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a backup holds. `made_at` is unix seconds."""

    format: Annotated[int, msgspec.Meta(ge=1)]
    version: str
    made_at: float
    files: list[File]


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that only grows, as long as it was at the instant; it can be read even when it has been removed since."""

    path: str
    file: BinaryIO
    size: int


@dataclass(frozen=True, slots=True)
class Finished:
    """A file of a room that is over: nobody writes it, and it may be removed."""

    path: str
    place: Path
    size: int


@dataclass(frozen=True, slots=True)
class Cut:
    """A data folder at one instant."""

    store: Pinned
    files: list[Opened]
    finished: list[Finished]

    @property
    def size(self) -> int:
        """All its bytes; each is written once and read once."""
        running = sum(each.size for each in self.files)
        finished = sum(each.size for each in self.finished)
        return 2 * (self.store.size + running + finished)


@contextmanager
def cut(data: Path) -> Iterator[Cut]:
    """The data folder of a server, running or not, at one instant. Raises ProgramError (Exit.DATA)."""
    with ExitStack() as stack:
        files: list[Opened] = []
        store = stack.enter_context(pinned(data / FILE, lambda: files.extend(_opened(data, stack))))
        yield Cut(store, files, list(_finished(data, files)))


def back_up(whole: Cut, target: Path, progress: Progress) -> Manifest:
    """Write a cut into an empty folder, read all of it again, and say at last that it is whole. Raises ProgramError."""
    empty_folder(target)
    try:
        store = target / FILE
        done = 0

        def told(bytes_done: int) -> None:
            nonlocal done
            progress(bytes_done - done)
            done = bytes_done

        store.touch(0o600)
        whole.store.copy_to(store, told)
        files = [_written(target / FILE, FILE)]
        files += [_copied(each, target / each.path, progress) for each in whole.files]
        files += _replays(whole.finished, target, progress)
        check_whole(store)
        for file in files:
            check_file(target, file, progress)
        manifest = Manifest(1, VERSION, time.time(), files)
        write_whole(target / MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
    except OSError as error:
        raise ProgramError(Exit.DATA, f"the backup cannot be written: {target}: {error.strerror}") from error
    return manifest


def empty_folder(target: Path) -> None:
    """Make a folder that is not there or is empty. Raises ProgramError: nothing is ever overwritten."""
    try:
        target.mkdir(parents=True, exist_ok=True, mode=0o700)
        taken = next(target.iterdir(), None)
    except OSError as error:
        raise ProgramError(Exit.DATA, f"the folder cannot be used: {target}: {error.strerror}") from error
    if taken is not None:
        raise ProgramError(Exit.DATA, f"the folder is not empty, and nothing is overwritten: {target}")


def check_file(folder: Path, file: File, progress: Progress) -> None:
    """Read a file again. Raises ProgramError when it is not what was written."""
    path = folder / file.path
    digest, size = sha256(), 0
    with path.open("rb") as opened:
        while chunk := opened.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
            progress(len(chunk))
    if size != file.size or digest.hexdigest() != file.sha256:
        raise ProgramError(Exit.DATA, f"the file is not what was backed up: {path}")


def write_whole(path: Path, data: bytes) -> None:
    """Write a file and wait until the disk has it."""
    with path.open("xb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(data)
        synced(file)


def synced(file: BinaryIO) -> None:
    """Wait until the disk has what was written."""
    file.flush()
    os.fsync(file.fileno())


def _opened(data: Path, stack: ExitStack) -> list[Opened]:
    """All files that only grow, opened; made again when one goes in between. Raises ProgramError."""
    for _ in range(TRIES):
        names = _names(data)
        try:
            files = [stack.enter_context((data / name).open("rb")) for name in names]
        except FileNotFoundError:
            continue
        except OSError as error:
            raise ProgramError(Exit.DATA, f"{error.filename} cannot be read: {error.strerror}") from error
        if _names(data) == names:
            sizes = [os.fstat(file.fileno()).st_size for file in files]
            return [Opened(*each) for each in zip(names, files, sizes, strict=True)]
    raise ProgramError(Exit.DATA, f"the journals come and go too fast to be copied: {data / JOURNALS}")


def _names(data: Path) -> list[str]:
    """The journals of rooms that run and the admin's token, as paths in the data folder."""
    rooms = [folder for folder in (data / JOURNALS).glob("*") if folder.name != ENDED]
    found = [path for folder in rooms for path in _files(folder)]
    if (data / ADMIN_FILE).is_file():
        found.append(data / ADMIN_FILE)
    return sorted(str(PurePosixPath(path.relative_to(data))) for path in found)


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.suffix != DRAFT]


def _finished(data: Path, running: list[Opened]) -> Iterator[Finished]:
    """The files of rooms that were over before the instant, and of some that began and ended since. There may be a hundred
    thousand: they are neither looked for while the store is locked, nor all opened."""
    rooms = {PurePosixPath(each.path).parent.name for each in running}
    for folder in sorted((data / JOURNALS / ENDED).glob("*")):
        for path in _files(folder) if folder.name not in rooms else ():
            with suppress(FileNotFoundError):
                yield Finished(str(PurePosixPath(path.relative_to(data))), path, path.stat().st_size)


def _replays(finished: list[Finished], target: Path, progress: Progress) -> Iterator[File]:
    """Those of them that have not been removed meanwhile, copied."""
    for each in finished:
        try:
            opened = each.place.open("rb")
        except FileNotFoundError:
            progress(2 * each.size)
            continue
        with opened:
            yield _copied(Opened(each.path, opened, each.size), target / each.path, progress)


def _copied(source: Opened, target: Path, progress: Progress) -> File:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest, left = sha256(), source.size
    with target.open("xb") as file:
        os.fchmod(file.fileno(), 0o600)
        while left and (chunk := source.file.read(min(CHUNK, left))):
            digest.update(chunk)
            file.write(chunk)
            left -= len(chunk)
            progress(len(chunk))
        synced(file)
    return File(source.path, source.size - left, digest.hexdigest())


def _written(path: Path, name: str) -> File:
    with path.open("rb") as file:
        digest = sha256()
        while chunk := file.read(CHUNK):
            digest.update(chunk)
        os.fsync(file.fileno())
        return File(name, path.stat().st_size, digest.hexdigest())
