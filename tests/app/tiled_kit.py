"""Writes maps the way Tiled 1.11 does: in both formats, all encodings and compressions, finite and infinite."""

import base64
import gzip
import json
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import zstd

from ecs.declare import MapDeclaration
from ecs.map_data import MapData

ENCODINGS = ("csv", "base64", "base64-zlib", "base64-gzip", "base64-zstd")
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
Rows = Sequence[Sequence[int]]


@dataclass
class Drawn:
    """What is in a map, whatever file it is written to."""

    layers: dict[str, Rows] = field(default_factory=lambda: {"ground": [[1, 2], [3, 0]]})
    left: int = 0
    top: int = 0
    """The place of the first tile in an infinite map."""
    properties: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Of a layer."""
    objects: list[dict[str, Any]] = field(default_factory=list)
    tile: tuple[int, int] = (16, 16)

    @property
    def size(self) -> tuple[int, int]:
        rows = next(iter(self.layers.values()))
        return len(rows[0]), len(rows)


TILES: list[dict[str, Any]] = [
    {"id": 0, "type": "grass"},
    {"id": 1, "type": "wall", "properties": {"solid": True}},
    {"id": 2, "type": "lava", "properties": {"damage": 2.5, "note": "hot"}},
    {"id": 3, "properties": {"name": "ledge", "one_way": "up"}},
    {"id": 5, "animation": [(5, 100), (6, 200)]},
]


def pack(numbers: Sequence[int], encoding: str) -> str:
    """The text that Tiled writes for the tiles of a layer or chunk."""
    if encoding == "csv":
        return ",".join(map(str, numbers))
    data = struct.pack(f"<{len(numbers)}I", *numbers)
    match encoding:
        case "base64-zlib":
            data = zlib.compress(data)
        case "base64-gzip":
            data = gzip.compress(data)
        case "base64-zstd":
            data = zstd.compress(data)
    return base64.b64encode(data).decode()


def chunks(rows: Rows, left: int, top: int) -> list[tuple[int, int, list[int]]]:
    """The 16 x 16 chunks of an infinite map that have these rows, the first tile at (left, top)."""
    cells = {(left + x, top + y): value for y, row in enumerate(rows) for x, value in enumerate(row)}
    places = sorted({(y // 16, x // 16) for x, y in cells})
    return [
        (16 * cx, 16 * cy, [cells.get((16 * cx + x, 16 * cy + y), 0) for y in range(16) for x in range(16)])
        for cy, cx in places
    ]


def flat(rows: Rows) -> list[int]:
    return [value for row in rows for value in row]


def kind_of(value: object) -> str:
    return {bool: "bool", int: "int", float: "float"}.get(type(value), "string")


# JSON -----------------------------------------------------------------------------------------------------------------


def json_properties(values: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"name": name, "type": kind_of(value), "value": value} for name, value in values.items()]


def json_tileset(**changes: Any) -> dict[str, Any]:
    tiles = []
    for tile in TILES:
        raw: dict[str, Any] = {"id": tile["id"]}
        if "type" in tile:
            raw["type"] = tile["type"]
        if "properties" in tile:
            raw["properties"] = json_properties(tile["properties"])
        if "animation" in tile:
            raw["animation"] = [{"tileid": place, "duration": time} for place, time in tile["animation"]]
        tiles.append(raw)
    return {
        "columns": 4, "image": "tiles.png", "imageheight": 32, "imagewidth": 64, "margin": 0, "name": "terrain",
        "spacing": 0, "tilecount": 8, "tiledversion": "1.11.0", "tileheight": 16, "tilewidth": 16, "tiles": tiles,
        "type": "tileset", "version": "1.10",
    } | changes  # fmt: skip


def json_layer(
    name: str, rows: Rows, drawn: Drawn, number: int, encoding: str, infinite: bool
) -> dict[str, Any]:
    width, height = drawn.size
    layer: dict[str, Any] = {
        "id": number, "name": name, "opacity": 1, "type": "tilelayer", "visible": True, "x": 0, "y": 0,
        "width": width, "height": height,
    }  # fmt: skip
    encoded, _, compression = encoding.partition("-")
    if encoded != "csv":
        layer |= {"encoding": encoded, "compression": compression}

    def data(numbers: list[int]) -> Any:
        return numbers if encoded == "csv" else pack(numbers, encoding)

    if infinite:
        layer["chunks"] = [
            {"data": data(numbers), "height": 16, "width": 16, "x": x, "y": y}
            for x, y, numbers in chunks(rows, drawn.left, drawn.top)
        ]
        layer |= {"startx": drawn.left, "starty": drawn.top}
    else:
        layer["data"] = data(flat(rows))
    properties = drawn.properties.get(name, {})
    if properties:
        layer["properties"] = json_properties(properties)
    return layer


def json_map(
    drawn: Drawn, encoding: str = "csv", *, infinite: bool = False, **changes: Any
) -> dict[str, Any]:
    width, height = drawn.size
    layers = [
        json_layer(name, rows, drawn, number, encoding, infinite)
        for number, (name, rows) in enumerate(drawn.layers.items(), 1)
    ]
    if drawn.objects:
        objects = [
            {"height": 0, "width": 0, "rotation": 0, "visible": True, "name": "", "type": ""}
            | each
            | ({"properties": json_properties(each["properties"])} if "properties" in each else {})
            for each in drawn.objects
        ]
        layers.append(
            {"draworder": "topdown", "id": 99, "name": "places", "objects": objects, "opacity": 1,
             "type": "objectgroup", "visible": True, "x": 0, "y": 0}
        )  # fmt: skip
    return {
        "compressionlevel": -1, "height": height, "infinite": infinite, "layers": layers, "nextlayerid": 100,
        "nextobjectid": 100, "orientation": "orthogonal", "renderorder": "right-down", "tiledversion": "1.11.0",
        "tileheight": drawn.tile[1], "tilesets": [{"firstgid": 1, "source": "terrain.tsj"}], "tilewidth": drawn.tile[0],
        "type": "map", "version": "1.10", "width": width,
    } | changes  # fmt: skip


# XML ------------------------------------------------------------------------------------------------------------------


def xml_properties(values: dict[str, Any]) -> str:
    def text(value: Any) -> str:
        return str(value).lower() if isinstance(value, bool) else str(value)

    inside = "".join(
        f'<property name={quoteattr(name)} type="{kind_of(value)}" value={quoteattr(text(value))}/>'
        for name, value in values.items()
    )
    return f"<properties>{inside}</properties>" if values else ""


def xml_tileset(attributes: str = "") -> str:
    tiles = ""
    for tile in TILES:
        inside = xml_properties(tile.get("properties", {}))
        if "animation" in tile:
            frames = "".join(
                f'<frame tileid="{place}" duration="{time}"/>' for place, time in tile["animation"]
            )
            inside += f"<animation>{frames}</animation>"
        kind = f' type="{tile["type"]}"' if "type" in tile else ""
        tiles += f'<tile id="{tile["id"]}"{kind}>{inside}</tile>'
    return (
        f'<tileset name="terrain" tilewidth="16" tileheight="16" tilecount="8" columns="4" {attributes}>'
        f'<image source="tiles.png" width="64" height="32"/>{tiles}</tileset>'
    )


def xml_layer(name: str, rows: Rows, drawn: Drawn, number: int, encoding: str, infinite: bool) -> str:
    width, height = drawn.size
    encoded, _, compression = encoding.partition("-")
    attributes = "" if encoding == "xml" else f' encoding="{encoded}"'
    attributes += f' compression="{compression}"' if compression else ""

    def data(numbers: list[int]) -> str:
        if encoding == "xml":
            return "".join(f'<tile gid="{value}"/>' if value else "<tile/>" for value in numbers)
        return "\n" + pack(numbers, encoding) + "\n"

    if infinite:
        inside = "".join(
            f'<chunk x="{x}" y="{y}" width="16" height="16">{data(numbers)}</chunk>'
            for x, y, numbers in chunks(rows, drawn.left, drawn.top)
        )
    else:
        inside = data(flat(rows))
    properties = xml_properties(drawn.properties.get(name, {}))
    return (
        f'<layer id="{number}" name={quoteattr(name)} width="{width}" height="{height}">{properties}'
        f"<data{attributes}>{inside}</data></layer>"
    )


SHAPES = ("point", "ellipse")


def xml_object(each: dict[str, Any]) -> str:
    inside = xml_properties(each.get("properties", {}))
    inside += "".join(f"<{shape}/>" for shape in SHAPES if each.get(shape))
    for shape in ("polygon", "polyline"):
        if shape in each:
            points = " ".join(f"{point['x']},{point['y']}" for point in each[shape])
            inside += f'<{shape} points="{points}"/>'
    if "text" in each:
        inside += f"<text>{escape(each['text']['text'])}</text>"
    skipped = {"properties", "polygon", "polyline", "text", *SHAPES}
    attributes = "".join(
        f" {name}={quoteattr(str(int(value) if isinstance(value, bool) else value))}"
        for name, value in each.items()
        if name not in skipped
    )
    return f"<object{attributes}>{inside}</object>"


def xml_map(
    drawn: Drawn, encoding: str = "csv", *, infinite: bool = False, tilesets: str | None = None
) -> str:
    width, height = drawn.size
    layers = "".join(
        xml_layer(name, rows, drawn, number, encoding, infinite)
        for number, (name, rows) in enumerate(drawn.layers.items(), 1)
    )
    if drawn.objects:
        layers += (
            f'<objectgroup id="99" name="places">{"".join(map(xml_object, drawn.objects))}</objectgroup>'
        )
    sets = '<tileset firstgid="1" source="terrain.tsx"/>' if tilesets is None else tilesets
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<map version="1.10" tiledversion="1.11.0" orientation="orthogonal" renderorder="right-down" width="{width}" '
        f'height="{height}" tilewidth="{drawn.tile[0]}" tileheight="{drawn.tile[1]}" infinite="{int(infinite)}" '
        f'nextlayerid="100" nextobjectid="100">\n{sets}{layers}</map>\n'
    )


# Files ----------------------------------------------------------------------------------------------------------------


def furnish(folder: Path) -> Path:
    """A game's folder with an image and both formats of the tileset."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tiles.png").write_bytes(PNG)
    (folder / "terrain.tsj").write_text(json.dumps(json_tileset()))
    (folder / "terrain.tsx").write_text('<?xml version="1.0" encoding="UTF-8"?>\n' + xml_tileset())
    return folder


def furnish_mod(mod: Path, part: str) -> Path:
    """A game's folder maps/ in a part of it, with both formats of the tileset, and the image in client/."""
    folder = furnish(mod / part / "maps")
    (mod / "client").mkdir(exist_ok=True)
    (folder / "tiles.png").rename(mod / "client" / "tiles.png")
    for tileset in (folder / "terrain.tsj", folder / "terrain.tsx"):
        tileset.write_text(tileset.read_text().replace("tiles.png", "../../client/tiles.png"))
    return folder


def write(folder: Path, name: str, content: str | dict[str, Any]) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def declared(folder: Path, files: str | dict[tuple[int, int], str], **options: Any) -> MapDeclaration:
    """The declaration that game.map(files) in `folder`/game.py would make."""
    given: dict[str, Any] = {
        "files": {(0, 0): files} if isinstance(files, str) else files,
        "folder": str(folder),
        "tile_size": None,
        "chunk_size": 8,
        "solid_edge": True,
        "friction": 0.0,
        "elasticity": 0.0,
        "file": str(folder / "game.py"),
        "line": 3,
    }
    return MapDeclaration(**(given | options))


def keys_at(data: MapData, x: int, y: int, layer: str, region: tuple[int, int] = (0, 0)) -> tuple[str, int]:
    """The key of the kind of tile in a map, "" for none, and its flags."""
    from tests.ecs.map_kit import map_of

    tiles = map_of(data)
    left, top = region[0] * data.header.region_width, region[1] * data.header.region_height
    value = tiles.value(left + x, top + y, layer)
    number = value & 0x1FFF
    return (data.header.kinds[number - 1].key if number else ""), value & 0xE000
