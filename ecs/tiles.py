"""The tile map of a room: what lies where, what was changed, and which chunks are in memory.

Chunks are loaded from the map's source when somebody asks, and unloaded when nobody has for a while; what differs from
the source is kept, and only that is in the snapshot. Which chunks are loaded never changes what the rules see.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import floor
from typing import Any

from ecs.chunk import Chunk, ChunkKey
from ecs.chunk_source import ChunkSource, Layers
from ecs.errors import WorldError
from ecs.map_data import MapError, MapObject, decode_chunk
from ecs.map_header import KIND_MASK, MapHeader, Scalar, TileKind
from ecs.tile_changes import Differences, pack_differences, unpack_differences
from ecs.tile_flags import ANY_WAY, NOTED, OPAQUE, SOLID, FlagTable
from ecs.tile_names import TileNames
from ecs.tile_ray import TileHit, cast_ray

MAX_LOADED = 4096
"""Chunks in memory: with three layers of 32 x 32 tiles about 30 MB."""
MAX_CHANGED = 4_000_000
"""Cells of a room that may differ from the map's source."""
MAX_ASKED = 65_536
"""Chunks that one question may be about."""
SPAWN = "spawn"


@dataclass(frozen=True, slots=True)
class ChunkChange:
    """What changed in a chunk in one tick: `cells` (layer * size * size + y * size + x) and their new `values`, and the
    chunk's versions before and after."""

    key: ChunkKey
    base: int
    version: int
    cells: tuple[int, ...]
    values: tuple[int, ...]


class TileMap:
    """The map of one room; rules get it as `world.map`. Tiles are counted from (0, 0) over the whole map; places are
    world units, y downwards.

    `source` None: chunks are not made here, they come from the server (`put_chunk`). Misuse raises WorldError.
    """

    checksum = True

    def __init__(
        self,
        header: MapHeader,
        source: ChunkSource | None,
        objects: Mapping[tuple[int, int], tuple[MapObject, ...]] | None = None,
        properties: Mapping[tuple[int, int], Mapping[str, Scalar]] | None = None,
        *,
        idle_ticks: int = 600,
        max_loaded: int = MAX_LOADED,
    ) -> None:
        self.header = header
        self.size = header.chunk_size
        """Tiles along a chunk's side."""
        self._source = source
        self._objects = objects or {}
        self._properties = properties or {}
        self._regions = frozenset(header.regions)
        self._names = TileNames(header)
        self._table = FlagTable(header)
        self._idle_ticks = idle_ticks
        self._max_loaded = max_loaded
        self._now = 0
        self._loaded: dict[ChunkKey, Chunk] = {}
        self._kept: dict[ChunkKey, Differences] = {}
        self._count_changed = 0
        self._changes: dict[ChunkKey, tuple[int, dict[int, int]]] = {}
        self._logs: list[dict[ChunkKey, None]] = []

    # Places ---------------------------------------------------------------------------------------------------------

    def tile_at(self, x: float, y: float) -> tuple[int, int]:
        """The tile (x, y) in which a place lies."""
        return floor(x / self.header.tile_width), floor(y / self.header.tile_height)

    def centre_of(self, x: int, y: int) -> tuple[float, float]:
        """The place in the middle of a tile."""
        return (x + 0.5) * self.header.tile_width, (y + 0.5) * self.header.tile_height

    def contains(self, x: int, y: int) -> bool:
        """Whether the tile lies in one of the map's regions."""
        return (x // self.header.region_width, y // self.header.region_height) in self._regions

    def region_of(self, x: int, y: int) -> tuple[int, int]:
        """The region in which a tile lies, be it on the map or not."""
        return x // self.header.region_width, y // self.header.region_height

    def chunk_of(self, x: int, y: int) -> ChunkKey:
        """The chunk in which a tile lies."""
        return self._split(x, y)[0]

    def chunks_near(self, x: float, y: float, radius: float) -> list[ChunkKey]:
        """The chunks of the map that a square around a place touches, ascending; `radius` is half its side."""
        left, top = self.tile_at(x - radius, y - radius)
        right, bottom = self.tile_at(x + radius, y + radius)
        return self.chunks_in(left, top, right, bottom)

    def chunks_in(self, left: int, top: int, right: int, bottom: int) -> list[ChunkKey]:
        """The chunks of the map with tiles from (left, top) to (right, bottom), both included, ascending. Raises
        WorldError when they are more than MAX_ASKED."""
        width, height = self.header.region_width, self.header.region_height
        columns = list(self._split_along(left, right, width, max(x for x, _ in self._regions)))
        rows = list(self._split_along(top, bottom, height, max(y for _, y in self._regions)))
        if len(columns) * len(rows) > MAX_ASKED:
            raise WorldError(
                f"{len(columns)} x {len(rows)} chunks of the map are more than anybody can be near"
            )
        keys = [
            ChunkKey(rx, ry, cx, cy) for rx, cx in columns for ry, cy in rows if (rx, ry) in self._regions
        ]
        return sorted(keys)

    def origin_of(self, key: ChunkKey) -> tuple[int, int]:
        """The first tile of a chunk."""
        header = self.header
        left = key.region_x * header.region_width + key.x * self.size
        return left, key.region_y * header.region_height + key.y * self.size

    def has_chunk(self, key: ChunkKey) -> bool:
        """Whether there is such a chunk on the map."""
        header = self.header
        on_grid = 0 <= key.x < header.chunks_wide and 0 <= key.y < header.chunks_high
        return on_grid and (key.region_x, key.region_y) in self._regions

    # Reading --------------------------------------------------------------------------------------------------------

    def tile(self, x: int, y: int, layer: int | str = 0) -> int:
        """The number of the kind of tile at (x, y): 0 where there is none, also outside of the map."""
        return self.value(x, y, layer) & KIND_MASK

    def value(self, x: int, y: int, layer: int | str = 0) -> int:
        """The tile at (x, y) with its flags for drawing it turned over."""
        key, place = self._split(x, y)
        chunk = self._chunk(key)
        return 0 if chunk is None else chunk.layers[self._names.layer(layer)][place]

    def kind(self, x: int, y: int, layer: int | str = 0) -> TileKind | None:
        """The kind of tile at (x, y), or None where there is none."""
        number = self.tile(x, y, layer)
        return self.header.kinds[number - 1] if number else None

    def kinds_at(self, x: int, y: int) -> tuple[TileKind, ...]:
        """The kinds of all tiles at (x, y), the lowest layer first."""
        key, place = self._split(x, y)
        chunk = self._chunk(key)
        if chunk is None:
            return ()
        numbers = [cells[place] & KIND_MASK for cells in chunk.layers]
        return tuple(self.header.kinds[number - 1] for number in numbers if number)

    def named_at(self, x: int, y: int) -> str:
        """The name of the uppermost tile at (x, y) with damage or a trigger, else of the uppermost that stops something;
        its key where it has no name; "" where there is none, as at the edge of the map."""
        key, place = self._split(x, y)
        chunk = self._chunk(key)
        if chunk is not None:
            values = [(layer, cells[place]) for layer, cells in enumerate(chunk.layers)]
            for wanted in (NOTED, SOLID | ANY_WAY):
                for layer, value in reversed(values):
                    if self._table.of_value(layer, value) & wanted:
                        kind = self.header.kinds[(value & KIND_MASK) - 1]
                        return kind.name or kind.key
        return ""

    def number_of(self, kind: str) -> int:
        """The number of a kind by its key or name."""
        return self._names.kind(kind)

    def flags(self, x: int, y: int) -> int:
        """What the tiles at (x, y) do, all layers together: flags of ecs/tile_flags.py."""
        key, place = self._split(x, y)
        flags = self.chunk_flags(key)
        if flags:
            return flags[place]
        return self._without(self.region_of(x, y))

    def window(self, left: int, top: int, right: int, bottom: int) -> Sequence[Sequence[int]]:
        """The flags of all tiles from (left, top) to (right, bottom), both included, row by row: for looking at many."""
        header, size = self.header, self.size
        columns = list(self._segments(left, right, header.region_width))
        rows: list[Sequence[int]] = []
        for region_y, chunk_y, start_y, height in self._segments(top, bottom, header.region_height):
            pieces: list[list[bytes | bytearray]] = []
            for region_x, chunk_x, start_x, width in columns:
                flags = self.chunk_flags(ChunkKey(region_x, region_y, chunk_x, chunk_y))
                if flags is None:
                    pieces.append([bytes([self._without((region_x, region_y))]) * width] * height)
                else:
                    start = start_y * size + start_x
                    places = range(start, start + height * size, size)
                    pieces.append([flags[place : place + width] for place in places])
            rows += pieces[0] if len(pieces) == 1 else map(b"".join, zip(*pieces, strict=True))
        return rows

    def is_solid(self, x: int, y: int) -> bool:
        """Whether nothing solid gets into the tile at (x, y). One-way tiles are not solid."""
        return bool(self.flags(x, y) & SOLID)

    def is_opaque(self, x: int, y: int) -> bool:
        """Whether nobody sees through the tile at (x, y)."""
        return bool(self.flags(x, y) & OPAQUE)

    def is_noted(self, x: int, y: int) -> bool:
        """Whether a tile at (x, y) has damage or a trigger."""
        return bool(self.flags(x, y) & NOTED)

    def solid_at(self, x: float, y: float) -> bool:
        """Whether a place lies in a solid tile."""
        return self.is_solid(*self.tile_at(x, y))

    def ray(
        self, start: tuple[float, float], end: tuple[float, float], *, by: str = "solid"
    ) -> TileHit | None:
        """The first tile that blocks the way (`by="solid"`) or the sight (`by="opaque"`) from one place to another."""
        if by not in ("solid", "opaque"):
            raise WorldError(f"a ray is blocked by what is 'solid' or 'opaque', not {by!r}")
        blocks = self.is_solid if by == "solid" else self.is_opaque
        return cast_ray(start, end, (self.header.tile_width, self.header.tile_height), blocks)

    def sees(self, start: tuple[float, float], end: tuple[float, float]) -> bool:
        """Whether no opaque tile lies between two places."""
        return self.ray(start, end, by="opaque") is None

    def objects(
        self,
        *,
        kind: str | None = None,
        name: str | None = None,
        layer: str | None = None,
        region: tuple[int, int] | None = None,
    ) -> tuple[MapObject, ...]:
        """The objects drawn on the map that are of a kind, a name, a layer, a region, in order of region and id. A client
        of an authoritative room has none."""
        return tuple(
            item
            for place in sorted(self._objects)
            if region is None or place == region
            for item in self._objects[place]
            if kind in (None, item.kind) and name in (None, item.name) and layer in (None, item.layer)
        )

    def spawn_points(self, name: str | None = None) -> tuple[MapObject, ...]:
        """The objects of kind "spawn", all or those of a name."""
        return self.objects(kind=SPAWN, name=name)

    def properties(self, region: tuple[int, int] = (0, 0)) -> Mapping[str, Scalar]:
        """What a region's map says of itself."""
        return self._properties.get(region, {})

    # Changing -------------------------------------------------------------------------------------------------------

    def set_tile(
        self, x: int, y: int, kind: int | str | None, layer: int | str = 0, *, flip: int = 0
    ) -> None:
        """Put a tile of a kind (its number, name or key; None: no tile) at (x, y). Physics follows in its next step."""
        if self._source is None:
            raise WorldError("the map is changed on the server, which tells this side")
        value = self._names.value(kind, flip)
        key, place = self._split(x, y)
        chunk = self._chunk(key)
        if chunk is None:
            raise WorldError(f"the tile ({x}, {y}) lies outside of the map")
        self._put(key, chunk, self._names.layer(layer) * self.size**2 + place, value)

    # Chunks ---------------------------------------------------------------------------------------------------------

    def encoded(self, key: ChunkKey) -> bytes:
        """The canonical bytes of a chunk (ecs/chunk_code.py)."""
        return self._required(key).encoded

    def version(self, key: ChunkKey) -> int:
        """48 bits that stand for the tiles of a chunk: equal versions, equal tiles."""
        return self._required(key).version

    def chunk_flags(self, key: ChunkKey) -> bytearray | None:
        """The flags of each cell of a chunk, row by row, for reading only; None when there is none."""
        chunk = self._chunk(key)
        if chunk is None:
            return None
        if chunk.flags is None:
            chunk.flags = self._table.of_cells(chunk.layers)
        return chunk.flags

    def chunk_layers(self, key: ChunkKey) -> Layers | None:
        """The cells of a chunk, layer by layer, for reading only."""
        chunk = self._chunk(key)
        return None if chunk is None else chunk.layers

    def put_chunk(self, key: ChunkKey, data: bytes) -> None:
        """On a client: a chunk in full, as the server sent it. Raises MapError when it does not fit."""
        self._remote()
        if not self.has_chunk(key):
            raise MapError(f"the map has no chunk {tuple(key)}")
        self._make_room()
        self._loaded[key] = chunk = Chunk(decode_chunk(self.header, data))
        chunk.used = self._now
        self._tell(key)

    def put_change(self, change: ChunkChange) -> bool:
        """On a client: a change to a chunk. False when its base is not what is here: ask for the chunk. Raises MapError
        when it does not fit."""
        self._remote()
        chunk = self._loaded.get(change.key)
        if chunk is None or chunk.version != change.base:
            return False
        cells = self.size**2 * len(self.header.layers)
        for cell, value in zip(change.cells, change.values, strict=True):
            if (
                not 0 <= cell < cells
                or not 0 <= value <= 0xFFFF
                or value & KIND_MASK > len(self.header.kinds)
            ):
                raise MapError(f"cell {cell} cannot become {value}")
        for cell, value in zip(change.cells, change.values, strict=True):
            chunk.write(cell, value)
        chunk.flags = None
        self._tell(change.key)
        return True

    def drop_chunk(self, key: ChunkKey) -> None:
        """On a client: forget a chunk that is far away."""
        self._remote()
        if self._loaded.pop(key, None) is not None:
            self._tell(key)

    # The engine's side ----------------------------------------------------------------------------------------------

    @property
    def loaded(self) -> tuple[ChunkKey, ...]:
        """The chunks in memory, ascending."""
        return tuple(sorted(self._loaded))

    def watch(self) -> dict[ChunkKey, None]:
        """A dict that collects, as keys, the chunks whose tiles change; the reader clears it."""
        log: dict[ChunkKey, None] = {}
        self._logs.append(log)
        return log

    def unwatch(self, log: dict[ChunkKey, None]) -> None:
        """Nothing is collected there any more."""
        self._logs = [each for each in self._logs if each is not log]

    def take_changes(self) -> tuple[ChunkChange, ...]:
        """What changed since the last time, by chunk and cell, ascending. Called by the engine once a tick."""
        if not self._changes:
            return ()
        taken, self._changes = self._changes, {}
        return tuple(
            change for key in sorted(taken) if (change := self._change(key, *taken[key])) is not None
        )

    def end_tick(self, tick: int) -> None:
        """Unload, now and then, what nobody has asked for in a while. Called by the engine."""
        self._now = tick
        if tick % 32 == 0 and self._source is not None:
            for key in [k for k, chunk in self._loaded.items() if tick - chunk.used > self._idle_ticks]:
                self._unload(key)

    def save(self) -> Any:
        """All cells that differ from the map's source, as plain values that do not depend on what is loaded."""
        return pack_differences(self._differences(), self.header)

    def load(self, values: Any) -> None:
        """Be the map's source with these differences. Raises SnapshotError when the map has no such chunk or tile."""
        differences = unpack_differences(values, self.header, self._regions)
        for key in (*self._loaded, *self._kept, *differences):
            self._tell(key)
        self._loaded.clear()
        self._changes.clear()
        self._kept = differences
        self._count_changed = sum(map(len, differences.values()))

    # Inside ---------------------------------------------------------------------------------------------------------

    def _split(self, x: int, y: int) -> tuple[ChunkKey, int]:
        size = self.size
        region_x, x = divmod(x, self.header.region_width)
        region_y, y = divmod(y, self.header.region_height)
        chunk_x, x = divmod(x, size)
        chunk_y, y = divmod(y, size)
        return ChunkKey(region_x, region_y, chunk_x, chunk_y), y * size + x

    def _split_along(self, first: int, last: int, region: int, regions: int) -> Iterator[tuple[int, int]]:
        """Along one axis: the (region, chunk) of each chunk from tile `first` to `last`; regions have `region` tiles."""
        tile, last = max(0, first), min(last, (regions + 1) * region - 1)
        while tile <= last:
            place, inner = divmod(tile, region)
            yield place, inner // self.size
            tile += min(self.size - inner % self.size, region - inner)

    def _segments(self, first: int, last: int, region: int) -> Iterator[tuple[int, int, int, int]]:
        """Along one axis, on the map or not: (region, chunk, place in it, length) of each chunk's part of `first`..`last`."""
        while first <= last:
            place, inner = divmod(first, region)
            chunk, start = divmod(inner, self.size)
            length = min(last - first + 1, self.size - start, region - inner)
            yield place, chunk, start, length
            first += length

    def _without(self, region: tuple[int, int]) -> int:
        """The flags where there is no chunk."""
        return SOLID | OPAQUE if self.header.solid_edge and region not in self._regions else 0

    def _chunk(self, key: ChunkKey) -> Chunk | None:
        chunk = self._loaded.get(key)
        if chunk is None:
            chunk = self._load(key)
            if chunk is None:
                return None
        chunk.used = self._now
        return chunk

    def _required(self, key: ChunkKey) -> Chunk:
        chunk = self._chunk(key)
        if chunk is None:
            raise WorldError(f"there is no chunk {tuple(key)}")
        return chunk

    def _load(self, key: ChunkKey) -> Chunk | None:
        if self._source is None or not self.has_chunk(key):
            return None
        self._make_room()
        layers = self._source.layers(key)
        chunk = Chunk(self._empty() if layers is None else layers)
        chunk.restore(self._kept.pop(key, {}))
        self._loaded[key] = chunk
        return chunk

    def _empty(self) -> Layers:
        return decode_chunk(self.header, b"\0\0\0" * len(self.header.layers))

    def _make_room(self) -> None:
        """Unload the quarter that was not asked for the longest, when there are too many."""
        if len(self._loaded) >= self._max_loaded:
            oldest = sorted(self._loaded, key=lambda key: (self._loaded[key].used, key))
            for key in oldest[: max(1, self._max_loaded // 4)]:
                self._unload(key)

    def _unload(self, key: ChunkKey) -> None:
        chunk = self._loaded.pop(key)
        if self._source is None:
            self._tell(key)
        elif chunk.changed:
            self._kept[key] = chunk.differences

    def _put(self, key: ChunkKey, chunk: Chunk, cell: int, value: int) -> None:
        before = chunk.get(cell)
        if before == value:
            return
        if self._count_changed >= MAX_CHANGED and cell not in chunk.changed:
            raise WorldError(f"more than {MAX_CHANGED} tiles of the map are changed")
        if key not in self._changes:
            self._changes[key] = (chunk.version, {})
        self._changes[key][1].setdefault(cell, before)
        self._count_changed -= len(chunk.changed)
        chunk.put(cell, value)
        self._count_changed += len(chunk.changed)
        if chunk.flags is not None:
            place = cell % self.size**2
            chunk.flags[place] = self._table.of_cell(chunk.layers, place)
        self._tell(key)

    def _change(self, key: ChunkKey, base: int, before: dict[int, int]) -> ChunkChange | None:
        chunk = self._required(key)
        changed = [cell for cell in sorted(before) if chunk.get(cell) != before[cell]]
        if not changed:
            return None
        return ChunkChange(key, base, chunk.version, tuple(changed), tuple(map(chunk.get, changed)))

    def _differences(self) -> dict[ChunkKey, Differences]:
        differences = dict(self._kept)
        for key, chunk in self._loaded.items():
            if chunk.changed:
                differences[key] = chunk.differences
        return differences

    def _tell(self, key: ChunkKey) -> None:
        for log in self._logs:
            log[key] = None

    def _remote(self) -> None:
        if self._source is not None:
            raise WorldError("this side makes its chunks itself")
