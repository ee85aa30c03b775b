"""The requests that a room answers itself, in the next bundle: a table of resources and verbs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated

from msgspec import Meta, Struct

from ecs.chunk import ChunkKey
from net.errors import BodyError
from net.journal.entries import Call
from net.players.asking import (
    ACCEPTED,
    FORBIDDEN,
    NOT_ALLOWED,
    NOT_FOUND,
    NOT_MODIFIED,
    OK,
    TOO_MANY,
    UNAVAILABLE,
    UNPROCESSABLE,
    AnyAsker,
    Reply,
    snapshot,
    stars,
)
from net.players.asking import sprites as sprites_of
from net.players.calls import CallRefused
from net.players.session import Seat
from net.protocol import Answer
from net.rooms.chat import ChatRefused
from net.rooms.meeting import MeetingRoom
from net.rooms.moderation import ACTS, Sentence
from net.rooms.play import digest_of, packed_body


class Line(Struct, forbid_unknown_fields=True):
    """What `post chat` takes."""

    text: Annotated[str, Meta(max_length=1_000)]
    channel: str = "room"


class Have(Struct, forbid_unknown_fields=True):
    """What asking for a chunk takes: the version that the client has of it, or -1."""

    version: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker(AnyAsker):
    """A player who asks, and where."""

    room: MeetingRoom
    seat: Seat


def roster(asker: Asker) -> Reply:
    """The players of the room."""
    return OK, asker.room.seats.records()


def description(asker: Asker) -> Reply:
    """What `GET /rooms/<id>` says."""
    return OK, asker.room.describe()


def give_up_seat(asker: Asker) -> None:
    """The player leaves for good: the connection is closed with LEFT, which is the answer."""
    asker.room.leave(asker.seat)


def chat_history(asker: Asker) -> Reply:
    """The last lines that the whole room was told."""
    return OK, list(asker.room.chat.history)


def say(asker: Asker) -> Reply:
    """A line of chat, to those of its channel."""
    line = asker.read(Line)
    try:
        asker.room.say(asker.seat, line.channel, line.text, asker.now)
    except ChatRefused as refused:
        return refused.status, str(refused)
    return OK, None


def call(asker: Asker) -> Reply | None:
    """An rpc of the game's: it runs in the next tick, once for its id; None: the answer comes with that tick."""
    room, name, request = asker.room, asker.path[0], asker.request
    declared = room.hosted.game.rpcs.get(name)
    if declared is None:
        return NOT_FOUND, f"the game has no rpc {name!r}"
    if not room.is_running:
        return UNAVAILABLE, "the room is not running"
    body = packed_body(asker.read(declared.type))
    try:
        known = asker.seat.calls.look(request.id, name, digest_of(body))
    except CallRefused as refused:
        return refused.status, str(refused)
    if isinstance(known, Answer):
        return known.status, known.body
    if known == "new":
        if room.is_full:
            return TOO_MANY, "too many commands of all players in one tick"
        room.record(Call(asker.seat.player, request.id, name, body))
    return None


def sprites(asker: Asker) -> Reply:
    """The addresses of what the game is drawn with, by name."""
    return sprites_of(asker.room.hosted)


def map_header(asker: Asker) -> Reply:
    """What the numbers of the tile map mean, or null."""
    return OK, asker.room.hosted.schema.map


def chunk(asker: Asker) -> Reply:
    """A chunk of the tile map, in the next bundle: `chunks/<region_x>/<region_y>/<x>/<y>`, with the version that is held."""
    feed = asker.room.map_feed
    if feed is None or not all(part.isdecimal() and len(part) < 6 for part in asker.path):
        return NOT_FOUND, "there is no such chunk"
    key = ChunkKey(*map(int, asker.path))
    if not feed.stream.tiles.has_chunk(key):
        return NOT_FOUND, "the map has no such chunk"
    have = Have() if asker.read(object) is None else asker.read(Have)
    if not feed.stream.may_see(feed.eye_of(asker.seat.player), key):
        return FORBIDDEN, "the chunk is out of sight"
    if have.version == feed.stream.tiles.version(key):
        asker.session.holder.hold(key, have.version)
        return NOT_MODIFIED, None
    asker.session.waiting.append(feed.stream.chunk(asker.session.holder, key, asker.session.codec))
    return ACCEPTED, None


def moderate(asker: Asker) -> Reply:
    """The host kicks, bans, mutes or unmutes a player, by number."""
    room, (number, act) = asker.room, asker.path
    if room.host() is not asker.seat:
        return FORBIDDEN, "only the host may do that"
    seat = room.seats.get(int(number)) if number.isdecimal() and len(number) < 6 else None
    if seat is None or seat is asker.seat:
        return NOT_FOUND, f"there is no other player {number!r}"
    if act not in ACTS:
        return NOT_FOUND, f"an act is one of {', '.join(ACTS)}"
    sentence = asker.read(Sentence)
    room.moderate(seat, act, sentence.reason, asker.now, sentence.seconds * 1_000.0)
    return OK, None


def bans(asker: Asker) -> Reply:
    """Who is banned, for the host: without networks, which are the admin's to know."""
    room = asker.room
    if room.host() is not asker.seat:
        return FORBIDDEN, "only the host may do that"
    return OK, [[ban.number, ban.name, ban.reason] for ban in room.bans]


def unban(asker: Asker) -> Reply:
    """The host lets a banned player come back, by the ban's number."""
    room, (number,) = asker.room, asker.path
    if room.host() is not asker.seat:
        return FORBIDDEN, "only the host may do that"
    if not (number.isdecimal() and len(number) < 10 and room.bans.lift(int(number))):
        return NOT_FOUND, f"there is no ban {number!r}"
    return OK, None


Handler = Callable[[Asker], Reply | None]
Resources = Mapping[tuple[str, ...], Mapping[str, Handler]]
"""Which verbs a resource has; `*` stands for one segment."""
RESOURCES: Resources = {
    ("snapshot",): {"get": snapshot},
    ("roster",): {"get": roster},
    ("room",): {"get": description},
    ("seat",): {"delete": give_up_seat},
    ("chat",): {"get": chat_history, "post": say},
    ("meta", "names"): {"get": roster},
    ("meta", "chat"): {"get": chat_history},
    ("meta", "sprites"): {"get": sprites},
    ("meta", "map"): {"get": map_header},
    ("chunks", "*", "*", "*", "*"): {"get": chunk},
    ("rpc", "*"): {"post": call},
    ("players", "*", "*"): {"post": moderate},
    ("bans",): {"get": bans},
    ("bans", "*"): {"delete": unban},
}


def answer(asker: Asker, resources: Resources) -> None:
    """Answer a request in the next bundle; an unknown one with 404 or 405, one whose body does not fit with 422."""
    reply = _reply(asker, resources)
    if reply is not None:
        asker.reply(reply)


def _reply(asker: Asker, resources: Resources) -> Reply | None:
    request = asker.request
    segments = tuple(request.resource.split("/"))
    allowance = asker.room.attendance.allowance(asker.seat, asker.now)
    refusal = allowance.refusal(is_call=segments[0] == "rpc", now=asker.now)
    if refusal:
        return TOO_MANY, refusal
    for pattern, verbs in resources.items():
        path = stars(pattern, segments)
        if path is not None:
            return _call(verbs, request.verb, replace(asker, path=path))
    return NOT_FOUND, f"there is no {request.resource!r}"


def _call(verbs: Mapping[str, Handler], verb: str, asker: Asker) -> Reply | None:
    handler = verbs.get(verb)
    if handler is None:
        return NOT_ALLOWED, f"allowed here: {', '.join(verbs)}"
    try:
        return handler(asker)
    except BodyError as error:
        return UNPROCESSABLE, str(error)
