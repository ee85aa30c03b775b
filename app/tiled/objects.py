"""Tiled's objects -> MapObjects: the centre instead of whichever corner, world units instead of pixels."""

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, radians, sin

from pytiled_parser import tiled_object

from app.tiled.check import NUMBER
from app.tiled.kinds import converted, plain_properties
from ecs.map_data import MapObject
from ecs.map_header import Scalar

FLAGS = 0xE000
ALIGNMENTS = {
    "topleft": (0.5, 0.5), "top": (0.0, 0.5), "topright": (-0.5, 0.5),
    "left": (0.5, 0.0), "center": (0.0, 0.0), "right": (-0.5, 0.0),
    "bottomleft": (0.5, -0.5), "bottom": (0.0, -0.5), "bottomright": (-0.5, -0.5),
}  # fmt: skip
"""From the place that Tiled gives to the centre of the object, in parts of its size. Objects that show a tile have their
place at the lower left unless the tileset says otherwise; all others at the upper left."""
SHAPES = {
    tiled_object.Point: "point",
    tiled_object.Rectangle: "box",
    tiled_object.Tile: "box",
    tiled_object.Ellipse: "ellipse",
    tiled_object.Polygon: "polygon",
    tiled_object.Polyline: "line",
    tiled_object.Text: "text",
}


@dataclass(frozen=True, slots=True)
class Plane:
    """Where pixels lie in the world: pixel (0, 0) is at (x, y), and a pixel is (across, down) world units."""

    x: float
    y: float
    across: float
    down: float

    def at(self, x: float, y: float) -> tuple[float, float]:
        """The world's place of a pixel."""
        return self.x + x * self.across, self.y + y * self.down


@dataclass(frozen=True, slots=True)
class ObjectLayer:
    """What an object gets from its layer: a kind where it has no class, the layer's offset in pixels, visibility."""

    name: str
    kind: str
    offset: tuple[float, float]
    visible: bool


def convert_object(
    tiled: tiled_object.TiledObject,
    layer: ObjectLayer,
    plane: Plane,
    number_of: Callable[[int], int],
    alignment_of: Callable[[int], str],
    by: str,
) -> MapObject:
    """`number_of` and `alignment_of` say our number of a tile of Tiled's and how its tileset places objects."""
    width, height = tiled.size.width, tiled.size.height
    gid = tiled.gid if isinstance(tiled, tiled_object.Tile) else 0
    alignment = alignment_of(gid & NUMBER) if gid else "topleft"
    toward = ALIGNMENTS.get(alignment, ALIGNMENTS["bottomleft"])
    turn = radians(tiled.rotation)
    corner = (tiled.coordinates.x + layer.offset[0], tiled.coordinates.y + layer.offset[1])
    dx, dy = _turned(toward[0] * width, toward[1] * height, turn)
    x, y = plane.at(corner[0] + dx, corner[1] + dy)
    points: list[tuple[float, float]] = []
    if isinstance(tiled, tiled_object.Polygon | tiled_object.Polyline):
        turned = [_turned(point.x, point.y, turn) for point in tiled.points]
        points = [plane.at(corner[0] + px, corner[1] + py) for px, py in turned]
    properties: dict[str, Scalar] = plain_properties(tiled.properties, by)
    made = MapObject(
        id=tiled.id,
        name=tiled.name or "",
        kind=tiled.class_ or layer.kind,
        layer=layer.name,
        shape=SHAPES[type(tiled)],
        x=x,
        y=y,
        w=width * plane.across,
        h=height * plane.down,
        angle=turn,
        points=tuple(points),
        tile=number_of(gid & NUMBER) | (gid >> 16 & FLAGS) if gid else 0,
        text=tiled.text if isinstance(tiled, tiled_object.Text) else "",
        visible=bool(tiled.visible) and layer.visible,
        properties=properties,
    )
    return converted(made, by)


def _turned(x: float, y: float, turn: float) -> tuple[float, float]:
    return (x * cos(turn) - y * sin(turn), x * sin(turn) + y * cos(turn)) if turn else (x, y)
