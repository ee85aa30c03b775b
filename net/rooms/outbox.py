"""The bundles of one tick: what everybody gets is encoded once for each codec, what one player gets is added to it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ecs.tiles import ChunkChange
from net.bundle import BundleWriter, Pieces
from net.codec import MESSAGEPACK, Codec
from net.players.session import NOTHING, Session
from net.protocol import Private, ServerItem
from net.replication.map_feed import MapFeed
from net.replication.own import OwnEntities
from net.replication.replicate import Changes, Replicator
from net.replication.views import View

PRIVATE_HEAD = b"\x94\x03"
"""A `Private` in MessagePack: four elements, its tag; then the snapshot's id, whether it is full, and the changes."""
Outgoing = list[tuple[Session, Pieces]]


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
    tiles: Sequence[ChunkChange] = ()
    """What changed on the tile map."""


class Outbox:
    """Writes a room's bundles."""

    def __init__(self, replicator: Replicator, view: View, map_feed: MapFeed | None = None) -> None:
        self._replicator = replicator
        self._view = view
        self._map_feed = map_feed

    def write(
        self, sessions: Iterable[Session], news: TickNews, last_input: Callable[[int], int]
    ) -> Outgoing:
        """A bundle for each session that takes one; what a congested one must not miss waits in it."""
        outgoing: Outgoing = []
        if news.changes is not None:
            self._view.observe(news.changes)
            if self._map_feed is not None:
                self._map_feed.begin(news.tiles)
        rationed = self._view.is_rationed
        scribes: dict[Codec, _Scribe] = {}
        for session in sessions:
            scribe = scribes.get(session.codec)
            if scribe is None:
                scribe = scribes[session.codec] = _Scribe(
                    session.codec, news, self._replicator, self._view, self._map_feed
                )
            pieces = scribe.bundle(session, last_input)
            if pieces is not None:
                outgoing.append((session, pieces))
                if rationed and session.seat is not None:
                    self._view.sent(session.seat.player, sum(map(len, pieces)))
        return outgoing


class _Scribe:
    """Writes one tick's bundles in one codec."""

    def __init__(
        self, codec: Codec, news: TickNews, replicator: Replicator, view: View, map_feed: MapFeed | None
    ) -> None:
        self._codec = codec
        self._news = news
        self._replicator = replicator
        self._view = view
        self._diff = view.diffs(codec, news.base, news.tick) if news.changes is not None else None
        self._map_feed = map_feed if news.changes is not None else None
        self._items = news.own
        self._follows_own = False
        self._private_head = PRIVATE_HEAD + MESSAGEPACK.encode(news.tick) + MESSAGEPACK.encode(False)
        self._private = news.changes.private if news.changes else {}
        self._shared = [codec.encode(item) for item in news.shared]
        self._writer = BundleWriter(codec, news.tick, news.now, self._shared)

    def bundle(self, session: Session, last_input: Callable[[int], int]) -> Pieces | None:
        """The session's bundle, or None where it is congested."""
        seat = session.seat
        player = seat.player if seat is not None else -1
        own, held = session.waiting, NOTHING
        if own:
            session.waiting = []
        if session.congested_at is not None and not session.congested:
            own, held = NOTHING, own  # of ticks before: what everybody is told now comes after it
        mine = self._items.get(player)
        if mine:
            own = [*own, *(self._codec.encode(item) for item in mine)]
        if self._map_feed is not None:
            own = [*own, *self._map_feed.items(session, player)]
        if session.congested:
            session.hold([*own, *self._shared], self._news.now)
            return None
        session.congested_at = None
        if self._diff is None or session.needs_snapshot or player in self._private:
            state = self._state(session, player)
        else:
            state = [self._diff(player)]
            if session.predicts:
                state += self._exact(player)
        last_id = seat.last_id if seat is not None else 0
        heard = (last_input(player), last_id, session.input_lead)
        return self._writer.bundle(heard, [*state, *held] if held else state, own)

    def _state(self, session: Session, player: int) -> list[bytes]:
        """The state items of a client: a snapshot where it holds no base, else the diff, and what is private."""
        news = self._news
        if session.needs_snapshot:
            session.needs_snapshot = False
            private = self._whole_private(player, predicts=session.predicts)
            return [self._view.snapshot(player, self._codec, news.tick), private]
        if self._diff is None:
            return []
        state = [self._diff(player)]
        changes = [
            change for change in self._private.get(player, ()) if self._view.shows(player, change.slot)
        ]
        if changes:
            state.append(self._codec.encode(Private(news.tick, False, changes)))
        if session.predicts:
            state += self._exact(player)
        return state

    def _exact(self, player: int) -> list[bytes]:
        """What is new of the own entities of a player who predicts."""
        own = self._own()
        if self._codec.text or own.has_more(player):
            changes = [each for each in own.changes(player) if self._view.shows(player, each.slot)]
            return [self._codec.encode(Private(self._news.tick, False, changes))] if changes else []
        item = own.motion_item(player, self._private_head)
        return [item] if item else []

    def _whole_private(self, player: int, *, predicts: bool) -> bytes:
        changes = self._replicator.private_of(player)
        if predicts:
            changes += self._own().whole(player)
        return self._codec.encode(Private(self._news.tick, True, changes))

    def _own(self) -> OwnEntities:
        """What clients that predict are told, as of this tick."""
        if not self._follows_own:
            self._follows_own = True
            self._replicator.own.follow(self._replicator.owners_version)
        return self._replicator.own
