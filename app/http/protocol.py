"""uvicorn's HTTP protocol with bounds: a request's head has to come in time and be of some size.

uvicorn itself waits for ever for a head that does not come, and keeps as many headers as are sent.
"""

import asyncio
from http import HTTPStatus

import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.http.problems import CONTENT_TYPE, ProblemBody

HEAD_BYTES = 65_536
"""The largest head that is waited for. One that comes in a single read (256 KB at most) is taken whole."""


class BoundedHttp(HttpToolsProtocol):
    """Closes connections whose head takes longer than `head_seconds` or is larger than HEAD_BYTES."""

    head_seconds = 10.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's
        super().connection_made(transport)
        self._deadline: asyncio.TimerHandle | None = None
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_is_here()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._deadline is not None:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES:
                self._refuse(431, f"The head of a request may have {HEAD_BYTES} bytes.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._deadline is None:  # a further request on the same connection
            self._expect_head()

    def on_headers_complete(self) -> None:
        self._head_is_here()
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        self._refuse(400, msg)

    def _expect_head(self) -> None:
        self._head_bytes = 0
        self._deadline = self.loop.call_later(
            self.head_seconds, self._refuse, 408, "The head of the request did not come in time."
        )

    def _head_is_here(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _refuse(self, status: int, detail: str) -> None:
        """Answer what no application sees, and close."""
        self._head_is_here()
        if self.transport.is_closing():
            return
        phrase = HTTPStatus(status).phrase
        body = msgspec.json.encode(ProblemBody(phrase, status, detail))
        head = (
            f"HTTP/1.1 {status} {phrase}\r\ncontent-type: {CONTENT_TYPE}\r\ncontent-length: {len(body)}\r\n"
            "connection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()


def bounded_http(head_seconds: float) -> type[BoundedHttp]:
    """The protocol class with this time for a head: uvicorn makes the instances."""
    return type("Http", (BoundedHttp,), {"head_seconds": head_seconds})
