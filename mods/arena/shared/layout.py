"""The arena's ground plan: the walls, and who sees whom past them."""

from typing import NamedTuple

from .tuning import HEIGHT, WALL, WIDTH


class Wall(NamedTuple):
    """An upright box: its centre and its size."""

    x: float
    y: float
    w: float
    h: float


def mirrored(*quarter: Wall) -> list[Wall]:
    """The walls of the upper left quarter, repeated in the other three."""
    walls: list[Wall] = []
    for x, y, w, h in quarter:
        for wall in (
            Wall(x, y, w, h),
            Wall(WIDTH - x, y, w, h),
            Wall(x, HEIGHT - y, w, h),
            Wall(WIDTH - x, HEIGHT - y, w, h),
        ):
            if wall not in walls:
                walls.append(wall)
    return walls


BORDER = mirrored(Wall(WIDTH / 2, WALL / 2, WIDTH, WALL), Wall(WALL / 2, HEIGHT / 2, WALL, HEIGHT))
COVER = mirrored(
    Wall(1000, 700, 130, 130),  # the middle block; the best pick-up lies on either side of it
    Wall(1000, 470, 260, WALL),  # lids over and under it
    Wall(740, 700, WALL, 200),  # and shields left and right
    Wall(470, 470, 190, WALL),  # the corner rooms: an L, open to the outside
    Wall(391, 396, WALL, 180),
    Wall(300, 700, 150, WALL),  # the side lanes' bars
    Wall(1000, 180, WALL, 170),  # the fins that cut the long lanes
    Wall(690, 250, 70, 70),  # crates
    Wall(200, 180, 60, 60),
    Wall(560, 640, 50, 50),
)
WALLS = BORDER + COVER


def sees(x: float, y: float, to_x: float, to_y: float, margin: float = 0.0) -> bool:
    """Whether no wall, widened by `margin`, lies on the straight way from one place to the other."""
    return not any(crosses(wall, margin, x, y, to_x - x, to_y - y) for wall in COVER)


def crosses(wall: Wall, margin: float, x: float, y: float, dx: float, dy: float) -> bool:
    """Whether the way (dx, dy) from (x, y) meets the wall: the slab method, Kay and Kajiya 1986."""
    near, far = 0.0, 1.0
    for start, way, centre, half in (
        (x, dx, wall.x, wall.w / 2 + margin),
        (y, dy, wall.y, wall.h / 2 + margin),
    ):
        if way == 0.0:
            if abs(start - centre) > half:
                return False
            continue
        enter, leave = (centre - half - start) / way, (centre + half - start) / way
        near, far = max(near, min(enter, leave)), min(far, max(enter, leave))
        if near > far:
            return False
    return True


def is_free(x: float, y: float, margin: float) -> bool:
    """Whether a body that reaches `margin` around (x, y) stands in no wall."""
    return not any(
        abs(x - wall.x) < wall.w / 2 + margin and abs(y - wall.y) < wall.h / 2 + margin for wall in WALLS
    )
