"""The bundles of one tick: what everybody gets is encoded once for each codec, what one player gets is added to it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from net.bundle import BundleWriter
from net.codec import Codec
from net.protocol import GameSchema, Private, ServerItem, Snapshot
from net.replicate import Changes, Replicator, diff_item
from net.session import Session

Outgoing = list[tuple[Session, bytes]]


@dataclass(slots=True)
class TickNews:
    """What a room has to say in one tick."""

    tick: int
    now: float
    """`server_time` of the bundles (ms)."""
    base: int
    """The tick of the diff before: what clients hold."""
    changes: Changes | None
    """None while the engine stands still."""
    shared: list[ServerItem] = field(default_factory=list)
    own: Mapping[int, list[ServerItem]] = field(default_factory=dict)
    """Items for one player, by number."""


class Outbox:
    """Writes a room's bundles."""

    def __init__(self, replicator: Replicator, schema: GameSchema) -> None:
        self._replicator = replicator
        self._position_bits = schema.steps.position_bits

    def write(
        self, sessions: Iterable[Session], news: TickNews, last_input: Callable[[int], int]
    ) -> Outgoing:
        """A bundle for each session that takes one; what a congested one must not miss waits in it."""
        outgoing: Outgoing = []
        scribes: dict[Codec, _Scribe] = {}
        for session in sessions:
            scribe = scribes.get(session.codec)
            if scribe is None:
                scribe = scribes[session.codec] = _Scribe(
                    session.codec, news, self._replicator, self._position_bits
                )
            payload = scribe.bundle(session, last_input)
            if payload is not None:
                outgoing.append((session, payload))
        return outgoing


class _Scribe:
    """Writes one tick's bundles in one codec."""

    def __init__(self, codec: Codec, news: TickNews, replicator: Replicator, position_bits: int) -> None:
        self._codec = codec
        self._news = news
        self._replicator = replicator
        self._private = news.changes.private if news.changes else {}
        self._shared = [codec.encode(item) for item in news.shared]
        state = []
        if news.changes is not None:
            state.append(diff_item(codec, news.base, news.tick, news.changes, position_bits))
        self._writer = BundleWriter(codec, news.tick, news.now, [*state, *self._shared])
        self._snapshot: bytes | None = None

    def bundle(self, session: Session, last_input: Callable[[int], int]) -> bytes | None:
        """The session's bundle, or None where it is congested."""
        seat = session.seat
        player = seat.player if seat is not None else -1
        applied = last_input(player)
        waiting, session.waiting = session.waiting, []
        own = [self._codec.encode(item) for item in self._news.own.get(player, ())]
        if session.congested:
            session.hold([*waiting, *self._shared, *own], self._news.now)
            return None
        session.congested_at = None
        if session.needs_snapshot:
            session.needs_snapshot = False
            state = [self._whole(), self._whole_private(player)]
            return self._writer.only(applied, [*state, *waiting, *self._shared, *own])
        changes = self._private.get(player)
        private = [self._codec.encode(Private(self._news.tick, False, changes))] if changes else []
        if private or waiting or own:
            return self._writer.with_own(applied, [*private, *waiting, *own])
        return self._writer.to_all(applied)

    def _whole(self) -> bytes:
        """The snapshot of this tick, encoded at the first client that needs it."""
        if self._snapshot is None:
            self._snapshot = self._codec.encode(Snapshot(self._news.tick, self._replicator.records()))
        return self._snapshot

    def _whole_private(self, player: int) -> bytes:
        return self._codec.encode(Private(self._news.tick, True, self._replicator.private_of(player)))
