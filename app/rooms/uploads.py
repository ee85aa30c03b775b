"""Uploaded engines: taken in with a room, given to its clients, removed when no room has had them for long. Never run here."""

import asyncio
from hashlib import sha256

import structlog
from starlette.requests import Request
from starlette.responses import Response

from app.http.api import UploadBody
from app.http.assets import IMMUTABLE
from app.http.problems import Problem
from app.http.upload import Upload
from app.rooms.definition import ENGINES, Definition, engine_of, hosted_by, uploaded_game
from app.rooms.rooms import RoomDirectory
from app.store.engines import EnginesFull
from net.hosted import EngineSource, HostedGame
from net.rooms.chart_document import ChartError, read_document

POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"
"""An engine is fetched by our pages; one that is opened by itself is a file to be saved, and may do nothing."""
DAY = 86_400_000.0
"""In ms."""
TOLD = 300
"""Characters of what is wrong with a state document."""

log = structlog.get_logger("uploads")


class Uploads:
    """The uploaded engines of a server."""

    def __init__(self, rooms: RoomDirectory, days: int) -> None:
        """An engine that no room has had for so many days is removed."""
        self._rooms = rooms
        self._engines = rooms.engines
        self._kept_for = days * DAY

    async def take(self, body: UploadBody, upload: Upload) -> HostedGame:
        """Keep an engine; the game of the room that it came with. Raises Problem 422 or 507, StoreUnavailable."""
        digest = await asyncio.to_thread(lambda: sha256(upload.data).digest())
        title = body.title or body.name or "Uploaded game"
        _check_states(body.states)  # before anything is kept
        self.remove_unused()
        try:
            kept = self._engines.put(upload.data, upload.media_type, digest)
        except EnginesFull as full:
            raise Problem(507, f"The server takes no more engines: {full}.") from full
        game = uploaded_game(kept, title, body.tick_rate, body.max_players)
        log.info("engine uploaded", engine=kept.digest[:16], media_type=kept.media_type, bytes=kept.size)
        return defined(Definition(game, body.states), None)

    def remove_unused(self) -> None:
        """Remove engines that no room has, nor has had for long. Raises StoreUnavailable."""
        in_use = {key_of(entry.room.hosted.engine) for entry in self._rooms}
        for held in self._rooms.held.values():
            in_use.add(key_of(engine_of(held.header.definition) if held.header else None))
        if removed := self._engines.remove_unused(self._kept_for, in_use - {""}):
            log.info("engines removed", engines=removed)

    async def serve(self, request: Request) -> Response:
        """`GET /engines/<key>`: the bytes, for whoever knows the key."""
        found = self._engines.get(request.path_params["key"])
        if found is None:
            raise Problem(404, "There is no such engine.")
        kept, data = found
        headers = {
            "Cache-Control": IMMUTABLE.replace("public", "private"),
            "Content-Disposition": f'attachment; filename="{kept.digest[:16]}"',
            "Content-Security-Policy": POLICY,
            "ETag": f'"{kept.digest[:32]}"',
        }
        if headers["ETag"] in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        response = Response(data, headers=headers, media_type=kept.media_type)
        response.headers["Content-Type"] = (
            kept.media_type
        )  # Starlette adds a charset to text, which nobody has said
        return response


def key_of(engine: EngineSource | None) -> str:
    """The key of an uploaded engine; of others nothing."""
    return engine.address.removeprefix(ENGINES) if engine is not None and engine.uploaded else ""


def defined(definition: Definition, installed: HostedGame | None) -> HostedGame:
    """The game of a room's definition. Raises Problem 422."""
    try:
        return hosted_by(definition, installed)
    except ChartError as error:
        raise Problem(422, f"The state document is wrong: {str(error)[:TOLD]}") from error


def _check_states(states: object) -> None:
    if states is not None:
        try:
            read_document(states)
        except ChartError as error:
            raise Problem(422, f"The state document is wrong: {str(error)[:TOLD]}") from error
