"""Small maps for tests."""

from array import array
from collections.abc import Mapping
from typing import Any

from ecs.chunk_code import encode_layer
from ecs.chunk_source import DataSource
from ecs.map_data import MapData, RegionData, check_map
from ecs.map_header import LayerKind, MapHeader, TileKind
from ecs.tiles import TileMap

KINDS = (
    TileKind("grass"),
    TileKind("wall", solid=True),
    TileKind("glass", solid=True, opaque=False),
    TileKind("curtain", opaque=True),
    TileKind("ledge", one_way="up"),
    TileKind("lava", damage=5.0),
    TileKind("door:1", name="door", trigger="open"),
    TileKind("door:2", name="door", solid=True),
)
LETTERS = {".": 0, "g": 1, "#": 2, "G": 3, "c": 4, "-": 5, "~": 6, "d": 7, "D": 8}


def header(**options: Any) -> MapHeader:
    """A header of two layers, 10 x 10 units a tile, chunks of 8 x 8."""
    given: dict[str, Any] = {
        "tile_width": 10.0,
        "tile_height": 10.0,
        "region_width": 20,
        "region_height": 20,
        "layers": (LayerKind("plain"), LayerKind("decor")),
        "kinds": KINDS,
        "chunk_size": 8,
    }
    return MapHeader(**(given | options))


def drawn(*rows: str, **options: Any) -> MapData:
    """A map of one region, drawn in LETTERS on the first layer."""
    head = header(**({"region_width": len(rows[0]), "region_height": len(rows)} | options))
    cells = {(x, y): LETTERS[letter] for y, row in enumerate(rows) for x, letter in enumerate(row)}
    data = MapData(head, (RegionData(0, 0, chunks_of(head, cells)),))
    check_map(data)
    return data


def chunks_of(head: MapHeader, cells: Mapping[tuple[int, int], int]) -> tuple[tuple[int, int, bytes], ...]:
    """The encoded chunks of one region whose first layer has these cells."""
    size = head.chunk_size
    chunks: dict[tuple[int, int], array[int]] = {}
    for (x, y), value in cells.items():
        chunk = chunks.setdefault((x // size, y // size), array("H", bytes(2 * size * size)))
        chunk[y % size * size + x % size] = value
    empty = b"\0\0\0" * (len(head.layers) - 1)
    return tuple((x, y, encode_layer(chunk) + empty) for (x, y), chunk in sorted(chunks.items()))


def map_of(data: MapData, **options: Any) -> TileMap:
    """A TileMap as a server has it."""
    objects = {(region.x, region.y): region.objects for region in data.regions}
    return TileMap(data.header, DataSource(data), objects, **options)
