"""The tilesets of one Tiled map, checked: external ones, embedded ones and those that come with a template."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite
from pathlib import Path
from typing import Any, TypeVar

from app.tiled.files import MapFiles
from app.tiled.nodes import Node
from ecs.map_data import MapError

T = TypeVar("T")
MAX_TILES = 1 << 20
PROPERTY_TYPES = ("string", "int", "float", "bool", "color", "file", "object")
COLOUR = re.compile("#?([0-9a-fA-F]{6}|[0-9a-fA-F]{8})")
UNUSED = ("wangsets", "terraintypes", "terrains", "transformations", "grid")


@dataclass(slots=True)
class CheckedSet:
    """A tileset in a map: its first tile's number, how many numbers it takes, its file (None: embedded)."""

    name: str
    first: int
    count: int
    path: Path | None


class CheckedSets:
    """Collects the tilesets of one map. `write` puts a checked copy where pytiled-parser finds it, and names it."""

    def __init__(self, files: MapFiles, write: Callable[[Node], str]) -> None:
        self._files = files
        self._write = write
        self.sets: list[CheckedSet] = []
        self.images: dict[Path, str] = {}
        """The tilesets' images: where they are, and seen from the game's folder."""

    def add_all(self, map_node: Node, folder: Path, by: str) -> None:
        """Check the tilesets that a map names, and name their copies instead. Raises MapError."""
        for each in map_node.many("tileset"):
            first = located(lambda each=each: each.whole("firstgid"), f"{by}: a tileset")  # type: ignore[misc]
            if not 1 <= first < 1 << 28:
                raise MapError(f"{by}: a tileset begins at tile number {first}")
            source = each.text("source")
            if source:
                self._add_external(each, first, source, folder, by)
            else:
                count = self._check(each, folder, f"{by}: tileset {each.text('name')!r}")
                self.sets.append(CheckedSet(each.text("name"), first, count, None))
        self.sets.sort(key=lambda each: each.first)
        for before, after in pairwise(self.sets):
            if before.first + before.count > after.first:
                raise MapError(
                    f"{by}: the tileset {before.name!r} has {before.count} tiles from number {before.first} on, "
                    f"and {after.name!r} begins at {after.first}"
                )

    def of_template(self, map_node: Node, source: str, folder: Path, by: str) -> int:
        """The first tile number of a tileset that a template names; the map gets it if it does not have it yet."""
        path = self._files.find(source, folder, f"{by}: its tileset")
        for each in self.sets:
            if each.path == path:
                return each.first
        first = max((each.first + each.count for each in self.sets), default=1)
        self._add_external(map_node.append_tileset(first), first, source, folder, by)
        return first

    def has(self, number: int) -> bool:
        """Whether a tile number, without its flags, is one of a tileset's."""
        return any(each.first <= number < each.first + each.count for each in self.sets)

    def _add_external(self, reference: Node, first: int, source: str, folder: Path, by: str) -> None:
        path = self._files.find(source, folder, f"{by}: a tileset")
        node, name = self._files.read(path, "tileset"), self._files.name(path)
        if node.text("source"):
            raise MapError(f"{name}: this tileset file names another tileset file")
        count = self._check(node, path.parent, name)
        reference.set("source", self._write(node))
        self.sets.append(CheckedSet(node.text("name"), first, count, path))

    def _check(self, node: Node, folder: Path, by: str) -> int:
        """Check a tileset and what is in it; how many tile numbers it takes."""
        if not node.text("name"):
            raise MapError(f"{by}: the tileset has no name")
        for unused in UNUSED:
            node.drop(unused)
        node.defaults({"spacing": 0, "margin": 0})
        check_described(node, "tileset", by)
        count = located(lambda: node.whole("tilecount"), by)
        self._check_image(node, folder, by)
        for tile in located(lambda: node.many("tile"), by):
            number = located(lambda tile=tile: tile.whole("id"), f"{by}: a tile")  # type: ignore[misc]
            self._check_tile(tile, folder, f"{by}: tile {number}")
            count = max(count, number + 1)
            if number < 0:
                raise MapError(f"{by}: a tile has the number {number}")
        if not 0 <= count <= MAX_TILES:
            raise MapError(f"{by}: the tileset has {count} tiles; at most {MAX_TILES} are allowed")
        return count

    def _check_tile(self, tile: Node, folder: Path, by: str) -> None:
        tile.drop(
            "objectgroup"
        )  # the shapes of Tiled's collision editor: here a tile is solid as a whole, or not
        check_described(tile, "tile", by)
        self._check_image(tile, folder, by)

    def _check_image(self, node: Node, folder: Path, by: str) -> None:
        source = located(node.image, by)
        if source:
            path = self._files.find(source, folder, f"{by}: its image")
            self._files.check_fetchable(path, f"{by}: its image {source!r}")
            self.images[path] = self._files.name(path)
            node.set_image(str(path))
        else:
            node.drop("image")


def located(look: Callable[[], T], by: str) -> T:
    """What `look` gives; its MapError begins with where it was."""
    try:
        return look()
    except MapError as error:
        raise MapError(f"{by}: {error}") from None


def check_described(node: Node, shape: str, by: str) -> None:
    """Check the types of a part of the file, and that its properties are plain values of the types they say."""
    located(lambda: node.check(shape), by)
    for each in located(node.properties, by):
        name, kind, value = each.text("name"), each.text("type") or "string", each.value()
        if kind not in PROPERTY_TYPES:
            raise MapError(
                f"{by}: the property {name!r} is of type {kind!r}; read are {', '.join(PROPERTY_TYPES)}"
            )
        if kind == "color" and not value:
            each.set("type", "string")  # a colour that was never chosen is an empty text
        elif not _fits(kind, value, is_text=node.suffix != ".json"):
            raise MapError(f"{by}: the property {name!r} is of type {kind}, not {value!r:.100}")


def _fits(kind: str, value: Any, *, is_text: bool) -> bool:
    match kind:
        case "bool":
            return value in ("true", "false") if is_text else isinstance(value, bool)
        case "int" | "float" | "object":
            try:
                return isfinite(float(value)) and (is_text or isinstance(value, int | float))
            except (ValueError, TypeError, OverflowError):
                return False
        case "color":
            return isinstance(value, str) and COLOUR.fullmatch(value) is not None
        case _:
            return is_text or isinstance(value, str)
