"""Uploaded engines: the same bytes of the same media type are kept once, under one address that nobody guesses."""

import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from hashlib import sha256

from app.store.database import Database

KEY_BYTES = 24
"""Random bytes of an engine's key: whoever knows it may have the engine, and nobody comes to know it by trying."""


class EnginesFull(Exception):
    """No room for another engine: the bytes of all of them together are bounded."""


@dataclass(frozen=True, slots=True)
class KeptEngine:
    """An engine without its bytes. `digest` is the SHA-256 of them, in hex; `key` is what its address is made of."""

    key: str
    digest: str
    media_type: str
    size: int


class StoredEngines:
    """Engines by key. `clock` gives unix ms; `max_bytes` bounds all of them together. Raises StoreUnavailable."""

    def __init__(self, database: Database, clock: Callable[[], float], max_bytes: int) -> None:
        self._database = database
        self._clock = clock
        self._max_bytes = max_bytes

    def put(self, data: bytes, media_type: str, digest: bytes | None = None) -> KeptEngine:
        """Keep an engine; `digest` is its SHA-256 where the caller knows it. Raises EnginesFull."""
        digest = digest or sha256(data).digest()
        with self._database.transaction():
            key = self._known(digest, media_type)
            if key is None:
                key = self._insert(digest, media_type, data)
        return KeptEngine(key, digest.hex(), media_type, len(data))

    def get(self, key: str) -> tuple[KeptEngine, bytes] | None:
        """The engine of a key with its bytes, or None."""
        rows = self._database.rows("SELECT digest, media_type, data FROM engines WHERE key = ?", (key,))
        if not rows:
            return None
        digest, media_type, data = rows[0]
        return KeptEngine(key, digest.hex(), media_type, len(data)), data

    def remove_unused(self, kept_for: float, in_use: Collection[str] = ()) -> int:
        """Remove those that nobody has had for so long (ms); how many they were. The keys of `in_use` are used now."""
        now = self._clock()
        with self._database.transaction():
            for key in in_use:
                self._database.run("UPDATE engines SET used_at = ? WHERE key = ?", (now, key))
            return self._database.run("DELETE FROM engines WHERE used_at < ?", (now - kept_for,))

    def size(self) -> int:
        """The bytes of all of them."""
        (row,) = self._database.rows("SELECT coalesce(sum(length(data)), 0) FROM engines")
        return int(row[0])

    def _known(self, digest: bytes, media_type: str) -> str | None:
        """The key of such an engine, if there is one; it is used now."""
        where = (digest, media_type)
        rows = self._database.rows("SELECT key FROM engines WHERE digest = ? AND media_type = ?", where)
        if not rows:
            return None
        (key,) = rows[0]
        self._database.run("UPDATE engines SET used_at = ? WHERE key = ?", (self._clock(), key))
        return str(key)

    def _insert(self, digest: bytes, media_type: str, data: bytes) -> str:
        if self.size() + len(data) > self._max_bytes:
            raise EnginesFull(f"all engines together may have {self._max_bytes} bytes")
        key, now = secrets.token_urlsafe(KEY_BYTES), self._clock()
        self._database.run(
            "INSERT INTO engines VALUES (?, ?, ?, ?, ?, ?)", (key, digest, media_type, data, now, now)
        )
        return key
