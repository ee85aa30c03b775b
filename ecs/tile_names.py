"""Numbers of kinds and layers of a map by their names."""

from ecs.errors import WorldError
from ecs.map_header import FLIP_DIAGONAL, FLIP_HORIZONTAL, FLIP_VERTICAL, MapHeader

FLIPS = FLIP_HORIZONTAL | FLIP_VERTICAL | FLIP_DIAGONAL


class TileNames:
    """Looks names up. A kind's key goes before its name; where several kinds share a name it means the first."""

    def __init__(self, header: MapHeader) -> None:
        self._kinds: dict[str, int] = {}
        for number, kind in enumerate(header.kinds, 1):
            self._kinds.setdefault(kind.key, number)
        for number, kind in enumerate(header.kinds, 1):
            if kind.name:
                self._kinds.setdefault(kind.name, number)
        self._layers = {layer.name: place for place, layer in enumerate(header.layers)}
        self._count = len(header.kinds)

    def kind(self, kind: int | str | None) -> int:
        """The number of a kind, given itself, its name or key, or None for no tile. Raises WorldError."""
        if kind is None:
            return 0
        number = self._kinds.get(kind) if isinstance(kind, str) else kind
        if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= self._count:
            raise WorldError(f"the map has no tile {kind!r}")
        return number

    def value(self, kind: int | str | None, flip: int) -> int:
        """A cell's value: a kind and the flags for turning it over. Raises WorldError."""
        number = self.kind(kind)
        if flip & ~FLIPS or (flip and not number):
            raise WorldError(f"a tile is turned over by FLIP_HORIZONTAL, _VERTICAL, _DIAGONAL, not {flip!r}")
        return number | flip

    def layer(self, layer: int | str) -> int:
        """The place of a layer, given itself or its name. Raises WorldError."""
        place = self._layers.get(layer) if isinstance(layer, str) else layer
        if not isinstance(place, int) or isinstance(place, bool) or not 0 <= place < len(self._layers):
            raise WorldError(f"the map has no layer {layer!r}; it has {list(self._layers)}")
        return place
