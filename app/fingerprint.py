"""The fingerprint: whether a client's rules are the server's. Equal fingerprints mean equal rules, byte for byte."""

from collections.abc import Mapping
from hashlib import sha256

from ecs.version import VERSION
from net.protocol import PROTOCOL_VERSION


def fingerprint(sources: Mapping[str, bytes], schema: str) -> str:
    """32 hex digits over protocol version, engine version, the shared sources by their names, and the component schema.

    Line ends do not count, so that a checkout on another system is the same game.
    """
    parts = [str(PROTOCOL_VERSION).encode(), VERSION.encode(), schema.encode()]
    for name in sorted(sources):
        parts += [name.encode(), sources[name].replace(b"\r\n", b"\n")]
    framed = b"".join(
        len(part).to_bytes(8, "big") + part for part in parts
    )  # so that parts cannot run together
    return sha256(framed).hexdigest()[:32]
