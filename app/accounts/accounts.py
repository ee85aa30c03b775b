"""Accounts of the operator's own: who a JSON Web Token of their identity provider says that somebody is."""

from app.accounts.account import Accounts
from app.config import Config
from app.config_file import ConfigError


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
