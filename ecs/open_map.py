"""A room's TileMap, made of what the game declared."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from ecs.chunk_source import ChunkSource, ChunkTiles, DataSource, GeneratorSource
from ecs.errors import GameError, WorldError
from ecs.tiles import TileMap

if TYPE_CHECKING:
    from ecs.game import Game

IDLE_SECONDS = 20


def open_map(game: "Game", seed: int, side: str) -> TileMap | None:
    """The game's map for one room; None when it has none. The client of an authoritative room knows only the header:
    its chunks come from the server. Raises GameError when the map's files were not read or nothing generates it."""
    declared, data = game.map_declaration, game.tiles
    if data is None:
        if declared is None:
            return None
        raise GameError("the files of the map were not read", declared.file, declared.line)
    idle = IDLE_SECONDS * game.tick_rate
    if side != "server" and game.model != "lockstep":
        return TileMap(data.header, None, idle_ticks=idle)
    objects = {(region.x, region.y): region.objects for region in data.regions}
    properties = {(region.x, region.y): region.properties for region in data.regions}
    source: ChunkSource = DataSource(data)
    if declared is not None and not declared.files:
        if game.tile_generator is None:
            raise GameError("the map has no files and no @game.generator", declared.file, declared.line)
        source = GeneratorSource(
            data.header, _named(game.tile_generator.name, game.tile_generator.function), seed
        )
    return TileMap(data.header, source, objects, properties, idle_ticks=idle)


def _named(name: str, generate: Callable[[ChunkTiles], None]) -> Callable[[ChunkTiles], None]:
    """The generator, whose mistakes say which chunk it was at, also when a client's request ran it outside a tick."""

    def run(chunk: ChunkTiles) -> None:
        try:
            generate(chunk)
        except Exception as error:
            where = f"chunk ({chunk.x}, {chunk.y}) of region {chunk.region}"
            raise WorldError(f"the generator {name}, at {where}: {type(error).__name__}: {error}") from error

    return run
