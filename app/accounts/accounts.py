"""Accounts of the operator's own: who a JSON Web Token of their identity provider says that somebody is."""

from dataclasses import dataclass
from typing import Protocol

from app.config import Config
from app.config_file import ConfigError

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


def accounts_of(config: Config) -> Accounts | None:
    """The accounts that the configuration sets up, or None. Raises ConfigError."""
    accounts = config.accounts
    if not accounts.algorithm:
        if config.auth.require_account:
            raise ConfigError("auth.require_account = true needs accounts.algorithm, which is empty")
        return None
    for key, value in (("issuer", accounts.issuer), ("audience", accounts.audience)):
        if not value:
            raise ConfigError(
                f'accounts.{key} = ""; allowed with accounts.algorithm is the {key} that the tokens name, so that one made '
                "for something else is refused"
            )
    from app.accounts.tokens import TokenAccounts  # noqa: PLC0415 - 150 ms, for servers with accounts only

    return TokenAccounts(accounts)
