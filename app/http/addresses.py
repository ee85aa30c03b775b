"""Who asks, and by which address: hosts, origins and the addresses that links are made of."""

import re
from ipaddress import ip_address

from starlette.requests import HTTPConnection

from app.config import Config
from net.gateway import is_allowed_origin

HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]{1,253})(:\d{1,5})?\Z")
LOOPBACK_NAMES = frozenset(("localhost", "127.0.0.1", "::1"))


def is_loopback(host: str) -> bool:
    """Whether an address to listen on can only be reached from this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def is_open(config: Config) -> bool:
    """Whether others than this machine's users can connect: it listens off loopback, or a proxy stands before it."""
    return bool(config.server.public_url) or not is_loopback(config.server.host)


def client_address(connection: HTTPConnection) -> str:
    """The address of the client; uvicorn has already believed the trusted proxies."""
    return connection.client.host if connection.client else "unknown"


class Addresses:
    """Which hosts and origins are this server, and the links that it hands out."""

    def __init__(self, config: Config, network_url: str = "") -> None:
        """`network_url`: by which address others on the network reach it, if they do."""
        self.public_url = config.server.public_url
        self.network_url = self.public_url or network_url
        self.loopback_only = not is_open(config)
        self.origins: tuple[str, ...] = (
            *config.server.allowed_origins,
            *([self.public_url] if self.public_url else ()),
        )

    def host_allowed(self, host: str) -> bool:
        """Whether a Host header may be ours. On loopback only its own names are: a page that rebinds DNS has another."""
        match = HOST.match(host)
        if not match:
            return False
        name = match.group(1).strip("[]").lower()
        return not self.loopback_only or name in LOOPBACK_NAMES or is_loopback(name)

    def origin_allowed(self, connection: HTTPConnection) -> bool:
        """Whether a page of this origin may ask. Programs send no Origin; our own pages send our address."""
        headers = connection.headers
        return is_allowed_origin(headers.get("origin"), headers.get("host", ""), self.origins)

    def base(self, connection: HTTPConnection) -> str:
        """The address that the client reached us by, without a path, as in `http://127.0.0.1:7373`."""
        if self.public_url:
            return self.public_url
        scheme = {"ws": "http", "wss": "https"}.get(connection.scope["scheme"], connection.scope["scheme"])
        return f"{scheme}://{connection.headers.get('host', '')}"

    def socket_base(self, connection: HTTPConnection) -> str:
        """The same for WebSockets, as in `ws://127.0.0.1:7373`."""
        return "ws" + self.base(connection).removeprefix("http")
