"""The store as it is at one instant, while a server goes on writing to it: for backups."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from app.exits import Exit, ProgramError
from app.store.migrations import APPLICATION

PATIENCE = 10.0
"""How long a backup waits for the server to be between two writes (s)."""
PAGES = 256
"""Pages that are copied at a time: 1 MiB."""


class Pinned:
    """What the store was when it was pinned, whatever is written since."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection

    @property
    def size(self) -> int:
        """Its bytes."""
        (pages,) = self._connection.execute("PRAGMA page_count").fetchone()
        (page,) = self._connection.execute("PRAGMA page_size").fetchone()
        return int(pages * page)

    def copy_to(self, target: Path, progress: Callable[[int], None]) -> None:
        """Write a whole store of its own; `progress` is told how many bytes are done. Raises ProgramError."""
        copy = sqlite3.connect(target, isolation_level=None)

        def tell(_: int, remaining: int, total: int) -> None:
            progress((total - remaining) * self.size // max(1, total))

        try:
            self._connection.backup(copy, pages=PAGES, progress=tell)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a WAL beside it
        except sqlite3.Error as error:
            raise _failed(target, error) from error
        finally:
            copy.close()


@contextmanager
def pinned(path: Path, meanwhile: Callable[[], None]) -> Iterator[Pinned]:
    """Pin the store of a running server; `meanwhile` runs at that very instant, in which nobody writes to the store.

    Raises ProgramError (Exit.DATA) when the file is no store or somebody else keeps it locked.
    """
    if not path.is_file():
        raise ProgramError(Exit.DATA, f"there is no store: {path}")
    lock = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
    reader = sqlite3.connect(path, isolation_level=None)
    try:
        try:
            lock.execute("BEGIN IMMEDIATE")
            reader.execute("BEGIN")
            (mark,) = reader.execute("PRAGMA application_id").fetchone()
            reader.execute("SELECT count(*) FROM sqlite_master").fetchone()  # the first read pins
        except sqlite3.Error as error:
            raise _failed(path, error) from error
        if mark != APPLICATION:
            raise ProgramError(Exit.DATA, f"this is no store of Tickroom: {path}")
        meanwhile()
        lock.execute("ROLLBACK")
        yield Pinned(path, reader)
    finally:
        lock.close()
        reader.close()


def check_whole(path: Path) -> None:
    """Read every page of a store that nobody uses. Raises ProgramError (Exit.DATA) when it is not whole."""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
        (mark,) = connection.execute("PRAGMA application_id").fetchone()
    except sqlite3.Error as error:
        raise _failed(path, error) from error
    finally:
        with suppress(sqlite3.Error):
            connection.close()
    if found != "ok" or mark != APPLICATION:
        raise ProgramError(Exit.DATA, f"the store is damaged: {path}: {found.splitlines()[-1]}")


def _failed(path: Path, error: sqlite3.Error) -> ProgramError:
    return ProgramError(Exit.DATA, f"the store cannot be copied: {path}: {error}")
