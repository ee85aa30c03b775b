"""The store: what a server keeps beside its journals. One SQLite file behind three small tables of methods."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.config import StoreSection
from app.store.database import Database, memory_database, open_database
from app.store.engines import StoredEngines
from app.store.saves import StoredSaves
from app.store.sessions import StoredSessions

FILE = "store.sqlite3"


@dataclass(frozen=True, slots=True)
class Store:
    """Sessions, saved data and uploaded engines. The rooms themselves are in their journals."""

    sessions: StoredSessions
    saves: StoredSaves
    engines: StoredEngines


def _store(database: Database, config: StoreSection, clock: Callable[[], float]) -> Store:
    return Store(
        StoredSessions(database),
        StoredSaves(database, clock, config.guest_saves),
        StoredEngines(database, clock, config.engine_bytes),
    )


def memory_store(clock: Callable[[], float], config: StoreSection | None = None) -> Store:
    """A store that is gone with its process, for tests."""
    settings = config or StoreSection()
    return _store(memory_database(settings.max_bytes), settings, clock)


@contextmanager
def open_store(folder: Path, config: StoreSection, clock: Callable[[], float]) -> Iterator[Store]:
    """The store of a data folder, which must be locked for this server; `clock` gives unix ms.

    Raises ProgramError (Exit.DATA) with the file's name when it is damaged, locked, newer than this program, or on a full disk.
    """
    database = open_database(folder / FILE, config.synchronous, config.max_bytes)
    try:
        yield _store(database, config, clock)
    finally:
        database.close()
