"""Maps that Tiled itself has saved (tests/app/tiled_maps), one drawing in fifteen kinds of files, are read alike."""

from pathlib import Path

import pytest

from app.tiled.maps import read_map
from ecs.map_data import MapData, MapObject
from ecs.map_header import FLIP_DIAGONAL, FLIP_HORIZONTAL, FLIP_VERTICAL
from tests.app.tiled_kit import declared, keys_at

FOLDER = Path(__file__).parent / "tiled_maps"
NAMES = sorted(path.name for path in FOLDER.iterdir() if path.suffix in (".tmj", ".tmx"))
TURNS = (0, FLIP_HORIZONTAL, FLIP_VERTICAL, FLIP_DIAGONAL, FLIP_HORIZONTAL | FLIP_VERTICAL | FLIP_DIAGONAL)
WIDTH, HEIGHT = 20, 12


def read(name: str) -> tuple[MapData, int, int]:
    """A map, and where the drawing begins in it (tiles): an infinite one begins with its first chunk of 16 x 16."""
    data = read_map(declared(FOLDER, name), FOLDER)
    return (data, 8, 8) if name.startswith("infinite") else (data, 0, 0)


def things(x: int, y: int) -> tuple[str, int]:
    """What is drawn on the upper layer."""
    if y == 9 and 4 <= x < 9:
        return "terrain:3", 0
    return ("terrain:1", TURNS[(x + 2 * y) % 5]) if (x + y) % 7 == 0 else ("", 0)


def test_there_are_maps_of_every_kind() -> None:
    """Both formats, finite and infinite, all encodings of tiles, tilesets in files of both formats, inside, and mixed."""
    texts = {name: (FOLDER / name).read_text(encoding="utf-8") for name in NAMES}
    assert len(texts) == 15
    assert all("1.8.2" in text for text in texts.values()), "Tiled writes its version"
    for form in ("csv", "base64", "gzip", "zlib", "zstd"):
        named = {name.partition("-")[0] for name in texts if form in name}
        assert named == {"finite", "infinite"}
    assert "<tile gid=" in texts["finite-xml.tmx"]
    assert "terrain.tsx" in texts["mixed.tmj"] and "terrain.tsj" in texts["finite-csv.tmj"]
    assert "terrain.ts" not in texts["embedded.tmx"] + texts["embedded.tmj"]


@pytest.mark.parametrize("name", NAMES)
def test_tiles_are_where_they_were_drawn(name: str) -> None:
    """Every tile of both layers, with the way it is turned, and nothing beside the drawing."""
    data, left, top = read(name)
    layers = [(layer.name, layer.properties) for layer in data.header.layers]
    assert layers == [("ground", {}), ("things", {"note": "upper"})]
    for y in range(data.header.region_height):
        for x in range(data.header.region_width):
            column, row = x - left, y - top
            inside = 0 <= column < WIDTH and 0 <= row < HEIGHT
            ground = (f"terrain:{column * row % 3}", 0) if inside else ("", 0)
            assert keys_at(data, x, y, "ground") == ground
            assert keys_at(data, x, y, "things") == (things(column, row) if inside else ("", 0))


@pytest.mark.parametrize("name", NAMES)
def test_objects_and_kinds_are_as_drawn(name: str) -> None:
    """Objects of all shapes in their places, with their properties; kinds with theirs, and the tileset's image."""
    data, _, _ = read(name)
    found = {each.name: each for each in data.regions[0].objects}
    shapes = {each.name: (each.shape, each.kind) for each in found.values()}
    assert shapes == {
        "start": ("point", "spawn"), "shop": ("box", "area"), "pond": ("ellipse", "places"),
        "way": ("line", "places"), "field": ("polygon", "places"), "sign": ("text", "places"),
        "crate": ("box", "places"),
    }  # fmt: skip
    assert (found["start"].x, found["start"].y) == (24.0, 40.0)
    assert found["shop"].properties == {"price": 5, "open": True, "text": "Käse & <Brot>"}
    assert _box(found["shop"]) == (88.0, 48.0, 48.0, 32.0)
    assert _box(found["pond"]) == (176.0, 104.0, 32.0, 16.0)
    assert found["way"].points == ((16.0, 16.0), (56.0, 24.0), (96.0, 16.0))
    assert [tuple(map(round, point)) for point in found["field"].points] == [
        (200, 100),
        (200, 116),
        (176, 108),
    ]
    assert found["sign"].text == "Welcome"
    assert found["crate"].tile & 0xE000 == FLIP_HORIZONTAL
    kinds = {kind.key: kind for kind in data.header.kinds}
    assert kinds["terrain:1"].solid and kinds["terrain:2"].damage == 2.5
    assert kinds["terrain:3"].one_way == "up"
    assert [(each.image, each.width, each.columns) for each in data.header.pictures] == [("tiles.png", 64, 4)]


def test_all_of_one_drawing_are_the_same_map() -> None:
    """Finite ones have the same address, whatever they were saved as; so have infinite ones."""
    for begin in ("finite", "infinite"):
        same = {read(name)[0].address for name in NAMES if name.startswith(begin)}
        assert len(same) == 1
    assert len({read(name)[0].address for name in ("embedded.tmj", "mixed.tmj", "finite-csv.tmj")}) == 1


def _box(each: MapObject) -> tuple[float, float, float, float]:
    return each.x, each.y, each.w, each.h
