"""The listening socket: bound before HTTP starts, so that what is wrong with the address is said by us."""

import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from app.exits import Exit, ProgramError
from app.http.addresses import is_loopback

BACKLOG = 2_048
"""Connections that may wait to be accepted."""
WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not bound
"""Addresses that stand for all of this machine's, and the one of them by which it reaches itself."""


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A listening socket. Raises ProgramError (Exit.ADDRESS) with what to do."""
    try:
        family, kind, number, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, number)
    except (OSError, ValueError) as error:  # ValueError: it is not even the form of a name
        raise ProgramError(Exit.ADDRESS, _no_such_host(host, port)) from error
    with listener:
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(BACKLOG)
        except OSError as error:
            raise ProgramError(Exit.ADDRESS, _refusal(host, port, error)) from error
        listener.setblocking(False)
        yield listener


def _refusal(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRNOTAVAIL:
        return _no_such_host(host, port)
    return f"cannot listen on {host}:{port}: {error.strerror}; choose another port with --port (0 takes a free one)"


def _no_such_host(host: str, port: int) -> str:
    return (
        f"cannot listen on {host}:{port}: {host!r} is no address of this machine; choose another one with --host "
        "(127.0.0.1 for this machine only, 0.0.0.0 for every network)"
    )


def address_of(listener: socket.socket) -> str:
    """What to open in a browser on this machine, as in `http://127.0.0.1:7373/`."""
    host, port = listener.getsockname()[:2]
    return _url(WILDCARDS.get(host, host), port) + "/"


def network_url(listener: socket.socket) -> str:
    """What others on the network reach it by, as in `http://192.168.1.5:7373`; empty where they cannot."""
    host, port = listener.getsockname()[:2]
    if host in WILDCARDS:
        families = [socket.AF_INET] if _takes_ipv4(listener) else []
        families += [socket.AF_INET6] if listener.family == socket.AF_INET6 else []
        host = next(filter(None, map(primary_address, families)), "")
    return _url(host, port) if host and not is_loopback(host) else ""


def primary_address(family: socket.AddressFamily) -> str:
    """The address that this machine would send from; empty where it has no network. Nothing is sent: UDP only looks up
    the route, and the addresses are those that documentation has to itself (RFC 5737, RFC 3849)."""
    somewhere = "192.0.2.1" if family == socket.AF_INET else "2001:db8::1"
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((somewhere, 9))
            return str(probe.getsockname()[0])
    except OSError:
        return ""


def _takes_ipv4(listener: socket.socket) -> bool:
    if listener.family == socket.AF_INET:
        return True
    return not listener.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
