"""The bundles of a lock-step room: a generation is encoded once for each codec, and whoever lacks some gets them packed.

A session's `cursor` is the first generation that it has not been told. Who is behind (a late joiner, one who came back, one
whose socket was full) gets a bounded piece of the history with each step, until it is level with the others.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from net.bundle import BundleWriter, Pieces
from net.codec import Codec
from net.lockstep.pace import NOBODY
from net.lockstep.play import LockstepPlay
from net.lockstep.settings import LockstepSettings
from net.players.session import Session
from net.protocol import History, ServerItem
from net.protocol import Match as MatchMessage
from net.rooms.outbox import Outgoing

PIECES = 4
"""Pieces of history in one bundle: 1,024 generations, so that an hour comes in 4 s."""
NO_INPUT = -1
WHOLE_SHOW = -1
"""The player's number of who watches a recording: it is the show that says how far that is."""


@dataclass(slots=True)
class StepNews:
    """What a room has to say in one step."""

    tick: int
    now: float
    """`server_time` of the bundles (ms)."""
    shared: Sequence[ServerItem]
    own: Mapping[int, Sequence[ServerItem]]
    viewers_end: int
    """The first generation that viewers are not told yet."""
    everybody: bool
    """Whether who has nothing to hear gets a bundle too."""


class LockstepOutbox:
    """Writes a room's bundles."""

    def __init__(self, play: LockstepPlay, rules: LockstepSettings, iteration_ms: int) -> None:
        self._play = play
        self._rules = rules
        self._iteration_ms = iteration_ms
        self.slowest = NOBODY
        """Who was told last to make generations longer."""

    def write(self, sessions: Iterable[Session], news: StepNews) -> Outgoing:
        """A bundle for each session that takes one and has something to hear."""
        scribes: dict[Codec, _Scribe] = {}
        outgoing: Outgoing = []
        for session in sessions:
            scribe = scribes.get(session.codec)
            if scribe is None:
                scribe = scribes[session.codec] = _Scribe(session.codec, news, self)
            pieces = scribe.bundle(session)
            if pieces is not None:
                outgoing.append((session, pieces))
        return outgoing

    def beginning(self) -> list[ServerItem]:
        """What whoever has just connected is told first."""
        play, match = self._play, self._play.match
        if match is None:
            return [play.configuration()]
        begun = MatchMessage(
            match.number,
            match.seed,
            match.setup,
            self._rules.delay,
            self._iteration_ms,
            self._rules.checksum_interval,
            match.first_tick,
            match.generation,
            self._rules.max_body,
        )
        return [play.configuration(), begun, *([self.slowest] if self.slowest is not NOBODY else [])]

    def end_for(self, session: Session, news: StepNews) -> int:
        """The first generation that a session is not to be told yet."""
        match = self._play.match
        if match is None:
            return 0
        watches = session.seat is not None and session.seat.player not in (WHOLE_SHOW, *match.players)
        return news.viewers_end if watches else match.generation + 1

    def pieces(self, session: Session, end: int) -> list[ServerItem]:
        """The next of what a session lacks."""
        match, items = self._play.match, list[ServerItem]()
        while match is not None and session.cursor < end and len(items) < PIECES:
            piece = match.history.piece(session.cursor, end)
            items.append(History(piece.first, piece.count, piece.data))
            session.cursor += piece.count
        return items


class _Scribe:
    """Writes one step's bundles in one codec."""

    def __init__(self, codec: Codec, news: StepNews, outbox: LockstepOutbox) -> None:
        self._codec = codec
        self._news = news
        self._outbox = outbox
        match = outbox._play.match  # noqa: SLF001 - two halves of one file
        self._undelayed = [WHOLE_SHOW, *match.players] if match is not None else []
        last = match.last if match is not None else None
        self._generation = last.generation if last is not None else -1
        newest = b"" if match is None or codec.text else match.history.newest
        self._master = newest or (codec.encode(last) if last is not None else b"")
        self._level: dict[int, Pieces] = {}
        """By the last id that was heard: the bundle of those who lack nothing but this generation. In each step that is nearly
        everybody, and all of them get one object."""
        self._shared = [codec.encode(item) for item in news.shared]
        self._writer = BundleWriter(codec, news.tick, news.now, self._shared)

    def bundle(self, session: Session) -> Pieces | None:
        """The session's bundle, or None where it is congested or has nothing to hear."""
        seat, news = session.seat, self._news
        if (
            session.cursor == self._generation
            and seat is not None
            and seat.player in self._undelayed
            and not (session.waiting or session.congested or session.needs_snapshot)
            and seat.player not in news.own
        ):
            session.congested_at = None
            session.cursor += 1
            return self._level.get(seat.last_id) or self._level_bundle(seat.last_id)
        own, session.waiting = session.waiting, []
        mine = news.own.get(seat.player, ()) if seat is not None else ()
        own += [self._codec.encode(item) for item in mine]
        if session.congested:
            session.hold([*own, *self._shared], news.now)
            return None
        session.congested_at = None
        first: list[bytes] = []
        if session.needs_snapshot:
            session.needs_snapshot = False
            first = [self._codec.encode(item) for item in self._outbox.beginning()]
        own += self._generations(session)
        if not (first or own or self._shared or news.everybody):
            return None
        last_id = seat.last_id if seat is not None else 0
        return self._writer.bundle((NO_INPUT, last_id, 0), first, own)

    def _level_bundle(self, last_id: int) -> Pieces:
        made = self._level[last_id] = self._writer.bundle((NO_INPUT, last_id, 0), (), (self._master,))
        return made

    def _generations(self, session: Session) -> list[bytes]:
        end = self._outbox.end_for(session, self._news)
        if session.cursor >= end:
            return []
        if session.cursor == self._generation:
            session.cursor += 1
            return [self._master]
        return [self._codec.encode(item) for item in self._outbox.pieces(session, end)]
