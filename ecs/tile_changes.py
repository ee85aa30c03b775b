"""The cells of a map that differ from its source, as plain canonical values for the snapshot and back.

Tiles are named by their kinds' keys, so that a room goes on after an upgrade that added kinds to its map.
"""

from array import array
from collections.abc import Mapping
from typing import Any

import msgspec

from ecs.chunk import ChunkKey
from ecs.chunk_code import from_little_endian, little_endian
from ecs.errors import SnapshotError
from ecs.map_header import KIND_MASK, MapHeader

Differences = Mapping[int, int]
Row = tuple[int, int, int, int, bytes, bytes]
Packed = tuple[list[str], list[Row]]


def pack_differences(differences: Mapping[ChunkKey, Differences], header: MapHeader) -> list[Any]:
    """[keys of the kinds in use, [[region_x, region_y, x, y, cells, values], ...]], chunks and cells ascending.

    `cells` are 32-bit, `values` 16-bit little-endian numbers; a value's kind is a place in the keys, from 1.
    """
    used = {value & KIND_MASK for changed in differences.values() for value in changed.values()} - {0}
    keys = {number: header.kinds[number - 1].key for number in used}
    names = sorted(keys.values())
    place_of = {number: names.index(key) + 1 for number, key in keys.items()} | {0: 0}
    rows: list[list[Any]] = []
    for key in sorted(differences):
        cells = sorted(differences[key])
        values = [differences[key][cell] for cell in cells]
        moved = [value & ~KIND_MASK | place_of[value & KIND_MASK] for value in values]
        rows.append([*key, little_endian(array("I", cells)), little_endian(array("H", moved))])
    return [names, rows]


def unpack_differences(
    values: Any, header: MapHeader, regions: frozenset[tuple[int, int]]
) -> dict[ChunkKey, Differences]:
    """What `pack_differences` gave. Raises SnapshotError for chunks, cells and tiles that the map does not have."""
    try:
        names, rows = msgspec.convert(values, Packed)
    except msgspec.ValidationError as error:
        raise SnapshotError(f"the map's changed tiles are damaged: {error}") from None
    number_of = {kind.key: number for number, kind in enumerate(header.kinds, 1)}
    unknown = [name for name in names if name not in number_of]
    if unknown:
        raise SnapshotError(f"the map has no tile {unknown[0]!r} any more")
    numbers = [0, *(number_of[name] for name in names)]
    return dict(_unpack_row(row, numbers, header, regions) for row in rows)


def _unpack_row(
    row: Row, numbers: list[int], header: MapHeader, regions: frozenset[tuple[int, int]]
) -> tuple[ChunkKey, Differences]:
    key = ChunkKey(*row[:4])
    on_map = (key.region_x, key.region_y) in regions
    if not on_map or not (0 <= key.x < header.chunks_wide and 0 <= key.y < header.chunks_high):
        raise SnapshotError(f"the map has no chunk {tuple(key)} any more")
    try:
        cells, values = from_little_endian("I", row[4]), from_little_endian("H", row[5])
    except ValueError:
        raise SnapshotError(f"the changed tiles of chunk {tuple(key)} are damaged") from None
    if len(cells) != len(values) or max(cells, default=0) >= header.chunk_size**2 * len(header.layers):
        raise SnapshotError(f"the changed tiles of chunk {tuple(key)} are not on the map any more")
    if any(value & KIND_MASK >= len(numbers) for value in values):
        raise SnapshotError(f"the changed tiles of chunk {tuple(key)} are damaged")
    moved = [value & ~KIND_MASK | numbers[value & KIND_MASK] for value in values]
    return key, dict(zip(cells, moved, strict=True))
