"""Uploaded engines, by the SHA-256 of their bytes: the same engine is kept once, and its address is its content's."""

from collections.abc import Callable
from hashlib import sha256

from app.store.database import Database


class EnginesFull(Exception):
    """No room for another engine: the bytes of all of them together are bounded."""


class StoredEngines:
    """Engines by digest. `clock` gives unix ms; `max_bytes` bounds all of them together. Raises StoreUnavailable."""

    def __init__(self, database: Database, clock: Callable[[], float], max_bytes: int) -> None:
        self._database = database
        self._clock = clock
        self._max_bytes = max_bytes

    def put(self, data: bytes) -> str:
        """Keep an engine; its digest in hex. Raises EnginesFull."""
        digest = sha256(data).digest()
        with self._database.transaction():
            if not self._touch(digest):
                if self.size() + len(data) > self._max_bytes:
                    raise EnginesFull(f"all engines together may have {self._max_bytes} bytes")
                now = self._clock()
                self._database.run("INSERT INTO engines VALUES (?, ?, ?, ?)", (digest, data, now, now))
        return digest.hex()

    def get(self, digest: str) -> bytes | None:
        """The engine of a digest in hex, or None."""
        try:
            key = bytes.fromhex(digest)
        except ValueError:
            return None
        rows = self._database.rows("SELECT data FROM engines WHERE digest = ?", (key,))
        return rows[0][0] if rows else None

    def remove_unused(self, before: float) -> int:
        """Remove those that nobody has put since `before` (unix ms); how many they were."""
        return self._database.run("DELETE FROM engines WHERE used_at < ?", (before,))

    def size(self) -> int:
        """The bytes of all of them."""
        (row,) = self._database.rows("SELECT coalesce(sum(length(data)), 0) FROM engines")
        return int(row[0])

    def _touch(self, digest: bytes) -> bool:
        """Whether there is such an engine; it is used now."""
        changed = self._database.run(
            "UPDATE engines SET used_at = ? WHERE digest = ?", (self._clock(), digest)
        )
        return changed > 0
