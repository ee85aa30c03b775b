"""The requests that a room answers itself, in the next bundle: a table of resources and verbs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from net.protocol import Answer, Request
from net.seats import Seat
from net.session import Session

if TYPE_CHECKING:
    from net.room import Room

OK, ACCEPTED, NOT_FOUND, NOT_ALLOWED, TOO_MANY = 200, 202, 404, 405, 429
MAX_REQUESTS = 8
"""Requests of one player that a tick answers: a roster of 400 takes 0.15 ms to write, and a request for it has 15 bytes."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, where and when (ms)."""

    room: "Room"
    session: Session
    seat: Seat
    now: float
    number: int = 1
    """Which request of its player in this tick it is, from 1."""


Reply = tuple[int, object]
"""A status as in HTTP, and a body."""


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


def give_up_seat(asker: Asker) -> Reply:
    """The player leaves for good; the connection is closed with LEFT."""
    asker.room.leave(asker.seat)
    return OK, None


RESOURCES: dict[str, dict[str, Callable[[Asker], Reply]]] = {
    "snapshot": {"get": snapshot},
    "roster": {"get": roster},
    "room": {"get": description},
    "seat": {"delete": give_up_seat},
}


def answer(request: Request, asker: Asker) -> None:
    """Answer a request; an unknown one with 404 or 405."""
    status, body = _reply(request, asker)
    asker.session.waiting.append(asker.session.codec.encode(Answer(request.id, status, body)))


def _reply(request: Request, asker: Asker) -> Reply:
    if asker.number > MAX_REQUESTS:
        return TOO_MANY, f"a tick answers {MAX_REQUESTS} requests of a player"
    verbs = RESOURCES.get(request.resource)
    if verbs is None:
        return NOT_FOUND, f"there is no {request.resource!r}"
    handler = verbs.get(request.verb)
    if handler is None:
        return NOT_ALLOWED, f"{request.resource!r} allows {', '.join(verbs)}"
    return handler(asker)
