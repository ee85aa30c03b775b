"""Where chunks come from the first time: a map's data, a game's generator, or the server."""

from array import array
from collections.abc import Callable, Iterator
from typing import Protocol

from ecs.chunk import ChunkKey
from ecs.errors import WorldError
from ecs.map_data import MapData, decode_chunk
from ecs.map_header import KIND_MASK, MapHeader
from ecs.random import Random, SeededRandom, mix
from ecs.tile_names import TileNames

Layers = list["array[int]"]


class ChunkSource(Protocol):
    """Gives the layers of a chunk as they are before anybody changed them: always the same for the same key."""

    def layers(self, key: ChunkKey) -> Layers | None:
        """New arrays, one a layer; None: an empty chunk."""
        ...  # pragma: no cover - a protocol


class DataSource:
    """Chunks of a map that was read from files."""

    def __init__(self, data: MapData) -> None:
        self._header = data.header
        self._chunks = {
            ChunkKey(region.x, region.y, x, y): chunk
            for region in data.regions
            for x, y, chunk in region.chunks
        }

    def layers(self, key: ChunkKey) -> Layers | None:
        chunk = self._chunks.get(key)
        return None if chunk is None else decode_chunk(self._header, chunk)


class ChunkTiles:
    """An empty chunk that a game's generator fills.

    `region` and (`x`, `y`) say which chunk it is; (`left`, `top`) is its first tile in the whole map; `seed` is the
    room's, `random` is seeded by room and chunk. A generator gives the same tiles for the same seed and chunk, always:
    it uses nothing else.
    """

    def __init__(self, header: MapHeader, names: TileNames, key: ChunkKey, seed: int) -> None:
        self.region = (key.region_x, key.region_y)
        self.x = key.x
        self.y = key.y
        self.size = header.chunk_size
        self.left = key.region_x * header.region_width + key.x * self.size
        self.top = key.region_y * header.region_height + key.y * self.size
        self.width = min(self.size, header.region_width - key.x * self.size)
        self.height = min(self.size, header.region_height - key.y * self.size)
        """Tiles of the chunk that lie in the region: less than `size` at its right and lower edge."""
        self.seed = seed
        self.random: Random = SeededRandom(mix(seed, key.region_x, key.region_y, key.x, key.y))
        self.layers: Layers = [array("H", bytes(2 * self.size**2)) for _ in header.layers]
        self._names = names

    def places(self) -> Iterator[tuple[int, int]]:
        """All (x, y) in the chunk, row by row."""
        return ((x, y) for y in range(self.height) for x in range(self.width))

    def put(self, x: int, y: int, kind: int | str | None, layer: int | str = 0, *, flip: int = 0) -> None:
        """Put a tile at (x, y) in the chunk, from (0, 0). Raises WorldError for what the map does not have."""
        if not (0 <= x < self.width and 0 <= y < self.height):
            raise WorldError(f"({x}, {y}) is outside of this chunk of {self.width} x {self.height} tiles")
        self.layers[self._names.layer(layer)][y * self.size + x] = self._names.value(kind, flip)

    def get(self, x: int, y: int, layer: int | str = 0) -> int:
        """The number of the kind at (x, y) in the chunk, 0 for none."""
        if not (0 <= x < self.width and 0 <= y < self.height):
            raise WorldError(f"({x}, {y}) is outside of this chunk of {self.width} x {self.height} tiles")
        return self.layers[self._names.layer(layer)][y * self.size + x] & KIND_MASK

    def fill(self, kind: int | str | None, layer: int | str = 0) -> None:
        """Put a tile everywhere in a layer."""
        row = array("H", [self._names.value(kind, 0)]) * self.width
        cells = self.layers[self._names.layer(layer)]
        for y in range(self.height):
            cells[y * self.size : y * self.size + self.width] = row


class GeneratorSource:
    """Chunks that a game's generator makes when somebody first comes near."""

    def __init__(self, header: MapHeader, generate: Callable[[ChunkTiles], None], seed: int) -> None:
        self._header = header
        self._names = TileNames(header)
        self._generate = generate
        self._seed = seed

    def layers(self, key: ChunkKey) -> Layers | None:
        tiles = ChunkTiles(self._header, self._names, key, self._seed)
        self._generate(tiles)
        return tiles.layers
