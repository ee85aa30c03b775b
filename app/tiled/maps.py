"""Reads the Tiled maps that a game declares: the only file of ours that the rest of the server needs for it.

files -> checked copies (app/tiled/check.py) -> pytiled-parser -> MapData (app/tiled/convert.py)
"""

import tempfile
from pathlib import Path

from app.tiled.check import MapChecker
from app.tiled.convert import MapConverter
from app.tiled.files import MapFiles, MapLimits
from ecs.declare import MapDeclaration
from ecs.game import Game
from ecs.map_data import MapData, MapError
from ecs.map_declaration import check_fits


def load_map(game: Game, root: Path, limits: MapLimits | None = None, *, client: Path | None = None) -> None:
    """Read the maps that the game declares, if it declares any in files, and give them to it. `root` is the game's folder,
    which nothing may lead out of, `client` the one whose files pages can fetch (None: images may be anywhere). Raises
    MapError, which names file, layer, position and cause."""
    declared = game.map_declaration
    if declared is not None and declared.files:
        data = read_map(declared, root, limits, client=client)
        try:
            check_fits(data.header, game.width, game.height, game.view_radius)
        except MapError as error:
            raise MapError(f"{', '.join(declared.files.values())}: {error}") from None
        game.set_tiles(data)


def read_map(
    declared: MapDeclaration, root: Path, limits: MapLimits | None = None, *, client: Path | None = None
) -> MapData:
    """The declared maps as one MapData. Raises MapError."""
    files = MapFiles(root, limits, client)
    by = f"{Path(declared.file).name}:{declared.line}: game.map"
    with tempfile.TemporaryDirectory(prefix="tickroom-map-") as copies:
        checker = MapChecker(files, Path(copies))
        maps = {
            region: checker.check(files.find(path, Path(declared.folder), by))
            for region, path in declared.files.items()
        }
        return MapConverter(maps, declared).convert()
