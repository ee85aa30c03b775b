"""The types of what Tiled's JSON files hold, as far as Tickroom and pytiled-parser read it.

pytiled-parser takes a JSON file's values as they are; XML's are text, and fail where it turns them into numbers.
"""

from typing import Annotated, Any

from msgspec import Meta, Struct

Real = Annotated[float, Meta(ge=-1e9, le=1e9)]
Size = Annotated[float, Meta(ge=0, le=1e9)]
Whole = Annotated[int, Meta(ge=-(1 << 40), le=1 << 40)]
Count = Annotated[int, Meta(ge=0, le=1 << 40)]
Text = Annotated[str, Meta(max_length=65_536)]


class _Property(Struct, rename={"kind": "type"}):
    name: Text
    value: Any = None
    kind: Text = "string"


class _Described(Struct, kw_only=True):
    properties: list[_Property] = []


class _Map(_Described, rename={"kind": "class"}):
    width: Whole
    height: Whole
    tilewidth: Whole
    tileheight: Whole
    nextobjectid: Count = 0
    layers: list[dict[str, Any]] = []
    tilesets: list[dict[str, Any]] = []
    backgroundcolor: Text = ""
    kind: Text = ""
    parallaxoriginx: Real = 0.0
    parallaxoriginy: Real = 0.0


class _Layer(_Described, rename={"kind": "class"}):
    name: Text = ""
    id: Count = 0
    visible: bool = True
    opacity: Annotated[float, Meta(ge=0, le=1)] = 1.0
    offsetx: Real = 0.0
    offsety: Real = 0.0
    parallaxx: Real = 1.0
    parallaxy: Real = 1.0
    tintcolor: Text = ""
    kind: Text = ""
    draworder: Text = ""
    width: Whole = 0
    height: Whole = 0
    startx: Whole = 0
    starty: Whole = 0
    image: Text = ""


class _Point(Struct):
    x: Real
    y: Real


class _Text(Struct):
    text: Text


class _Object(_Described, rename={"kind": "type", "class_": "class"}):
    x: Real
    y: Real
    id: Count = 0
    gid: Count = 0
    name: Text = ""
    kind: Text = ""
    class_: Text = ""
    width: Size = 0.0
    height: Size = 0.0
    rotation: Real = 0.0
    visible: bool = True
    point: bool = False
    ellipse: bool = False
    polygon: Annotated[list[_Point], Meta(max_length=4096)] = []
    polyline: Annotated[list[_Point], Meta(max_length=4096)] = []
    text: _Text | None = None


class _Frame(Struct):
    tileid: Count
    duration: Count


class _Tile(_Described, rename={"kind": "type", "class_": "class"}):
    id: Whole
    kind: Text = ""
    class_: Text = ""
    image: Text = ""
    imagewidth: Count = 0
    imageheight: Count = 0
    x: Count = 0
    y: Count = 0
    width: Count = 0
    height: Count = 0
    animation: list[_Frame] = []


class _Offset(Struct):
    x: Real
    y: Real


class _Tileset(_Described, rename={"kind": "class"}):
    name: Text
    tilecount: Whole
    tilewidth: Count
    tileheight: Count
    columns: Count = 1
    spacing: Count = 0
    margin: Count = 0
    image: Text = ""
    imagewidth: Count = 0
    imageheight: Count = 0
    objectalignment: Text = "unspecified"
    tileoffset: _Offset | None = None
    backgroundcolor: Text = ""
    transparentcolor: Text = ""
    tilerendersize: Text = ""
    fillmode: Text = ""
    kind: Text = ""


SHAPES: dict[str, type[Struct]] = {
    "map": _Map,
    "layer": _Layer,
    "object": _Object,
    "tile": _Tile,
    "tileset": _Tileset,
}
