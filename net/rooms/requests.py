"""The requests that a room answers itself, in the next bundle: a table of resources and verbs.

A resource is a path; `*` in the table stands for one segment, which the handler gets.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, TypeVar

from msgspec import Meta, Struct

from ecs.chunk import ChunkKey
from net.errors import BodyError
from net.journal.entries import Call
from net.players.calls import CallRefused
from net.players.seats import Seat
from net.players.session import Session
from net.protocol import Answer, Request
from net.rooms.chat import ChatRefused
from net.rooms.moderation import ACTS, Sentence
from net.rooms.play import digest_of, packed_body

if TYPE_CHECKING:
    from net.rooms.base_room import BaseRoom

OK, ACCEPTED, NOT_MODIFIED, FORBIDDEN, NOT_FOUND, NOT_ALLOWED = 200, 202, 304, 403, 404, 405
UNPROCESSABLE, TOO_MANY, UNAVAILABLE = 422, 429, 503
SPRITE_FILES = (".png", ".webp", ".svg", ".jpg", ".json")

Body = TypeVar("Body")
Reply = tuple[int, object]
"""A status as in HTTP, and a body."""


class Line(Struct, forbid_unknown_fields=True):
    """What `post chat` takes."""

    text: Annotated[str, Meta(max_length=1_000)]
    channel: str = "room"


class Have(Struct, forbid_unknown_fields=True):
    """What asking for a chunk takes: the version that the client has of it, or -1."""

    version: int = -1


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, where, when (ms), and what came with it."""

    room: "BaseRoom"
    session: Session
    seat: Seat
    now: float
    request: Request
    path: tuple[str, ...] = ()
    """The segments that the table's `*` stand for."""

    def read(self, kind: type[Body]) -> Body:
        """The body as its type. Raises BodyError."""
        return self.session.codec.decode_body(self.request.body, kind)


def snapshot(asker: Asker) -> Reply:
    """The whole state is in the next bundle, in place of a diff."""
    session, interval = asker.session, asker.room.settings.snapshot_interval
    if asker.now - session.snapshot_asked_at < interval:
        return TOO_MANY, f"a snapshot may be asked for every {interval:g} ms"
    session.snapshot_asked_at = asker.now
    session.needs_snapshot = True
    return ACCEPTED, None


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
    """The addresses of what the game is drawn with: its pictures and their descriptions, by name."""
    addresses = asker.room.hosted.assets
    return OK, {name: address for name, address in addresses.items() if name.endswith(SPRITE_FILES)}


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


def is_call(request: Request) -> bool:
    """Whether a request is a call of a game's rpc."""
    return request.resource.startswith("rpc/")


def answer(request: Request, asker: Asker) -> None:
    """Answer a request in the next bundle; an unknown one with 404 or 405, one whose body does not fit with 422."""
    reply = _reply(request, asker)
    if reply is None:
        return
    status, body = reply
    asker.session.waiting.append(asker.session.codec.encode(Answer(request.id, status, body)))


def _reply(request: Request, asker: Asker) -> Reply | None:
    segments = tuple(request.resource.split("/"))
    refusal = asker.room.allowance(asker.seat, asker.now).refusal(is_call=segments[0] == "rpc", now=asker.now)
    if refusal:
        return TOO_MANY, refusal
    for pattern, verbs in asker.room.resources.items():
        if len(pattern) == len(segments) and all(map(_fits, pattern, segments)):
            return _call(
                verbs,
                request.verb,
                asker,
                tuple(s for p, s in zip(pattern, segments, strict=True) if p == "*"),
            )
    return NOT_FOUND, f"there is no {request.resource!r}"


def _call(verbs: Mapping[str, Handler], verb: str, asker: Asker, path: tuple[str, ...]) -> Reply | None:
    handler = verbs.get(verb)
    if handler is None:
        return NOT_ALLOWED, f"allowed here: {', '.join(verbs)}"
    try:
        return handler(replace(asker, path=path))
    except BodyError as error:
        return UNPROCESSABLE, str(error)


def _fits(pattern: str, segment: str) -> bool:
    return pattern in ("*", segment)
