"""What `game.map(...)` checks and makes: the declaration, and for a generated map its header."""

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

import msgspec

from ecs import validate
from ecs.declare import MapDeclaration
from ecs.map_data import MapData, MapError, RegionData, check_header
from ecs.map_header import MAX_REGIONS, LayerKind, MapHeader, TileKind

MAX_NEAR = 4_096
"""Chunks that a client is taken to keep; those around one place must be among them."""
MARGIN = 1.5
"""How much farther than its view a client's chunks reach, so that it does not walk into the unknown."""

Files = str | Mapping[tuple[int, int], str] | None


def declare_map(
    files: Files,
    *,
    tile_size: float | None,
    chunk_size: int,
    solid_edge: bool,
    friction: float,
    elasticity: float,
) -> MapDeclaration:
    """The checked declaration. Raises GameError."""
    if tile_size is not None:
        validate.check_number(tile_size, "tile_size", 1e-3, 1e6)
    validate.check_option(chunk_size, "chunk_size", range(4, 65, 4))
    validate.check_option(solid_edge, "solid_edge", (True, False))
    validate.check_number(friction, "friction", 0.0, 1e3)
    validate.check_number(elasticity, "elasticity", 0.0, 1e3)
    file, line = validate.where_called()
    folder = str(PurePosixPath(file).parent if "/" in file else PureWindowsPath(file).parent)
    return MapDeclaration(
        _files(files), folder, tile_size, chunk_size, solid_edge, friction, elasticity, file, line
    )


def generated_map(
    declaration: MapDeclaration,
    *,
    region: tuple[int, int] | None,
    regions: Iterable[tuple[int, int]],
    layers: Iterable[str | LayerKind],
    kinds: Iterable[TileKind],
) -> MapData:
    """The data of a map whose chunks a generator makes: a header and empty regions. Raises GameError."""
    if declaration.tile_size is None or region is None:
        validate.refuse(
            "a generated map says its tile_size (world units) and region (tiles wide, tiles high)"
        )
    width, height = _pair(region, "region, the size of one region in tiles,")
    places = tuple(sorted(_pair(place, "a place in regions") for place in regions))
    header = MapHeader(
        tile_width=float(declaration.tile_size),
        tile_height=float(declaration.tile_size),
        region_width=width,
        region_height=height,
        layers=tuple(LayerKind(layer) if isinstance(layer, str) else layer for layer in layers),
        kinds=tuple(kinds),
        regions=places,
        chunk_size=declaration.chunk_size,
        solid_edge=declaration.solid_edge,
        friction=declaration.friction,
        elasticity=declaration.elasticity,
    )
    try:
        header = msgspec.convert(msgspec.to_builtins(header), MapHeader)
        check_header(header)
    except (msgspec.ValidationError, MapError, TypeError) as error:
        validate.refuse(f"the map: {error}")
    return MapData(header, tuple(RegionData(x, y) for x, y in places))


def check_fits(header: MapHeader, width: float, height: float, view_radius: float | None) -> None:
    """Raise MapError when the map is larger than the game's world, beyond which positions cannot travel, or when a player
    would be near more chunks than a client keeps."""
    across, down = header.extent
    if across > width or down > height:
        raise MapError(
            f"the map is {across:g} x {down:g} world units large and the game {width:g} x {height:g}: "
            f"say Game(width={across:g}, height={down:g}), or a smaller tile_size"
        )
    near = _chunks_near(header, view_radius)
    if near > MAX_NEAR:
        raise MapError(
            f"a player would be near {near} chunks of the map, and a client keeps {MAX_NEAR}: "
            "say Game(view_radius=...), a smaller one, or a larger chunk_size"
        )


def _chunks_near(header: MapHeader, view_radius: float | None) -> int:
    """How many chunks a client is sent around one place, at most."""
    there = len(header.regions) * header.chunks_wide * header.chunks_high
    if view_radius is None:
        return there
    across, down = (
        2.0 * view_radius * MARGIN / (tile * header.chunk_size) + 2.0
        for tile in (header.tile_width, header.tile_height)
    )
    return min(there, int(across * down))


def _files(files: Any) -> dict[tuple[int, int], str]:
    if files is None:
        return {}
    given = {(0, 0): files} if isinstance(files, str) else files
    if not isinstance(given, Mapping) or not 0 < len(given) <= MAX_REGIONS:
        validate.refuse(
            f"a map is the path of a Tiled map, or up to {MAX_REGIONS} of them by region, "
            f'such as {{(0, 0): "village.tmj"}}, not {files!r}'
        )
    for place, path in given.items():
        _pair(place, "a region")
        if not isinstance(path, str) or not path.endswith((".tmj", ".tmx", ".json", ".xml")):
            validate.refuse(f"a Tiled map is a file .tmj or .tmx, not {path!r}")
    return {place: given[place] for place in sorted(given)}


def _pair(given: Any, what: str) -> tuple[int, int]:
    numbers = given if isinstance(given, tuple | list) else ()
    whole = all(isinstance(number, int) and not isinstance(number, bool) for number in numbers)
    if len(numbers) != 2 or not whole or min(numbers) < 0 or max(numbers) > 65_536:
        validate.refuse(f"{what} is two whole numbers (x, y) from 0, not {given!r}")
    return numbers[0], numbers[1]
