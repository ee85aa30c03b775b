"""JSON Web Tokens (RFC 7519), by PyJWT and cryptography: the one file that knows them.

One algorithm is configured, and a token that names any other is refused, so that no public key is ever taken for a secret.
"""

from pathlib import Path
from typing import Any

import jwt
import msgspec
import structlog
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from app.accounts.account import MAX_SUBJECT, MAX_TOKEN, Account, AccountRefused
from app.config import AccountsSection
from app.config_file import ConfigError

LEEWAY = 30.0
"""How far the clocks of the provider and of this server may be apart (s)."""
MIN_SECRET = 32
"""Bytes of an HS256 secret: as many as its hash has (RFC 7518, section 3.2)."""
MIN_RSA = 2_048
"""Bits of an RSA key (the same, section 3.3)."""
MAX_KEY_FILE = 1_048_576
CLAIMS = ["exp", "iss", "aud", "sub"]
KINDS: dict[str, tuple[type, ...]] = {
    "HS256": (bytes,),
    "RS256": (RSAPublicKey,),
    "EdDSA": (Ed25519PublicKey, Ed448PublicKey),
}

log = structlog.get_logger("accounts")

Keys = dict[str, Any]
"""Keys by their id; the one of a file that has no ids is at the empty id."""


class TokenAccounts:
    """Accounts by tokens. A key file is read anew when it has changed."""

    def __init__(self, config: AccountsSection) -> None:
        """Raises ConfigError for a key that cannot be used."""
        self._config = config
        self._file = Path(config.key_file) if config.key_file else None
        if (self._file is None) == (not config.key):
            raise ConfigError("accounts.key and accounts.key_file: exactly one of them has to be given")
        self._stamp = self._stamp_of_file()
        self._keys = self._read_keys()

    def account_of(self, token: str) -> Account:
        """Whose token it is. Raises AccountRefused."""
        if len(token) > MAX_TOKEN:
            raise AccountRefused(f"The account's token is longer than {MAX_TOKEN} characters.")
        self._read_again()
        try:
            return self._account(self._claims(token))
        except jwt.PyJWTError as error:
            raise AccountRefused(_sentence(error, self._config)) from error
        except (ValueError, TypeError, RecursionError, OverflowError) as error:
            raise AccountRefused("The account's token cannot be read.") from error

    def _claims(self, token: str) -> dict[str, Any]:
        header = jwt.get_unverified_header(token)
        if header.get("alg") != self._config.algorithm:
            raise jwt.InvalidAlgorithmError
        return jwt.decode(
            token,
            self._key(header.get("kid")),
            algorithms=[self._config.algorithm],
            audience=self._config.audience,
            issuer=self._config.issuer,
            leeway=LEEWAY,
            options={"require": CLAIMS},
        )

    def _key(self, key_id: object) -> Any:
        """The key of an id; the only one there is for a token that names none, or where the file names none."""
        if isinstance(key_id, str) and key_id in self._keys:
            return self._keys[key_id]
        if len(self._keys) == 1 and (key_id is None or "" in self._keys):
            return next(iter(self._keys.values()))
        raise jwt.InvalidKeyError

    def _account(self, claims: dict[str, Any]) -> Account:
        subject, claim = claims["sub"], self._config.name_claim
        if not subject or len(subject) > MAX_SUBJECT or not subject.isprintable():
            raise AccountRefused(
                f"The account's subject is not one of 1 to {MAX_SUBJECT} characters that print."
            )
        if not claim:
            return Account(subject)
        name = claims.get(claim)
        if not isinstance(name, str) or not name.strip():
            raise AccountRefused(f"The account's token has no name in its claim {claim!r}.")
        return Account(subject, name)

    # Keys ------------------------------------------------------------------------------------------------------------

    def _read_again(self) -> None:
        """Take a changed key file over; one that is wrong is said, and the keys before are kept."""
        stamp = self._stamp_of_file()
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._keys = self._read_keys()
        except ConfigError as error:
            log.error("keys of accounts not read", why=str(error))  # noqa: TRY400 - the operator's, not ours
        else:
            log.info("keys of accounts read", file=str(self._file), keys=len(self._keys))

    def _stamp_of_file(self) -> tuple[int, int]:
        try:
            status = self._file.stat() if self._file is not None else None
        except OSError:
            return (0, 0)
        return (status.st_mtime_ns, status.st_size) if status is not None else (0, 0)

    def _read_keys(self) -> Keys:
        if self._file is None:
            return self._checked(_keys_of(self._config.key.encode(), self._config.algorithm), "key")
        try:
            if self._file.stat().st_size > MAX_KEY_FILE:
                raise ConfigError(f"accounts.key_file = {self._file}: larger than {MAX_KEY_FILE} bytes")
            content = self._file.read_bytes()
        except OSError as error:
            raise ConfigError(f"accounts.key_file = {self._file}: {error.strerror}") from error
        return self._checked(_keys_of(content, self._config.algorithm), "key_file")

    def _checked(self, keys: Keys | None, setting: str) -> Keys:
        """Raises ConfigError where there is no key for the algorithm."""
        algorithm = self._config.algorithm
        kinds = KINDS[algorithm]
        fitting = {
            key_id: key for key_id, key in (keys or {}).items() if isinstance(key, kinds) and _is_strong(key)
        }
        if not fitting:
            shown = f" = {self._file}" if setting == "key_file" else " = (not shown)"
            raise ConfigError(
                f"accounts.{setting}{shown}: no key for {algorithm}; allowed is {ALLOWED[algorithm]}"
            )
        return fitting


ALLOWED = {
    "HS256": f"a secret of at least {MIN_SECRET} bytes, or a JWKS with one",
    "RS256": f"an RSA public key of at least {MIN_RSA} bits as PEM, or a JWKS with one",
    "EdDSA": "an Ed25519 or Ed448 public key as PEM, or a JWKS with one",
}


def _keys_of(content: bytes, algorithm: str) -> Keys | None:
    """The keys of a JWKS (RFC 7517), of a PEM, or the secret itself; None for what is none of them."""
    content = content.strip()
    if content.startswith(b"{"):
        return _keys_of_set(content)
    if algorithm == "HS256":
        return None if content.startswith(b"-----BEGIN") else {"": content}
    try:
        return {"": load_pem_public_key(content)}
    except (ValueError, UnsupportedAlgorithm):
        return None


def _keys_of_set(content: bytes) -> Keys | None:
    """Keys of a set by id; those of kinds that nobody here knows, and those for other ends, are left out, as RFC 7517 asks."""
    try:
        described = msgspec.json.decode(content, type=dict[str, list[dict[str, Any]]])["keys"]
    except (msgspec.MsgspecError, KeyError, RecursionError):
        return None
    keys: Keys = {}
    for each in described:
        if not _is_for_signatures(each):
            continue
        try:
            keys[str(each.get("kid", ""))] = jwt.PyJWK(each).key
        except (jwt.PyJWTError, ValueError, TypeError, KeyError):
            continue
    return keys


def _is_for_signatures(described: dict[str, Any]) -> bool:
    """Whether a key of a set may check signatures (RFC 7517, sections 4.2 and 4.3)."""
    operations = described.get("key_ops")
    is_allowed = not isinstance(operations, list) or "verify" in operations
    return described.get("use", "sig") == "sig" and is_allowed


def _is_strong(key: Any) -> bool:
    if isinstance(key, bytes):
        return len(key) >= MIN_SECRET
    return not isinstance(key, RSAPublicKey) or key.key_size >= MIN_RSA


def _sentence(error: jwt.PyJWTError, config: AccountsSection) -> str:
    """Why a token is refused, for whoever tries to use it."""
    match error:
        case jwt.ExpiredSignatureError():
            return "The account's token has expired; sign in again."
        case jwt.ImmatureSignatureError():
            return "The account's token is not valid yet."
        case jwt.MissingRequiredClaimError():
            return f"The account's token has no claim {error.claim!r}."
        case jwt.InvalidAudienceError():
            return f"The account's token is not for {config.audience!r}."
        case jwt.InvalidIssuerError():
            return f"The account's token is not by {config.issuer!r}."
        case jwt.InvalidAlgorithmError():
            return f"The account's token is not signed with {config.algorithm}."
        case jwt.InvalidSignatureError() | jwt.InvalidKeyError():
            return "The account's token is not signed with a key of this server's identity provider."
        case _:
            return "The account's token cannot be read."
