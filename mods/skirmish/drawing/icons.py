"""Small pictures for the panel: what is carried and paid, and what can be told."""

from collections.abc import Iterator

from mods.village.drawing.pixels import Canvas, colour, shaded

SIDE = 16
INK, STEEL = colour("e8e0d0"), colour("c3cad6")


def gold() -> Canvas:
    """Coins."""
    canvas = Canvas(SIDE, SIDE)
    for x, y in ((5, 11), (11, 11), (8, 6)):
        canvas.disc(x, y, 4, colour("a87718"))
        canvas.disc(x, y - 0.6, 3.4, colour("f2c53f"))
        canvas.box(x - 1, y - 2, 1, 3, colour("fff2b0"))
    return canvas


def wood() -> Canvas:
    """Logs."""
    canvas = Canvas(SIDE, SIDE)
    for x, y in ((1, 10), (1, 5)):
        canvas.box(x, y, 12, 4, colour("8a5a33"))
        canvas.box(x, y, 12, 1, colour("a8744a"))
        canvas.disc(x + 12, y + 2, 2.4, colour("d8b07a"))
        canvas.disc(x + 12, y + 2, 1.0, colour("a8744a"))
    return canvas


def supply() -> Canvas:
    """A head and shoulders."""
    canvas = Canvas(SIDE, SIDE)
    canvas.disc(8, 5, 3.6, colour("f0c49a"))
    canvas.box(3, 10, 10, 5, colour("7f93b8"))
    canvas.box(4, 9, 8, 1, colour("7f93b8"))
    return canvas


def attack() -> Canvas:
    """A sword."""
    canvas = Canvas(SIDE, SIDE)
    for step in range(9):
        canvas.box(4 + step, 10 - step, 2, 2, STEEL)
    canvas.box(3, 9, 2, 2, colour("a87718"))
    canvas.box(5, 12, 2, 2, colour("a87718"))
    canvas.box(2, 12, 2, 2, colour("6a4c2c"))
    return canvas


def stop() -> Canvas:
    """A raised hand."""
    canvas, skin = Canvas(SIDE, SIDE), colour("f0c49a")
    canvas.box(5, 7, 7, 7, skin)
    for x, top in ((5, 3), (7, 2), (9, 2), (11, 4)):
        canvas.box(x, top, 1, 6, skin)
    canvas.box(3, 8, 2, 4, shaded(skin, 0.9))
    return canvas


def rally() -> Canvas:
    """A flag."""
    canvas = Canvas(SIDE, SIDE)
    canvas.box(4, 2, 1, 13, INK)
    canvas.box(5, 2, 8, 6, colour("d8394a"))
    canvas.box(5, 7, 8, 1, colour("9a2430"))
    return canvas


def cancel() -> Canvas:
    """A cross."""
    canvas = Canvas(SIDE, SIDE)
    for step in range(10):
        canvas.box(3 + step, 3 + step, 2, 2, colour("d8394a"))
        canvas.box(12 - step, 3 + step, 2, 2, colour("d8394a"))
    return canvas


def build() -> Canvas:
    """A hammer."""
    canvas = Canvas(SIDE, SIDE)
    for step in range(8):
        canvas.box(3 + step, 12 - step, 2, 2, colour("8a5a33"))
    canvas.box(7, 2, 7, 3, STEEL)
    canvas.box(11, 3, 3, 4, STEEL)
    return canvas


def icons() -> Iterator[tuple[str, Canvas]]:
    """Each by its name."""
    for draw in (gold, wood, supply, attack, stop, rally, cancel, build):
        yield f"icon_{draw.__name__}", draw()
