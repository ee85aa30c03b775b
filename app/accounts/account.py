"""An account, as the server knows it, and who reads accounts from tokens."""

from dataclasses import dataclass
from typing import Protocol

MAX_TOKEN = 8_192
"""The longest token that is looked at, in characters."""
MAX_SUBJECT = 200
"""The longest subject, in characters."""


class AccountRefused(Exception):
    """A token names no account here, for the reason in this sentence."""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody whom the identity provider knows. `name` is empty where players name themselves."""

    subject: str
    name: str = ""


class Accounts(Protocol):
    """Reads accounts from tokens."""

    def account_of(self, token: str) -> Account:
        """Whose token it is. Raises AccountRefused."""
