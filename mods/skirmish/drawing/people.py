"""Who walks: 16 x 16 pixels each, seen from the side, looking right. TEAM and its shades become the player's colour."""

from collections.abc import Iterator

from mods.village.drawing.pixels import Canvas, colour, shaded

TEAM = (255, 0, 255)
TEAM_DARK = (180, 0, 180)
TEAM_LIGHT = (255, 120, 255)
SIDE = 16
SKIN, DARK, STEEL = colour("f0c49a"), colour("2a2230"), colour("c3cad6")
WOOD, LEATHER, SHADE = colour("8a5a33"), colour("6a4a2e"), colour("10141c")


def shadow(canvas: Canvas, x: int, y: int, width: int) -> None:
    """What lies on the ground below somebody."""
    for column in range(width):
        canvas.dot(x + column, y, SHADE, 90)
        if 0 < column < width - 1:
            canvas.dot(x + column, y + 1, SHADE, 60)


def legs(canvas: Canvas, step: int, paint: tuple[int, int, int]) -> None:
    """Two legs; `step` 0 stands, 1 and 2 walk."""
    left, right = ((5, 8), (4, 8), (6, 8))[step]
    canvas.box(left, 12, 2, 2, paint)
    canvas.box(right, 12, 2, 2, shaded(paint, 0.75))


def body(canvas: Canvas, step: int) -> None:
    """A tunic in the player's colour, with a belt."""
    shadow(canvas, 3, 14, 9)
    legs(canvas, step, LEATHER)
    canvas.box(4, 7, 7, 5, TEAM)
    canvas.box(4, 7, 2, 5, TEAM_DARK)
    canvas.box(9, 7, 2, 2, TEAM_LIGHT)
    canvas.box(4, 11, 7, 1, LEATHER)


def face(canvas: Canvas) -> None:
    """A head that looks right."""
    canvas.box(5, 3, 6, 4, SKIN)
    canvas.dot(9, 5, DARK)
    canvas.box(5, 6, 6, 1, shaded(SKIN, 0.85))


def worker(step: int, act: bool) -> Canvas:
    """A straw hat and a pick."""
    canvas, straw = Canvas(SIDE, SIDE), colour("e3c46a")
    body(canvas, step)
    face(canvas)
    canvas.box(4, 2, 8, 1, shaded(straw, 0.85))
    canvas.box(6, 0, 4, 2, straw)
    if act:
        canvas.box(10, 9, 5, 1, WOOD)
        canvas.box(14, 7, 1, 5, STEEL)
    else:
        canvas.box(12, 3, 1, 8, WOOD)
        canvas.box(10, 3, 5, 1, STEEL)
    canvas.dot(11, 9, SKIN)
    return canvas


def spearman(step: int, act: bool) -> Canvas:
    """A helmet, a shield, a spear."""
    canvas = Canvas(SIDE, SIDE)
    body(canvas, step)
    face(canvas)
    canvas.box(5, 1, 6, 3, STEEL)
    canvas.box(5, 1, 2, 5, shaded(STEEL, 0.75))
    canvas.box(7, 0, 2, 1, TEAM)
    canvas.box(3, 7, 3, 5, shaded(STEEL, 0.6))
    canvas.box(3, 8, 3, 3, TEAM_LIGHT)
    if act:
        canvas.box(7, 9, 7, 1, WOOD)
        canvas.box(13, 8, 3, 2, shaded(STEEL, 1.2))
    else:
        canvas.box(12, 2, 1, 12, WOOD)
        canvas.box(12, 0, 1, 3, shaded(STEEL, 1.2))
    return canvas


def archer(step: int, act: bool) -> Canvas:
    """A green hood and a bow."""
    canvas, hood = Canvas(SIDE, SIDE), colour("4d7a3a")
    body(canvas, step)
    face(canvas)
    canvas.box(4, 1, 6, 3, hood)
    canvas.box(4, 3, 2, 5, shaded(hood, 0.8))
    canvas.box(2, 6, 2, 5, WOOD)
    canvas.box(2, 4, 1, 2, colour("e8e0d0"))
    for y, x in enumerate((12, 13, 14, 14, 14, 14, 13, 12)):
        canvas.dot(x, 5 + y, WOOD)
    for y in range(5, 13):
        canvas.dot(10 if act and 7 < y < 10 else 11, y, colour("e8e0d0"))
    if act:
        canvas.box(10, 8, 5, 1, colour("e8e0d0"))
    return canvas


def knight(step: int, act: bool) -> Canvas:
    """A rider with a lance."""
    canvas, horse = Canvas(SIDE, SIDE), colour("7d5636")
    shadow(canvas, 1, 14, 13)
    hooves = ((2, 5, 9, 11), (1, 6, 8, 12), (3, 4, 10, 10))[step]
    for place, x in enumerate(hooves):
        canvas.box(x, 11, 1, 3, shaded(horse, 0.6 + 0.15 * (place % 2)))
    canvas.box(2, 8, 10, 3, horse)
    canvas.box(2, 8, 10, 1, shaded(horse, 1.2))
    canvas.box(0, 8, 2, 3, shaded(horse, 0.6))
    canvas.box(11, 5, 3, 4, horse)
    canvas.box(13, 6, 2, 2, shaded(horse, 1.15))
    canvas.dot(11, 4, shaded(horse, 0.6))
    canvas.box(4, 7, 6, 3, TEAM_DARK)
    canvas.box(5, 3, 4, 5, TEAM)
    canvas.box(5, 3, 1, 5, TEAM_DARK)
    canvas.box(5, 0, 4, 3, STEEL)
    canvas.box(7, 1, 2, 1, DARK)
    canvas.dot(5, 0, TEAM_LIGHT)
    for x in range(7, 16):
        canvas.dot(x, 6 if act else 7 - (x - 6) // 2, colour("d8c8a0"))
    canvas.dot(15, 6 if act else 3, shaded(STEEL, 1.2))
    return canvas


def people() -> Iterator[tuple[str, Canvas]]:
    """Each standing, walking in two steps, acting."""
    for draw in (worker, spearman, archer, knight):
        for step in range(3):
            yield f"{draw.__name__}_{step}", draw(step, False)
        yield f"{draw.__name__}_act", draw(0, True)
