"""What a viewer may ask, and with which answer; everything that would do something in the game is refused."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Protocol

from msgspec import Meta, Struct

from ecs.chunk import ChunkKey
from net.errors import BodyError
from net.players.asking import (
    ACCEPTED,
    FORBIDDEN,
    NOT_FOUND,
    OK,
    TOO_MANY,
    UNPROCESSABLE,
    AnyAsker,
    Reply,
    snapshot,
    stars,
)
from net.players.asking import sprites as sprites_of
from net.watching.show import Show
from net.watching.viewers import Viewer

WATCHING = "You are watching: a viewer gives no inputs or commands and says nothing."


class Watched(Protocol):
    """What viewers may ask something of: a screening."""

    show: Show

    @property
    def is_controlled(self) -> bool:
        """Whether its viewers say what is shown."""

    def follow(self, viewer: Viewer, player: int) -> None:
        """Show what a player sees; -1: some player."""

    def play(self, *, playing: bool | None, speed: float | None) -> None:
        """Go on or stand still, so many times as fast as it was played."""

    def seek(self, tick: int) -> None:
        """Go to a tick."""

    def advance(self, ticks: int) -> None:
        """Stand still so many ticks from here."""

    def leave(self, viewer: Viewer) -> None:
        """A viewer goes for good."""


class Follow(Struct, forbid_unknown_fields=True):
    """What `put follow` takes; -1: some player."""

    player: Annotated[int, Meta(ge=-1, le=65_535)]


class Play(Struct, forbid_unknown_fields=True):
    """What `put playback` takes: what is left out stays as it is."""

    playing: bool | None = None
    speed: Annotated[float, Meta(ge=0.1, le=16.0)] | None = None


class Seek(Struct, forbid_unknown_fields=True):
    """What `put playback/tick` takes."""

    tick: Annotated[int, Meta(ge=0, le=2**32 - 1)]


class Steps(Struct, forbid_unknown_fields=True):
    """What `post playback/step` takes: back where it is below 0."""

    ticks: Annotated[int, Meta(ge=-10_000, le=10_000)] = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker(AnyAsker):
    """A viewer who asks."""

    screening: Watched
    viewer: Viewer


def roster(asker: Asker) -> Reply:
    """The players."""
    return OK, asker.screening.show.roster


def chat(asker: Asker) -> Reply:
    """What the whole room was told."""
    return OK, list(asker.screening.show.chat.history)


def sprites(asker: Asker) -> Reply:
    """The addresses of the game's pictures."""
    return sprites_of(asker.screening.show.hosted)


def map_header(asker: Asker) -> Reply:
    """What the numbers of the tile map mean."""
    return OK, asker.screening.show.hosted.schema.map


def chunk(asker: Asker) -> Reply:
    """A chunk of the tile map, where the followed player may see it."""
    feed = asker.screening.show.map_feed
    if feed is None or not all(part.isdecimal() and len(part) < 6 for part in asker.path):
        return NOT_FOUND, "there is no such chunk"
    key = ChunkKey(*map(int, asker.path))
    if not feed.stream.tiles.has_chunk(key):
        return NOT_FOUND, "the map has no such chunk"
    if not feed.stream.may_see(feed.eye_of(asker.viewer.player), key):
        return FORBIDDEN, "the chunk is out of sight"
    session = asker.session
    session.waiting.append(feed.stream.chunk(session.holder, key, session.codec))
    return ACCEPTED, None


def follow(asker: Asker) -> Reply:
    """Show what another player sees."""
    player = asker.read(Follow).player
    if player >= 0 and player not in asker.screening.show.players:
        return NOT_FOUND, f"there is no player {player}"
    asker.screening.follow(asker.viewer, player)
    return OK, None


def moments(asker: Asker) -> Reply:
    """When ticks were, where they are of no fixed length."""
    return OK, asker.screening.show.moments


def put_playback(asker: Asker) -> Reply:
    """Go on, stand still, faster or slower."""
    wanted = asker.read(Play)
    asker.screening.play(playing=wanted.playing, speed=wanted.speed)
    return OK, None


def put_tick(asker: Asker) -> Reply:
    """Go to a tick."""
    show, tick = asker.screening.show, asker.read(Seek).tick
    if not show.first <= tick <= show.last:
        return UNPROCESSABLE, f"there are the ticks {show.first} to {show.last}"
    asker.screening.seek(tick)
    return ACCEPTED, None


def step(asker: Asker) -> Reply:
    """Go some ticks on, or back, and stand still there."""
    asker.screening.advance(asker.read(Steps).ticks)
    return ACCEPTED, None


def leave(asker: Asker) -> None:
    """The viewer goes: the connection is closed with LEFT, which is the answer."""
    asker.screening.leave(asker.viewer)


Handler = Callable[[Asker], Reply | None]
RESOURCES: dict[tuple[str, ...], tuple[str, Handler]] = {
    ("snapshot",): ("get", snapshot),
    ("roster",): ("get", roster),
    ("chat",): ("get", chat),
    ("seat",): ("delete", leave),
    ("meta", "names"): ("get", roster),
    ("meta", "chat"): ("get", chat),
    ("meta", "sprites"): ("get", sprites),
    ("meta", "map"): ("get", map_header),
    ("chunks", "*", "*", "*", "*"): ("get", chunk),
    ("follow",): ("put", follow),
    ("playback", "moments"): ("get", moments),
}
CONTROLS: dict[tuple[str, ...], tuple[str, Handler]] = {
    ("playback",): ("put", put_playback),
    ("playback", "tick"): ("put", put_tick),
    ("playback", "step"): ("post", step),
}


def answer(asker: Asker) -> None:
    """Answer a request in the next bundle."""
    reply = _reply(asker)
    if reply is not None:
        asker.reply(reply)


def _reply(asker: Asker) -> Reply | None:
    refusal = asker.viewer.allowance.refusal(is_call=False, now=asker.now)
    if refusal:
        return TOO_MANY, refusal
    segments = tuple(asker.request.resource.split("/"))
    for pattern, (verb, handler) in {**RESOURCES, **CONTROLS}.items():
        path = stars(pattern, segments)
        if path is None:
            continue
        if verb != asker.request.verb:
            return FORBIDDEN, WATCHING
        if pattern in CONTROLS and not asker.screening.is_controlled:
            return FORBIDDEN, "A living room goes on as it is played; only a replay can be controlled."
        try:
            return handler(replace(asker, path=path))
        except BodyError as error:
            return UNPROCESSABLE, str(error)
    return FORBIDDEN, WATCHING
