"""How a client's engine runs a game's predicted rules: where the code is, and what it has to be."""

import asyncio
import gzip
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response

from app.games.mods import LoadedGame
from app.games.rules_bundle import RULES, Bundle
from app.http.api import PredictionListing, PythonListing
from app.http.assets import IMMUTABLE
from app.http.browser_engine import BrowserEngine
from app.http.problems import Problem
from app.rooms.definition import PYTHON_TYPES

PREDICTOR = "predictor.js"
"""A game's own predictor for pages, in its client/."""


@dataclass(slots=True)
class Archive:
    """A zip archive of code at the address of its content, compressed when it is first asked for."""

    bundle: Bundle
    compressed: bytes | None = None

    async def response(self, request: Request) -> Response:
        """The archive; 304 where the client has it already."""
        headers = {"Cache-Control": IMMUTABLE, "ETag": f'"{self.bundle.digest}"', "Vary": "Accept-Encoding"}
        if headers["ETag"] in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return Response(self.bundle.data, headers=headers, media_type="application/zip")
        if self.compressed is None:  # in a thread, which zlib lets run beside the ticks
            self.compressed = await asyncio.to_thread(gzip.compress, self.bundle.data, 9, mtime=0)
        headers["Content-Encoding"] = "gzip"
        return Response(self.compressed, headers=headers, media_type="application/zip")


@dataclass(slots=True)
class Predictions:
    """The code for clients of all games, and the engine for browsers that runs it. `code` is the engine's own Python."""

    engine: BrowserEngine
    code: Bundle
    games: Mapping[str, LoadedGame]
    _archives: dict[str, Archive] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Every archive by its address."""
        self._archives[self.code_address] = Archive(self.code)
        for game in self.games.values():
            self._archives[game.rules.address_of(game.name)] = Archive(game.rules)

    @property
    def code_address(self) -> str:
        """Of the engine's own Python."""
        return f"/{RULES}/{self.code.digest}.zip"

    def listing(self, name: str) -> PredictionListing | None:
        """Of a game's rooms; None where there is nothing that could be predicted."""
        loaded = self.games.get(name)
        if loaded is None or loaded.hosted.game.model == "lockstep":
            return None
        predictor = loaded.hosted.assets.get(PREDICTOR, "")
        predicts = any(system.predicted for system in loaded.hosted.game.systems.values())
        if not predicts and not predictor:
            return None
        engine = self.engine.address if predicts else ""
        return PredictionListing(
            engine=engine,
            archives=[*self._code(), loaded.rules.address_of(loaded.name)] if predicts else [],
            module=loaded.module,
            fingerprint=loaded.hosted.game.fingerprint,
            predictor=predictor,
            reason=self.engine.reason if predicts else "",
        )

    def python(self, media_type: str) -> PythonListing | None:
        """What runs a lock-step engine of this type in browsers; None for one that is not in Python."""
        if media_type not in PYTHON_TYPES:
            return None
        return PythonListing(self.engine.address, self._code(), self.engine.reason)

    def _code(self) -> list[str]:
        """The addresses of the engine's own code, with what was compiled of it."""
        compiled = self.engine.compiled(self.code.digest)
        return [self.code_address, compiled] if compiled else [self.code_address]

    async def archive(self, request: Request) -> Response:
        """`/rules/<hash>.zip` and `/games/<game>/rules/<hash>.zip`. An old hash is gone, as the rules are."""
        archive = self._archives.get(request.url.path)
        if archive is None:
            raise Problem(404, "There are no such rules now; a room's listing says where its are.")
        return await archive.response(request)
