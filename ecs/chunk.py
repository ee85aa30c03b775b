"""One loaded chunk of a tile map: its layers of cells, what was changed in it, and what is worked out of it once."""

from array import array
from collections.abc import Mapping
from hashlib import blake2b
from typing import NamedTuple

from ecs.chunk_code import encode_layer


class ChunkKey(NamedTuple):
    """Which chunk: of region (region_x, region_y) the one at (x, y), counted in chunks."""

    region_x: int
    region_y: int
    x: int
    y: int


class Chunk:
    """The cells of a chunk, layer by layer and row by row; a cell's number is `layer * cells + y * size + x`.

    `changed` holds, for each cell that was changed, the value that the map's source gave.
    """

    __slots__ = ("_pieces", "_version", "changed", "flags", "layers", "used")

    def __init__(self, layers: list["array[int]"]) -> None:
        self.layers = layers
        self.changed: dict[int, int] = {}
        self.flags: bytearray | None = None
        """The flags of each cell; None until somebody asks."""
        self.used = 0
        """The tick in which somebody last asked for it."""
        self._pieces: list[bytes | None] = [None] * len(layers)
        self._version: int | None = None

    def get(self, cell: int) -> int:
        """The value of a cell."""
        layer, place = divmod(cell, len(self.layers[0]))
        return self.layers[layer][place]

    def write(self, cell: int, value: int) -> None:
        """Change a cell, without remembering that it was. The caller keeps `flags` right."""
        layer, place = divmod(cell, len(self.layers[0]))
        self.layers[layer][place] = value
        self._pieces[layer] = None
        self._version = None

    def put(self, cell: int, value: int) -> None:
        """Change a cell and remember what the source gave, unless the cell becomes that again."""
        original = self.changed.setdefault(cell, self.get(cell))
        if original == value:
            del self.changed[cell]
        self.write(cell, value)

    @property
    def differences(self) -> dict[int, int]:
        """Cell -> value of all cells that were changed."""
        return {cell: self.get(cell) for cell in self.changed}

    def restore(self, differences: Mapping[int, int]) -> None:
        """Change cells as they were changed before the chunk was unloaded. One that an upgraded source gives by itself
        stays a difference: what is saved must not depend on what was loaded."""
        for cell, value in differences.items():
            self.changed[cell] = self.get(cell)
            self.write(cell, value)

    @property
    def encoded(self) -> bytes:
        """The chunk's canonical bytes (ecs/chunk_code.py); only layers changed since the last time are encoded anew."""
        for layer, piece in enumerate(self._pieces):
            if piece is None:
                self._pieces[layer] = encode_layer(self.layers[layer])
        return b"".join(piece for piece in self._pieces if piece is not None)

    @property
    def version(self) -> int:
        """48 bits of the hash of the bytes, which a JavaScript number can hold: equal versions, equal tiles, whatever
        was changed, unloaded, saved or loaded in between."""
        if self._version is None:
            self._version = int.from_bytes(blake2b(self.encoded, digest_size=6).digest(), "big")
        return self._version
