"""The tile map as clients get it: each is sent the chunks near it once, then what changes in them.

    changes of the tick -> who holds the chunk and sees it -> a ChunkChanged, encoded once a codec
    eye -> chunks near -> those not held at their version, nearest first, a few a tick -> a Chunk, encoded once a version

A client keeps every chunk that it was sent, so one that comes back to a place is sent only what is new there.
"""

from collections.abc import Sequence

from ecs.chunk import ChunkKey
from ecs.map_declaration import MARGIN, MAX_NEAR
from ecs.tiles import ChunkChange, TileMap
from net.codec import TILE_LAYOUT, Codec
from net.protocol import Chunk, ChunkChanged

CHUNKS_PER_TICK = 4
"""Chunks that one client is sent in one tick: the rest follows, the nearest first."""
Eye = tuple[float, float]
"""Where a client looks from (world units)."""


class Holder:
    """What one connection holds of the map, and what it still lacks of its surroundings."""

    __slots__ = ("_place", "held", "lacking")

    def __init__(self) -> None:
        self.held: dict[ChunkKey, int] = {}
        """Chunk -> the version that was sent."""
        self.lacking: list[ChunkKey] = []
        """Chunks to be sent, the farthest first."""
        self._place: tuple[int, int] | None = None

    def has_moved(self, place: tuple[int, int]) -> bool:
        """Whether it has come to another place since the last time, or what it holds has been lost."""
        moved = place != self._place
        self._place = place
        return moved

    def hold(self, key: ChunkKey, version: int) -> None:
        """The chunk was sent at this version."""
        self.held.pop(key, None)
        self.held[key] = version
        if len(self.held) > MAX_NEAR:
            del self.held[next(iter(self.held))]

    def lose(self, key: ChunkKey) -> None:
        """What it holds of a chunk is no longer right: it is sent anew when it is near."""
        if self.held.pop(key, None) is not None:
            self._place = None


class ChunkStream:
    """Sends a room's map. Encoded chunks are kept by codec and version, so that they are encoded once for everybody."""

    def __init__(self, tiles: TileMap, radius: float | None) -> None:
        """`radius` is how far players see (world units); None: the whole map, nearest first."""
        self.tiles = tiles
        self._reach = max(tiles.header.extent) * 2 if radius is None else radius * MARGIN
        self._encoded: dict[tuple[Codec, ChunkKey], tuple[int, bytes]] = {}

    def items(
        self,
        changes: Sequence[ChunkChange],
        holder: Holder,
        eye: Eye | None,
        codec: Codec,
        pieces: dict[int, bytes],
    ) -> list[bytes]:
        """What one client is told of the map in this tick, encoded: changes of what it holds, then chunks it lacks.

        `pieces` keeps what has been encoded in this tick in this codec, by the change's place in `changes`.
        """
        told = [
            self._change(place, change, codec, pieces)
            for place, change in enumerate(changes)
            if self._follows(holder, change, eye)
        ]
        return told + self._next(holder, eye, codec)

    def missed(self, changes: Sequence[ChunkChange], holder: Holder) -> None:
        """A client was not told of these changes."""
        for change in changes:
            holder.lose(change.key)

    def chunk(self, holder: Holder, key: ChunkKey, codec: Codec) -> bytes:
        """A chunk in full, encoded; the client is taken to hold it."""
        version = self.tiles.version(key)
        holder.hold(key, version)
        known = self._encoded.get((codec, key))
        if known is None or known[0] != version:
            item = Chunk(key.region_x, key.region_y, key.x, key.y, version, self.tiles.encoded(key))
            known = self._encoded[codec, key] = (version, codec.encode(item))
        return known[1]

    def may_see(self, eye: Eye | None, key: ChunkKey) -> bool:
        """Whether a client that looks from `eye` may have a chunk: the square of its reach touches it."""
        if eye is None:
            return False
        left, top = self.tiles.origin_of(key)
        header, size = self.tiles.header, self.tiles.size
        x, y = eye
        across = max(left * header.tile_width - x, x - (left + size) * header.tile_width)
        down = max(top * header.tile_height - y, y - (top + size) * header.tile_height)
        return max(across, down) <= self._reach

    def forget_unloaded(self) -> None:
        """Drop encoded chunks that are out of memory. To be called now and then."""
        loaded = set(self.tiles.loaded)
        self._encoded = {place: piece for place, piece in self._encoded.items() if place[1] in loaded}

    def _follows(self, holder: Holder, change: ChunkChange, eye: Eye | None) -> bool:
        """Whether a client holds what a change is based on and sees it: then it holds what the change leads to."""
        if change.key not in holder.held:
            return False
        if holder.held[change.key] != change.base or not self.may_see(eye, change.key):
            holder.lose(change.key)
            return False
        holder.held[change.key] = change.version
        return True

    def _change(self, place: int, change: ChunkChange, codec: Codec, pieces: dict[int, bytes]) -> bytes:
        if place not in pieces:
            pieces[place] = codec.encode(_item(change, codec))
        return pieces[place]

    def _next(self, holder: Holder, eye: Eye | None, codec: Codec) -> list[bytes]:
        """The chunks that a client is sent in this tick."""
        if eye is not None and holder.has_moved(self._cell(eye)):
            holder.lacking = self._lacking(holder, eye)
        sent: list[bytes] = []
        while holder.lacking and len(sent) < CHUNKS_PER_TICK:
            key = holder.lacking.pop()
            if holder.held.get(key) != self.tiles.version(key):
                sent.append(self.chunk(holder, key, codec))
        return sent

    def _lacking(self, holder: Holder, eye: Eye) -> list[ChunkKey]:
        """The chunks near an eye that are not held, the farthest first. One that is held is right: changes are told."""
        keys = [key for key in self.tiles.chunks_near(*eye, self._reach) if key not in holder.held]
        return sorted(keys, key=lambda key: (self._away(key, eye), key), reverse=True)

    def _away(self, key: ChunkKey, eye: Eye) -> float:
        """The square of the way from an eye to the middle of a chunk, in tiles."""
        x, y = self.tiles.origin_of(key)
        at_x, at_y = self.tiles.tile_at(*eye)
        half = self.tiles.size / 2
        return float((x + half - at_x) ** 2 + (y + half - at_y) ** 2)

    def _cell(self, eye: Eye) -> tuple[int, int]:
        """Which square of a quarter of a chunk an eye is in: what is near is looked up anew when that changes."""
        x, y = self.tiles.tile_at(*eye)
        quarter = max(self.tiles.size // 4, 1)
        return x // quarter, y // quarter


def _item(change: ChunkChange, codec: Codec) -> ChunkChanged:
    key = change.key
    column = b"".join(map(TILE_LAYOUT.pack, change.cells, change.values))
    tiles = codec.pack(column, TILE_LAYOUT)
    return ChunkChanged(key.region_x, key.region_y, key.x, key.y, change.base, change.version, tiles)
