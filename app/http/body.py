"""The JSON body of a request: bounded in size and time, then decoded into its struct."""

import asyncio
from typing import TypeVar

import msgspec
from starlette.requests import ClientDisconnect, Request

from app.config import LimitsSection
from app.http.problems import Problem

BodyType = TypeVar("BodyType", bound=msgspec.Struct)
JSON = "application/json"


async def read_body(request: Request, struct: type[BodyType], limits: LimitsSection) -> BodyType:
    """The body as `struct`; no body at all is `{}`. Raises Problem: 400, 408, 413, 415 or 422."""
    content = await _content(request, limits)
    if not content:
        content = b"{}"
    elif request.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
        raise Problem(415, f"The body has to be {JSON}; say so in Content-Type.", {"Accept": JSON})
    try:
        return msgspec.json.decode(content, type=struct)
    except msgspec.ValidationError as error:
        raise Problem(422, f"The body does not fit: {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem(400, f"The body is not JSON: {error}") from error


async def _content(request: Request, limits: LimitsSection) -> bytes:
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced[:20]) > limits.body_bytes:
        raise _too_large(limits)
    content = bytearray()
    try:
        async with asyncio.timeout(limits.request_timeout):
            async for chunk in request.stream():
                content += chunk
                if len(content) > limits.body_bytes:
                    raise _too_large(limits)
    except TimeoutError:
        raise Problem(408, "The body did not come in time.", {"Connection": "close"}) from None
    except ClientDisconnect:
        raise Problem(400, "The connection was closed before the body was whole.") from None
    return bytes(content)


def _too_large(limits: LimitsSection) -> Problem:
    """The connection is closed, so that the rest of the body is not read for nothing."""
    return Problem(413, f"The body may have {limits.body_bytes} bytes.", {"Connection": "close"})
