"""Whether a configuration is safe where it leads to: checked before anything is opened."""

from app.accounts.admin import refuse_weak
from app.config import Config
from app.http.addresses import is_open


def check_safety(config: Config) -> None:
    """Raises ConfigError for a server that others can connect to and whose secret they would guess."""
    if is_open(config) and config.auth.admin_token:
        refuse_weak(config.auth.admin_token)
