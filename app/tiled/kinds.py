"""The kinds of tiles that the maps of a game use, and their pictures: numbered over all maps together."""

from collections import Counter
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from pytiled_parser import Tileset
from pytiled_parser.tileset import Tile

from app.tiled.check import NUMBER, CheckedMap
from ecs.map_data import MapError
from ecs.map_header import MAX_KINDS, Picture, Scalar, TileKind

S = TypeVar("S", bound=msgspec.Struct)

OWN: dict[str, tuple[type, ...]] = {
    "name": (str,),
    "solid": (bool,),
    "one_way": (str,),
    "opaque": (bool,),
    "damage": (int, float),
    "trigger": (str,),
}
"""The properties of a tile that Tickroom itself understands, and what they hold."""


class KindTable:
    """Numbers kinds by tileset and place in it, whichever map they come from."""

    def __init__(self) -> None:
        self.kinds: list[TileKind] = []
        self.pictures: list[Picture] = []
        self._numbers: dict[str, int] = {}
        self._places: dict[Picture, int] = {}
        self._files: dict[str, Path | None] = {}

    def add_map(self, checked: CheckedMap) -> dict[int, int]:
        """Number the tiles that a map uses, and those that say something of themselves; Tiled's number -> ours."""
        used = {
            number & NUMBER for blocks in checked.blocks for block in blocks for number in set(block.tiles)
        }
        numbers = {0: 0}
        name, times = (
            Counter(each.name for each in checked.sets).most_common(1)[0] if checked.sets else ("", 1)
        )
        if times > 1:
            raise MapError(
                f"{checked.name}: {times} tilesets are called {name!r}; give them different names in Tiled"
            )
        for each in checked.sets:
            known = self._files.setdefault(each.name, each.path)
            if known != each.path:
                raise MapError(
                    f"{checked.name}: another map has a different tileset called {each.name!r}; rename one in Tiled"
                )
            tiled = checked.tiled.tilesets[each.first]
            told = {place for place, tile in (tiled.tiles or {}).items() if tile.class_ or tile.properties}
            places = {
                number - each.first for number in used if each.first <= number < each.first + each.count
            }
            for place in sorted(places | told):
                numbers[each.first + place] = self._number(tiled, place, checked)
        return numbers

    def of_object(self, number: int, numbers: dict[int, int], checked: CheckedMap) -> int:
        """The number of the tile that an object shows."""
        if number not in numbers:
            each = next(each for each in checked.sets if each.first <= number < each.first + each.count)
            tiled = checked.tiled.tilesets[each.first]
            numbers[number] = self._number(tiled, number - each.first, checked)
        return numbers[number]

    def _number(self, tiled: Tileset, place: int, checked: CheckedMap) -> int:
        by = f"{checked.name}: tileset {tiled.name!r}: tile {place}"
        tile = (tiled.tiles or {}).get(place)
        key = f"{tiled.name}:{place}"
        picture, within = self._picture(tiled, tile, place, checked, by)
        kind = _kind(key, tile, picture, within, by)
        number = self._numbers.get(key)
        if number is not None:
            if self.kinds[number - 1] != kind:
                raise MapError(
                    f"{by}: another map has this tile with other properties; use one tileset file for both"
                )
            return number
        if len(self.kinds) >= MAX_KINDS:
            raise MapError(f"{by}: the game's maps use more than {MAX_KINDS} different tiles")
        self.kinds.append(kind)
        self._numbers[key] = len(self.kinds)
        return len(self.kinds)

    def _picture(
        self, tiled: Tileset, tile: Tile | None, place: int, checked: CheckedMap, by: str
    ) -> tuple[int, int]:
        """Which picture shows a tile, and where in it."""
        if tiled.image is not None:
            picture = Picture(
                checked.images[tiled.image], int(tiled.image_width or 0), int(tiled.image_height or 0),
                int(tiled.tile_width), int(tiled.tile_height), max(1, int(tiled.columns)),
                int(tiled.margin), int(tiled.spacing),
            )  # fmt: skip
            within = place
        elif tile is not None and tile.image is not None:
            width, height = int(tile.image_width or 0), int(tile.image_height or 0)
            picture, within = Picture(checked.images[tile.image], width, height, width, height), 0
        else:
            return -1, 0
        number = self._places.setdefault(converted(picture, by), len(self.pictures))
        if number == len(self.pictures):
            self.pictures.append(picture)
        return number, within


def _kind(key: str, tile: Tile | None, picture: int, place: int, by: str) -> TileKind:
    if tile is None:
        return TileKind(key, picture=picture, place=place)
    properties = plain_properties(tile.properties, by)
    own = {name: properties.pop(name) for name in OWN if name in properties}
    for name, value in own.items():
        if type(value) not in OWN[name]:
            wanted = "/".join(each.__name__ for each in OWN[name])
            raise MapError(f"{by}: the property {name!r} is of type {wanted}, not {value!r}")
    frames = tuple((frame.tile_id, frame.duration) for frame in tile.animation or ())
    fields: dict[str, Any] = {"name": tile.class_ or ""} | own
    kind = TileKind(key, **fields, properties=properties, picture=picture, place=place, frames=frames)
    return converted(kind, by)


def plain_properties(properties: Any, by: str) -> dict[str, Scalar]:
    """Tiled's properties as plain values: a colour is text "#rrggbbaa", a file the path as it was written."""
    plain: dict[str, Scalar] = {}
    for name, value in (properties or {}).items():
        if isinstance(value, Path):
            plain[name] = value.as_posix()
        elif isinstance(value, tuple):
            plain[name] = "#" + "".join(f"{part:02x}" for part in value)
        elif isinstance(value, bool | int | float | str):
            plain[name] = value
        else:
            raise MapError(f"{by}: the property {name!r} is {value!r:.100}, no plain value")
    return plain


def converted(value: S, by: str) -> S:
    """The value, checked against its own type's bounds. Raises MapError."""
    try:
        return msgspec.convert(msgspec.to_builtins(value), type(value))
    except (msgspec.ValidationError, OverflowError) as error:
        raise MapError(f"{by}: {error}") from None
