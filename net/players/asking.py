"""What the requests of players and of viewers have in common: who asks, how a resource is found, the first few answers.

A resource is a path; `*` in a table's pattern stands for one segment, which the handler gets.
"""

from dataclasses import dataclass
from typing import TypeVar

from net.hosted import HostedGame
from net.players.session import Session
from net.protocol import Answer, Request

OK, ACCEPTED, NOT_MODIFIED, FORBIDDEN, NOT_FOUND, NOT_ALLOWED, CONFLICT = 200, 202, 304, 403, 404, 405, 409
UNPROCESSABLE, TOO_MANY, UNAVAILABLE = 422, 429, 503
SPRITE_FILES = (".png", ".webp", ".svg", ".jpg", ".json")

Body = TypeVar("Body")
Reply = tuple[int, object]
"""A status as in HTTP, and a body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyAsker:
    """Who asks, when (ms), and what came with it."""

    session: Session
    now: float
    request: Request
    path: tuple[str, ...] = ()
    """The segments that the pattern's `*` stand for."""

    def read(self, kind: type[Body]) -> Body:
        """The body as its type. Raises BodyError."""
        return self.session.codec.decode_body(self.request.body, kind)

    def reply(self, reply: Reply) -> None:
        """Put the answer into the next bundle."""
        session, (status, body) = self.session, reply
        session.waiting.append(session.codec.encode(Answer(self.request.id, status, body)))


def stars(pattern: tuple[str, ...], segments: tuple[str, ...]) -> tuple[str, ...] | None:
    """The segments that a pattern's `*` stand for; None where the path is another one."""
    if len(pattern) != len(segments):
        return None
    pairs = list(zip(pattern, segments, strict=True))
    if any(wanted not in ("*", given) for wanted, given in pairs):
        return None
    return tuple(given for wanted, given in pairs if wanted == "*")


def snapshot(asker: AnyAsker) -> Reply:
    """The whole state is in the next bundle, in place of a diff."""
    session = asker.session
    interval = session.room.settings.snapshot_interval
    if asker.now - session.snapshot_asked_at < interval:
        return TOO_MANY, f"a snapshot may be asked for every {interval:g} ms"
    session.snapshot_asked_at = asker.now
    session.needs_snapshot = True
    return ACCEPTED, None


def sprites(hosted: HostedGame) -> Reply:
    """The addresses of what the game is drawn with: its pictures and their descriptions, by name."""
    return OK, {name: address for name, address in hosted.assets.items() if name.endswith(SPRITE_FILES)}
