"""What the tests of the store share: a store in a folder, and a clock of theirs."""

from contextlib import AbstractContextManager
from pathlib import Path

from app.config import StoreSection
from app.store.store import Store, open_store
from net.players.sessions import SessionRecord


class Clock:
    """Unix ms, as the test says."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def opened(
    folder: Path, clock: Clock | None = None, settings: StoreSection | None = None
) -> AbstractContextManager[Store]:
    """A store in a folder."""
    return open_store(folder, settings or StoreSection(), clock or Clock())


def record(room_id: str = "room", player_id: str = "ada", player: int = 0) -> SessionRecord:
    """A session."""
    return SessionRecord(room_id, player_id, player, "Ada", b"\1" * 32, b"", "", "127.0.0.1", 9e12, 1e12)
