"""The opening handshake (RFC 6455, section 4.2): the upgrade request that uvicorn hands on, and the answers to it."""

import base64
import binascii
import email.utils
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
VERSION = b"13"

Headers = list[tuple[bytes, bytes]]

_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VALUE = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")


class HandshakeRefused(Exception):
    """The request opens no WebSocket. `response` is the whole HTTP response to send."""

    def __init__(
        self, status: HTTPStatus, sentence: str, headers: Iterable[tuple[bytes, bytes]] = ()
    ) -> None:
        super().__init__(sentence)
        self.response = http_response(status, list(headers), sentence.encode())


@dataclass(frozen=True)
class UpgradeRequest:
    """A valid request. Header names are in lower case, values are stripped."""

    target: bytes
    headers: Headers
    key: bytes

    @property
    def path(self) -> bytes:
        """The target without its query, still percent-encoded."""
        return self.target.partition(b"?")[0]

    @property
    def query(self) -> bytes:
        """What follows the question mark."""
        return self.target.partition(b"?")[2]

    @property
    def subprotocols(self) -> list[str]:
        """The subprotocols that the client offers, in its order of preference."""
        return [token.decode("latin-1") for token in _tokens(self.headers, b"sec-websocket-protocol")]


def parse_upgrade(head: bytes) -> UpgradeRequest:
    """Reads a request's head. An HTTP parser has seen it before: what is checked here is what WebSocket asks for.

    Raises HandshakeRefused.
    """
    request_line, *lines = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    method, _, rest = request_line.partition(b" ")
    target, _, version = rest.rpartition(b" ")
    if not head.endswith(b"\r\n\r\n") or not target:
        raise HandshakeRefused(HTTPStatus.BAD_REQUEST, "The request is not complete.")
    headers = [
        (name.strip().lower(), value.strip()) for name, _, value in (line.partition(b":") for line in lines)
    ]
    if method != b"GET" or version != b"HTTP/1.1":
        raise HandshakeRefused(HTTPStatus.BAD_REQUEST, "A WebSocket is opened by GET in HTTP/1.1.")
    _check_upgrade(headers)
    return UpgradeRequest(target, headers, _key(headers))


def _check_upgrade(headers: Headers) -> None:
    if b"websocket" not in (token.lower() for token in _tokens(headers, b"upgrade")):
        raise HandshakeRefused(HTTPStatus.BAD_REQUEST, "The Upgrade header does not say websocket.")
    if b"upgrade" not in (token.lower() for token in _tokens(headers, b"connection")):
        raise HandshakeRefused(HTTPStatus.BAD_REQUEST, "The Connection header does not say Upgrade.")
    if [value for name, value in headers if name == b"sec-websocket-version"] != [VERSION]:
        asked = [(b"sec-websocket-version", VERSION)]
        raise HandshakeRefused(HTTPStatus.UPGRADE_REQUIRED, "This server speaks WebSocket version 13.", asked)


def _key(headers: Headers) -> bytes:
    keys = [value for name, value in headers if name == b"sec-websocket-key"]
    try:
        if len(keys) == 1 and len(base64.b64decode(keys[0], validate=True)) == 16:
            return keys[0]
    except binascii.Error:
        pass
    raise HandshakeRefused(HTTPStatus.BAD_REQUEST, "Sec-WebSocket-Key must be 16 bytes in base64, once.")


def _tokens(headers: Headers, wanted: bytes) -> list[bytes]:
    """A header's comma-separated tokens; a repeated header continues the list."""
    values = (value for name, value in headers if name == wanted)
    return [token.strip() for value in values for token in value.split(b",") if token.strip()]


def accept_response(request: UpgradeRequest, subprotocol: str | None, headers: Headers) -> bytes:
    """The 101 that opens the WebSocket. Raises ValueError for a subprotocol that was not offered or a bad header."""
    digest = base64.b64encode(hashlib.sha1(request.key + GUID, usedforsecurity=False).digest())
    own = [(b"upgrade", b"websocket"), (b"connection", b"Upgrade"), (b"sec-websocket-accept", digest)]
    if subprotocol is not None:
        if subprotocol not in request.subprotocols:
            raise ValueError(f"the client did not offer the subprotocol {subprotocol!r}")
        own.append((b"sec-websocket-protocol", subprotocol.encode("latin-1")))
    return _head(HTTPStatus.SWITCHING_PROTOCOLS, [*own, *headers])


def http_response(status: int, headers: Headers, body: bytes) -> bytes:
    """A whole HTTP response that ends the connection. Raises ValueError for a bad header."""
    given = {name.lower() for name, _ in headers}
    defaults = [
        (b"date", email.utils.formatdate(usegmt=True).encode()),
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    return _head(status, [*headers, *(default for default in defaults if default[0] not in given)]) + body


def _head(status: int, headers: Headers) -> bytes:
    for name, value in headers:
        if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
            raise ValueError(f"not an HTTP header: {name!r}: {value!r}")
    lines = [b"HTTP/1.1 %d %s" % (status, _phrase(status)), *(b"%s: %s" % header for header in headers)]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def _phrase(status: int) -> bytes:
    return HTTPStatus(status).phrase.encode() if status in HTTPStatus.__members__.values() else b""
