"""Who and what moves in the village, each on 16 x 16 pixels: people, monsters, things to carry."""

from collections.abc import Iterator

from .pixels import Canvas, Colour, colour, shaded

SIDE = 16
COLUMNS = 8
SKIN, DARK = colour("f0c49a"), colour("2a2230")
PEOPLE = {
    "hero": ("6b4324", "3f7fd0", "39405c"),
    "farmer": ("c9a24a", "7a9a3c", "6a4c2c"),
    "smith": ("33302e", "a0522d", "404040"),
    "weaver": ("8c3f2a", "b06ab0", "544a70"),
    "elder": ("d8d8d8", "5a8080", "4a4038"),
}
"""Hair, shirt and trousers of each."""
FACINGS = ("down", "up", "side")


def person(hair: Colour, shirt: Colour, trousers: Colour, facing: str, step: int) -> Canvas:
    """Somebody who walks; `step` 0 or 1 is which leg is ahead."""
    canvas = Canvas(SIDE, SIDE)
    canvas.box(5, 1, 6, 4, hair)
    canvas.box(5, 3, 6, 4, hair if facing == "up" else SKIN)
    if facing == "down":
        canvas.box(5, 2, 6, 1, hair)
        canvas.dot(6, 4, DARK)
        canvas.dot(9, 4, DARK)
    elif facing == "side":
        canvas.box(5, 2, 3, 4, hair)
        canvas.dot(9, 4, DARK)
    canvas.box(4, 7, 8, 5, shirt)
    canvas.box(4, 7, 1, 4, shaded(shirt, 0.75))
    canvas.box(11, 7, 1, 4, shaded(shirt, 0.75))
    canvas.box(4, 11, 1, 1, SKIN)
    canvas.box(11, 11, 1, 1, SKIN)
    canvas.box(5, 12, 2, 3 + (step == 0), trousers)
    canvas.box(9, 12, 2, 3 + (step == 1), trousers)
    return canvas


def slime(step: int) -> Canvas:
    """A green drop that breathes."""
    canvas, body = Canvas(SIDE, SIDE), colour("62b44e")
    canvas.disc(8, 10 + step, 6.0, shaded(body, 0.75))
    canvas.disc(8, 9.5 + step, 5.4, body)
    canvas.box(2, 15, 12, 1, shaded(body, 0.6))
    canvas.disc(6, 7 + step, 1.6, shaded(body, 1.35))
    canvas.box(5, 9 + step, 2, 2, DARK)
    canvas.box(9, 9 + step, 2, 2, DARK)
    return canvas


def wolf(step: int) -> Canvas:
    """A grey wolf, seen from the side, looking right."""
    canvas, fur = Canvas(SIDE, SIDE), colour("6c7080")
    canvas.box(2, 6, 9, 5, fur)
    canvas.box(2, 6, 9, 1, shaded(fur, 1.25))
    canvas.box(0, 5, 3, 2, shaded(fur, 0.8))
    canvas.box(10, 4, 4, 5, fur)
    canvas.box(13, 6, 3, 2, shaded(fur, 1.2))
    canvas.dot(10, 3, fur)
    canvas.dot(12, 3, fur)
    canvas.dot(13, 5, colour("e04030"))
    for x in (3, 9):
        canvas.box(x + step, 11, 1, 4, shaded(fur, 0.7))
        canvas.box(x + 2 - step, 11, 1, 4, shaded(fur, 0.7))
    return canvas


def coins() -> Canvas:
    """Three coins."""
    canvas = Canvas(SIDE, SIDE)
    for x, y in ((6, 10), (10, 10), (8, 6.5)):
        canvas.disc(x, y, 2.7, colour("a87718"))
        canvas.disc(x, y - 0.5, 2.3, colour("f2c53f"))
    return canvas


def pelt() -> Canvas:
    """A wolf's pelt."""
    canvas, fur = Canvas(SIDE, SIDE), colour("7a7484")
    canvas.box(5, 4, 6, 9, fur)
    canvas.box(3, 4, 10, 2, fur)
    canvas.box(3, 11, 10, 2, fur)
    canvas.box(7, 2, 2, 2, fur)
    canvas.box(7, 4, 2, 9, shaded(fur, 0.75))
    return canvas


def gem() -> Canvas:
    """A blue stone."""
    canvas, stone = Canvas(SIDE, SIDE), colour("4fb8e8")
    for row in range(8):
        half = 5 if row < 2 else 6 - (row - 1)
        canvas.box(8 - max(1, half), 4 + row, 2 * max(1, half), 1, shaded(stone, 1.2 - row * 0.08))
    return canvas


def wood() -> Canvas:
    """Two logs."""
    canvas = Canvas(SIDE, SIDE)
    for y in (5, 9):
        canvas.box(2, y, 11, 3, colour("8a5a33"))
        canvas.box(12, y, 2, 3, colour("d8b07a"))
    return canvas


def potion() -> Canvas:
    """A red bottle."""
    canvas = Canvas(SIDE, SIDE)
    canvas.box(7, 2, 2, 4, colour("c8d8e0"))
    canvas.disc(8, 10, 4.4, colour("c8d8e0"))
    canvas.disc(8, 10.5, 3.4, colour("d03a4a"))
    return canvas


def axe() -> Canvas:
    """An axe."""
    canvas = Canvas(SIDE, SIDE)
    canvas.box(7, 3, 2, 12, colour("8a5a33"))
    canvas.box(9, 2, 4, 5, colour("b8c0cc"))
    canvas.box(12, 1, 1, 7, colour("e8eef4"))
    return canvas


def sword() -> Canvas:
    """A sword."""
    canvas = Canvas(SIDE, SIDE)
    canvas.box(7, 1, 2, 9, colour("c8d0dc"))
    canvas.box(4, 10, 8, 1, colour("a87718"))
    canvas.box(7, 11, 2, 4, colour("6a4c2c"))
    return canvas


def boots() -> Canvas:
    """A pair of boots."""
    canvas = Canvas(SIDE, SIDE)
    for x in (2, 9):
        canvas.box(x, 4, 3, 8, colour("7a4a24"))
        canvas.box(x, 10, 5, 3, colour("5a3418"))
    return canvas


def heart() -> Canvas:
    """A heart."""
    canvas = Canvas(SIDE, SIDE)
    canvas.disc(5.5, 6, 3, colour("d8394a"))
    canvas.disc(10.5, 6, 3, colour("d8394a"))
    for row in range(6):
        canvas.box(3 + row, 7 + row, 10 - 2 * row, 1, colour("d8394a"))
    return canvas


def sprites() -> Iterator[tuple[str, Canvas]]:
    """Every sprite by its name."""
    for name, (hair, shirt, trousers) in PEOPLE.items():
        for facing in FACINGS:
            for step in range(2):
                drawn = person(colour(hair), colour(shirt), colour(trousers), facing, step)
                yield f"{name}_{facing}_{step}", drawn
    for step in range(2):
        yield f"slime_{step}", slime(step)
        yield f"wolf_{step}", wolf(step)
    for draw in (coins, pelt, gem, wood, potion, axe, sword, boots, heart):
        yield draw.__name__, draw()


def atlas() -> tuple[Canvas, dict[str, int]]:
    """All sprites in rows of COLUMNS, and the place of each."""
    drawn = list(sprites())
    canvas = Canvas(COLUMNS * SIDE, -(-len(drawn) // COLUMNS) * SIDE)
    for place, (_, picture) in enumerate(drawn):
        canvas.paste(picture, place % COLUMNS * SIDE, place // COLUMNS * SIDE)
    return canvas, {name: place for place, (name, _) in enumerate(drawn)}
