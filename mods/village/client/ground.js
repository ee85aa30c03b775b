// The ground: chunks of tiles as the server sends them, painted once each, and again where a tile changed.

import { decodeChunk } from "./chunk-code.js";

const KIND_MASK = 0x1fff;
/** Chunks whose middle is further from the player than this are kept, but not painted (world units). */
const PAINTED = 900;
/** So far chunks overlap (pixels of a tile): edges between two pixels of the screen would let the dark page through. */
const SEAM = 1;
/** Where a kind of tile says which picture it is, and its name: places in a record of the map's header. */
const [KIND_NAME, KIND_PLACE] = [1, 9];

export class Ground {
  constructor(context, sheets) {
    this.context = context;
    this.sheets = sheets;
    const [tileWidth, , , , layers, kinds, , , chunkSize] = context.schema.map;
    this.tile = tileWidth;
    this.size = chunkSize;
    this.layers = layers.map((layer) => layer[0]);
    this.kinds = kinds;
    this.chunks = new Map();
    this.watchers = [];
  }

  /** `watcher(chunk, cells)` is called when a chunk came (cells null) or some of its cells changed. */
  watch(watcher) {
    this.watchers.push(watcher);
  }

  chunk({ regionX, regionY, x, y, version, tiles }) {
    const key = `${regionX}/${regionY}/${x}/${y}`;
    const old = this.chunks.get(key);
    const layers = decodeChunk(tiles, this.layers.length, this.size * this.size);
    const chunk = { key, x, y, version, layers, painted: null };
    if (old) this.wipe(old);
    this.chunks.set(key, chunk);
    this.tell(chunk, null);
  }

  tiles({ regionX, regionY, x, y, base, version, cells }) {
    const chunk = this.chunks.get(`${regionX}/${regionY}/${x}/${y}`);
    if (!chunk || chunk.version !== base) {
      this.context.request("get", `chunks/${regionX}/${regionY}/${x}/${y}`).catch(() => {});
      return;
    }
    const area = this.size * this.size;
    for (const [cell, value] of cells) chunk.layers[Math.floor(cell / area)][cell % area] = value;
    chunk.version = version;
    if (chunk.painted) for (const cell of cells.keys()) this.repaint(chunk, cell % area);
    this.tell(chunk, [...cells.keys()].map((cell) => cell % area));
  }

  /** The name of the uppermost tile of a cell, roofs left out. */
  nameOf(chunk, cell) {
    for (const layer of [1, 0]) {
      const number = chunk.layers[layer][cell] & KIND_MASK;
      if (number) return this.kinds[number - 1][KIND_NAME];
    }
    return "";
  }

  frame({ own }) {
    if (!own) return;
    const side = this.size * this.tile;
    for (const chunk of this.chunks.values()) {
      const away = Math.max(Math.abs((chunk.x + 0.5) * side - own.x), Math.abs((chunk.y + 0.5) * side - own.y));
      if (away < PAINTED && !chunk.painted) this.paint(chunk);
      else if (away > PAINTED * 1.3 && chunk.painted) this.wipe(chunk);
    }
  }

  paint(chunk) {
    chunk.painted = [this.sheet(chunk, this.context.layers.background), null];
    if (chunk.layers[2].some((value) => value)) chunk.painted[1] = this.sheet(chunk, this.context.layers.effects);
    for (let cell = 0; cell < this.size * this.size; cell += 1) this.paintCell(chunk, cell);
    this.refresh(chunk);
  }

  repaint(chunk, cell) {
    if (!chunk.painted[1] && chunk.layers[2][cell]) {
      this.wipe(chunk);
      this.paint(chunk);
      return;
    }
    this.paintCell(chunk, cell);
    this.refresh(chunk);
  }

  /** An empty canvas as large as a chunk, and SEAM more, shown where the chunk lies. */
  sheet(chunk, layer) {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = this.size * this.tile + SEAM;
    const painter = canvas.getContext("2d");
    const texture = this.context.pixi.Texture.from(canvas, true);
    texture.source.scaleMode = "nearest";
    const sprite = new this.context.pixi.Sprite(texture);
    sprite.position.set(chunk.x * this.size * this.tile, chunk.y * this.size * this.tile);
    layer.addChildAt(sprite, layer === this.context.layers.background ? layer.children.length : 0);
    return { painter, sprite, texture };
  }

  paintCell(chunk, cell) {
    const x = (cell % this.size) * this.tile;
    const y = Math.floor(cell / this.size) * this.tile;
    const [low, high] = chunk.painted;
    low.painter.clearRect(x, y, this.tile, this.tile);
    high?.painter.clearRect(x, y, this.tile, this.tile);
    chunk.layers.forEach((values, layer) => {
      const number = values[cell] & KIND_MASK;
      if (number) this.sheets.drawTile((layer === 2 ? high : low).painter, this.kinds[number - 1][KIND_PLACE], x, y);
    });
  }

  refresh(chunk) {
    for (const sheet of chunk.painted) {
      if (!sheet) continue;
      this.extrude(sheet.painter);
      sheet.texture.source.update();
    }
  }

  /** The last row and column of a chunk once more, for its seam. */
  extrude(painter) {
    const side = this.size * this.tile;
    painter.clearRect(side, 0, SEAM, side + SEAM);
    painter.clearRect(0, side, side + SEAM, SEAM);
    painter.drawImage(painter.canvas, side - SEAM, 0, SEAM, side, side, 0, SEAM, side);
    painter.drawImage(painter.canvas, 0, side - SEAM, side + SEAM, SEAM, 0, side, side + SEAM, SEAM);
  }

  wipe(chunk) {
    for (const sheet of chunk.painted ?? []) {
      if (!sheet) continue;
      sheet.sprite.destroy();
      sheet.texture.destroy(true);
    }
    chunk.painted = null;
  }

  tell(chunk, cells) {
    for (const watcher of this.watchers) watcher(chunk, cells);
  }
}
