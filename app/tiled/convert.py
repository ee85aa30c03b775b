"""Tiled's maps -> MapData: layers by name, chunks of our size, objects in world units."""

from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from pytiled_parser import layer as tiled_layers

from app.tiled.check import NUMBER, CheckedMap, TileBlock
from app.tiled.kinds import KindTable, converted, plain_properties
from app.tiled.objects import ObjectLayer, Plane, convert_object
from ecs.chunk_code import encode_layer
from ecs.declare import MapDeclaration
from ecs.map_data import ChunkRow, MapData, MapError, MapObject, RegionData, check_map
from ecs.map_header import MAX_LAYERS, MAX_SIDE, LayerKind, MapHeader

Region = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Layer:
    """A layer, with what the groups it is in add to it; offsets in pixels."""

    path: str
    tiled: tiled_layers.Layer
    visible: bool = True
    opacity: float = 1.0
    offset: tuple[float, float] = (0.0, 0.0)
    parallax: tuple[float, float] = (1.0, 1.0)
    blocks: tuple[TileBlock, ...] | None = None
    """Of a layer of tiles: its tiles."""

    def inside(self, tiled: tiled_layers.Layer) -> "_Layer":
        """A layer that is in this group."""
        x, y = tiled.offset.x, tiled.offset.y
        along = tiled.parallax_factor
        return _Layer(
            f"{self.path}/{tiled.name}" if self.path else tiled.name,
            tiled,
            self.visible and bool(tiled.visible),
            self.opacity * tiled.opacity,
            (self.offset[0] + x, self.offset[1] + y),
            (self.parallax[0] * along.x, self.parallax[1] * along.y),
        )


@dataclass(slots=True)
class _Plan:
    """One region's map: its first tile (left, top), its size in tiles, and its layers in drawing order."""

    checked: CheckedMap
    left: int
    top: int
    width: int
    height: int
    numbers: dict[int, int]
    layers: list[_Layer]


class MapConverter:
    """Converts the maps of one game; what they share (kinds, layers, measures) is worked out over all of them."""

    def __init__(self, maps: Mapping[Region, CheckedMap], declared: MapDeclaration) -> None:
        self._declared = declared
        self._table = KindTable()
        self._layers: dict[str, LayerKind] = {}
        self._tile = _tile_size(maps, declared)
        self._plans = {region: self._plan(checked) for region, checked in sorted(maps.items())}
        self._width = max(plan.width for plan in self._plans.values())
        self._height = max(plan.height for plan in self._plans.values())

    def convert(self) -> MapData:
        """The data of all regions. Raises MapError."""
        for plan in self._plans.values():
            self._add_layers(plan)
        regions = [self._region(region, plan) for region, plan in self._plans.items()]
        data = MapData(self._header(), tuple(regions))
        check_map(data)
        return data

    def _plan(self, checked: CheckedMap) -> _Plan:
        tiled = checked.tiled
        left, top, right, bottom = 0, 0, int(tiled.map_size.width), int(tiled.map_size.height)
        if tiled.infinite:
            blocks = [block for blocks in checked.blocks for block in blocks]
            if not blocks:
                raise MapError(f"{checked.name}: the map has no tiles")
            left, top = min(block.x for block in blocks), min(block.y for block in blocks)
            right = max(block.x + block.width for block in blocks)
            bottom = max(block.y + block.height for block in blocks)
            if max(right - left, bottom - top) > MAX_SIDE:
                raise MapError(f"{checked.name}: its tiles lie more than {MAX_SIDE} tiles apart")
        layers = list(
            _opened(tiled.layers or [], _Layer("", tiled_layers.Layer(name="")), iter(checked.blocks))
        )
        numbers = self._table.add_map(checked)
        return _Plan(checked, left, top, right - left, bottom - top, numbers, layers)

    # Layers ---------------------------------------------------------------------------------------------------------

    def _add_layers(self, plan: _Plan) -> None:
        seen: set[str] = set()
        for layer in plan.layers:
            if layer.blocks is None:
                continue
            by = f"{plan.checked.name}: layer {layer.path!r}"
            if layer.path in seen:
                raise MapError(f"{by}: two layers of tiles have this name")
            seen.add(layer.path)
            kind = self._layer_kind(layer, plan, by)
            if self._layers.setdefault(layer.path, kind) != kind:
                raise MapError(f"{by}: in another region's map this layer has other properties")
        if not seen:
            raise MapError(f"{plan.checked.name}: the map has no layer of tiles")
        if len(self._layers) > MAX_LAYERS:
            raise MapError(
                f"{plan.checked.name}: the game's maps have more than {MAX_LAYERS} layers of tiles"
            )

    def _layer_kind(self, layer: _Layer, plan: _Plan, by: str) -> LayerKind:
        properties = plain_properties(layer.tiled.properties, by)
        solid = properties.pop("solid", None)
        if solid is not None and not isinstance(solid, bool):
            raise MapError(f"{by}: the property 'solid' is true or false, not {solid!r}")
        across, down = self._scale(plan)
        tint = layer.tiled.tint_color
        kind = LayerKind(
            name=layer.path,
            solid=solid,
            visible=layer.visible,
            opacity=layer.opacity,
            offset_x=layer.offset[0] * across,
            offset_y=layer.offset[1] * down,
            parallax_x=layer.parallax[0],
            parallax_y=layer.parallax[1],
            tint="" if tint is None else "#" + "".join(f"{part:02x}" for part in tint),
            properties=properties,
        )
        if any(layer.offset) and solid is not False and self._blocks(layer, plan):
            raise MapError(
                f"{by}: its tiles are drawn {layer.offset} pixels off, but would be solid where they are not"
            )
        return converted(kind, by)

    def _blocks(self, layer: _Layer, plan: _Plan) -> bool:
        """Whether a layer has tiles that stop what moves."""
        kinds = self._table.kinds
        solid = layer.tiled.properties.get("solid") if layer.tiled.properties else None
        numbers = {
            plan.numbers[value & NUMBER] for block in layer.blocks or () for value in set(block.tiles)
        } - {0}
        return any(solid or kinds[number - 1].solid or kinds[number - 1].one_way for number in numbers)

    # Regions --------------------------------------------------------------------------------------------------------

    def _region(self, region: Region, plan: _Plan) -> RegionData:
        name = plan.checked.name
        properties = plain_properties(plan.checked.tiled.properties, name)
        objects = tuple(sorted(self._objects(region, plan), key=lambda each: each.id))
        twice = next((a.id for a, b in pairwise(objects) if a.id == b.id), None)
        if twice is not None:
            raise MapError(f"{name}: two objects have the id {twice}")
        return RegionData(*region, tuple(self._chunks(plan)), objects, properties)

    def _chunks(self, plan: _Plan) -> Iterator[ChunkRow]:
        size = self._declared.chunk_size
        chunks: dict[tuple[int, int], dict[str, Any]] = {}
        for layer in plan.layers:
            if layer.blocks is not None:
                for place, cells in _cut(layer.blocks, plan, size).items():
                    chunks.setdefault(place, {})[layer.path] = cells
        empty = encode_layer(array("H", bytes(2 * size * size)))
        for (x, y), by_layer in sorted(chunks.items()):
            pieces = [encode_layer(by_layer[name]) if name in by_layer else empty for name in self._layers]
            if any(piece != empty for piece in pieces):
                yield x, y, b"".join(pieces)

    def _objects(self, region: Region, plan: _Plan) -> Iterator[MapObject]:
        across, down = self._scale(plan)
        left = (region[0] * self._width - plan.left) * self._tile[0]
        top = (region[1] * self._height - plan.top) * self._tile[1]
        plane = Plane(left, top, across, down)
        for layer in plan.layers:
            if isinstance(layer.tiled, tiled_layers.ObjectLayer):
                kind = layer.tiled.class_ or layer.tiled.name
                given = ObjectLayer(layer.path, kind, layer.offset, layer.visible)
                for each in layer.tiled.tiled_objects:
                    by = f"{plan.checked.name}: layer {layer.path!r}: object {each.id}"
                    yield convert_object(each, given, plane, self._numbering(plan), _alignments(plan), by)

    def _numbering(self, plan: _Plan) -> Any:
        return lambda number: self._table.of_object(number, plan.numbers, plan.checked)

    def _scale(self, plan: _Plan) -> tuple[float, float]:
        """World units a pixel."""
        tiled = plan.checked.tiled.tile_size
        return self._tile[0] / tiled.width, self._tile[1] / tiled.height

    def _header(self) -> MapHeader:
        declared = self._declared
        header = MapHeader(
            tile_width=self._tile[0],
            tile_height=self._tile[1],
            region_width=self._width,
            region_height=self._height,
            layers=tuple(self._layers.values()),
            kinds=tuple(self._table.kinds),
            pictures=tuple(self._table.pictures),
            regions=tuple(self._plans),
            chunk_size=declared.chunk_size,
            solid_edge=declared.solid_edge,
            friction=declared.friction,
            elasticity=declared.elasticity,
        )
        return converted(header, next(iter(self._plans.values())).checked.name)


def _tile_size(maps: Mapping[Region, CheckedMap], declared: MapDeclaration) -> tuple[float, float]:
    """World units of a tile. Maps side by side must agree in its shape."""
    sizes = {checked.tiled.tile_size: checked.name for checked in maps.values()}
    (width, height), name = next(iter(sizes.items()))
    for other, other_name in sizes.items():
        if other.width * height != other.height * width or (
            declared.tile_size is None and other.width != width
        ):
            raise MapError(
                f"{other_name}: its tiles are {other.width} x {other.height} pixels and those of {name} {width} x {height}; "
                "all regions' maps have tiles of one shape (and of one size, unless game.map says tile_size)"
            )
    if declared.tile_size is None:
        return float(width), float(height)
    return declared.tile_size, declared.tile_size * height / width


def _opened(
    layers: Iterable[tiled_layers.Layer], group: _Layer, blocks: Iterator[list[TileBlock]]
) -> Iterator[_Layer]:
    """All layers that are no groups, in the order of the file; `blocks` has the tiles of those that have tiles."""
    for tiled in layers:
        layer = group.inside(tiled)
        if isinstance(tiled, tiled_layers.LayerGroup):
            yield from _opened(tiled.layers or [], layer, blocks)
        elif isinstance(tiled, tiled_layers.TileLayer):
            yield replace(layer, blocks=tuple(next(blocks)))
        else:
            yield layer


def _alignments(plan: _Plan) -> Any:
    def alignment_of(number: int) -> str:
        found = max(first for first in plan.checked.tiled.tilesets if first <= number)
        return plan.checked.tiled.tilesets[found].alignment or "unspecified"

    return alignment_of


def _cut(blocks: Iterable[TileBlock], plan: _Plan, size: int) -> dict[tuple[int, int], Any]:
    """The tiles of a layer as our numbers, in chunks of `size` x `size`."""
    chunks: dict[tuple[int, int], array[int]] = {}
    for block in blocks:
        ours = {value: plan.numbers[value & NUMBER] | (value >> 16 & 0xE000) for value in set(block.tiles)}
        cells = array("H", map(ours.__getitem__, block.tiles))
        for row in range(block.height):
            y = block.y - plan.top + row
            x, end = block.x - plan.left, block.x - plan.left + block.width
            while x < end:
                until = min(end, (x // size + 1) * size)
                start = row * block.width + x - (block.x - plan.left)
                chunk = chunks.setdefault((x // size, y // size), array("H", bytes(2 * size * size)))
                place = y % size * size + x % size
                chunk[place : place + until - x] = cells[start : start + until - x]
                x = until
    return chunks
