"""The part of the Game API that declares the tile map."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from ecs import validate
from ecs.declare import GeneratorDeclaration, MapDeclaration
from ecs.declares import Declares
from ecs.errors import GameError
from ecs.map_data import MapData, MapError
from ecs.map_declaration import Files, check_fits, declare_map, generated_map
from ecs.map_header import LayerKind, TileKind

F = TypeVar("F", bound=Callable[..., Any])


class DeclaresMap(Declares):
    """What `Game` knows of its map."""

    width: float
    height: float
    view_radius: float | None = None
    map_declaration: MapDeclaration | None = None
    tile_generator: GeneratorDeclaration | None = None
    tiles: MapData | None = None
    """The map: of a generated one its header, of one in files what the loader has read."""

    def map(
        self,
        files: Files = None,
        *,
        tile_size: float | None = None,
        region: tuple[int, int] | None = None,
        regions: Iterable[tuple[int, int]] = ((0, 0),),
        layers: Iterable[str | LayerKind] = ("ground",),
        kinds: Iterable[TileKind] = (),
        chunk_size: int = 32,
        solid_edge: bool = True,
        friction: float = 0.0,
        elasticity: float = 0.0,
    ) -> None:
        """Declare the tile map: a Tiled map, seen from the file that says so, or one for each region
        `{(0, 0): "village.tmj", (1, 0): "caves.tmx"}`, or none, when `@game.generator` makes it.

        `tile_size`: world units of a tile's width (default: its pixels in Tiled). `chunk_size`: tiles along a chunk's
        side, a multiple of 4 up to 64. `solid_edge`: nothing leaves the map. A generated map says `region`, the size of
        one in tiles, which `regions` there are, its `layers` and `kinds` of tiles. Raises GameError.
        """
        self.check_open()
        if self.map_declaration is not None:
            validate.refuse(
                "the map is declared twice; a map has several regions: {(0, 0): ..., (1, 0): ...}"
            )
        declaration = declare_map(
            files,
            tile_size=tile_size,
            chunk_size=chunk_size,
            solid_edge=solid_edge,
            friction=friction,
            elasticity=elasticity,
        )
        if not declaration.files:
            data = generated_map(declaration, region=region, regions=regions, layers=layers, kinds=kinds)
            self.set_tiles(data)
        elif region is not None or tuple(kinds):
            validate.refuse(
                "a Tiled map has its own size, layers and tiles: region and kinds are for generated maps"
            )
        self.map_declaration = declaration

    def generator(self, function: F) -> F:
        """Declare `def name(chunk)` as what fills the chunks of a generated map; see `ChunkTiles`. Raises GameError."""
        self.check_open()
        validate.check_parameters(function, "a generator", ("chunk",))
        if self.map_declaration is None or self.map_declaration.files:
            validate.refuse(
                "a generator fills a map that game.map(tile_size=..., region=...) declares", function
            )
        if self.tile_generator is not None:
            validate.refuse("the game has a generator already", function)
        self.tile_generator = GeneratorDeclaration(function.__name__, function)
        return function

    def set_tiles(self, data: MapData) -> None:
        """Called by the loader with what it has read of the map's files. Raises GameError when it does not fit."""
        try:
            check_fits(data.header, self.width, self.height, self.view_radius)
        except MapError as error:
            declared = self.map_declaration
            if declared is None:
                validate.refuse(str(error))
            raise GameError(str(error), declared.file, declared.line) from error
        self.tiles = data

    def map_schema(self) -> list[str]:
        """What the fingerprint covers of the declaration, as a line; none without a map."""
        declared = self.map_declaration
        if declared is None:
            return []
        made = "" if declared.files or self.tiles is None else self.tiles.address
        options = f"{declared.tile_size!r} {declared.chunk_size} {declared.solid_edge}"
        return [f"map {declared.files} {options} {declared.friction!r} {declared.elasticity!r} {made}"]
