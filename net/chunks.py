"""The tile map as clients get it: each is sent the chunks near it once, then what changes in them.

    changes of the tick -> who holds the chunk -> a ChunkChanged, encoded once a codec
    eye -> chunks near -> those not held at their version, nearest first, a few a tick -> a Chunk, encoded once a version

A client keeps every chunk that it was sent, so one that comes back to a place is sent only what is new there.
"""

from collections.abc import Iterable, Sequence

from ecs.chunk import ChunkKey
from ecs.tiles import ChunkChange, TileMap
from net.codec import TILE_LAYOUT, Codec
from net.protocol import Chunk, ChunkChanged

CHUNKS_PER_TICK = 4
"""Chunks that one client is sent in one tick: the rest follows, the nearest first."""
MAX_HELD = 4_096
"""Chunks that a client is taken to hold; the one sent longest ago is forgotten beyond, and sent anew when it is near."""
MARGIN = 1.5
"""How much farther than its view a client's chunks reach, so that it does not walk into the unknown."""


class Holder:
    """What one connection holds of the map, and what it still lacks of its surroundings."""

    __slots__ = ("_place", "held", "lacking")

    def __init__(self) -> None:
        self.held: dict[ChunkKey, int] = {}
        """Chunk -> the version that was sent."""
        self.lacking: list[ChunkKey] = []
        self._place: tuple[int, int] | None = None

    def has_moved(self, place: tuple[int, int]) -> bool:
        """Whether it has come to another cell of half a chunk since the last time."""
        moved = place != self._place
        self._place = place
        return moved

    def hold(self, key: ChunkKey, version: int) -> None:
        """The chunk was sent at this version."""
        self.held.pop(key, None)
        self.held[key] = version
        if len(self.held) > MAX_HELD:
            del self.held[next(iter(self.held))]


class ChunkStream:
    """Sends a room's map. Encoded chunks are kept by codec and version, so that they are encoded once for everybody."""

    def __init__(self, tiles: TileMap, radius: float | None) -> None:
        """`radius` is how far players see (world units); None: the whole map, nearest first."""
        self._tiles = tiles
        self._reach = None if radius is None else radius * MARGIN
        self._encoded: dict[tuple[Codec, ChunkKey], tuple[int, bytes]] = {}

    def changed(self, changes: Sequence[ChunkChange], holder: Holder, codec: Codec, pieces: dict[int, bytes]) -> list[bytes]:
        """The tick's changes that a client is told: those of chunks that it holds at their base.

        `pieces` keeps what has been encoded in this tick in this codec, by the change's place.
        """
        told = []
        for place, change in enumerate(changes):
            if holder.held.get(change.key) != change.base:
                continue
            if place not in pieces:
                pieces[place] = codec.encode(_changed_item(change, codec))
            told.append(pieces[place])
            holder.held[change.key] = change.version
        return told

    def next(self, holder: Holder, eye: tuple[float, float] | None, codec: Codec) -> list[bytes]:
        """The chunks that a client is sent in this tick."""
        if eye is not None and holder.has_moved(self._cell(eye)):
            holder.lacking = self._lacking(holder, eye)
        sent: list[bytes] = []
        while holder.lacking and len(sent) < CHUNKS_PER_TICK:
            key = holder.lacking.pop()
            if holder.held.get(key) != self._tiles.version(key):
                sent.append(self.chunk(holder, key, codec))
        return sent

    def chunk(self, holder: Holder, key: ChunkKey, codec: Codec) -> bytes:
        """A chunk in full, encoded; the client is taken to hold it."""
        version = self._tiles.version(key)
        holder.hold(key, version)
        known = self._encoded.get((codec, key))
        if known is None or known[0] != version:
            item = Chunk(key.region_x, key.region_y, key.x, key.y, version, self._tiles.encoded(key))
            known = self._encoded[codec, key] = (version, codec.encode(item))
        return known[1]

    def may_see(self, eye: tuple[float, float] | None, key: ChunkKey) -> bool:
        """Whether a client that looks from `eye` may have a chunk."""
        if self._reach is None:
            return True
        return eye is not None and key in self._tiles.chunks_near(*eye, self._reach)

    def forget_unloaded(self) -> None:
        """Drop encoded chunks that are out of memory. To be called now and then."""
        loaded = set(self._tiles.loaded)
        self._encoded = {place: piece for place, piece in self._encoded.items() if place[1] in loaded}

    def _lacking(self, holder: Holder, eye: tuple[float, float]) -> list[ChunkKey]:
        """The chunks near an eye that are not held at their version, the farthest first."""
        keys: Iterable[ChunkKey]
        if self._reach is None:
            keys = self._tiles.chunks_near(*eye, max(self._tiles.header.extent))
        else:
            keys = self._tiles.chunks_near(*eye, self._reach)
        lacking = [key for key in keys if holder.held.get(key) != self._tiles.version(key)]
        return sorted(lacking, key=lambda key: (self._away(key, eye), key), reverse=True)

    def _away(self, key: ChunkKey, eye: tuple[float, float]) -> float:
        """The square of the way from an eye to the middle of a chunk, in tiles."""
        x, y = self._tiles.origin_of(key)
        at_x, at_y = self._tiles.tile_at(*eye)
        half = self._tiles.size / 2
        return (x + half - at_x) ** 2 + (y + half - at_y) ** 2

    def _cell(self, eye: tuple[float, float]) -> tuple[int, int]:
        x, y = self._tiles.tile_at(*eye)
        half = self._tiles.size // 2
        return x // half, y // half


def _changed_item(change: ChunkChange, codec: Codec) -> ChunkChanged:
    column = b"".join(map(TILE_LAYOUT.pack, change.cells, change.values))
    key = change.key
    return ChunkChanged(
        key.region_x, key.region_y, key.x, key.y, change.base, change.version, codec.pack(column, TILE_LAYOUT)
    )
