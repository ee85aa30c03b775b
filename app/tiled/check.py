"""Looks a Tiled map over before pytiled-parser may read it, and unpacks its tiles.

pytiled-parser 2.2.9 opens whatever path a map names, unpacks without a bound, and says little about what is wrong. So
what it gets is a copy in a folder of its own: tiles taken out, paths and sizes checked, templates filled in.
"""

from array import array
from dataclasses import dataclass, field
from pathlib import Path

import pytiled_parser

from app.tiled.data import decode_tiles
from app.tiled.files import MapFiles
from app.tiled.nodes import Node, RawBlock
from app.tiled.tilesets import CheckedSet, CheckedSets, check_described, located
from ecs.map_data import MapError
from ecs.map_header import MAX_SIDE

MAX_GROUPS = 16
MAX_PLACE = 1 << 30
NUMBER = 0x0FFFFFFF
"""The bits of a tile number in Tiled that are no flags."""


@dataclass(frozen=True, slots=True)
class TileBlock:
    """Tiles at (x, y), row by row, as Tiled numbers them."""

    x: int
    y: int
    width: int
    height: int
    tiles: "array[int]"


@dataclass(frozen=True, slots=True)
class CheckedMap:
    """A map that pytiled-parser has read. `blocks` are the tiles of each tile layer, in the order of the file with groups
    opened; `images` are the tilesets' images: where they are, and seen from the game's folder."""

    name: str
    tiled: pytiled_parser.TiledMap
    blocks: list[list[TileBlock]]
    sets: list[CheckedSet]
    images: dict[Path, str]


@dataclass(slots=True)
class _Work:
    """One map on the way through it."""

    name: str
    node: Node
    folder: Path
    infinite: bool
    sets: CheckedSets
    known: set[int] = field(default_factory=set)
    blocks: list[list[TileBlock]] = field(default_factory=list)
    cells: int = 0
    layers: int = 0
    objects: int = 0


class MapChecker:
    """Checks the maps of one game. `copies` is an empty folder for what pytiled-parser is to read."""

    def __init__(self, files: MapFiles, copies: Path) -> None:
        self._files = files
        self._limits = files.limits
        self._copies = copies
        self._count = 0
        self._templates: dict[Path, Node] = {}

    def check(self, path: Path) -> CheckedMap:
        """Check and read one map. Raises MapError with file, layer, position and cause."""
        name = self._files.name(path)
        node = self._files.read(path, "map")
        infinite = located(lambda: _measures(node), name)
        work = _Work(name, node, path.parent, infinite, CheckedSets(self._files, self._write))
        check_described(node, "map", name)
        work.sets.add_all(node, work.folder, name)
        self._check_layers(node, work, "", 0)
        tiled = _parse(self._copies / self._write(node), name)
        return CheckedMap(name, tiled, work.blocks, work.sets.sets, work.sets.images)

    def _write(self, node: Node) -> str:
        self._count += 1
        name = f"{self._count}{node.suffix}"
        (self._copies / name).write_text(node.write(), encoding="utf-8")
        return name

    # Layers ---------------------------------------------------------------------------------------------------------

    def _check_layers(self, node: Node, work: _Work, group: str, depth: int) -> None:
        if depth > MAX_GROUPS:
            raise MapError(f"{work.name}: group {group!r}: more than {MAX_GROUPS} groups in one another")
        for kind, layer in located(node.layers, f"{work.name}: {group or 'the map'}"):
            work.layers += 1
            if work.layers > self._limits.layers:
                raise MapError(f"{work.name}: more than {self._limits.layers} layers")
            path = f"{group}/{layer.text('name')}" if group else layer.text("name")
            by = f"{work.name}: layer {path!r}"
            check_described(layer, "layer", by)
            layer.defaults({"name": "", "opacity": 1, "visible": True})
            match kind:
                case "group":
                    self._check_layers(layer, work, path, depth + 1)
                case "tilelayer":
                    work.blocks.append(self._unpack(layer, work, by))
                case "objectgroup":
                    layer.defaults({"draworder": "topdown"})
                    self._check_objects(layer, work, by)
                case "imagelayer":
                    pass
                case _:
                    raise MapError(f"{by}: a layer of an unknown kind, {kind!r}")

    def _unpack(self, layer: Node, work: _Work, by: str) -> list[TileBlock]:
        """The tiles of a layer, which pytiled-parser does not get to see."""
        encoding, compression = located(layer.encoding, by)
        blocks: dict[tuple[int, int], TileBlock] = {}
        for raw in located(lambda: layer.blocks(work.infinite), by):
            where = f"{by}: chunk ({raw.x}, {raw.y})" if work.infinite else by
            self._check_block(raw, work, where)
            tiles = located(lambda raw=raw: decode_tiles(raw, encoding, compression), where)  # type: ignore[misc]
            _check_numbers(tiles, raw, work, where)
            if (raw.x, raw.y) in blocks:
                raise MapError(f"{where} is there twice")
            blocks[raw.x, raw.y] = TileBlock(raw.x, raw.y, raw.width, raw.height, tiles)
        layer.strip_tiles()
        return list(blocks.values())

    def _check_block(self, raw: RawBlock, work: _Work, where: str) -> None:
        if not (1 <= raw.width <= MAX_SIDE and 1 <= raw.height <= MAX_SIDE):
            raise MapError(f"{where}: it is {raw.width} x {raw.height} tiles; a side has 1 to {MAX_SIDE}")
        if not (-MAX_PLACE <= raw.x <= MAX_PLACE and -MAX_PLACE <= raw.y <= MAX_PLACE):
            raise MapError(f"{where}: it lies further out than Tiled can draw")
        work.cells += raw.width * raw.height
        if work.cells > self._limits.cells:
            raise MapError(f"{where}: the layers of the map have more than {self._limits.cells} tiles")

    # Objects --------------------------------------------------------------------------------------------------------

    def _check_objects(self, layer: Node, work: _Work, by: str) -> None:
        for each in located(lambda: layer.many("object"), by):
            work.objects += 1
            if work.objects > self._limits.objects:
                raise MapError(f"{by}: the map has more than {self._limits.objects} objects")
            where = f"{by}: object {located(lambda each=each: each.whole('id', 0), by)}"  # type: ignore[misc]
            template = each.text("template")
            if template:
                self._fill_in(each, template, work, where)
            each.defaults({"width": 0, "height": 0, "rotation": 0, "visible": True, "name": ""})
            check_described(each, "object", where)
            gid = located(lambda each=each: each.whole("gid", 0), where)  # type: ignore[misc]
            if gid and not (0 < gid < 1 << 32 and work.sets.has(gid & NUMBER)):
                raise MapError(f"{where}: it shows tile {gid & NUMBER}, which is in no tileset of the map")

    def _fill_in(self, each: Node, template: str, work: _Work, by: str) -> None:
        """Give an object what its template says. pytiled-parser lets the template overrule the object."""
        path = self._files.find(template, work.folder, f"{by}: its template")
        node, name = self._templates.get(path), self._files.name(path)
        if node is None:
            node = self._templates[path] = self._files.read(path, "template")
        has_tile = located(lambda: each.whole("gid", 0), by)
        located(lambda: each.inherit(node), f"{by}: its template {name}")
        tileset = located(node.tileset, name)
        number = located(lambda: each.whole("gid", 0), by)
        if tileset is not None and number and not has_tile:  # the template counts tiles by its own tileset
            first = work.sets.of_template(work.node, tileset[1], path.parent, name)
            each.set("gid", number - tileset[0] + first)


def _measures(node: Node) -> bool:
    """Check the map's own numbers, and fill in what only later versions of Tiled write; whether it is infinite."""
    orientation = node.text("orientation")
    if orientation != "orthogonal":
        raise MapError(f"the map is {orientation or 'without orientation'}; Tickroom reads orthogonal maps")
    infinite = bool(node.whole("infinite", 0))
    width, height = node.whole("width"), node.whole("height")
    if not infinite and not (1 <= width <= MAX_SIDE and 1 <= height <= MAX_SIDE):
        raise MapError(f"the map is {width} x {height} tiles; a side has 1 to {MAX_SIDE}")
    across, down = node.whole("tilewidth"), node.whole("tileheight")
    if not (1 <= across <= 4096 and 1 <= down <= 4096):
        raise MapError(f"its tiles are {across} x {down} pixels; a side has 1 to 4096")
    node.defaults({"infinite": False, "nextlayerid": 0, "nextobjectid": 0, "renderorder": "right-down"})
    if node.suffix == ".json":
        node.defaults({"layers": [], "tilesets": []})
    node.defaults({"tiledversion": "", "version": "1.0"})
    return infinite


def _check_numbers(tiles: "array[int]", raw: RawBlock, work: _Work, where: str) -> None:
    """Every tile is one of a tileset's."""
    unknown = {value for value in set(tiles) - work.known if value and not work.sets.has(value & NUMBER)}
    if unknown:
        place = next(place for place, value in enumerate(tiles) if value in unknown)
        x, y = raw.x + place % raw.width, raw.y + place // raw.width
        raise MapError(
            f"{where}: tile ({x}, {y}) has number {tiles[place] & NUMBER}, which is in no tileset of the map"
        )
    work.known.update(set(tiles))


def _parse(copy: Path, name: str) -> pytiled_parser.TiledMap:
    try:
        return pytiled_parser.parse_map(copy)
    except Exception as error:
        cause = (
            error.__context__
            if isinstance(error, pytiled_parser.UnknownFormat) and error.__context__
            else error
        )
        what = f"{cause} is missing" if isinstance(cause, KeyError) else f"{type(cause).__name__}: {cause}"
        raise MapError(f"{name}: pytiled-parser cannot read it: {what}") from error
