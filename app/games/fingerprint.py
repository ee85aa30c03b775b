"""Hashes of a game's rules: the fingerprint, whether a client's rules are the server's; and the rules of all that a tick runs,
whether a journal run again is the same game. Equal means equal, byte for byte; line ends do not count, so that a checkout on
another system is the same game.
"""

import sys
from collections.abc import Mapping
from hashlib import sha256

from ecs.version import VERSION
from net.protocol import PROTOCOL_VERSION
from systems.physics import LIBRARY


def fingerprint(sources: Mapping[str, bytes], schema: str) -> str:
    """32 hex digits over protocol version, engine version, the shared sources by their names, and the component schema."""
    return _digest([str(PROTOCOL_VERSION).encode(), VERSION.encode(), schema.encode(), *_named(sources)])


def rules_hash(fingerprint: str, files: Mapping[str, bytes]) -> str:
    """The same over the fingerprint, every file of the game that a tick may run or read, and what runs it."""
    runtime = f"Python {sys.version_info.major}.{sys.version_info.minor}, {LIBRARY}"
    return _digest([fingerprint.encode(), runtime.encode(), *_named(files)])


def _named(files: Mapping[str, bytes]) -> list[bytes]:
    return [part for name in sorted(files) for part in (name.encode(), files[name].replace(b"\r\n", b"\n"))]


def _digest(parts: list[bytes]) -> str:
    framed = b"".join(
        len(part).to_bytes(8, "big") + part for part in parts
    )  # so that parts cannot run together
    return sha256(framed).hexdigest()[:32]
