"""The ground: walls, on both sides alike, so that a client can predict what it will bump into."""

from tickroom import Collide, Position, Scene, World

from .categories import EVERYTHING, WALL
from .game import game
from .layout import WALLS


@game.on("create")
def build(world: World) -> None:
    """Put up every wall."""
    for wall in WALLS:
        shape = Collide("box", wall.w, wall.h, body="static", category=WALL, mask=EVERYTHING)
        world.spawn(Position(wall.x, wall.y), shape, Scene("wall"))
