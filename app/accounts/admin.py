"""The admin's token: generated at the first start, shown once, kept as its SHA-256, compared in constant time."""

import secrets
from hashlib import sha256
from hmac import compare_digest

from app.config import Config
from app.config_file import ConfigError
from app.data import DataDirectory

FILE = "admin-token.sha256"
WELL_KNOWN = frozenset((
    "admin123", "adminadmin", "changeme", "changeit", "change-me", "defaultkey", "letmein1", "password", "password1",
    "secretsecret", "supersecret", "tickroom", "12345678", "123456789", "1234567890", "your-token", "yourtoken",
    "your-admin-token", "admin-token", "admintoken", "adminpassword", "qwertyuiop",
))  # fmt: skip
"""Tokens that stand in examples and lists; never accepted where others can connect."""
OPEN_MINIMUM = 16
"""The shortest token of an operator's own, where others can connect."""


class AdminToken:
    """Knows whether a token is the admin's, and not what it is."""

    __slots__ = ("_digest",)

    def __init__(self, digest: str) -> None:
        self._digest = digest

    def opens(self, token: str) -> bool:
        """Whether this is the token."""
        return compare_digest(self._digest, _digest(token))


def admin_token(config: Config, data: DataDirectory, *, is_open: bool) -> tuple[AdminToken, str]:
    """The server's admin token, and its text when it was generated just now, else "".

    Raises ConfigError when the configured one is too weak for a server that others can connect to (`is_open`).
    """
    configured = config.auth.admin_token
    if configured:
        if is_open:
            refuse_weak(configured)
        return AdminToken(_digest(configured)), ""
    kept = (data.read(FILE) or "").strip()
    if len(kept) == 64:
        return AdminToken(kept), ""
    token = secrets.token_urlsafe(24)
    data.write_secret(FILE, _digest(token) + "\n")
    return AdminToken(_digest(token)), token


def refuse_weak(token: str) -> None:
    """Raises ConfigError for a token that others would guess."""
    if token.casefold() in WELL_KNOWN or len(token) < OPEN_MINIMUM or len(set(token)) < 6:
        raise ConfigError(
            "auth.admin_token = (not shown): it is well known or easily guessed, and others can connect to this "
            f"server; allowed is at least {OPEN_MINIMUM} characters that are nobody's default, or empty to have one made"
        )


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()
