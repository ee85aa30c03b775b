"""Broken, huge, recursive and missing map files: refused with file, layer, position and cause; never worse."""

import base64
import gzip
import json
import struct
import zlib
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import zstd
from hypothesis import given
from hypothesis import strategies as st

from app.tiled.data import decode_tiles
from app.tiled.files import MapLimits
from app.tiled.maps import read_map
from app.tiled.nodes import RawBlock
from ecs.map_data import MapError
from tests.app.tiled_kit import Drawn, declared, furnish, json_map, json_tileset, write, xml_map, xml_tileset


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return furnish(tmp_path / "game")


def refused(folder: Path, content: Any, limits: MapLimits | None = None, name: str = "") -> str:
    """Why a map is refused."""
    name = name or ("map.tmx" if isinstance(content, str) else "map.tmj")
    write(folder, name, content)
    with pytest.raises(MapError) as caught:
        read_map(declared(folder, name), folder, limits)
    message = str(caught.value)
    assert str(folder.parent) not in message.replace(str(folder / "game.py"), "")
    return message


def layer(content: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The map with its first layer changed; None takes a key away."""
    first = content["layers"][0]
    first.update(changes)
    content["layers"][0] = {key: value for key, value in first.items() if value is not None}
    return content


def changed(**changes: Any) -> dict[str, Any]:
    content = json_map(Drawn()) | changes
    return {key: value for key, value in content.items() if value is not None}


def tileset(**changes: Any) -> dict[str, Any]:
    """The map with its tileset inside, changed."""
    raw = json_tileset() | {"firstgid": 1} | changes
    return changed(tilesets=[{key: value for key, value in raw.items() if value is not None}])


def objects(*raw: dict[str, Any]) -> dict[str, Any]:
    content = json_map(Drawn())
    content["layers"].append({"id": 9, "name": "places", "type": "objectgroup", "objects": list(raw)})
    return content


def deep_groups(depth: int) -> dict[str, Any]:
    inside: list[Any] = []
    for number in range(depth):
        inside = [{"id": number, "name": "g", "type": "group", "layers": inside}]
    return changed(layers=inside)


NUMBERS = struct.pack("<4I", 1, 2, 3, 0)
ZLIB, GZIP, ZSTD = zlib.compress(NUMBERS), gzip.compress(NUMBERS), zstd.compress(NUMBERS)


def packed(data: bytes | str, compression: str = "") -> dict[str, Any]:
    text = data if isinstance(data, str) else base64.b64encode(data).decode()
    return layer(json_map(Drawn()), data=text, encoding="base64", compression=compression)


WALL = {
    "id": 1,
    "x": 0,
    "y": 0,
    "width": 1,
    "height": 1,
    "visible": True,
    "rotation": 0,
    "name": "",
    "type": "",
}
IN_LAYER = "map.tmj: layer 'ground': "
BROKEN: dict[str, tuple[Any, str]] = {
    # files
    "no JSON": ('{"width": ,}', "map.tmj:1:11: no JSON: Expecting value"),
    "empty": ("", "map.tmj:1:1: no JSON"),
    "no object": ("[1, 2]", "map.tmj: a Tiled file is an object, not a list"),
    "NaN": ('{"width": NaN}', "map.tmj: NaN is no number"),
    "deep JSON": ("[" * 100_000, "map.tmj: nested too deeply"),
    "huge number": ('{"width": ' + "9" * 5000 + "}", "map.tmj: "),
    "no XML": ("<map><layer></map>", "map.tmj:1:15: no XML: mismatched tag"),
    "deep XML": ("<map>" + "<group>" * 100, "map.tmj: nested more than 40 deep"),
    "entities": ('<!DOCTYPE map [<!ENTITY a "aaaa">]><map>&a;</map>', "map.tmj: it declares XML entities"),
    "another file of Tiled": (json_tileset(), "map.tmj: this is a tileset, not a map"),
    "another XML file": ("<svg/>", "map.tmj: this is a svg, not a map"),
    # the map
    "isometric": (changed(orientation="isometric"), "map.tmj: the map is isometric; Tickroom reads orthogonal maps"),
    "no width": (changed(width=None), "map.tmj: width is a whole number, not None"),
    "negative": (changed(height=-2), "map.tmj: the map is 2 x -2 tiles"),
    "wide": (changed(width=70_000), "map.tmj: the map is 70000 x 2 tiles; a side has 1 to 65536"),
    "tiles of no size": (changed(tilewidth=0), "map.tmj: its tiles are 0 x 16 pixels"),
    "width a text": (changed(width="2"), "map.tmj: width is a whole number, not '2'"),
    "no layers": (changed(layers=None), "map.tmj: the map has no layer of tiles"),
    "layers no list": (changed(layers={}), "map.tmj: Expected `array`, got `object` - at `$.layers`"),
    "infinite and empty": (json_map(Drawn(), infinite=True) | {"layers": []}, "map.tmj: the map has no tiles"),
    "class property": (
        changed(properties=[{"name": "p", "type": "class", "propertytype": "Point", "value": {"x": 1}}]),
        "map.tmj: the property 'p' is of type 'class'; read are string, int",
    ),
    # layers
    "unknown kind": (layer(json_map(Drawn()), type="voxels"), IN_LAYER + "a layer of an unknown kind, 'voxels'"),
    "groups": (deep_groups(40), "more than 16 groups in one another"),
    "same name": (
        json_map(Drawn()) | {"layers": json_map(Drawn())["layers"] * 2},
        IN_LAYER + "two layers of tiles have this name",
    ),
    "too few": (layer(json_map(Drawn()), data=[1, 2, 3]), IN_LAYER + "it has 3 tiles, not 2 x 2"),
    "too many": (layer(json_map(Drawn()), data=[1] * 5), IN_LAYER + "it has 5 tiles, not 2 x 2"),
    "no data": (layer(json_map(Drawn()), data=None), IN_LAYER + "its data is a list or a text, not None"),
    "not a tile": (layer(json_map(Drawn()), data=[1, 2, "x", 3]), IN_LAYER + "tile (0, 1) is 'x', no number of a tile"),
    "half a tile": (layer(json_map(Drawn()), data=[1, 0.5, 1, 3]), IN_LAYER + "tile (1, 0) is 0.5"),
    "too large": (layer(json_map(Drawn()), data=[1, 1 << 32, 1, 3]), IN_LAYER + "tile (1, 0) is 4294967296"),
    "true": (layer(json_map(Drawn()), data=[1, True, 1, 3]), IN_LAYER + "tile (1, 0) is True"),
    "unknown tile": (
        layer(json_map(Drawn()), data=[1, 2, 3, 0x80000009]),
        IN_LAYER + "tile (1, 1) has number 9, which is in no tileset of the map",
    ),
    "zero turned": (layer(json_map(Drawn()), data=[1, 0x80000000, 0, 0]), IN_LAYER + "tile (1, 0) has number 0"),
    "layer of no size": (layer(json_map(Drawn()), width=0), IN_LAYER + "it is 0 x 2 tiles"),
    "encoding": (layer(json_map(Drawn()), encoding="hex"), IN_LAYER + "the encoding 'hex' is none of Tiled's"),
    "compression": (packed(NUMBERS, "lz4"), IN_LAYER + "the compression 'lz4' is none of Tiled's"),
    "csv compressed": (
        layer(json_map(Drawn()), compression="zlib"),
        IN_LAYER + "zlib goes with the encoding base64, not with csv",
    ),
    "no base64": (packed("!!!"), IN_LAYER + "its data is no base64"),
    "base64 of a list": (
        layer(json_map(Drawn()), encoding="base64", data=[1]),
        IN_LAYER + "its data is a list, not base64",
    ),
    "base64 short": (packed(NUMBERS[:-1]), IN_LAYER + "it unpacks to 15 bytes, not to 16 bytes for 2 x 2 tiles"),
    "base64 long": (packed(NUMBERS + b"\0"), IN_LAYER + "it unpacks to more, not to 16 bytes"),
    "zlib damaged": (packed(b"x" + ZLIB, "zlib"), IN_LAYER + "its compressed data is damaged"),
    "zlib torn": (packed(ZLIB[:-3], "zlib"), IN_LAYER + "its compressed data ends too early"),
    "zlib and more": (packed(ZLIB + b"more", "zlib"), IN_LAYER + "4 bytes follow its compressed data"),
    "gzip damaged": (packed(b"\x1f\x8b" + ZLIB, "gzip"), IN_LAYER + "its compressed data is damaged"),
    "zstd no frame": (packed(ZLIB, "zstd"), IN_LAYER + "its compressed data is no zstd"),
    "zstd torn": (packed(ZSTD[:-1], "zstd"), IN_LAYER + "-1 bytes follow its compressed data"),
    "zstd cut": (packed(ZSTD[:7], "zstd"), IN_LAYER + "its compressed data ends too early"),
    "zstd two frames": (packed(ZSTD * 2, "zstd"), IN_LAYER + f"{len(ZSTD)} bytes follow its compressed data"),
    "zstd damaged": (
        packed(ZSTD[:9] + b"\xff" * (len(ZSTD) - 9), "zstd"), IN_LAYER,
    ),
    "solid and drawn elsewhere": (
        layer(json_map(Drawn({"ground": [[2]]})), offsetx=8, offsety=0),
        IN_LAYER + "its tiles are drawn (8.0, 0.0) pixels off, but would be solid where they are not",
    ),
    "solid of text": (
        layer(json_map(Drawn()), properties=[{"name": "solid", "type": "string", "value": "yes"}]),
        IN_LAYER + "the property 'solid' is true or false, not 'yes'",
    ),
    # tilesets
    "no tileset file": (
        changed(tilesets=[{"firstgid": 1, "source": "gone.tsj"}]),
        "map.tmj: a tileset: there is no file 'gone.tsj' (looked for gone.tsj)",
    ),
    "tileset elsewhere": (
        changed(tilesets=[{"firstgid": 1, "source": "../../etc/passwd"}]),
        "map.tmj: a tileset: '../../etc/passwd' lies outside of the game's folder",
    ),
    "tileset absolute": (
        changed(tilesets=[{"firstgid": 1, "source": "/etc/passwd"}]),
        "map.tmj: a tileset: '/etc/passwd' lies outside of the game's folder",
    ),
    "tileset zero byte": (changed(tilesets=[{"firstgid": 1, "source": "a\0b"}]), "is no path"),
    "tileset a map": (
        changed(tilesets=[{"firstgid": 1, "source": "map.tmj"}]), "map.tmj: this is a map, not a tileset"
    ),
    "tileset a folder": (changed(tilesets=[{"firstgid": 1, "source": "."}]), "there is no file '.'"),
    "firstgid": (tileset(firstgid=0), "map.tmj: a tileset begins at tile number 0"),
    "no firstgid": (tileset(firstgid=None), "map.tmj: a tileset: firstgid is a whole number, not None"),
    "tilecount": (tileset(tilecount=None), "map.tmj: tileset 'terrain': Object missing required field `tilecount`"),
    "too many tiles": (tileset(tilecount=1 << 21), "map.tmj: tileset 'terrain': the tileset has 2097152 tiles"),
    "no name": (tileset(name=""), "map.tmj: tileset '': the tileset has no name"),
    "no tilewidth": (tileset(tilewidth=None), "map.tmj: tileset 'terrain': Object missing required field `tilewidth`"),
    "overlapping": (
        changed(tilesets=[json_tileset() | {"firstgid": 1}, json_tileset(name="b") | {"firstgid": 8}]),
        "map.tmj: the tileset 'terrain' has 8 tiles from number 1 on, and 'b' begins at 8",
    ),
    "same names": (
        changed(tilesets=[json_tileset() | {"firstgid": 1}, json_tileset() | {"firstgid": 9}]),
        "map.tmj: 2 tilesets are called 'terrain'",
    ),
    "no image": (tileset(image="gone.png"), "map.tmj: tileset 'terrain': its image: there is no file 'gone.png'"),
    "image elsewhere": (
        tileset(image="../secret.png"),
        "map.tmj: tileset 'terrain': its image: '../secret.png' lies outside of the game's folder",
    ),
    "tile's number": (tileset(tiles=[{"id": -1}]), "map.tmj: tileset 'terrain': a tile has the number -1"),
    "tile's property": (
        tileset(tiles=[{"id": 1, "properties": [{"name": "solid", "type": "string", "value": "yes"}]}]),
        "map.tmj: tileset 'terrain': tile 1: the property 'solid' is of type bool, not 'yes'",
    ),
    "one_way": (
        tileset(tiles=[{"id": 1, "properties": [{"name": "one_way", "type": "string", "value": "north"}]}]),
        "map.tmj: tileset 'terrain': tile 1: Expected `str` matching regex",
    ),
    "tiles of Tiled 1.0": (tileset(tiles={"1": {}}), "in the format of Tiled 1.1 and before"),
    "properties of Tiled 1.0": (tileset(properties={"a": 1}), "in the format of Tiled 1.1 and before"),
    # objects
    "object's tile": (
        objects(WALL | {"gid": 99}), "map.tmj: layer 'places': object 1: it shows tile 99, which is in no tileset"
    ),
    "no template": (
        objects(WALL | {"template": "gone.tj"}),
        "map.tmj: layer 'places': object 1: its template: there is no file 'gone.tj'",
    ),
    "template elsewhere": (objects(WALL | {"template": "../x.tj"}), "lies outside of the game's folder"),
    "template a map": (objects(WALL | {"template": "map.tmj"}), "map.tmj: this is a map, not a template"),
    "same ids": (objects(WALL, WALL), "map.tmj: two objects have the id 1"),
    "object far away": (objects(WALL | {"x": 1e300}), "map.tmj: layer 'places': object 1: Expected"),
    "object nowhere": (objects(WALL | {"x": None}), "map.tmj: layer 'places': object 1: Expected `float`, got `null` - at `$.x`"),
    "objects no list": (
        changed(layers=[{"type": "objectgroup", "name": "o", "objects": 5}]),
        "map.tmj: layer 'o': objects is a list of objects, not 5",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_map_says_where_and_why(folder: Path, case: str) -> None:
    """Every kind of broken map is refused with the file, the layer, the position where there is one, and the cause."""
    content, reason = BROKEN[case]
    assert reason in refused(folder, content, name="map.tmj")


def test_the_map_itself_may_be_missing_or_outside(folder: Path) -> None:
    """A map that is not there, or not in the game's folder, is refused at the line that declares it."""
    for name, reason in (("gone.tmj", "there is no file 'gone.tmj'"), ("../x.tmj", "lies outside")):
        with pytest.raises(MapError, match=reason) as caught:
            read_map(declared(folder, name), folder)
        assert str(caught.value).startswith("game.py:3: game.map: ")


def test_links_do_not_lead_out(folder: Path, tmp_path: Path) -> None:
    """A symbolic link to a file outside of the game's folder is not followed; a circle of links is no endless loop."""
    (tmp_path / "secret.tsj").write_text(json.dumps(json_tileset()))
    (folder / "link.tsj").symlink_to(tmp_path / "secret.tsj")
    assert "lies outside" in refused(folder, changed(tilesets=[{"firstgid": 1, "source": "link.tsj"}]))
    (folder / "a.tsj").symlink_to(folder / "b.tsj")
    (folder / "b.tsj").symlink_to(folder / "a.tsj")
    assert "a.tsj" in refused(folder, changed(tilesets=[{"firstgid": 1, "source": "a.tsj"}]))


def test_a_file_in_another_encoding(folder: Path) -> None:
    """Tiled writes UTF-8; the message names the byte where something else begins."""
    (folder / "map.tmj").write_bytes(b'{"type": "map", "class": "\xe4"}')
    with pytest.raises(MapError, match="map.tmj: byte 26 is no UTF-8"):
        read_map(declared(folder, "map.tmj"), folder)


def test_recursion_ends(folder: Path) -> None:
    """A tileset that names a tileset, and a template made of a template, are refused and not followed."""
    write(folder, "loop.tsj", json_tileset() | {"source": "loop.tsj"})
    content = changed(tilesets=[{"firstgid": 1, "source": "loop.tsj"}])
    assert "loop.tsj: this tileset file names another tileset file" in refused(folder, content)
    write(folder, "loop.tj", {"type": "template", "object": {"template": "loop.tj", "id": 1}})
    assert "loop.tj: it is made of another template" in refused(
        folder, objects({"id": 1, "x": 0, "y": 0, "template": "loop.tj"})
    )


def test_templates_of_the_other_format(folder: Path) -> None:
    """pytiled-parser cannot mix them, so the message says how to save the template."""
    write(folder, "a.tx", '<template><object name="a"/></template>')
    write(folder, "a.tj", {"type": "template", "object": {"name": "a"}})
    instance = {"id": 1, "x": 0, "y": 0}
    assert "a.tx: an XML template in a JSON map: save the template as .tj" in refused(
        folder, objects(instance | {"template": "a.tx"})
    )
    content = xml_map(Drawn(objects=[instance | {"template": "a.tj"}]))
    assert "a.tj: a JSON template in an XML map: save the template as .tx" in refused(folder, content)
    write(folder, "b.tj", {"type": "template"})
    assert "b.tj: the template has no object" in refused(folder, objects(instance | {"template": "b.tj"}))


XML_BROKEN: list[tuple[Callable[[str], str], str]] = [
    (lambda text: text.replace('width="2"', 'width="two"'), "map.tmx: width is a whole number, not 'two'"),
    (
        lambda text: text.replace("\n1,2,3,0\n", "1,2,,0"),
        "layer 'ground': tile (0, 1) is '', no number of a tile",
    ),
    (lambda text: text.replace("\n1,2,3,0\n", ""), "layer 'ground': it has 0 tiles, not 2 x 2"),
    (lambda text: text.replace("\n1,2,3,0\n", "1,2,-3,0"), "layer 'ground': tile (0, 1) is '-3'"),
    (
        lambda text: text.replace("\n1,2,3,0\n", '<tile gid="x"/>'),
        "layer 'ground': gid is a whole number, not 'x'",
    ),
    (
        lambda text: text.replace("<data", "<dada").replace("</data", "</dada"),
        "layer 'ground': it has no data",
    ),
    (lambda text: text.replace("terrain.tsx", "gone.tsx"), "map.tmx: a tileset: there is no file 'gone.tsx'"),
    (lambda text: text + "<more/>", "map.tmx:6:1: no XML: junk after document element"),
]


@pytest.mark.parametrize(("damage", "reason"), XML_BROKEN)
def test_broken_xml(folder: Path, damage: Callable[[str], str], reason: str) -> None:
    """The XML format is refused in the same words."""
    assert reason in refused(folder, damage(xml_map(Drawn())))


def test_an_image_inside_of_a_tileset(folder: Path) -> None:
    """Tiled's embedded images cannot be served to pages, and are refused."""
    content = xml_map(
        Drawn(), tilesets=xml_tileset('firstgid="1"').replace('source="tiles.png"', 'format="png"')
    )
    assert "its image is inside of the file" in refused(folder, content)


@pytest.mark.parametrize("compression", ["zlib", "gzip", "zstd"])
def test_bombs_are_not_unpacked(compression: str) -> None:
    """A layer that says 2 x 2 tiles and unpacks to 100 MB is refused, and no more than it said is unpacked."""
    import tracemalloc

    packer: dict[str, Callable[[bytes], bytes]] = {
        "zlib": zlib.compress,
        "gzip": gzip.compress,
        "zstd": zstd.compress,
    }
    text = base64.b64encode(packer[compression](bytes(100_000_000))).decode()
    tracemalloc.start()
    with pytest.raises(MapError, match="it unpacks to more"):
        decode_tiles(RawBlock(0, 0, 2, 2, text), "base64", compression)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10 * len(text) + 1_000_000


def test_a_zstd_frame_that_lies(folder: Path) -> None:
    """A frame that says it holds what it should, and holds more, is damage and no overrun."""
    honest = bytearray(zstd.compress(bytes(4096)))
    place = 5 if honest[4] >> 5 & 1 else 6
    width = (1, 2, 4, 8)[honest[4] >> 6]
    honest[place : place + width] = (16 - (256 if width == 2 else 0) & (1 << 8 * width) - 1).to_bytes(
        width, "little"
    )
    assert "layer 'ground'" in refused(folder, packed(bytes(honest), "zstd"))


def test_a_zstd_frame_must_say_its_size(folder: Path) -> None:
    """Without it nobody knows how much memory unpacking takes; Tiled always writes it."""
    streamed = bytes.fromhex("28b52ffd04584d000010000001 00fbf70116dbbbd832")
    assert "does not say its size" in refused(folder, packed(streamed, "zstd"))


def test_limits(folder: Path) -> None:
    """Size of files, their number, tiles, layers and objects are all bounded."""
    small = Drawn()
    assert "too large; a file has at most 100 bytes" in refused(
        folder, json_map(small), MapLimits(file_bytes=100)
    )
    assert "too large" in refused(folder, json_map(small), MapLimits(all_bytes=1000))
    assert "more than 1 files" in refused(folder, json_map(small), MapLimits(files=1))
    assert "the layers of the map have more than 3 tiles" in refused(
        folder, json_map(small), MapLimits(cells=3)
    )
    assert "more than 0 layers" in refused(folder, json_map(small), MapLimits(layers=0))
    assert "layer 'places': the map has more than 1 objects" in refused(
        folder, objects(WALL, WALL | {"id": 2}), MapLimits(objects=1)
    )


def test_an_infinite_map_cannot_be_endless(folder: Path) -> None:
    """Chunks that lie absurdly far apart or out, or are there twice, are refused."""
    content = json_map(Drawn(), infinite=True)
    chunks = content["layers"][0]["chunks"]
    chunks.append(chunks[0] | {"x": 1_000_000})
    assert "map.tmj: its tiles lie more than 65536 tiles apart" in refused(folder, content)
    chunks[1]["x"] = 1 << 40
    assert f"layer 'ground': chunk ({1 << 40}, 0): it lies further out" in refused(folder, content)
    chunks[1] = chunks[0]
    assert "layer 'ground': chunk (0, 0) is there twice" in refused(folder, content)
    chunks[1] = chunks[0] | {"x": 16, "width": 15}
    assert "layer 'ground': chunk (16, 0): it has 256 tiles, not 15 x 16" in refused(folder, content)


def test_an_unknown_tile_in_an_infinite_map(folder: Path) -> None:
    """The position is the one that Tiled shows, also in a chunk left of zero."""
    content = json_map(Drawn({"ground": [[1, 50]]}, left=-3, top=-1), infinite=True)
    message = refused(folder, content)
    assert "layer 'ground': chunk (-16, -16): tile (-2, -1) has number 50, which is in no tileset" in message


def test_regions_that_do_not_fit_together(folder: Path) -> None:
    """Maps side by side need tiles of one shape and layers that mean the same."""
    write(folder, "a.tmj", json_map(Drawn()))
    write(folder, "b.tmj", json_map(Drawn(tile=(32, 32))))
    write(folder, "c.tmj", json_map(Drawn(properties={"ground": {"solid": True}})))
    both = {(0, 0): "a.tmj", (1, 0): "b.tmj"}
    with pytest.raises(MapError, match="b.tmj: its tiles are 32 x 32 pixels and those of a.tmj 16 x 16"):
        read_map(declared(folder, both), folder)
    assert read_map(declared(folder, both, tile_size=8.0), folder).header.tile_width == 8.0
    with pytest.raises(
        MapError, match="c.tmj: layer 'ground': in another region's map this layer has other properties"
    ):
        read_map(declared(folder, {(0, 0): "a.tmj", (1, 0): "c.tmj"}), folder)


def test_too_many_kinds_of_tiles(folder: Path) -> None:
    """A map uses at most 8,191 different tiles."""
    rows = [[100 * y + x + 1 for x in range(100)] for y in range(90)]
    content = json_map(
        Drawn({"ground": rows}), tilesets=[json_tileset(tilecount=9000, tiles=[]) | {"firstgid": 1}]
    )
    assert "more than 8191 different tiles" in refused(folder, content)


@given(st.data())
def test_no_damage_escapes(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Whatever a few characters of a map or tileset are changed to, it is read or refused with MapError."""
    folder = furnish(tmp_path_factory.mktemp("game"))
    drawn = Drawn(objects=[WALL | {"properties": {"a": 1}}, WALL | {"id": 2, "point": True}])
    form = data.draw(st.sampled_from(["tmj", "tmx"]))
    content = json.dumps(json_map(drawn, "base64-zlib")) if form == "tmj" else xml_map(drawn, "csv")
    target = data.draw(st.sampled_from([f"map.{form}", f"terrain.{form.replace('tm', 'ts')}"]))
    write(folder, f"map.{form}", content)
    text = (folder / target).read_text()
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(text) - 1))
        text = (
            text[:place]
            + data.draw(st.sampled_from('0-9.,"<>/{}[]ax\n&'))
            + text[place + data.draw(st.integers(0, 4)) :]
        )
    write(folder, target, text)
    try:
        read_map(declared(folder, f"map.{form}"), folder)
    except MapError as error:
        refused_because = str(error)
        assert refused_because


VALUES: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1 << 31,
    1 << 40,
    1e300,
    0.5,
    "",
    "x",
    "../a",
    [],
    {},
    [1],
    {"a": 1},
    "#ff0000",
    "terrain.tsj",
)


def places(tree: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of all values in a JSON tree."""
    inside = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [path, *(found for key, value in inside for found in places(value, (*path, key)))]


@given(st.data())
def test_no_wrong_value_escapes(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Whatever value of a map, a tileset or a template is another one, it is read or refused with MapError."""
    folder = furnish(tmp_path_factory.mktemp("game"))
    content = objects(WALL | {"template": "t.tj"}, WALL | {"id": 2, "gid": 2, "polygon": [{"x": 0, "y": 1}]})
    template = {"type": "template", "tileset": {"firstgid": 1, "source": "terrain.tsj"}, "object": {"gid": 1}}
    trees: dict[str, Any] = {"map.tmj": content, "t.tj": template, "terrain.tsj": json_tileset()}
    trees = json.loads(json.dumps(trees))
    for _ in range(data.draw(st.integers(1, 3))):
        tree = trees[data.draw(st.sampled_from(sorted(trees)))]
        *way, last = data.draw(st.sampled_from(places(tree)[1:]))
        for step in way:
            tree = tree[step]
        tree[last] = deepcopy(data.draw(st.sampled_from(VALUES)))
    for name, tree in trees.items():
        write(folder, name, tree)
    try:
        read_map(declared(folder, "map.tmj"), folder)
    except MapError as error:
        refused_because = str(error)
        assert refused_because
