"""A line to the server that a test can cut: what a browser's offline switch does not do to a WebSocket."""

import socket
import threading
from collections.abc import Callable
from typing import Self

CHUNK = 65_536


class Wire:
    """Forwards TCP connections to a server on this machine while it is whole; cut, it ends them and takes no other."""

    def __init__(self, port: int) -> None:
        self._target = ("127.0.0.1", port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self._ends: set[socket.socket] = set()
        self._is_cut = False
        self.taken = 0
        """How many connections it has forwarded."""

    @property
    def url(self) -> str:
        """The server's address by this line."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """End every connection at once, without a word of either side, and let none begin."""
        with self._lock:
            self._is_cut = True
            ends, self._ends = self._ends, set()
        for end in ends:
            _abort(end)

    def mend(self) -> None:
        """Let connections begin again."""
        with self._lock:
            self._is_cut = False

    def _serve(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            self._join(near)

    def _join(self, near: socket.socket) -> None:
        with self._lock:
            if self._is_cut:
                _abort(near)
                return
        try:
            far = socket.create_connection(self._target)
        except OSError:
            _abort(near)
            return
        with self._lock:
            self._ends |= {near, far}
            self.taken += 1
        for source, sink in ((near, far), (far, near)):
            threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(CHUNK):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            self._forget(source, sink)

    def _forget(self, *ends: socket.socket) -> None:
        with self._lock:
            self._ends -= set(ends)
        for end in ends:
            _abort(end)


def _abort(end: socket.socket) -> None:
    """Close with a reset, so that the other side knows at once."""
    _quietly(lambda: end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00"))
    _quietly(lambda: end.shutdown(socket.SHUT_RDWR))
    end.close()


def _quietly(act: Callable[[], object]) -> None:
    """What fails on a socket that is closed already does not matter."""
    try:
        act()
    except OSError:
        return
