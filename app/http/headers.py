"""What every response says to browsers, and whom we answer at all: security headers and the Host check, as ASGI."""

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.addresses import Addresses
from app.http.problems import problem

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "media-src 'self'; worker-src 'self' blob:; frame-src 'self'; connect-src 'self'{sockets}; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'self'"
)
"""Content-Security-Policy: everything from here and nothing from elsewhere. Old browsers want sockets named."""
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


class SecureHeaders:
    """Refuses requests for hosts that we are not, and adds the headers to every answer."""

    def __init__(self, app: ASGIApp, addresses: Addresses) -> None:
        self._app = app
        self._addresses = addresses
        self._log = structlog.get_logger("http")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        hosts = HTTPConnection(scope).headers.getlist("host")
        host = hosts[0] if len(hosts) == 1 else ""  # proxies and servers read two of them differently
        allowed = self._addresses.host_allowed(host)
        sockets = f" ws://{host} wss://{host}" if allowed else ""

        async def send_with_headers(message: Message) -> None:
            if message["type"] in {"http.response.start", "websocket.http.response.start"}:
                self._add(MutableHeaders(scope=message), sockets)
                self._log.debug(
                    "request", method=scope.get("method"), path=scope["path"], status=message["status"]
                )
            await send(message)

        app = self._app if allowed else problem(421, f"This server is not {host[:100]!r}.")
        await app(scope, receive, send_with_headers)

    @staticmethod
    def _add(headers: MutableHeaders, sockets: str) -> None:
        headers.setdefault("Content-Security-Policy", POLICY.format(sockets=sockets))
        for name, value in HEADERS.items():
            headers[name] = value
