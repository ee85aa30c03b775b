"""A whole tile map as plain data and as canonical bytes: header, chunks and objects. Equal maps give equal bytes."""

from array import array
from collections import Counter
from functools import cached_property
from hashlib import sha256
from itertools import pairwise
from typing import Annotated

import msgspec
from msgspec import Meta

from ecs.chunk_code import ChunkCodeError, decode_layers
from ecs.map_header import KIND_MASK, Count, Finite, MapHeader, Name, Properties

MAGIC = b"TICKMAP\x01"
MAX_BYTES = 256 * 1024 * 1024
MAX_OBJECTS = 100_000

Place = tuple[Finite, Finite]


class MapError(Exception):
    """A map is wrong. The text says where (file, layer, position) and why."""


class MapObject(msgspec.Struct, frozen=True, array_like=True):
    """A place, area or path drawn on an object layer. (x, y) is its centre, in world units of the whole map.

    `kind` is what Tiled calls its class. `shape`: "point", "box", "ellipse", "polygon", "line" (open) or "text".
    `angle` in radians, clockwise on the screen; `points` are places in world units, already turned. `tile` is the value
    of the tile it shows, or 0.
    """

    id: Count
    name: Annotated[str, Meta(max_length=1024)] = ""
    kind: Name = ""
    layer: Name = ""
    shape: Annotated[str, Meta(pattern="^(point|box|ellipse|polygon|line|text)$")] = "point"
    x: Finite = 0.0
    y: Finite = 0.0
    w: Finite = 0.0
    h: Finite = 0.0
    angle: Finite = 0.0
    points: Annotated[tuple[Place, ...], Meta(max_length=4096)] = ()
    tile: Annotated[int, Meta(ge=0, le=0xFFFF)] = 0
    text: Annotated[str, Meta(max_length=65_536)] = ""
    visible: bool = True
    properties: Properties = {}


ChunkRow = tuple[Annotated[int, Meta(ge=0)], Annotated[int, Meta(ge=0)], bytes]


class RegionData(msgspec.Struct, frozen=True, array_like=True):
    """What lies in one region: its chunks that are not empty as (x, y, bytes), ascending; its objects, by id."""

    x: Annotated[int, Meta(ge=0)]
    y: Annotated[int, Meta(ge=0)]
    chunks: tuple[ChunkRow, ...] = ()
    objects: Annotated[tuple[MapObject, ...], Meta(max_length=MAX_OBJECTS)] = ()
    properties: Properties = {}


class MapData(msgspec.Struct, frozen=True, array_like=True, dict=True):
    """A map: the header that everybody may know, and its regions, which a client of an authoritative room may not."""

    header: MapHeader
    regions: tuple[RegionData, ...] = ()

    @cached_property
    def encoded(self) -> bytes:
        """The canonical bytes; `decode_map` reads them."""
        return MAGIC + _encode(self)

    @cached_property
    def address(self) -> str:
        """The hash of the canonical bytes: equal addresses, equal maps."""
        return sha256(self.encoded).hexdigest()


def encode_header(header: MapHeader) -> bytes:
    """The canonical bytes of a header alone, for clients."""
    return _encode(header)


def decode_header(data: bytes) -> MapHeader:
    """Read what `encode_header` wrote. Raises MapError."""
    try:
        header = msgspec.msgpack.decode(data, type=MapHeader)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MapError(f"the map's header is damaged: {error}") from None
    check_header(header)
    return header


def decode_map(data: bytes) -> MapData:
    """Read `MapData.encoded`. Raises MapError for anything else."""
    if len(data) > MAX_BYTES:
        raise MapError(f"a map has at most {MAX_BYTES} bytes, not {len(data)}")
    if not data.startswith(MAGIC):
        raise MapError("these bytes are no map of this version")
    try:
        decoded = msgspec.msgpack.decode(data[len(MAGIC) :], type=MapData)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MapError(f"the map is damaged: {error}") from None
    check_map(decoded)
    return decoded


def check_header(header: MapHeader) -> None:
    """Raise MapError for what the types alone do not refuse."""
    for what, names in (
        ("layer", [layer.name for layer in header.layers]),
        ("tile", [kind.key for kind in header.kinds]),
        ("region", [str(region) for region in header.regions]),
    ):
        twice, times = Counter(names).most_common(1)[0] if names else ("", 1)
        if times > 1:
            raise MapError(f"the {what} {twice!r} is there {times} times")
    if list(header.regions) != sorted(header.regions):
        raise MapError("the regions are not in order")
    for kind in header.kinds:
        if kind.picture >= len(header.pictures):
            raise MapError(f"the tile {kind.key!r} has picture {kind.picture} of {len(header.pictures)}")
    if max(header.extent) > 1e9:
        raise MapError(f"the map is {header.extent} world units large; a side has at most 1e9")


def check_map(data: MapData) -> None:
    """Raise MapError for what the types alone do not refuse, chunks included."""
    header = data.header
    check_header(header)
    if [(region.x, region.y) for region in data.regions] != list(header.regions):
        raise MapError("the regions are not those that the header names")
    for region in data.regions:
        places = [(x, y) for x, y, _ in region.chunks]
        if any(first >= second for first, second in pairwise(places)):
            raise MapError(f"region ({region.x}, {region.y}): its chunks are not in order")
        for x, y, chunk in region.chunks:
            if x >= header.chunks_wide or y >= header.chunks_high:
                raise MapError(f"region ({region.x}, {region.y}): chunk ({x}, {y}) lies outside of it")
            try:
                decode_chunk(header, chunk)
            except MapError as error:
                raise MapError(f"region ({region.x}, {region.y}), chunk ({x}, {y}): {error}") from None


def decode_chunk(header: MapHeader, data: bytes) -> list["array[int]"]:
    """The layers of a chunk of this map. Raises MapError for damaged bytes and for kinds that the map does not have."""
    try:
        layers = decode_layers(data, len(header.layers), header.chunk_size**2)
    except ChunkCodeError as error:
        raise MapError(str(error)) from None
    for layer, cells in zip(header.layers, layers, strict=True):
        unknown = [value for value in set(cells) if value & KIND_MASK > len(header.kinds)]
        if unknown:
            number = min(unknown) & KIND_MASK
            raise MapError(f"layer {layer.name!r} has tiles of kind {number}; there are {len(header.kinds)}")
    return layers


def _encode(what: object) -> bytes:
    return _ENCODER.encode(what)


_ENCODER = msgspec.msgpack.Encoder(order="deterministic")
