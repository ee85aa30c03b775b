"""What a place on the map does to what moves and looks there: the flags of all tiles of one cell, as one byte."""

from array import array
from collections.abc import Sequence

from ecs.map_header import KIND_MASK, LayerKind, MapHeader, TileKind

SOLID = 1
PASS_UP = 2
PASS_DOWN = 4
PASS_LEFT = 8
PASS_RIGHT = 16
OPAQUE = 32
NOTED = 64
"""Has damage or a trigger: rules want to know who is on it."""

ONE_WAY = {"up": PASS_UP, "down": PASS_DOWN, "left": PASS_LEFT, "right": PASS_RIGHT}
ANY_WAY = PASS_UP | PASS_DOWN | PASS_LEFT | PASS_RIGHT


class FlagTable:
    """The flags of every value a cell of each layer may have."""

    def __init__(self, header: MapHeader) -> None:
        self._layers = tuple(
            b"\0" + bytes(_flags(kind, layer) for kind in header.kinds) for layer in header.layers
        )

    def of_cells(self, layers: Sequence["array[int]"]) -> bytearray:
        """The flags of each cell of a chunk: those of its tiles in all layers together."""
        together = 0
        size = len(layers[0])
        for table, cells in zip(self._layers, layers, strict=True):
            flags = {value: table[value & KIND_MASK] for value in set(cells)}
            if any(flags.values()):
                together |= int.from_bytes(bytes([flags[value] for value in cells]), "little")
        return bytearray(together.to_bytes(size, "little"))

    def of_value(self, layer: int, value: int) -> int:
        """The flags of one value in a layer."""
        return self._layers[layer][value & KIND_MASK]

    def of_cell(self, layers: Sequence["array[int]"], cell: int) -> int:
        """The flags of one cell of a chunk."""
        flags = 0
        for table, cells in zip(self._layers, layers, strict=True):
            flags |= table[cells[cell] & KIND_MASK]
        return flags


def _flags(kind: TileKind, layer: LayerKind) -> int:
    solid = kind.solid if layer.solid is None else layer.solid
    flags = SOLID if solid else 0
    if kind.one_way and layer.solid is None and not solid:
        flags |= ONE_WAY[kind.one_way]
    if solid if kind.opaque is None else kind.opaque:
        flags |= OPAQUE
    if kind.damage or kind.trigger:
        flags |= NOTED
    return flags
