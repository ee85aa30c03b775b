"""The store: what a server keeps beside its journals. One SQLite file behind three small tables of methods."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.config import StoreSection
from app.store.database import open_database
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


@contextmanager
def open_store(folder: Path, config: StoreSection, clock: Callable[[], float]) -> Iterator[Store]:
    """The store of a data folder, which must be locked for this server; `clock` gives unix ms.

    Raises ProgramError (Exit.DATA) with the file's name when it is damaged, locked, newer than this program, or on a full disk.
    """
    database = open_database(folder / FILE, config.synchronous, config.max_bytes)
    try:
        yield Store(
            StoredSessions(database),
            StoredSaves(database, clock, config.guest_saves),
            StoredEngines(database, clock, config.engine_bytes),
        )
    finally:
        database.close()
