"""Names and secrets of those who join."""

import secrets
from hashlib import sha256
from uuid import UUID, uuid4

from msgspec import UnsetType

from app.http.api import JoinBody


def player_id() -> str:
    """What others know a player by: made here, and of nothing private."""
    return secrets.token_hex(8)


def token() -> str:
    """256 random bits that open one seat."""
    return secrets.token_urlsafe(32)


def identity(body: JoinBody, account: str = "") -> str:
    """Whose saved data it is: an account's, or of whoever knows a guest's UUID; empty for who gives neither.

    The UUID is as good as a password: its 122 random bits are kept as a hash, and nobody is told.
    """
    if account:
        return f"account:{account}"
    if isinstance(body.guest, UnsetType):
        return ""
    return f"guest:{sha256(body.guest.bytes).hexdigest()}"


def wanted_name(body: JoinBody, account: str = "") -> str:
    """The name that a join asks for: the username, else one made of the account or of the guest's UUID."""
    if not isinstance(body.username, UnsetType):
        return body.username
    if account:
        return f"Guest-{sha256(b'account' + account.encode()).hexdigest()[:8]}"
    return guest_name(uuid4() if isinstance(body.guest, UnsetType) else body.guest)


def guest_name(guest: UUID) -> str:
    """`Guest-` and 32 bits of a hash of the UUID: the same guest has the same name, and the name does not tell the UUID."""
    return f"Guest-{sha256(b'name' + guest.bytes).hexdigest()[:8]}"
