"""What a client knows of its room: the scene, the players, the room's state; told by the items of the server's bundles."""

from collections.abc import Callable
from typing import Any

from ecs.chunk import ChunkKey
from ecs.map_data import MapError
from ecs.tiles import ChunkChange, TileMap
from net.client.columns import records
from net.client.events import (
    ChunkArrived,
    ClientEvent,
    EntityEntered,
    EntityLeft,
    GameEvent,
    Noticed,
    RoomStateChanged,
    RosterChanged,
    Spoken,
    TilesChanged,
)
from net.client.scene import Scene, SceneChange
from net.client.schema import GameDecoder
from net.client.view import JUMP_PART, InterpolatedView
from net.codec import TILE_LAYOUT
from net.errors import RemoteProtocolError
from net.protocol import (
    Chunk,
    ChunkChanged,
    CloseReason,
    Diff,
    GameSchema,
    Happened,
    Notice,
    PlayerRecord,
    Private,
    RoomState,
    Roster,
    Said,
    ServerItem,
    Snapshot,
    Welcome,
)

MAX_TICK_RATE = 128


class Replica:
    """A room as its welcome and its bundles describe it. Every method that takes in raises RemoteProtocolError."""

    def __init__(self, welcome: Welcome, *, interpolate: bool) -> None:
        if not 1 <= welcome.tick_rate <= MAX_TICK_RATE:
            sentence = f"There is no tick rate of {welcome.tick_rate} Hz."
            raise RemoteProtocolError(CloseReason.MALFORMED, sentence)
        self.schema: GameSchema = welcome.schema
        self.tick_rate = welcome.tick_rate
        self.decoder = GameDecoder(welcome.schema)
        self.scene = Scene(self.decoder)
        jump = JUMP_PART * max(welcome.schema.width, welcome.schema.height)
        self.view = InterpolatedView(welcome.tick_rate, jump) if interpolate else None
        self.roster: list[PlayerRecord] = welcome.roster
        self.map = None if welcome.schema.map is None else TileMap(welcome.schema.map, None)
        """The tile map as far as it has been sent, or None where the game has none."""
        self.room_state = welcome.state
        self.room_detail = ""
        self._change: SceneChange | None = None
        self._handlers: dict[type, Callable[[Any, list[ClientEvent]], None]] = {
            Snapshot: self._snapshot,
            Diff: self._diff,
            Private: self._private,
            Happened: self._happened,
            Roster: self._roster,
            RoomState: self._room_state,
            Notice: self._notice,
            Said: self._said,
            Chunk: self._chunk,
            ChunkChanged: self._tiles,
        }

    def fits(self, welcome: Welcome) -> bool:
        """Whether a later welcome is of the same game, so that what is known may stay."""
        return welcome.schema == self.schema and welcome.tick_rate == self.tick_rate

    def welcomed_again(self, welcome: Welcome) -> None:
        """Another connection to the same room: the scene waits for its snapshot."""
        self.scene.stale = True
        self.roster = welcome.roster
        self.room_state = welcome.state

    def take(self, item: ServerItem, events: list[ClientEvent]) -> None:
        """Take in one item; what happened is appended to `events`. Raises RemoteProtocolError."""
        handler = self._handlers.get(type(item))
        if handler is None:
            sentence = f"A {type(item).__name__} is of lock-step matches, and this is none."
            raise RemoteProtocolError(CloseReason.OUT_OF_STATE, sentence)
        handler(item, events)

    def end_bundle(self, tick: int, now: float) -> None:
        """All items of the bundle of `tick` are taken in."""
        change, self._change = self._change, None
        if self.view is not None:
            self.view.record(change, tick, now)

    def _snapshot(self, item: Snapshot, events: list[ClientEvent]) -> None:
        self._changed(self.scene.apply_snapshot(item), events)

    def _diff(self, item: Diff, events: list[ClientEvent]) -> None:
        change = self.scene.apply_diff(item)
        if change is not None:
            self._changed(change, events)

    def _changed(self, change: SceneChange, events: list[ClientEvent]) -> None:
        if self._change is not None:
            raise RemoteProtocolError(CloseReason.MALFORMED, "A bundle has more than one state.")
        self._change = change
        events.extend(EntityLeft(entity) for entity in change.left)
        events.extend(EntityEntered(entity) for entity in change.entered)

    def _private(self, item: Private, _events: list[ClientEvent]) -> None:
        self.scene.apply_private(item)

    def _happened(self, item: Happened, events: list[ClientEvent]) -> None:
        name, body = self.decoder.event(item.event, item.body)
        events.append(GameEvent(name, item.tick, body))

    def _roster(self, item: Roster, events: list[ClientEvent]) -> None:
        known = {} if item.full else {record.player: record for record in self.roster}
        known |= {record.player: record for record in item.players}
        self.roster = [known[player] for player in sorted(known) if player not in item.left]
        events.append(RosterChanged(self.roster))

    def _said(self, item: Said, events: list[ClientEvent]) -> None:
        events.append(Spoken(item.player, item.channel, item.text, item.name))

    def _chunk(self, item: Chunk, events: list[ClientEvent]) -> None:
        key = ChunkKey(item.region_x, item.region_y, item.x, item.y)
        try:
            self._known_map().put_chunk(key, item.tiles)
        except MapError as error:
            raise RemoteProtocolError(
                CloseReason.MALFORMED, f"A chunk does not fit: {error}"[:120]
            ) from error
        events.append(ChunkArrived(key))

    def _tiles(self, item: ChunkChanged, events: list[ClientEvent]) -> None:
        key = ChunkKey(item.region_x, item.region_y, item.x, item.y)
        cells = list(records(item.tiles, TILE_LAYOUT))
        change = ChunkChange(
            key, item.base, item.version, tuple(cell for cell, _ in cells), tuple(value for _, value in cells)
        )
        try:
            held = self._known_map().put_change(change)
        except MapError as error:
            raise RemoteProtocolError(CloseReason.MALFORMED, f"Tiles do not fit: {error}"[:120]) from error
        if held:
            events.append(TilesChanged(key, dict(cells)))

    def _known_map(self) -> TileMap:
        if self.map is None:
            raise RemoteProtocolError(CloseReason.MALFORMED, "The game has no map.")
        return self.map

    def _room_state(self, item: RoomState, events: list[ClientEvent]) -> None:
        self.room_state = item.state
        self.room_detail = item.detail
        events.append(RoomStateChanged(item.state, item.detail))

    def _notice(self, item: Notice, events: list[ClientEvent]) -> None:
        events.append(Noticed(item.text))
