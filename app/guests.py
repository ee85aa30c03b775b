"""Names and secrets of those who join."""

import secrets
from hashlib import sha256
from uuid import UUID, uuid4

from msgspec import UnsetType

from app.api import JoinBody
from app.problems import Problem


def player_id() -> str:
    """What others know a player by: made here, and of nothing private."""
    return secrets.token_hex(8)


def token() -> str:
    """256 random bits that open one seat."""
    return secrets.token_urlsafe(32)


def wanted_name(body: JoinBody) -> str:
    """The name that a join asks for. Raises Problem when it gives both a username and a guest's UUID."""
    if not isinstance(body.username, UnsetType):
        if not isinstance(body.guest, UnsetType):
            raise Problem(422, "Give a username or a guest's UUID, not both.")
        return body.username
    return guest_name(uuid4() if isinstance(body.guest, UnsetType) else body.guest)


def guest_name(guest: UUID) -> str:
    """`Guest-` and 32 bits of a hash of the UUID: the same guest has the same name, and the name does not tell the UUID."""
    return f"Guest-{sha256(guest.bytes).hexdigest()[:8]}"
