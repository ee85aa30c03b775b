"""What everybody may know of a tile map: its measures, layers, kinds of tiles and their pictures. Not what lies where.

A tile's value has 16 bits: the number of its kind (0: no tile) and three flags for drawing it turned over.
"""

from typing import Annotated

import msgspec
from msgspec import Meta

KIND_BITS = 13
KIND_MASK = (1 << KIND_BITS) - 1
MAX_KINDS = KIND_MASK
FLIP_DIAGONAL = 0x2000
FLIP_VERTICAL = 0x4000
FLIP_HORIZONTAL = 0x8000
"""Turned over along the diagonal first, then left and right, then up and down: Tiled's order."""

MAX_LAYERS = 32
MAX_REGIONS = 1024
MAX_SIDE = 65_536
"""Tiles of a region's side."""

Name = Annotated[str, Meta(max_length=256)]
Finite = Annotated[float, Meta(ge=-1e9, le=1e9)]  # a bare float would let NaN through
Scalar = bool | int | Finite | str
Length = Annotated[float, Meta(gt=0.0, le=1e9)]
Count = Annotated[int, Meta(ge=0, le=0xFFFFFFFF)]
Properties = Annotated[dict[Name, Scalar], Meta(max_length=256)]

WAYS: dict[str, tuple[int, int]] = {"up": (0, -1), "down": (0, 1), "left": (-1, 0), "right": (1, 0)}
"""The ways in which a one-way tile may let pass; y points down, as on the screen."""


class TileKind(msgspec.Struct, frozen=True, array_like=True):
    """One kind of tile.

    `key` names it uniquely ("terrain:12"); `name` is what rules call it and may be shared. `solid`: nothing solid
    gets in. `one_way`: solid but for what moves that way ("up", "down", "left", "right"). `opaque`: nobody sees
    through; None: as solid as it is. `damage` and `trigger` are for the game's rules, which get a
    `TileContact` for tiles with either. `picture` is a place in the header's pictures (-1: none), `place` the tile in
    it, `frames` its animation as (place, milliseconds).
    """

    key: Name
    name: Name = ""
    solid: bool = False
    one_way: Annotated[str, Meta(pattern="^(|up|down|left|right)$")] = ""
    opaque: bool | None = None
    damage: Finite = 0.0
    trigger: Name = ""
    properties: Properties = {}
    picture: Annotated[int, Meta(ge=-1, le=0xFFFF)] = -1
    place: Count = 0
    frames: Annotated[tuple[tuple[Count, Count], ...], Meta(max_length=1024)] = ()


class LayerKind(msgspec.Struct, frozen=True, array_like=True):
    """One layer of tiles, in drawing order. `solid`: whether its tiles are solid; None: each as its kind says. Offsets
    are in world units and only for drawing; `tint` is a CSS colour or ""."""

    name: Name
    solid: bool | None = None
    visible: bool = True
    opacity: Annotated[float, Meta(ge=0.0, le=1.0)] = 1.0
    offset_x: Finite = 0.0
    offset_y: Finite = 0.0
    parallax_x: Finite = 1.0
    parallax_y: Finite = 1.0
    tint: Name = ""
    properties: Properties = {}


class Picture(msgspec.Struct, frozen=True, array_like=True):
    """An image with tiles in rows: `image` is its path in the game's folder, all other numbers are pixels or counts."""

    image: Annotated[str, Meta(max_length=1024)]
    width: Count
    height: Count
    tile_width: Count
    tile_height: Count
    columns: Annotated[int, Meta(ge=1, le=0xFFFF)] = 1
    margin: Count = 0
    spacing: Count = 0


class MapHeader(msgspec.Struct, frozen=True, array_like=True):
    """The measures of a map and what its numbers mean.

    A map has regions (the lobbies of a room) of `region_width` x `region_height` tiles each, side by side: region
    (rx, ry) begins at tile (rx * region_width, ry * region_height). A region is cut into chunks of `chunk_size`
    squared tiles. `tile_width` and `tile_height` are world units. `regions` lists, ascending, which there are.
    `solid_edge`: what lies outside all regions is solid. Kind number n is `kinds[n - 1]`.
    """

    tile_width: Length
    tile_height: Length
    region_width: Annotated[int, Meta(ge=1, le=MAX_SIDE)]
    region_height: Annotated[int, Meta(ge=1, le=MAX_SIDE)]
    layers: Annotated[tuple[LayerKind, ...], Meta(min_length=1, max_length=MAX_LAYERS)]
    kinds: Annotated[tuple[TileKind, ...], Meta(max_length=MAX_KINDS)] = ()
    pictures: Annotated[tuple[Picture, ...], Meta(max_length=4096)] = ()
    regions: Annotated[
        tuple[tuple[Annotated[int, Meta(ge=0, le=65_535)], Annotated[int, Meta(ge=0, le=65_535)]], ...],
        Meta(min_length=1, max_length=MAX_REGIONS),
    ] = ((0, 0),)
    chunk_size: Annotated[int, Meta(ge=4, le=64, multiple_of=4)] = 32
    solid_edge: bool = True
    friction: Annotated[float, Meta(ge=0.0, le=1e3)] = 0.0
    elasticity: Annotated[float, Meta(ge=0.0, le=1e3)] = 0.0

    @property
    def chunks_wide(self) -> int:
        """Chunks of a region, from left to right."""
        return -(-self.region_width // self.chunk_size)

    @property
    def chunks_high(self) -> int:
        """Chunks of a region, from top to bottom."""
        return -(-self.region_height // self.chunk_size)

    @property
    def extent(self) -> tuple[float, float]:
        """World units from (0, 0) to the far corner of the last region."""
        right = (max(x for x, _ in self.regions) + 1) * self.region_width
        bottom = (max(y for _, y in self.regions) + 1) * self.region_height
        return right * self.tile_width, bottom * self.tile_height
