"""The files of a Tiled map: read within the game's folder only, each once, all bounded."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn
from xml.etree import ElementTree as ET

from app.tiled.nodes import MAX_DEPTH, JsonNode, Node, XmlNode
from ecs.map_data import MapError


@dataclass(frozen=True, slots=True)
class MapLimits:
    """What a map may cost at most. `cells` counts the tiles of all its layers, used or not."""

    file_bytes: int = 64 * 1024 * 1024
    all_bytes: int = 256 * 1024 * 1024
    files: int = 256
    cells: int = 16 * 1024 * 1024
    layers: int = 256
    objects: int = 100_000


class MapFiles:
    """Reads what belongs to the maps of one game. `root` is the game's folder; nothing outside of it is touched.

    `client` is the folder whose files pages can fetch; None where nobody asks.
    """

    def __init__(self, root: Path, limits: MapLimits | None = None, client: Path | None = None) -> None:
        self.root = root.resolve()
        self.limits = limits or MapLimits()
        self._client = None if client is None else client.resolve()
        self._bytes = 0
        self._nodes: dict[Path, str] = {}

    def find(self, said: str, folder: Path, by: str) -> Path:
        """The file that something in `folder` names, which must be inside the game's folder. Raises MapError."""
        if not said or "\0" in said or len(said) > 4096:
            raise MapError(f"{by}: {said[:100]!r} is no path")
        try:
            path = (folder / said).resolve()
            if not path.is_relative_to(self.root):
                raise MapError(f"{by}: {said!r} lies outside of the game's folder")
            if not path.is_file():
                raise MapError(f"{by}: there is no file {said!r} (looked for {self.name(path)})")
        except (OSError, RuntimeError) as error:  # a circle of links is a RuntimeError before Python 3.13
            why = error.strerror if isinstance(error, OSError) else "a circle of links"
            raise MapError(f"{by}: {said!r} cannot be looked up: {why}") from None
        return path

    def check_fetchable(self, path: Path, by: str) -> None:
        """Raises MapError for a file that pages cannot get: outside of client/, or hidden there."""
        if self._client is None:
            return
        if not path.is_relative_to(self._client):
            raise MapError(f"{by} lies outside of the game's client/, from where pages get what they draw")
        if any(part.startswith(".") for part in path.relative_to(self._client).parts):
            raise MapError(
                f"{by} is hidden, and not served to pages: its path has a part that begins with a dot"
            )

    def name(self, path: Path) -> str:
        """How messages name a file: seen from the game's folder."""
        return path.relative_to(self.root).as_posix()

    def read(self, path: Path, what: str) -> Node:
        """The root of a "map", "tileset" or "template" file in either of Tiled's formats. Raises MapError."""
        name = self.name(path)
        text = self._nodes.get(path)
        if text is None:
            text = self._nodes[path] = self._text(path, name)
        node = _parse_xml(text, name) if text.lstrip().startswith("<") else _parse_json(text, name)
        if node.kind != what:
            raise MapError(f"{name}: this is a {node.kind or 'file of another kind'}, not a {what}")
        return node

    def _text(self, path: Path, name: str) -> str:
        if len(self._nodes) >= self.limits.files:
            raise MapError(f"{name}: the game's maps are made of more than {self.limits.files} files")
        try:
            with path.open("rb") as file:
                data = file.read(self.limits.file_bytes + 1)
        except OSError as error:
            raise MapError(f"{name}: {error.strerror}") from None
        self._bytes += len(data)
        if len(data) > self.limits.file_bytes or self._bytes > self.limits.all_bytes:
            limit = min(self.limits.file_bytes, self.limits.all_bytes)
            raise MapError(
                f"{name}: too large; a file has at most {limit} bytes, all together {self.limits.all_bytes}"
            )
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise MapError(f"{name}: byte {error.start} is no UTF-8, in which Tiled writes") from None


def _parse_json(text: str, name: str) -> Node:
    def constant(word: str) -> NoReturn:
        raise ValueError(f"{word} is no number")

    try:
        raw = json.loads(text, parse_constant=constant)
    except json.JSONDecodeError as error:
        raise MapError(f"{name}:{error.lineno}:{error.colno}: no JSON: {error.msg}") from None
    except RecursionError:
        raise MapError(f"{name}: nested too deeply") from None
    except ValueError as error:
        raise MapError(f"{name}: {error}") from None
    if not isinstance(raw, dict):
        raise MapError(f"{name}: a Tiled file is an object, not a {type(raw).__name__}")
    return JsonNode(raw)


def _parse_xml(text: str, name: str) -> Node:
    if "<!ENTITY" in text:
        raise MapError(f"{name}: it declares XML entities, which Tiled never writes")
    parser = ET.XMLParser(target=_Shallow())  # noqa: S314 - without entities expat has nothing to expand
    try:
        parser.feed(text)
        return XmlNode(parser.close())
    except ET.ParseError as error:
        line, column = error.position
        raise MapError(f"{name}:{line}:{column + 1}: no XML: {error.msg.split(':')[0]}") from None
    except ValueError as error:
        raise MapError(f"{name}: {error}") from None


class _Shallow(ET.TreeBuilder):
    """Builds the tree, and stops when it gets deeper than any map: what is deep breaks whatever walks it."""

    _depth = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> ET.Element:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ValueError(f"nested more than {MAX_DEPTH} deep")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> ET.Element:
        self._depth -= 1
        return super().end(tag)
