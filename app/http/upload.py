"""A room with the engine that comes with it: `multipart/form-data` with the parts `engine` (a file) and `room` (JSON)."""

import asyncio
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass

import msgspec
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from app.config import LimitsSection
from app.http.api import UploadBody
from app.http.problems import Problem

MULTIPART = "multipart/form-data"
FRAME = 4_096
"""What the form itself may have around its two parts (bytes)."""
AT_A_TIME = 4
"""Uploads that are read at a time: what they have in memory is bounded."""
MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,62}/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}\Z")
ANY = "application/octet-stream"
BY_ENDING = {
    "js": "text/javascript",
    "mjs": "text/javascript",
    "wasm": "application/wasm",
    "py": "text/x-python",
    "zip": "application/zip",
}
"""What curl and browsers call ANY or otherwise, by the end of the file's name."""

BEGINNINGS = {"application/wasm": b"\0asm\x01\0\0\0", "application/zip": b"PK"}
"""What these begin with. Nothing else of an engine is looked into here: pages say the rest, as soon as they load it."""
TEXTS = ("text/javascript", "text/x-python")

_reading = asyncio.Semaphore(AT_A_TIME)


@dataclass(frozen=True, slots=True)
class Upload:
    """An engine as it came."""

    data: bytes
    media_type: str


def is_upload(request: Request) -> bool:
    """Whether a request brings an engine."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == MULTIPART


async def read_upload(request: Request, limits: LimitsSection) -> tuple[UploadBody, Upload]:
    """Both parts. Raises Problem: 400, 403, 408, 413, 415, 422 or 503."""
    if not limits.upload_bytes:
        raise Problem(403, "This server takes no uploaded engines.")
    if _reading.locked():
        raise Problem(
            503, "Too many engines are being uploaded. Try again in a moment.", {"Retry-After": "1"}
        )
    async with _reading:
        try:
            async with asyncio.timeout(limits.request_timeout):
                return await _parse(request, limits)
        except TimeoutError:
            raise Problem(408, "The engine did not come in time.", {"Connection": "close"}) from None


async def _parse(request: Request, limits: LimitsSection) -> tuple[UploadBody, Upload]:
    stream = _bounded(request, limits.upload_bytes + limits.body_bytes + FRAME)
    parser = MultiPartParser(
        request.headers, stream, max_files=1, max_fields=1, max_part_size=limits.body_bytes
    )
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise Problem(400, f"The form cannot be read: {error.message}") from error
    try:
        engine, room = form.get("engine"), form.get("room", "{}")
        if engine is None or isinstance(engine, str) or not isinstance(room, str):
            raise Problem(422, "The form needs the file `engine`, and the text `room` (JSON) if at all.")
        data = await engine.read()
    finally:
        await form.close()
    if len(data) > limits.upload_bytes:
        raise _too_large(limits)
    if not data:
        raise Problem(422, "The engine is empty.")
    media_type = _media_type(engine.content_type, engine.filename)
    _check_kind(data, media_type)
    return _body(room), Upload(data, media_type)


def _check_kind(data: bytes, media_type: str) -> None:
    """Raises Problem 422 for what cannot be an engine of its type."""
    if not data.startswith(BEGINNINGS.get(media_type, b"")):
        raise Problem(422, f"The engine is called {media_type}, and does not begin as one.")
    if media_type in TEXTS and b"\0" in data:
        raise Problem(422, f"The engine is called {media_type}, and is no text.")


async def _bounded(request: Request, most: int) -> AsyncGenerator[bytes, None]:
    """The body, up to so many bytes."""
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced[:20]) > most:
        raise Problem(413, f"The form may have {most} bytes.", {"Connection": "close"})
    size = 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > most:
                raise Problem(413, f"The form may have {most} bytes.", {"Connection": "close"})
            yield chunk
    except ClientDisconnect:
        raise Problem(400, "The connection was closed before the engine was whole.") from None


def _body(text: str) -> UploadBody:
    try:
        return msgspec.json.decode(text.encode(), type=UploadBody)
    except msgspec.ValidationError as error:
        raise Problem(422, f"The part `room` does not fit: {error}") from error
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise Problem(400, f"The part `room` is not JSON: {error}") from error


def _media_type(given: str | None, name: str | None) -> str:
    """What the file is. Raises Problem 415."""
    ending = (name or "").rpartition(".")[2].lower()
    media = (given or ANY).partition(";")[0].strip().lower()
    if not MEDIA_TYPE.match(media):
        raise Problem(415, f"{media[:64]!r} is no media type.")
    return BY_ENDING.get(ending, media) if media in (ANY, "text/plain", "application/javascript") else media


def _too_large(limits: LimitsSection) -> Problem:
    return Problem(413, f"An engine may have {limits.upload_bytes} bytes.", {"Connection": "close"})
