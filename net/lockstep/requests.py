"""What players of a lock-step room may ask beside what any room answers: the setup, the match, votes."""

from typing import Annotated, Any

from msgspec import Meta, Struct

from net.lockstep.organising import BEGINS_AT_ONCE, BEGINS_EVERY, OrganisingRoom
from net.lockstep.setup import SetupRefused
from net.players.asking import ACCEPTED, CONFLICT, FORBIDDEN, NOT_FOUND, OK, TOO_MANY, Reply
from net.protocol import Uint32
from net.rooms.requests import RESOURCES, Asker, Resources
from net.text import is_plain

ANEW_EVERY = 5_000.0
"""A client may have a match from its beginning this often (ms): it can be many MB."""


class Changes(Struct, forbid_unknown_fields=True):
    """What changing the setup takes: new values by name, null to remove one; refused where `revision` is not the last."""

    changes: dict[str, Any]
    revision: Uint32 | None = None


class Said(Struct, forbid_unknown_fields=True):
    """What an engine says about a setup or a match: a reason, or the result, and which match it is about."""

    match: Uint32
    reason: Annotated[str, Meta(max_length=200)] = ""
    result: Annotated[str, Meta(max_length=2_000)] = ""

    def __post_init__(self) -> None:
        """Raises ValueError, which decoding makes a ValidationError of."""
        if not is_plain(self.reason + self.result):
            raise ValueError("reasons and results have printable characters only")


class Vote(Struct, forbid_unknown_fields=True):
    """Whether to go on without a player who is awaited, or to wait."""

    go_on: bool


def _room(asker: Asker) -> OrganisingRoom:
    if not isinstance(asker.room, OrganisingRoom):
        raise TypeError("this table is of lock-step rooms")
    return asker.room


def setup(asker: Asker) -> Reply:
    """The configuration as it is."""
    return OK, _room(asker).play.configuration()


def change_setup(asker: Asker) -> Reply:
    """Options of the room."""
    room, body = _room(asker), asker.read(Changes)
    if room.play.rules.configure == "host" and room.host() is not asker.seat:
        return FORBIDDEN, "only the host may do that here"
    return _change(asker, -1, body)


def change_player(asker: Asker) -> Reply:
    """Options of a player: one's own, or anybody's for the host."""
    (number,), body = asker.path, asker.read(Changes)
    player = int(number) if number.isdecimal() and len(number) < 6 else -1
    if player != asker.seat.player and _room(asker).host() is not asker.seat:
        return FORBIDDEN, "only the host may do that for others"
    return _change(asker, player, body) if player >= 0 else (NOT_FOUND, f"there is no player {number!r}")


def ready(asker: Asker) -> Reply:
    """Commit to the configuration as it is (`true`), or withdraw (`false`)."""
    is_ready = asker.read(bool)
    try:
        _room(asker).make_ready(asker.seat, ready=is_ready)
    except SetupRefused as refused:
        return refused.status, str(refused)
    return OK, None


def start(asker: Asker) -> Reply:
    """The host starts the match, whoever is ready."""
    room = _room(asker)
    if room.host() is not asker.seat:
        return FORBIDDEN, "only the host may do that"
    if room.play.match is not None:
        return CONFLICT, "the match has begun"
    if not room.start(asker.now):
        return TOO_MANY, f"{BEGINS_AT_ONCE} matches may begin at once, then one every {BEGINS_EVERY:g} s"
    return ACCEPTED, None


def refuse_setup(asker: Asker) -> Reply:
    """An engine does not begin with this setup: where most players' engines say so, the match does not begin."""
    said = asker.read(Said)
    return (OK, None) if _room(asker).hear_refusal(asker.seat, said.match, said.reason) else _too_late()


def give_result(asker: Asker) -> Reply:
    """A match is over for an engine: where most players' engines say the same, it is."""
    said = asker.read(Said)
    return (OK, None) if _room(asker).hear_result(asker.seat, said.match, said.result) else _too_late()


def finish(asker: Asker) -> Reply:
    """The host ends the match; the setup is as before."""
    return _by_host(asker, "finish", "The host has ended the match.")


def pause(asker: Asker) -> Reply:
    """The host lets the match stand still."""
    return _by_host(asker, "pause", "The host has paused the match.")


def resume(asker: Asker) -> Reply:
    """The host lets the match go on that the host has paused."""
    if not _room(asker).chart.within("running.paused.host"):
        return CONFLICT, "the match is not paused by the host"
    return _by_host(asker, "resume", "")


def vote(asker: Asker) -> Reply:
    """Go on without a player who is awaited, or wait: most of those who are there decide."""
    room, (number,), body = _room(asker), asker.path, asker.read(Vote)
    player = int(number) if number.isdecimal() and len(number) < 6 else -1
    if not room.vote(asker.seat, player, go_on=body.go_on):
        return CONFLICT, "there is nothing to vote about"
    return OK, None


def happen(asker: Asker) -> Reply:
    """An event of the game's own state document: all see where it leads."""
    room = _room(asker)
    match = room.play.match
    if asker.seat.player not in (match.players if match is not None else room.play.setup.players):
        return FORBIDDEN, "who watches changes nothing"
    refusal = room.happen(asker.path[0])
    return (CONFLICT, refusal) if refusal else (OK, None)


def match(asker: Asker) -> Reply:
    """The match from its beginning, in the bundles that follow: for an engine that is begun anew."""
    room, session = _room(asker), asker.session
    if room.play.match is None:
        return NOT_FOUND, "there is no match"
    if asker.now - session.snapshot_asked_at < ANEW_EVERY:
        return TOO_MANY, f"a match is told from its beginning every {ANEW_EVERY / 1000.0:g} s at most"
    session.snapshot_asked_at = asker.now
    session.needs_snapshot, session.cursor = True, 0
    return ACCEPTED, None


def _change(asker: Asker, player: int, body: Changes) -> Reply:
    try:
        _room(asker).change(player, body.changes, body.revision)
    except SetupRefused as refused:
        return refused.status, str(refused)
    return OK, None


def _by_host(asker: Asker, event: str, detail: str) -> Reply:
    room = _room(asker)
    if room.host() is not asker.seat:
        return FORBIDDEN, "only the host may do that"
    if event not in room.chart.allowed or room.play.match is None:
        return CONFLICT, "that cannot be done now"
    room.transition(event, detail)
    return OK, None


def _too_late() -> Reply:
    return CONFLICT, "this is about another match, or it is not yours to say"


LOCKSTEP_RESOURCES: Resources = {
    **{path: verbs for path, verbs in RESOURCES.items() if path[0] not in ("snapshot", "chunks", "rpc")},
    ("setup",): {"get": setup, "put": change_setup},
    ("setup", "*"): {"put": change_player},
    ("ready",): {"put": ready},
    ("start",): {"post": start},
    ("finish",): {"post": finish},
    ("pause",): {"post": pause},
    ("resume",): {"post": resume},
    ("refusal",): {"put": refuse_setup},
    ("result",): {"put": give_result},
    ("votes", "*"): {"put": vote},
    ("events", "*"): {"post": happen},
    ("match",): {"get": match},
}
