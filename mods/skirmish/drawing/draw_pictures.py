"""Draws client/sprites.png, and writes what is where in it to client/pictures.js.

Run it from the checkout: python -m mods.skirmish.drawing.draw_pictures
"""

import json
from pathlib import Path

from mods.village.drawing.pixels import Canvas

from .icons import icons
from .people import TEAM, TEAM_DARK, TEAM_LIGHT, people
from .places import places

CLIENT = Path(__file__).resolve().parent.parent / "client"
WIDTH = 256


def atlas() -> tuple[Canvas, dict[str, tuple[int, int, int, int]]]:
    """All pictures in rows, the tallest first, and where each is: x, y, width, height."""
    drawn = sorted((*people(), *places(), *icons()), key=lambda each: (-each[1].height, each[0]))
    where: dict[str, tuple[int, int, int, int]] = {}
    x = y = tallest = 0
    for name, picture in drawn:
        if x + picture.width > WIDTH:
            x, y, tallest = 0, y + tallest, 0
        where[name] = (x, y, picture.width, picture.height)
        x, tallest = x + picture.width, max(tallest, picture.height)
    canvas = Canvas(WIDTH, y + tallest)
    for name, picture in drawn:
        canvas.paste(picture, where[name][0], where[name][1])
    return canvas, where


def names_as_script() -> str:
    """The JavaScript module that names the places in the picture."""
    places_of = ",\n".join(f"  {name}: {json.dumps(place)}" for name, place in sorted(atlas()[1].items()))
    return (
        "// Written by drawing/draw_pictures.py; do not edit.\n"
        f"export const SPRITES = {{\n{places_of},\n}};\n"
        "/** The colours that become a player's: base, dark, light. */\n"
        f"export const TEAM = {json.dumps([TEAM, TEAM_DARK, TEAM_LIGHT])};\n"
    )


def main() -> None:
    """Write both files."""
    atlas()[0].write(CLIENT / "sprites.png")
    (CLIENT / "pictures.js").write_text(names_as_script(), encoding="utf-8")


if __name__ == "__main__":
    main()
