// The two pictures of the game: tiles for the ground's canvases, sprites as textures and as icons for panels.

import { SIDE, SPRITE_COLUMNS, SPRITES, TILE_COLUMNS } from "./pictures.js";

export async function loadPictures(pixi) {
  const [tiles, sprites] = await Promise.all([loadImage("tiles.png"), loadImage("sprites.png")]);
  return new Sheets(pixi, tiles, sprites);
}

async function loadImage(name) {
  const image = new Image();
  image.src = new URL(name, import.meta.url).href;
  await image.decode();
  return image;
}

export class Sheets {
  constructor(pixi, tiles, sprites) {
    this.pixi = pixi;
    this.tiles = tiles;
    this.textures = new Map();
    this.sprites = sprites;
    const canvas = document.createElement("canvas");
    canvas.width = sprites.width;
    canvas.height = sprites.height;
    canvas.getContext("2d").drawImage(sprites, 0, 0);
    this.source = pixi.Texture.from(canvas, true).source;
    this.source.scaleMode = "nearest";
  }

  /** The texture of a sprite. */
  texture(name) {
    let texture = this.textures.get(name);
    if (!texture) {
      const place = SPRITES[name] ?? SPRITES.heart;
      const frame = {
        x: (place % SPRITE_COLUMNS) * SIDE,
        y: Math.floor(place / SPRITE_COLUMNS) * SIDE,
        width: SIDE,
        height: SIDE,
      };
      texture = new this.pixi.Texture({ source: this.source, frame });
      this.textures.set(name, texture);
    }
    return texture;
  }

  /** A small picture of a sprite for a panel. */
  icon(name) {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = SIDE;
    canvas.className = "village-icon";
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", name);
    const place = SPRITES[name] ?? SPRITES.heart;
    const [x, y] = [(place % SPRITE_COLUMNS) * SIDE, Math.floor(place / SPRITE_COLUMNS) * SIDE];
    canvas.getContext("2d").drawImage(this.sprites, x, y, SIDE, SIDE, 0, 0, SIDE, SIDE);
    return canvas;
  }

  /** Draws a tile of the tileset at a place of a 2D canvas. */
  drawTile(painter, place, x, y) {
    const [left, top] = [(place % TILE_COLUMNS) * SIDE, Math.floor(place / TILE_COLUMNS) * SIDE];
    painter.drawImage(this.tiles, left, top, SIDE, SIDE, x, y, SIDE, SIDE);
  }
}
