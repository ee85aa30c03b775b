"""Draws the village as a Tiled map, map/village.tmj: https://doc.mapeditor.org/en/stable/reference/json-map-format/

Run it from the checkout: python -m mods.village.drawing.draw_map
"""

import base64
import json
import zlib
from array import array
from pathlib import Path
from typing import Any

from .plan import DEN, FOREST, MIDDLE, SHOP, SIDE, Layer, Plan
from .tiles import COLUMNS, NUMBERS, TILES
from .tiles import SIDE as PIXELS

SEED = 2026
MAP = Path(__file__).resolve().parent.parent / "map" / "village.tmj"
TYPES = {bool: "bool", float: "float", int: "int", str: "string"}


def draw() -> dict[str, Any]:
    """The whole map as Tiled writes it."""
    plan = Plan(SEED).draw()
    layers = [
        tile_layer(1, "ground", plan.ground),
        tile_layer(2, "things", plan.things),
        tile_layer(3, "roofs", plan.roofs),
        object_layer(4, "places", places()),
        object_layer(5, "homes", [point("home", "home", *home) for home in plan.homes], first=100),
        object_layer(6, "lairs", lairs(plan), first=1000),
    ]
    return {
        "type": "map", "version": "1.10", "tiledversion": "1.10.2", "orientation": "orthogonal",
        "renderorder": "right-down", "infinite": False, "compressionlevel": -1, "width": SIDE, "height": SIDE,
        "tilewidth": PIXELS, "tileheight": PIXELS, "nextlayerid": 7, "nextobjectid": 2000,
        "layers": layers, "tilesets": [tileset()],
    }  # fmt: skip


def tile_layer(number: int, name: str, tiles: Layer) -> dict[str, Any]:
    """A layer of tiles, packed as Tiled does by default: base64 of zlib of 32-bit numbers."""
    numbers = array(
        "I", [NUMBERS[tiles[x, y]] if (x, y) in tiles else 0 for y in range(SIDE) for x in range(SIDE)]
    )
    packed = base64.b64encode(zlib.compress(numbers.tobytes(), 9)).decode()
    return {
        "type": "tilelayer", "id": number, "name": name, "x": 0, "y": 0, "width": SIDE, "height": SIDE,
        "opacity": 1, "visible": True, "encoding": "base64", "compression": "zlib", "data": packed,
    }  # fmt: skip


def object_layer(number: int, name: str, objects: list[dict[str, Any]], first: int = 1) -> dict[str, Any]:
    """A layer of objects, numbered from `first`."""
    for place, each in enumerate(objects):
        each["id"] = first + place
    return {
        "type": "objectgroup", "id": number, "name": name, "x": 0, "y": 0, "opacity": 1, "visible": True,
        "draworder": "topdown", "objects": objects,
    }  # fmt: skip


def point(kind: str, name: str, x: int, y: int) -> dict[str, Any]:
    """A point in the middle of a tile."""
    return {
        "id": 0, "name": name, "type": kind, "x": (x + 0.5) * PIXELS, "y": (y + 0.5) * PIXELS,
        "width": 0, "height": 0, "rotation": 0, "visible": True, "point": True,
    }  # fmt: skip


def area(kind: str, name: str, tiles: tuple[int, int, int, int]) -> dict[str, Any]:
    """A rectangle of tiles."""
    x, y, width, height = (side * PIXELS for side in tiles)
    return {
        "id": 0, "name": name, "type": kind, "x": x, "y": y, "width": width, "height": height,
        "rotation": 0, "visible": True,
    }  # fmt: skip


def places() -> list[dict[str, Any]]:
    """Where players begin, the shop's mat, the fountain, and the areas that have a name."""
    around = ((-5, -3), (5, -3), (-5, 3), (5, 3), (0, 5), (0, -5), (-6, 0), (6, 0))
    starts = [point("spawn", "plaza", MIDDLE + x, MIDDLE + y) for x, y in around]
    shop = point("shop", "shop", SHOP[0] + SHOP[2] // 2, SHOP[1] + SHOP[3])
    fountain = point("fountain", "fountain", MIDDLE, MIDDLE)
    return [*starts, shop, fountain, area("area", "forest", FOREST), area("area", "den", DEN)]


def lairs(plan: Plan) -> list[dict[str, Any]]:
    """Where monsters come from: wolves and slimes in the den, a few slimes deep in the forest."""
    x, y, width, height = DEN
    found = [
        point("lair", plan.random.choice(("wolf", "slime")), column, row)
        for row in range(y + 5, y + height - 4, 8)
        for column in range(x + 6, x + width - 4, 7)
        if plan.ground[column, row] == "rock" and (column, row) not in plan.things
    ]
    x, y, width, height = FOREST
    for _ in range(12):
        place = plan.random.randrange(x + 2, x + width - 12), plan.random.randrange(y + 2, y + height - 2)
        if place not in plan.things:
            found.append(point("lair", "slime", *place))
    return found


def tileset() -> dict[str, Any]:
    """The tileset, embedded, with the class and the properties of every tile."""
    rows = -(-len(TILES) // COLUMNS)
    return {
        "firstgid": 1, "name": "village", "image": "../client/tiles.png", "imagewidth": COLUMNS * PIXELS,
        "imageheight": rows * PIXELS, "tilewidth": PIXELS, "tileheight": PIXELS, "columns": COLUMNS,
        "tilecount": len(TILES), "margin": 0, "spacing": 0,
        "tiles": [
            {
                "id": place,
                "type": tile.name,
                "properties": [
                    {"name": name, "type": TYPES[type(value)], "value": value}
                    for name, value in tile.properties.items()
                ],
            }
            for place, tile in enumerate(TILES)
        ],
    }  # fmt: skip


def main() -> None:
    """Write the map."""
    MAP.write_text(json.dumps(draw(), separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
