"""Serves skirmish's client and the demo page: one player against scripted ones, without a server.

To look at it: python -m tests.browser.skirmish_server, and open the address that it writes.
"""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HERE = Path(__file__).resolve().parent
PARTS = {"/client/": HERE.parents[1] / "mods" / "skirmish" / "client", "/": HERE / "skirmish_demo"}


class Handler(SimpleHTTPRequestHandler):
    """Files of the two folders, and nothing else."""

    def translate_path(self, path: str) -> str:
        prefix = next(prefix for prefix in PARTS if path.startswith(prefix))
        self.directory = str(PARTS[prefix])
        return super().translate_path("/" + path.removeprefix(prefix))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
        """Say nothing."""


@contextmanager
def serving() -> Iterator[str]:
    """The address of the demo page, as long as it is needed."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


if __name__ == "__main__":
    with serving() as address:
        sys.stdout.write(f"{address}index.html?seed=3&players=2\nCtrl+C ends it.\n")
        threading.Event().wait()
