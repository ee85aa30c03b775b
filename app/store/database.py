"""The store's one SQLite file: opening it safely, transactions, and what its errors mean.

WAL, so that `tickroom backup` reads while the server writes. `synchronous = normal`: a commit is in the file system's cache
when it returns, so it survives `kill -9`; what a power cut takes, at most the last seconds, is consistent (see
docs/decisions/0131-what-a-commit-survives.md).
"""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from app.exits import Exit, ProgramError
from app.store.migrations import NewerStore, NoStore, migrate
from net.errors import StoreUnavailable

Synchronous = Literal["normal", "full"]

PATIENCE = 0.5
"""How long a write waits for another program that has the file (s): a backup needs it for about a millisecond."""
CHECKED_BYTES = 64 * 1024 * 1024
"""A store up to this size is checked page by page when it is opened: 64 MiB take about 0.2 s."""
PAGE = 4096

FULL, BUSY, READ_ONLY, DAMAGED = "full", "busy", "read only", "damaged"
_KINDS = {
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_BUSY: BUSY,
    sqlite3.SQLITE_LOCKED: BUSY,
    sqlite3.SQLITE_READONLY: READ_ONLY,
    sqlite3.SQLITE_PERM: READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: READ_ONLY,
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_NOTADB: DAMAGED,
    sqlite3.SQLITE_IOERR: "io",
    sqlite3.SQLITE_NOMEM: "memory",
}


class Database:
    """One connection to the file, for one thread. Everything it raises is StoreUnavailable, or a mistake of ours."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self._depth = 0

    def rows(self, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        """All rows of a query. Raises StoreUnavailable."""
        try:
            return self._connection.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise self._meaning(error) from error

    def run(self, statement: str, values: Sequence[Any] = ()) -> int:
        """Run a statement by itself or in the open transaction; how many rows it changed. Raises StoreUnavailable."""
        try:
            return self._connection.execute(statement, values).rowcount
        except sqlite3.Error as error:
            raise self._meaning(error) from error

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing of what is run inside, and all of it kept when the block has ended. Blocks may nest."""
        if self._depth:
            yield
            return
        self.run("BEGIN IMMEDIATE")
        self._depth = 1
        try:
            yield
            self.run("COMMIT")
        except BaseException:
            if self._connection.in_transaction:  # some errors have rolled back already
                self._connection.execute("ROLLBACK")
            raise
        finally:
            self._depth = 0

    def close(self) -> None:
        """Close the file; the last one to do so moves the WAL into it. Idempotent."""
        self._connection.close()

    def _meaning(self, error: sqlite3.Error) -> Exception:
        """StoreUnavailable with a sentence that names the file; the error itself when it is our mistake."""
        kind = _kind(error)
        return StoreUnavailable(f"{sentence_of(kind, error)}: {self.path}") if kind else error


def open_database(path: Path, synchronous: Synchronous, max_bytes: int) -> Database:
    """The store's file, made when it is missing, brought to this version's schema. Raises ProgramError (Exit.DATA)."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))  # SQLite would make it readable by everybody
        connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
    except (OSError, sqlite3.Error) as error:
        raise _unusable(path, f"it cannot be opened: {_reason(error)}") from error
    try:
        _prepare(connection, path, synchronous, max_bytes)
    except BaseException:
        connection.close()
        raise
    return Database(path, connection)


def memory_database(max_bytes: int) -> Database:
    """A store without a file."""
    path, connection = Path(":memory:"), sqlite3.connect(":memory:", isolation_level=None)
    _prepare(connection, path, "normal", max_bytes)
    return Database(path, connection)


def _prepare(connection: sqlite3.Connection, path: Path, synchronous: Synchronous, max_bytes: int) -> None:
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        connection.execute(f"PRAGMA max_page_count = {max(1, max_bytes // PAGE)}")
        if path.is_file():
            _check(connection, path)
        migrate(connection)
    except (NewerStore, NoStore) as refusal:
        raise _unusable(path, str(refusal)) from refusal
    except sqlite3.Error as error:
        kind = _kind(error)
        if not kind:
            raise
        raise _unusable(path, sentence_of(kind, error)) from error


def _check(connection: sqlite3.Connection, path: Path) -> None:
    if path.stat().st_size > CHECKED_BYTES:
        return
    (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise _unusable(path, f"it is damaged ({found.splitlines()[-1]})")


def _kind(error: sqlite3.Error) -> str:
    """What kind of trouble from outside it is; empty for a mistake of ours."""
    code = getattr(error, "sqlite_errorcode", None)
    return "" if code is None else _KINDS.get(code & 0xFF, "")


def sentence_of(kind: str, error: sqlite3.Error) -> str:
    """What is wrong with the file, in words for an operator."""
    match kind:
        case "full":
            return "the store cannot grow: its disk is full, or it has reached store.max_bytes"
        case "busy":
            return "another program has locked the store"
        case "read only":
            return "the store cannot be written"
        case "damaged":
            return f"the store is damaged ({error})"
        case _:
            return f"the store cannot be used ({getattr(error, 'sqlite_errorname', error)})"


def _reason(error: Exception) -> str:
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)


def _unusable(path: Path, reason: str) -> ProgramError:
    return ProgramError(Exit.DATA, f"the store cannot be used: {path}: {reason}")
