"""Tiled maps of every kind are read, and say the same whatever they were saved as."""

import json
from math import radians
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.tiled.maps import load_map, read_map
from ecs.game import Game
from ecs.map_data import MapData, MapError, MapObject, decode_map
from ecs.map_header import FLIP_DIAGONAL, FLIP_HORIZONTAL, FLIP_VERTICAL
from ecs.world import World
from tests.app.tiled_kit import (
    ENCODINGS,
    Drawn,
    declared,
    furnish,
    json_map,
    json_tileset,
    keys_at,
    write,
    xml_map,
    xml_tileset,
)

WIDE: dict[str, Any] = {
    "ground": [[1 + (x * y) % 3 for x in range(40)] for y in range(20)],
    "trees": [[((x + y) % 7 == 0 and 2) or 0 for x in range(40)] for y in range(20)],
}
FORMATS = [
    *(("tmj", encoding, infinite) for encoding in ENCODINGS for infinite in (False, True)),
    *(("tmx", encoding, infinite) for encoding in (*ENCODINGS, "xml") for infinite in (False, True)),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return furnish(tmp_path / "game")


def read(folder: Path, content: str | dict[str, Any], **options: Any) -> MapData:
    """Write a map, read it, and check that its bytes are canonical."""
    name = "map.tmx" if isinstance(content, str) else "map.tmj"
    write(folder, name, content)
    data = read_map(declared(folder, name, **options), folder)
    assert decode_map(data.encoded) == data
    return data


def written(drawn: Drawn, form: str, encoding: str, infinite: bool) -> str | dict[str, Any]:
    write_map = xml_map if form == "tmx" else json_map
    return write_map(drawn, encoding, infinite=infinite)


@pytest.mark.parametrize(("form", "encoding", "infinite"), FORMATS)
def test_every_format_gives_the_same_map(folder: Path, form: str, encoding: str, infinite: bool) -> None:
    """Finite and infinite, JSON and XML, in every encoding and compression, Tiled's deprecated one included: the same
    tiles in the same places."""
    data = read(folder, written(Drawn(WIDE), form, encoding, infinite))
    plain = read(folder, written(Drawn(WIDE), "tmj", "csv", infinite))
    assert data == plain
    assert (data.header.region_width, data.header.region_height) == ((48, 32) if infinite else (40, 20))
    for x, y in ((0, 0), (39, 19), (16, 16), (13, 7), (7, 7)):
        assert keys_at(data, x, y, "ground")[0] == f"terrain:{WIDE['ground'][y][x] - 1}"
        assert keys_at(data, x, y, "trees")[0] == ("terrain:1" if WIDE["trees"][y][x] else "")


@given(
    rows=st.integers(1, 20).flatmap(
        lambda width: st.lists(
            st.lists(st.integers(0, 8), min_size=width, max_size=width), min_size=1, max_size=20
        )
    ),
    left=st.integers(-40, 40),
    top=st.integers(-40, 40),
    form=st.sampled_from(FORMATS),
)
def test_any_tiles_in_any_format(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[list[int]],
    left: int,
    top: int,
    form: tuple[str, str, bool],
) -> None:
    """Whatever is drawn, wherever an infinite map begins: each tile is where it was drawn."""
    folder = furnish(tmp_path_factory.mktemp("game"))
    infinite = form[2]
    data = read(folder, written(Drawn({"ground": rows}, left, top), *form))
    shift_x, shift_y = (left % 16, top % 16) if infinite else (0, 0)
    for y, row in enumerate(rows):
        for x, value in enumerate(row):
            expected = f"terrain:{value - 1}" if value else ""
            assert keys_at(data, x + shift_x, y + shift_y, "ground") == (expected, 0)


def test_turned_tiles_keep_their_flags(folder: Path) -> None:
    """Tiled's three flags stay with the tile; they do not make another kind of it."""
    rows = [[0x80000001, 0x40000001, 0x20000001, 0xE0000002]]
    data = read(folder, json_map(Drawn({"ground": rows}), "base64-zstd"))
    assert [keys_at(data, x, 0, "ground") for x in range(4)] == [
        ("terrain:0", FLIP_HORIZONTAL),
        ("terrain:0", FLIP_VERTICAL),
        ("terrain:0", FLIP_DIAGONAL),
        ("terrain:1", FLIP_HORIZONTAL | FLIP_VERTICAL | FLIP_DIAGONAL),
    ]


@pytest.mark.parametrize("form", ["tmj", "tmx"])
def test_what_a_tile_is(folder: Path, form: str) -> None:
    """Classes and properties of a tileset become kinds; tiles that say something are there though no layer has them."""
    data = read(folder, written(Drawn({"ground": [[1, 6, 8]]}), form, "csv", False))
    kinds = {kind.key: kind for kind in data.header.kinds}
    assert list(kinds) == [f"terrain:{place}" for place in (0, 1, 2, 3, 5, 7)]
    assert kinds["terrain:0"].name == "grass"
    assert (kinds["terrain:1"].name, kinds["terrain:1"].solid) == ("wall", True)
    assert (kinds["terrain:2"].damage, kinds["terrain:2"].properties) == (2.5, {"note": "hot"})
    assert (kinds["terrain:3"].name, kinds["terrain:3"].one_way) == ("ledge", "up")
    assert kinds["terrain:5"].frames == ((5, 100), (6, 200))
    (picture,) = data.header.pictures
    assert (picture.image, picture.columns, picture.width, picture.tile_width) == ("tiles.png", 4, 64, 16)
    assert [(kind.picture, kind.place) for kind in kinds.values()] == [
        (0, place) for place in (0, 1, 2, 3, 5, 7)
    ]


@pytest.mark.parametrize("form", ["tmj", "tmx"])
def test_embedded_and_mixed_tilesets(folder: Path, form: str) -> None:
    """A tileset may be in the map, or in a file of the other format."""
    drawn = Drawn({"ground": [[1, 2]]})
    if form == "tmj":
        inside = read(folder, json_map(drawn, tilesets=[json_tileset() | {"firstgid": 1}]))
        other = read(folder, json_map(drawn, tilesets=[{"firstgid": 1, "source": "terrain.tsx"}]))
    else:
        inside = read(folder, xml_map(drawn, tilesets=xml_tileset('firstgid="1"')))
        other = read(folder, xml_map(drawn, tilesets='<tileset firstgid="1" source="terrain.tsj"/>'))
    assert inside == other


def test_a_tileset_of_many_images(folder: Path) -> None:
    """A collection of images: each tile has a picture of its own."""
    write(folder / "art", "a.png", "x")
    write(folder / "art", "b.png", "x")
    tiles = [
        {"id": 0, "image": "art/a.png", "imagewidth": 16, "imageheight": 16},
        {"id": 7, "image": "art/b.png", "imagewidth": 32, "imageheight": 48},
    ]
    tileset = {"columns": 0, "margin": 0, "name": "things", "spacing": 0, "tilecount": 2, "tileheight": 48,
               "tilewidth": 32, "tiles": tiles, "type": "tileset", "firstgid": 1}  # fmt: skip
    data = read(folder, json_map(Drawn({"ground": [[8, 1]]}), tilesets=[tileset]))
    assert [picture.image for picture in data.header.pictures] == ["art/a.png", "art/b.png"]
    kind = data.header.kinds[1]
    assert (kind.key, kind.picture, kind.place) == ("things:7", 1, 0)


def test_layers_in_groups(folder: Path) -> None:
    """Groups add their name, offset, opacity and visibility to what is in them; layers keep their order."""
    drawn = Drawn({"a": [[1]], "b": [[1]]})
    content = json_map(drawn)
    first, second = content["layers"]
    first |= {"opacity": 0.5, "tintcolor": "#ff8000"}
    inner = {"id": 20, "name": "deep", "type": "group", "layers": [first], "offsetx": 8, "offsety": 0, "opacity": 0.5,
             "visible": True, "x": 0, "y": 0, "parallaxx": 0.5}  # fmt: skip
    outer = {
        "id": 21,
        "name": "out",
        "type": "group",
        "layers": [inner],
        "visible": False,
        "opacity": 1,
        "x": 0,
        "y": 0,
    }
    content["layers"] = [outer, second]
    data = read(folder, content)
    layer, last = data.header.layers
    assert (layer.name, last.name) == ("out/deep/a", "b")
    assert (layer.opacity, layer.visible, layer.offset_x, layer.parallax_x) == (0.25, False, 8.0, 0.5)
    assert layer.tint == "#ff8000ff"


def test_a_layer_says_whether_it_is_solid(folder: Path) -> None:
    """The property `solid` of a layer overrules its tiles."""
    drawn = Drawn(
        {"walls": [[1, 0]], "roof": [[2, 2]]}, properties={"walls": {"solid": True}, "roof": {"solid": False}}
    )
    for content in (json_map(drawn), xml_map(drawn)):
        data = read(folder, content)
        assert [layer.solid for layer in data.header.layers] == [True, False]


OBJECTS: list[dict[str, Any]] = [
    {"id": 1, "name": "start", "type": "spawn", "x": 24.0, "y": 8.0, "point": True},
    {"id": 2, "name": "shop", "x": 16.0, "y": 16.0, "width": 32.0, "height": 16.0, "properties": {"price": 5}},
    {"id": 3, "name": "turned", "x": 16.0, "y": 16.0, "width": 32.0, "height": 16.0, "rotation": 90},
    {"id": 4, "name": "pond", "x": 0.0, "y": 0.0, "width": 10.0, "height": 10.0, "ellipse": True},
    {"id": 5, "name": "path", "x": 8.0, "y": 8.0, "polyline": [{"x": 0, "y": 0}, {"x": 10, "y": 5}]},
    {"id": 6, "name": "field", "x": 8.0, "y": 8.0, "rotation": 90,
     "polygon": [{"x": 0, "y": 0}, {"x": 10, "y": 0}, {"x": 10, "y": 5}]},
    {"id": 7, "name": "sign", "x": 8.0, "y": 8.0, "width": 20.0, "height": 10.0, "text": {"text": "Hello <world>"}},
    {"id": 8, "name": "chest", "x": 16.0, "y": 32.0, "width": 16.0, "height": 16.0, "gid": 0x80000002},
]  # fmt: skip


@pytest.mark.parametrize("form", ["tmj", "tmx"])
def test_objects(folder: Path, form: str) -> None:
    """All shapes of objects come as centre, size, angle and points in world units; without a class, the layer's name is
    their kind."""
    data = read(folder, written(Drawn(objects=OBJECTS), form, "csv", False), tile_size=8.0)
    found = {each.name: each for each in data.regions[0].objects}
    assert found["start"] == MapObject(1, "start", "spawn", "places", "point", 12.0, 4.0)
    assert found["shop"] == MapObject(
        2, "shop", "places", "places", "box", 16.0, 12.0, 16.0, 8.0, properties={"price": 5}
    )
    turned = found["turned"]
    assert [turned.x, turned.y, turned.angle] == pytest.approx([4.0, 16.0, radians(90)])
    assert (found["pond"].shape, found["pond"].x, found["pond"].w) == ("ellipse", 2.5, 5.0)
    assert found["path"].points == ((4.0, 4.0), (9.0, 6.5))
    assert [pytest.approx(point) for point in found["field"].points] == [(4.0, 4.0), (4.0, 9.0), (1.5, 9.0)]
    assert (found["sign"].shape, found["sign"].text) == ("text", "Hello <world>")
    chest = found["chest"]
    assert (chest.x, chest.y, chest.w, chest.tile & 0xE000) == (12.0, 12.0, 8.0, FLIP_HORIZONTAL)
    assert data.header.kinds[(chest.tile & 0x1FFF) - 1].key == "terrain:1"


def test_objects_of_an_infinite_map(folder: Path) -> None:
    """The map begins where its first chunk does, and its objects move along."""
    drawn = Drawn(
        {"ground": [[1]]}, left=-20, top=5, objects=[{"id": 1, "x": -320.0, "y": 80.0, "point": True}]
    )
    data = read(folder, json_map(drawn, infinite=True))
    (point,) = data.regions[0].objects
    assert (point.x, point.y) == ((-20 + 32) * 16.0, 5 * 16.0)
    assert keys_at(data, -20 + 32, 5, "ground") == ("terrain:0", 0)


TEMPLATE: dict[str, Any] = {
    "type": "template",
    "tileset": {"firstgid": 1, "source": "terrain.tsj"},
    "object": {
        "gid": 3, "height": 16, "id": 2, "name": "chest", "properties": [
            {"name": "gold", "type": "int", "value": 5}, {"name": "locked", "type": "bool", "value": True}],
        "rotation": 0, "type": "chest", "visible": True, "width": 16,
    },
}  # fmt: skip
XML_TEMPLATE = (
    '<?xml version="1.0" encoding="UTF-8"?><template><tileset firstgid="1" source="terrain.tsx"/>'
    '<object name="chest" type="chest" gid="3" width="16" height="16"><properties>'
    '<property name="gold" type="int" value="5"/><property name="locked" type="bool" value="true"/>'
    "</properties></object></template>"
)


@pytest.mark.parametrize("form", ["tmj", "tmx"])
@pytest.mark.parametrize("has_tileset", [True, False])
def test_templates(folder: Path, form: str, has_tileset: bool) -> None:
    """An object takes from its template what it does not say itself, also a tile of a tileset the map does not have."""
    write(folder, "chest.tj", TEMPLATE)
    write(folder, "chest.tx", XML_TEMPLATE)
    instance = {
        "id": 9,
        "template": f"chest.{form.replace('tm', 't')}",
        "x": 16.0,
        "y": 32.0,
        "properties": {"gold": 7},
    }
    bigger = instance | {"id": 10, "width": 32.0, "height": 32.0, "name": "big"}
    drawn = Drawn({"ground": [[0, 0]]} if not has_tileset else {"ground": [[1, 0]]})
    content: Any = written(drawn, form, "csv", False)
    if form == "tmj":
        for each in (instance, bigger):
            each["properties"] = [{"name": "gold", "type": "int", "value": 7}]
        content["layers"].append({"draworder": "topdown", "id": 9, "name": "places", "objects": [instance, bigger],
                                  "opacity": 1, "type": "objectgroup", "visible": True})  # fmt: skip
        content["tilesets"] = content["tilesets"] if has_tileset else []
    else:
        objects = "".join(
            f'<object id="{each["id"]}" template="chest.tx" x="16" y="32"{more}><properties>'
            '<property name="gold" type="int" value="7"/></properties></object>'
            for each, more in ((instance, ""), (bigger, ' width="32" height="32" name="big"'))
        )
        content = content.replace(
            "</map>", f'<objectgroup id="9" name="places">{objects}</objectgroup></map>'
        )
        content = (
            content if has_tileset else content.replace('<tileset firstgid="1" source="terrain.tsx"/>', "")
        )
    data = read(folder, content)
    small, big = data.regions[0].objects
    assert (small.name, small.kind, small.w, small.x, small.y) == ("chest", "chest", 16.0, 24.0, 24.0)
    assert small.properties == {"gold": 7, "locked": True}
    assert (big.name, big.w, big.x, big.y) == ("big", 32.0, 32.0, 16.0)
    assert data.header.kinds[small.tile - 1].key == "terrain:2"


def test_regions_side_by_side(folder: Path) -> None:
    """Each lobby has a map of its own; kinds and layers are shared, sizes are those of the largest."""
    write(folder, "a.tmj", json_map(Drawn({"ground": [[1, 1, 1]] * 5})))
    write(folder, "b.tmx", xml_map(Drawn({"ground": [[2, 2]], "top": [[0, 3]]}, objects=[OBJECTS[0]])))
    write(folder, "c.tmj", json_map(Drawn({"top": [[3]]})))
    with pytest.raises(MapError, match="another map has a different tileset called 'terrain'"):
        read_map(declared(folder, {(0, 0): "a.tmj", (2, 1): "b.tmx"}), folder)
    write(folder, "b.tmx", xml_map(Drawn({"ground": [[2, 2]], "top": [[0, 3]]}, objects=[OBJECTS[0]]),
                                   tilesets='<tileset firstgid="1" source="terrain.tsj"/>'))  # fmt: skip
    data = read_map(declared(folder, {(0, 0): "a.tmj", (2, 1): "b.tmx", (3, 1): "c.tmj"}), folder)
    assert data.header.regions == ((0, 0), (2, 1), (3, 1))
    assert (data.header.region_width, data.header.region_height) == (3, 5)
    assert [layer.name for layer in data.header.layers] == ["ground", "top"]
    assert keys_at(data, 2, 4, "ground") == ("terrain:0", 0)
    assert keys_at(data, 1, 0, "top", (2, 1)) == ("terrain:2", 0)
    assert keys_at(data, 2, 0, "ground", (2, 1)) == ("", 0)
    assert keys_at(data, 0, 0, "top", (3, 1)) == ("terrain:2", 0)
    (start,) = data.regions[1].objects
    assert (start.x, start.y) == (2 * 3 * 16 + 24.0, 5 * 16 + 8.0)


def test_tiles_that_are_not_square(folder: Path) -> None:
    """Tiles of 16 x 32 pixels are as high as they are in Tiled, whatever size the game wants them in."""
    data = read(folder, json_map(Drawn(tile=(16, 32))), tile_size=10.0)
    assert (data.header.tile_width, data.header.tile_height) == (10.0, 20.0)


def test_maps_of_old_versions(folder: Path) -> None:
    """What only later versions of Tiled write may be missing."""
    content = xml_map(Drawn())
    for attribute in (' infinite="0"', ' nextlayerid="100"', ' nextobjectid="100"', ' tiledversion="1.11.0"',
                      ' renderorder="right-down"'):  # fmt: skip
        assert attribute in content
        content = content.replace(attribute, "")
    assert read(folder, content) == read(folder, xml_map(Drawn()))


def test_properties_of_all_types(folder: Path) -> None:
    """Colours become text, files their path; a map's own properties are there too."""
    values = [
        {"name": "text", "type": "string", "value": "a"},
        {"name": "whole", "type": "int", "value": 3},
        {"name": "real", "type": "float", "value": 0.5},
        {"name": "yes", "type": "bool", "value": True},
        {"name": "paint", "type": "color", "value": "#80ff0010"},
        {"name": "sound", "type": "file", "value": "a/b.ogg"},
        {"name": "who", "type": "object", "value": 4},
    ]
    data = read(folder, json_map(Drawn(), properties=values))
    assert data.regions[0].properties == {
        "text": "a", "whole": 3, "real": 0.5, "yes": True, "paint": "#ff001080", "sound": "a/b.ogg", "who": 4,
    }  # fmt: skip


def test_a_game_gets_its_map(folder: Path) -> None:
    """load_map reads what the game declares, from the folder of the file that declares it, and the world has it."""
    maps = folder / "shared" / "maps"
    furnish(maps)
    write(maps, "village.tmj", json_map(Drawn(WIDE, objects=[OBJECTS[0]]), "base64-zlib"))
    source = "from ecs.game import Game\ngame = Game('village')\ngame.map('maps/village.tmj')\n"
    path = write(folder / "shared", "game.py", source)
    names: dict[str, Any] = {"__name__": "village"}
    exec(compile(source, str(path), "exec"), names)
    game: Game = names["game"]
    load_map(game, folder)
    world = World(game, 1)
    assert world.map.is_solid(0, 0)
    assert world.map.spawn_points()[0].name == "start"
    assert game.tiles is not None
    assert game.tiles.header.pictures[0].image == "shared/maps/tiles.png"


def test_a_map_larger_than_its_game_is_refused(folder: Path) -> None:
    """Positions could not travel: the message says what size the game needs."""
    write(folder, "big.tmj", json_map(Drawn({"ground": [[1] * 100] * 10})))
    game = Game("test", width=1000.0, height=1000.0)
    game.map("big.tmj")
    object.__setattr__(game.map_declaration, "folder", str(folder))
    with pytest.raises(MapError, match=r"big.tmj: the map is 1600 x 160 .*Game\(width=1600"):
        load_map(game, folder)


def test_a_game_without_map_files_loads_nothing(folder: Path) -> None:
    """A game that declares none, or a generated one, needs no files."""
    game = Game("test")
    load_map(game, folder)
    assert game.tiles is None


def test_reading_leaves_nothing_behind(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The checked copies are gone after reading, and the game's folder is as it was."""
    import tempfile

    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    before = sorted(folder.rglob("*"))
    read(folder, json_map(Drawn()))
    assert list(temporary.iterdir()) == []
    assert sorted(folder.rglob("*")) == sorted([*before, folder / "map.tmj"])
    assert json.loads((folder / "terrain.tsj").read_text()) == json_tileset()
