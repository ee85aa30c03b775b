"""What a room is made of where that is more than the name of an installed game: an uploaded engine, a state document.

It travels in the header of the room's journal, so that the room can be made again from there.
"""

from dataclasses import replace
from typing import Any

import msgspec
from msgspec import Struct

from app.store.engines import KeptEngine
from ecs.game import Game
from net.hosted import EngineSource, HostedGame
from net.rooms.chart import compile_chart
from net.rooms.chart_document import ChartError

UPLOAD = "upload"
"""The name of the game that a room with an uploaded engine has."""
ENGINES = "/engines/"
PYTHON_TYPES = ("text/x-python", "application/zip")
"""Media types of uploaded engines in Python: a file, or the archive of a mod."""


class UploadedGame(Struct, frozen=True):
    """An uploaded engine and what the server must know of its game."""

    key: str
    digest: str
    media_type: str
    title: str
    tick_rate: int
    max_players: int

    @property
    def source(self) -> EngineSource:
        """Where clients get it."""
        return EngineSource(ENGINES + self.key, self.digest, self.media_type, uploaded=True)


class Definition(Struct, frozen=True):
    """All that a room's own definition may have."""

    upload: UploadedGame | None = None
    states: dict[str, Any] | None = None


def uploaded_game(kept: KeptEngine, title: str, tick_rate: int, max_players: int) -> UploadedGame:
    """What is remembered of an upload."""
    return UploadedGame(kept.key, kept.digest, kept.media_type, title, tick_rate, max_players)


def hosted_by(definition: Definition, installed: HostedGame | None) -> HostedGame:
    """The game of a room: that of the upload, else the installed one, with the document's states. Raises ChartError."""
    hosted = installed if definition.upload is None else _uploaded(definition.upload)
    if hosted is None:
        raise ValueError("neither an upload nor an installed game is given")
    if definition.states is not None:
        if hosted.game.chart is not None:
            raise ChartError("the document: this game brings states of its own")
        hosted = replace(hosted, chart=compile_chart(definition.states))
    if definition == Definition():
        return hosted
    return replace(hosted, definition=msgspec.msgpack.encode(definition))


def hosted_again(packed: bytes, installed: HostedGame | None) -> HostedGame:
    """The game of a journal's header. Raises ChartError, msgspec.DecodeError, ValueError."""
    return hosted_by(msgspec.msgpack.decode(packed, type=Definition), installed)


def engine_of(packed: bytes) -> EngineSource | None:
    """The uploaded engine of a journal's header; None where it has none that can be read."""
    try:
        upload = msgspec.msgpack.decode(packed, type=Definition).upload
    except msgspec.DecodeError:
        return None
    return None if upload is None else upload.source


def _uploaded(upload: UploadedGame) -> HostedGame:
    game = Game(
        UPLOAD,
        title=upload.title,
        tick_rate=upload.tick_rate,
        max_players=upload.max_players,
        model="lockstep",
    )
    # the engine is the rules; the server never runs it, so that nothing is declared and nothing can be sealed
    game.fingerprint = game.rules = upload.digest
    return replace(HostedGame.of(game), engine=upload.source)
