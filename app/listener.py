"""The listening socket: bound before HTTP starts, so that what is wrong with the address is said by us."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from app.exits import Exit, ProgramError

BACKLOG = 2_048
"""Connections that may wait to be accepted."""


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A listening socket. Raises ProgramError (Exit.ADDRESS) with what to do."""
    try:
        family, kind, number, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, number)
    except OSError as error:
        raise ProgramError(
            Exit.ADDRESS, f"{host}:{port} is no address to listen on: {error.strerror}"
        ) from error
    with listener:
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(BACKLOG)
        except OSError as error:
            sentence = f"cannot listen on {host}:{port}: {error.strerror}; choose another port with --port (0 takes a free one)"
            raise ProgramError(Exit.ADDRESS, sentence) from error
        listener.setblocking(False)
        yield listener


def address_of(listener: socket.socket) -> str:
    """What to open in a browser on this machine, as in `http://127.0.0.1:7373/`."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
