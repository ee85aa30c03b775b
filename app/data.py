"""The data directory: what a server keeps between two starts, and the lock that lets only one server have it."""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from app.exits import Exit, ProgramError

HELD = re.compile(r"([0-9]{1,10})\n(?:(http://[!-~]{1,270})\n)?")
"""What a lock file says: the process, and where it listens."""


class DataDirectory:
    """A folder that this process alone writes to, for as long as `opened` lasts."""

    def __init__(self, path: Path, lock: TextIO) -> None:
        self.path = path
        self._lock = lock

    def read(self, name: str) -> str | None:
        """The text of a file of the directory, or None when there is none. Raises ProgramError when it is unreadable."""
        try:
            return (self.path / name).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise _unusable(self.path / name, error) from error

    def say_address(self, address: str) -> None:
        """Leave in the lock file where this server listens, for whoever starts another one."""
        self._lock.write(f"{address}\n")
        self._lock.flush()

    def write_secret(self, name: str, text: str) -> None:
        """Replace a file whole, readable by this user only. A crash leaves the old one or the new one."""
        path, draft = self.path / name, self.path / f"{name}.new"
        try:
            draft.unlink(missing_ok=True)
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        except OSError as error:
            raise _unusable(path, error) from error


@contextmanager
def opened(path: Path) -> Iterator[DataDirectory]:
    """The data directory, made when it is missing, locked until the block ends (or the process, however it ends).

    Raises ProgramError (Exit.DATA) when another server holds it or it cannot be written.
    """
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = (path / "lock").open("a+", encoding="utf-8")
    except OSError as error:
        raise _unusable(path, error) from error
    with lock:
        _take(path, lock)
        yield DataDirectory(path, lock)


def _take(path: Path, lock: TextIO) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        sentence = f"{_holder(lock.read(300))}, with the data directory {path}; for another one give both --data and --port"
        raise ProgramError(Exit.DATA, sentence) from None
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()


def _holder(text: str) -> str:
    """Who has the lock, from what its file says: the process, and the address once it listens."""
    found = HELD.fullmatch(text)
    if found is None:
        return "a server already runs here"
    process, address = found.groups()
    where = f": {address}" if address else ""
    return f"a server already runs here{where} (process {process})"


def _unusable(path: Path, error: Exception) -> ProgramError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return ProgramError(Exit.DATA, f"the data directory cannot be used: {path}: {reason}")
