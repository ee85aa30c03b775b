"""The sessions of all rooms, in the store."""

from msgspec.structs import astuple

from app.store.database import Database
from net.players.sessions import SessionRecord

COLUMNS = ", ".join(SessionRecord.__struct_fields__)
PLACES = ", ".join("?" for _ in SessionRecord.__struct_fields__)


class StoredSessions:
    """`net.players.sessions.Sessions` over SQLite. What is put is kept when `put` returns, also through `kill -9`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, record: SessionRecord) -> None:
        """Keep a session, in place of what was kept of it. Raises StoreUnavailable."""
        statement = f"INSERT OR REPLACE INTO sessions ({COLUMNS}) VALUES ({PLACES})"  # noqa: S608 - names of our own
        self._database.run(statement, astuple(record))

    def delete(self, room_id: str, player_id: str) -> None:
        """Forget a session; an unknown one is no matter. Raises StoreUnavailable."""
        self._database.run("DELETE FROM sessions WHERE room_id = ? AND player_id = ?", (room_id, player_id))

    def of(self, room_id: str) -> list[SessionRecord]:
        """All that is kept for a room, by number. Raises StoreUnavailable."""
        statement = f"SELECT {COLUMNS} FROM sessions WHERE room_id = ? ORDER BY player"  # noqa: S608 - as above
        return [SessionRecord(*row) for row in self._database.rows(statement, (room_id,))]

    def rooms(self) -> set[str]:
        """The rooms that have sessions. Raises StoreUnavailable."""
        return {room_id for (room_id,) in self._database.rows("SELECT DISTINCT room_id FROM sessions")}

    def forget_room(self, room_id: str) -> None:
        """A room is over: nobody comes back to it. Raises StoreUnavailable."""
        self._database.run("DELETE FROM sessions WHERE room_id = ?", (room_id,))
