"""What is kept of a player's session, so that a seat outlives its connection and its server; and where it is kept.

A resume token is 256 random bits. It is kept as a hash, is for one hello, and each welcome gives the next one.
"""

from hashlib import sha256
from secrets import token_urlsafe
from typing import Protocol

from msgspec import Struct


class SessionRecord(Struct, frozen=True):
    """A seat and what opens it. Times are unix ms."""

    room_id: str
    player_id: str
    player: int
    """The seat's number."""
    name: str
    token_hash: bytes
    """Of the token that opens the seat next."""
    previous_hash: bytes
    """Of the one before while the client has not acknowledged the next; empty: void."""
    account: str
    """The subject of the player's account; empty for a guest."""
    address: str
    expires_at: float
    """When no token opens the seat any more, whoever plays."""
    created_at: float


class Sessions(Protocol):
    """Keeps the sessions of all rooms, each by its room and player."""

    def put(self, record: SessionRecord) -> None:
        """Keep a session, in place of what was kept of it; durable when it returns. Raises StoreUnavailable."""

    def delete(self, room_id: str, player_id: str) -> None:
        """Forget a session; an unknown one is no matter. Raises StoreUnavailable."""

    def of(self, room_id: str) -> list[SessionRecord]:
        """All that is kept for a room, by number. Raises StoreUnavailable."""


class MemorySessions:
    """Sessions that live as long as this object: for virtual rooms, tests, and servers that keep nothing."""

    def __init__(self) -> None:
        self._records: dict[tuple[str, str], SessionRecord] = {}

    def put(self, record: SessionRecord) -> None:
        """Keep a session."""
        self._records[record.room_id, record.player_id] = record

    def delete(self, room_id: str, player_id: str) -> None:
        """Forget a session."""
        self._records.pop((room_id, player_id), None)

    def of(self, room_id: str) -> list[SessionRecord]:
        """All that is kept for a room, by number."""
        kept = [record for record in self._records.values() if record.room_id == room_id]
        return sorted(kept, key=lambda record: record.player)


def random_token() -> str:
    """256 random bits that open one seat."""
    return token_urlsafe(32)


def token_digest(token: str) -> bytes:
    """How tokens are kept: SHA-256, which is enough for 256 random bits."""
    return sha256(token.encode()).digest()
