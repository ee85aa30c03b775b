import { Container, Sprite, Texture } from "pixi.js";
import { type ChunkData, type ChunkPlace, decodeChunk, type Game, type TileChanges } from "tickroom";
import type { Camera } from "./camera";
import type { Stage } from "./stage";
import type { TilePainter } from "./tile-painter";

type MapHeader = NonNullable<Game["map"]>;
/** Chunks overlap by so many canvas pixels: edges between two pixels of the screen would let the page through. */
const SEAM = 1;
/** Chunks this far beyond the screen are still painted, and further ones' canvases kept for (in chunks). */
const [PAINTED, KEPT] = [0.25, 1];
/** So many chunks are painted in a frame at most; the others wait for the next ones. */
const PER_FRAME = 2;

interface Chunk extends ChunkPlace {
  version: number;
  readonly layers: Uint16Array[];
  pictures: Sprite[];
  isStale: boolean;
}

/** The tile map of a game whose view draws none: one picture a chunk below what moves, and one above for `above` layers. */
export class Ground {
  readonly #map: MapHeader;
  readonly #painter: TilePainter;
  readonly #below = new Container({ label: "ground" });
  readonly #above = new Container({ label: "roofs" });
  readonly #ask: (resource: string) => Promise<unknown>;
  readonly #chunks = new Map<string, Chunk>();

  constructor(
    map: MapHeader,
    painter: TilePainter,
    stage: Stage,
    ask: (resource: string) => Promise<unknown>,
  ) {
    this.#map = map;
    this.#painter = painter;
    this.#ask = ask;
    stage.background.addChild(this.#below);
    stage.effects.addChildAt(this.#above, 0);
  }

  chunk({ tiles, version, ...place }: ChunkData): void {
    const layers = decodeChunk(tiles, this.#map[4].length, this.#map[8] ** 2);
    const old = this.#chunks.get(keyOf(place));
    this.#chunks.set(keyOf(place), {
      ...place,
      version,
      layers,
      pictures: old?.pictures ?? [],
      isStale: true,
    });
  }

  tiles({ base, version, cells, ...place }: TileChanges): void {
    const chunk = this.#chunks.get(keyOf(place));
    if (chunk?.version !== base) {
      // what cannot be had, as it is out of sight again, comes when it is seen
      this.#ask(`chunks/${keyOf(place)}`).catch(() => {});
      return;
    }
    const area = this.#map[8] ** 2;
    for (const [cell, value] of cells)
      (chunk.layers[Math.floor(cell / area)] as Uint16Array)[cell % area] = value;
    chunk.version = version;
    chunk.isStale = true;
  }

  /** Paints what has come into sight or changed, and lets go of what is far away. */
  frame(camera: Camera): void {
    const seen = camera.seen;
    let painted = 0;
    for (const chunk of this.#chunks.values()) {
      const away = this.#distance(chunk, seen);
      if (away > KEPT) clear(chunk);
      else if (chunk.isStale && away < PAINTED && painted++ < PER_FRAME) this.#paint(chunk);
    }
  }

  /** How far a chunk is from what is seen, in chunks. */
  #distance(chunk: Chunk, seen: Camera["seen"]): number {
    const { x, y, width, height } = this.#placeOf(chunk);
    const aside = Math.max(seen.left - (x + width), x - seen.right) / width;
    return Math.max(aside, Math.max(seen.top - (y + height), y - seen.bottom) / height);
  }

  #placeOf(chunk: ChunkPlace): { x: number; y: number; width: number; height: number } {
    const [tileWidth, tileHeight, regionWidth, regionHeight, , , , , size] = this.#map;
    return {
      x: (chunk.regionX * regionWidth + chunk.x * size) * tileWidth,
      y: (chunk.regionY * regionHeight + chunk.y * size) * tileHeight,
      width: size * tileWidth,
      height: size * tileHeight,
    };
  }

  #paint(chunk: Chunk): void {
    clear(chunk);
    chunk.isStale = false;
    for (const isAbove of [false, true]) {
      const canvas = this.#canvas(chunk, isAbove);
      if (canvas) chunk.pictures.push(this.#show(chunk, canvas, isAbove ? this.#above : this.#below));
    }
  }

  /** The layers above, or below, what moves; undefined where they are empty. */
  #canvas(chunk: Chunk, isAbove: boolean): HTMLCanvasElement | undefined {
    const shown = this.#map[4].map(({ 2: visible, 9: { above } }) => visible && (above === true) === isAbove);
    if (!chunk.layers.some((cells, layer) => shown[layer] && cells.some((value) => value !== 0)))
      return undefined;
    const side = this.#map[8] * this.#painter.pixels;
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = side + SEAM;
    const brush = canvas.getContext("2d");
    if (!brush) throw new Error("This browser draws no 2D canvas.");
    for (const [layer, cells] of chunk.layers.entries())
      if (shown[layer]) this.#paintLayer(brush, layer, cells);
    brush.globalAlpha = 1;
    brush.drawImage(canvas, side - SEAM, 0, SEAM, side, side, 0, SEAM, side);
    brush.drawImage(canvas, 0, side - SEAM, side + SEAM, SEAM, 0, side, side + SEAM, SEAM);
    return canvas;
  }

  #paintLayer(brush: CanvasRenderingContext2D, layer: number, cells: Uint16Array): void {
    const size = this.#map[8];
    const { pixels } = this.#painter;
    brush.imageSmoothingEnabled = false;
    brush.globalAlpha = this.#map[4][layer]?.[3] ?? 1;
    for (const [cell, value] of cells.entries())
      if (value) this.#painter.draw(brush, value, (cell % size) * pixels, Math.floor(cell / size) * pixels);
  }

  #show(chunk: Chunk, canvas: HTMLCanvasElement, layer: Container): Sprite {
    const { x, y, width, height } = this.#placeOf(chunk);
    const texture = Texture.from(canvas, true);
    texture.source.scaleMode = "nearest";
    const sprite = new Sprite(texture);
    const side = canvas.width - SEAM;
    sprite.position.set(x, y);
    sprite.scale.set(width / side, height / side);
    return layer.addChild(sprite);
  }
}

function keyOf({ regionX, regionY, x, y }: ChunkPlace): string {
  return `${regionX}/${regionY}/${x}/${y}`;
}

function clear(chunk: Chunk): void {
  for (const sprite of chunk.pictures) sprite.destroy({ texture: true, textureSource: true });
  chunk.pictures = [];
  chunk.isStale = true;
}
