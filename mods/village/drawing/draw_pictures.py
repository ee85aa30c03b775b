"""Draws client/tiles.png and client/sprites.png, and writes what is where in them to client/pictures.js.

Run it from the checkout: python -m mods.village.drawing.draw_pictures
"""

import json
from pathlib import Path

from . import sprites, tiles

CLIENT = Path(__file__).resolve().parent.parent / "client"


def names_as_script() -> str:
    """The JavaScript module that names the places in both pictures."""
    _, places = sprites.atlas()
    names = json.dumps([tile.name for tile in tiles.TILES])
    return (
        "// Written by drawing/draw_pictures.py; do not edit.\n"
        f"export const SIDE = {tiles.SIDE};\n"
        f"export const TILE_COLUMNS = {tiles.COLUMNS};\n"
        f"export const TILES = {names};\n"
        f"export const SPRITE_COLUMNS = {sprites.COLUMNS};\n"
        f"export const SPRITES = {json.dumps(places)};\n"
    )


def main() -> None:
    """Write all three files."""
    tiles.tileset().write(CLIENT / "tiles.png")
    sprites.atlas()[0].write(CLIENT / "sprites.png")
    (CLIENT / "pictures.js").write_text(names_as_script(), encoding="utf-8")


if __name__ == "__main__":
    main()
