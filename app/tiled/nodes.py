"""One thing in a Tiled file (map, layer, tileset, object), read and changed the same way in JSON and in XML."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from xml.etree import ElementTree as ET

import msgspec

from app.tiled.shapes import SHAPES
from ecs.map_data import MapError

MAX_DEPTH = 40
"""How deep a file may be nested: 16 groups and what is in them."""
_XML_LAYERS = {
    "layer": "tilelayer",
    "objectgroup": "objectgroup",
    "imagelayer": "imagelayer",
    "group": "group",
}


@dataclass(frozen=True, slots=True)
class RawBlock:
    """The tiles of a layer, or of one chunk of an infinite one, as the file has them. `data` is a list of numbers, or
    text with numbers between commas, or base64."""

    x: int
    y: int
    width: int
    height: int
    data: str | list[Any]


class Node(Protocol):
    """A part of a Tiled file. Everything raises MapError for what is not as Tiled writes it."""

    kind: str
    """Of a file's root: "map", "tileset" or "template"."""
    suffix: str

    def text(self, name: str) -> str: ...
    def whole(self, name: str, default: int | None = None) -> int: ...
    def set(self, name: str, value: str | int) -> None: ...
    def defaults(self, values: Mapping[str, Any]) -> None: ...
    def drop(self, name: str) -> None: ...
    def many(self, name: str) -> list["Node"]: ...
    def layers(self) -> list[tuple[str, "Node"]]: ...
    def image(self) -> str: ...
    def set_image(self, path: str) -> None: ...
    def encoding(self) -> tuple[str, str]: ...
    def blocks(self, infinite: bool) -> list[RawBlock]: ...
    def strip_tiles(self) -> None: ...
    def check(self, shape: str) -> None: ...
    def properties(self) -> Sequence["Node"]: ...
    def value(self) -> Any: ...
    def inherit(self, template: "Node") -> None: ...
    def tileset(self) -> tuple[int, str] | None: ...
    def append_tileset(self, first: int) -> "Node": ...
    def write(self) -> str: ...


class JsonNode:
    """A part of a .tmj, .tsj or .tj file."""

    suffix = ".json"

    def __init__(self, raw: dict[str, Any]) -> None:
        self.raw = raw
        kind = raw.get("type")
        self.kind = kind if isinstance(kind, str) else "tileset" if "tilecount" in raw else ""

    def text(self, name: str) -> str:
        """An attribute, "" when it is not there."""
        value = self.raw.get(name, "")
        if not isinstance(value, str):
            raise MapError(f"{name} is a text, not {value!r:.100}")
        return value

    def whole(self, name: str, default: int | None = None) -> int:
        """A whole number."""
        value = self.raw.get(name, default)
        if isinstance(value, bool) and name == "infinite":
            return int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise MapError(f"{name} is a whole number, not {value!r:.100}")
        return value

    def set(self, name: str, value: str | int) -> None:
        """Write an attribute."""
        self.raw[name] = value

    def defaults(self, values: Mapping[str, Any]) -> None:
        """Write the attributes that are not there."""
        self.raw.update({name: value for name, value in values.items() if name not in self.raw})

    def drop(self, name: str) -> None:
        """Take an attribute or a part away."""
        self.raw.pop(name, None)

    def many(self, name: str) -> list[Node]:
        """The parts of a kind: "tileset", "object", "tile"."""
        if name == "tile" and isinstance(self.raw.get("tiles"), dict):
            raise MapError(
                "its tiles are in the format of Tiled 1.1 and before: open and save it in a newer Tiled"
            )
        return [JsonNode(raw) for raw in self._list(f"{name}s")]

    def layers(self) -> list[tuple[str, Node]]:
        """The layers in a map or group, with their kinds."""
        return [(str(raw.get("type")), JsonNode(raw)) for raw in self._list("layers")]

    def image(self) -> str:
        """The path of the image of a tileset or tile, "" when it has none."""
        return self.text("image")

    def set_image(self, path: str) -> None:
        self.raw["image"] = path

    def encoding(self) -> tuple[str, str]:
        """Encoding and compression of a tile layer."""
        return self.text("encoding") or "csv", self.text("compression")

    def blocks(self, infinite: bool) -> list[RawBlock]:
        """The tiles of a tile layer."""
        if infinite:
            return [_json_block(JsonNode(raw)) for raw in self._list("chunks")]
        return [_json_block(self)]

    def strip_tiles(self) -> None:
        """Take the tiles of a tile layer away."""
        self.drop("chunks")
        self.drop("data")

    def check(self, shape: str) -> None:
        """Check the types of all that is read of a "map", "layer", "object", "tile" or "tileset"."""
        if isinstance(self.raw.get("properties"), dict):
            raise MapError(
                "its properties are in the format of Tiled 1.1 and before: open and save it in a newer Tiled"
            )
        try:
            msgspec.convert(self.raw, SHAPES[shape])
        except msgspec.ValidationError as error:
            raise MapError(str(error)) from None

    def properties(self) -> list["JsonNode"]:
        """Its own properties, each with name, type and `value()`."""
        return [JsonNode(raw) for raw in self._list("properties")]

    def value(self) -> Any:
        """The value of a property, as the file has it."""
        return self.raw.get("value")

    def inherit(self, template: Node) -> None:
        """Take from a template file's object what this object does not say itself."""
        if not isinstance(template, JsonNode):
            raise MapError("an XML template in a JSON map: save the template as .tj")
        model = template.raw.get("object")
        if not isinstance(model, dict):
            raise MapError("the template has no object")
        if "template" in model:
            raise MapError("it is made of another template")
        own = self.properties()
        names = {each.text("name") for each in own}
        inherited = [each for each in JsonNode(model).properties() if each.text("name") not in names]
        properties = [each.raw for each in (*own, *inherited)]
        self.raw.update({"properties": properties} | {k: v for k, v in model.items() if k not in self.raw})
        self.drop("template")

    def tileset(self) -> tuple[int, str] | None:
        """First tile number and path of a template's tileset."""
        found = self.raw.get("tileset")
        if found is None:
            return None
        if not isinstance(found, dict):
            raise MapError(f"the template's tileset is an object, not {found!r:.100}")
        return JsonNode(found).whole("firstgid"), JsonNode(found).text("source")

    def append_tileset(self, first: int) -> Node:
        """Give a map one more tileset."""
        added: dict[str, Any] = {"firstgid": first}
        self.raw["tilesets"] = [*self._list("tilesets"), added]
        return JsonNode(added)

    def write(self) -> str:
        """The file's text."""
        return json.dumps(self.raw)

    def _list(self, name: str) -> list[dict[str, Any]]:
        found = self.raw.get(name, [])
        if not isinstance(found, list) or not all(isinstance(raw, dict) for raw in found):
            raise MapError(f"{name} is a list of objects, not {found!r:.100}")
        return found


class XmlNode:
    """A part of a .tmx, .tsx or .tx file."""

    suffix = ".tmx"

    def __init__(self, raw: ET.Element) -> None:
        self.raw = raw
        self.kind = raw.tag

    def text(self, name: str) -> str:
        """An attribute, "" when it is not there."""
        return self.raw.get(name, "")

    def whole(self, name: str, default: int | None = None) -> int:
        """A whole number."""
        value = self.raw.get(name)
        if value is None and default is not None:
            return default
        try:
            return int(str(value))
        except ValueError:
            raise MapError(f"{name} is a whole number, not {value!r:.100}") from None

    def set(self, name: str, value: str | int) -> None:
        """Write an attribute."""
        self.raw.set(name, str(value))

    def defaults(self, values: Mapping[str, Any]) -> None:
        """Write the attributes that are not there."""
        for name, value in values.items():
            self.raw.attrib.setdefault(name, str(int(value) if isinstance(value, bool) else value))

    def drop(self, name: str) -> None:
        """Take an attribute or a part away."""
        self.raw.attrib.pop(name, None)
        for child in self.raw.findall(name):
            self.raw.remove(child)

    def many(self, name: str) -> list[Node]:
        """The parts of a kind: "tileset", "object", "tile"."""
        return [XmlNode(raw) for raw in self.raw.findall(name)]

    def layers(self) -> list[tuple[str, Node]]:
        """The layers in a map or group, with their kinds."""
        return [(_XML_LAYERS[raw.tag], XmlNode(raw)) for raw in self.raw if raw.tag in _XML_LAYERS]

    def image(self) -> str:
        """The path of the image of a tileset or tile, "" when it has none."""
        found = self.raw.find("image")
        if found is None:
            return ""
        if found.get("source") is None:
            raise MapError(
                "its image is inside of the file; Tickroom reads images that are files of their own"
            )
        return found.get("source", "")

    def set_image(self, path: str) -> None:
        found = self.raw.find("image")
        if found is not None:
            found.set("source", path)

    def encoding(self) -> tuple[str, str]:
        """Encoding and compression of a tile layer; ("", "") for the deprecated <tile> elements."""
        data = self.raw.find("data")
        return ("", "") if data is None else (data.get("encoding", ""), data.get("compression", ""))

    def blocks(self, infinite: bool) -> list[RawBlock]:
        """The tiles of a tile layer."""
        data = self.raw.find("data")
        if data is None:
            raise MapError("it has no data")
        if infinite:
            return [_xml_block(XmlNode(chunk), chunk) for chunk in data.findall("chunk")]
        return [_xml_block(self, data)]

    def strip_tiles(self) -> None:
        """Take the tiles of a tile layer away."""
        self.drop("data")

    def check(self, shape: str) -> None:
        """Nothing: what is no number fails where pytiled-parser makes it one."""

    def properties(self) -> list[Node]:
        """Its own properties, each with name, type and `value()`."""
        return [XmlNode(each) for each in self.raw.findall("properties/property")]

    def value(self) -> Any:
        """The value of a property, as the file has it."""
        return self.raw.get("value", self.raw.text)

    def inherit(self, template: Node) -> None:
        """Take from a template file's object what this object does not say itself."""
        if not isinstance(template, XmlNode):
            raise MapError("a JSON template in an XML map: save the template as .tx")
        model = template.raw.find("object")
        if model is None:
            raise MapError("the template has no object")
        if "template" in model.attrib:
            raise MapError("it is made of another template")
        for name, value in model.attrib.items():
            self.raw.attrib.setdefault(name, value)
        own = self.raw.find("properties")
        own = ET.SubElement(self.raw, "properties") if own is None else own
        names = {each.get("name") for each in own}
        own.extend(each for each in model.findall("properties/property") if each.get("name") not in names)
        tags = {child.tag for child in self.raw}
        self.raw.extend(child for child in model if child.tag not in tags)
        self.drop("template")

    def tileset(self) -> tuple[int, str] | None:
        """First tile number and path of a template's tileset."""
        found = self.raw.find("tileset")
        return None if found is None else (XmlNode(found).whole("firstgid"), found.get("source", ""))

    def append_tileset(self, first: int) -> Node:
        """Give a map one more tileset."""
        return XmlNode(ET.SubElement(self.raw, "tileset", {"firstgid": str(first)}))

    def write(self) -> str:
        """The file's text."""
        return ET.tostring(self.raw, encoding="unicode")


def _json_block(node: JsonNode) -> RawBlock:
    data = node.raw.get("data")
    if not isinstance(data, str | list):
        raise MapError(f"its data is a list or a text, not {data!r:.100}")
    return RawBlock(
        node.whole("x", 0), node.whole("y", 0), node.whole("width"), node.whole("height"), data
    )  # fmt: skip


def _xml_block(measures: XmlNode, data: ET.Element) -> RawBlock:
    tiles = data.findall("tile")
    content: str | list[Any] = [XmlNode(tile).whole("gid", 0) for tile in tiles] if tiles else data.text or ""
    x, y = measures.whole("x", 0), measures.whole("y", 0)
    return RawBlock(x, y, measures.whole("width"), measures.whole("height"), content)
