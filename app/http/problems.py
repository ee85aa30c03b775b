"""Errors over HTTP: always `application/problem+json` (RFC 9457), always with a sentence about what to do."""

from collections.abc import Mapping
from http import HTTPStatus

import msgspec
import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

log = structlog.get_logger("http")

CONTENT_TYPE = "application/problem+json"


class ProblemBody(msgspec.Struct, frozen=True):
    """What an error answers. `title` is the status in words, `detail` what is wrong with this very request."""

    title: str
    status: int
    detail: str
    type: str = "about:blank"


class Problem(HTTPException):
    """Raised by a handler to answer an error."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, detail, dict(headers or {}))


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """The response for an error."""
    body = ProblemBody(HTTPStatus(status).phrase, status, detail)
    return Response(msgspec.json.encode(body), status, headers, media_type=CONTENT_TYPE)


SENTENCES = {
    404: "There is nothing at this address; /openapi.json lists what there is.",
    405: "This address does not take that method; the Allow header lists those it takes.",
}


async def on_http_exception(_: Request, error: Exception) -> Response:
    """Every HTTPException, Starlette's own (404, 405) too, becomes a problem."""
    if not isinstance(error, HTTPException):
        raise error
    plain = error.detail == HTTPStatus(error.status_code).phrase
    detail = SENTENCES.get(error.status_code, error.detail) if plain else error.detail
    return problem(error.status_code, detail, error.headers)


async def on_unavailable(_: Request, error: Exception) -> Response:
    """What has to be kept cannot be kept now: StoreUnavailable. Which file it is stands in the log alone."""
    log.error("nothing can be kept", why=str(error))
    return problem(503, "The server cannot keep anything now. Try again later.", {"Retry-After": "5"})


async def on_bug(_: Request, __: Exception) -> Response:
    """What is nobody's fault but ours: said as such, and raised on to the log by Starlette."""
    return problem(500, "The server made a mistake. It is in its log.")
