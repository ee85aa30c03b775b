"""The uvicorn WebSocket protocol: `uvicorn.Config(app, ws=WebSocketProtocol)`.

uvicorn's HTTP protocol parses the request and hands the transport over; this answers the opening handshake as the ASGI
app decides, then a `Connection` takes the transport. It is a whole RFC 6455 endpoint for any ASGI app
(`net.websocket.asgi`), and has a short cut for ours (`net.websocket.direct`). No extensions are agreed: no
permessage-deflate, which would cost more time than the bytes it saves on small binary messages.

    protocol.py     the opening handshake, uvicorn's bookkeeping, the app's task
    handshake.py    the request and the responses, as bytes
    connection.py   the open connection: keep-alive, congestion, closing
    frames.py       frames, without I/O
    asgi.py         what the app receives and sends
    direct.py       the short cut
"""

import asyncio
import logging
from typing import Any, cast
from urllib.parse import quote, unquote

from uvicorn.config import Config
from uvicorn.protocols.utils import get_local_addr, get_remote_addr, is_ssl
from uvicorn.server import ServerState

from net.websocket.asgi import ClientDisconnected, Conversation, Phase
from net.websocket.connection import Connection, Ending, KeepAlive
from net.websocket.direct import EXTENSION, DirectSocket
from net.websocket.frames import ABNORMAL_CLOSURE, INTERNAL_ERROR, NORMAL_CLOSURE
from net.websocket.handshake import (
    HandshakeRefused,
    Headers,
    UpgradeRequest,
    accept_response,
    http_response,
    parse_upgrade,
)

ASGI_SPEC_VERSION = "2.4"


class WebSocketProtocol(asyncio.Protocol):
    """From the upgrade request to its answer. The signature is uvicorn's."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self._config = config
        self._server_state = server_state
        # uvicorn names the protocols it knows; it needs of them that they can be told to shut down
        self._connections = cast("set[Any]", server_state.connections)
        self._app_state = app_state
        self._loop = _loop or asyncio.get_event_loop()
        self._logger = logging.getLogger("uvicorn.error")
        self._request: UpgradeRequest | None = None
        self._transport: asyncio.Transport
        self._conversation = Conversation(self)
        self._who = ""

    # What the transport and uvicorn say

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """uvicorn's HTTP protocol hands its transport over."""
        self._transport = cast("asyncio.Transport", transport)
        self._connections.add(self)

    def data_received(self, data: bytes) -> None:
        """The request's head, whole, as uvicorn has put it together again."""
        if self._request is not None:
            self._logger.warning("%s sent data before the WebSocket was accepted.", self._who)
            self._transport.abort()
            return
        try:
            self._request = parse_upgrade(data)
        except HandshakeRefused as refused:
            self._logger.warning("WebSocket handshake refused: %s", refused)
            self._transport.write(refused.response)
            self._transport.close()
            return
        self._run_app(self._scope(self._request))

    def connection_lost(self, _exc: Exception | None) -> None:
        """The peer left during the handshake, or has got an HTTP response."""
        self._connections.discard(self)
        self._conversation.lost(Ending(ABNORMAL_CLOSURE, ""))

    def shutdown(self) -> None:
        """The server stops."""
        self._refuse_with_error(503, b"The server is stopping.")

    # How the conversation answers the handshake

    def accept(self, subprotocol: str | None, headers: Headers) -> Connection:
        """Answers 101 and lets a `Connection` have the transport."""
        all_headers = [*self._server_state.default_headers, *headers]
        response = accept_response(self._accepted_request(), subprotocol, all_headers)
        self._logger.info("%s [accepted]", self._who)
        self._transport.write(response)
        connection = Connection(
            self._transport,
            self._loop,
            self._conversation,
            max_size=self._config.ws_max_size,
            keep_alive=KeepAlive(self._config.ws_ping_interval, self._config.ws_ping_timeout),
            on_end=self._connections.discard,
        )
        self._connections.discard(self)
        self._connections.add(connection)
        self._transport.set_protocol(connection)
        return connection

    def refuse(self, status: int, headers: Headers, body: bytes) -> None:
        """Answers with an HTTP response and ends the connection."""
        response = http_response(status, headers, body)
        self._logger.info("%s %d", self._who, status)
        self._transport.write(response)
        self._transport.close()

    # The app

    def _scope(self, request: UpgradeRequest) -> dict[str, Any]:
        root = self._config.root_path
        client = get_remote_addr(self._transport)
        path = root + unquote(request.path.decode("latin-1"))
        self._who = f'{client[0] if client else ""}:{client[1] if client else ""} - "WebSocket {quote(path)}"'
        return {
            "type": "websocket",
            "asgi": {"version": self._config.asgi_version, "spec_version": ASGI_SPEC_VERSION},
            "http_version": "1.1",
            "scheme": "wss" if is_ssl(self._transport) else "ws",
            "server": get_local_addr(self._transport),
            "client": client,
            "root_path": root,
            "path": path,
            "raw_path": root.encode() + request.path,
            "query_string": request.query,
            "headers": request.headers,
            "subprotocols": request.subprotocols,
            "state": self._app_state.copy(),
            "extensions": {"websocket.http.response": {}, EXTENSION: DirectSocket(self._conversation)},
        }

    def _run_app(self, scope: dict[str, Any]) -> None:
        task = self._loop.create_task(self._converse(scope))
        self._server_state.tasks.add(task)
        task.add_done_callback(self._server_state.tasks.discard)

    async def _converse(self, scope: dict[str, Any]) -> None:
        conversation = self._conversation
        app = cast("Any", self._config.loaded_app)
        try:
            await app(scope, conversation.receive, conversation.send)
        except asyncio.CancelledError:
            if conversation.connection is not None:
                conversation.connection.close(*conversation.connection.farewell)
            raise
        except ClientDisconnected:
            pass  # ASGI asks us to raise it in an app that sends to a peer who has gone; it need not be caught
        except Exception:
            # the app's exception ends its connection and is logged; the server lives on, as with any ASGI server
            self._logger.exception("Exception in ASGI application")
            self._end(INTERNAL_ERROR)
        else:
            if conversation.phase in {Phase.CONNECTING, Phase.RESPONDING}:
                self._logger.error("The ASGI application returned without answering the WebSocket handshake.")
            self._end(NORMAL_CLOSURE)

    def _end(self, code: int) -> None:
        """The app is through: whatever is open is closed."""
        if self._conversation.connection is not None:
            self._conversation.connection.close(code)
        else:
            self._refuse_with_error(500, b"Internal Server Error")

    def _refuse_with_error(self, status: int, body: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(http_response(status, [], body))
            self._transport.close()

    def _accepted_request(self) -> UpgradeRequest:
        if self._request is None:
            raise RuntimeError("there is no request to accept")
        return self._request
