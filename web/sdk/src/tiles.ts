import { ProtocolError } from "./errors.js";

/** What a cell's value says: its kind (0: no tile; kind n is `kinds[n - 1]` of the map's header), and how it is turned over. */
export const TILE_KIND = 0x1fff;
export const FLIPPED = { diagonally: 0x2000, vertically: 0x4000, horizontally: 0x8000 } as const;

/**
 * The layers of a chunk, each an array of `cells` values, row by row, from its canonical bytes (docs/maps.md).
 * Throws ProtocolError where the bytes are no chunk of so many layers and cells.
 */
export function decodeChunk(bytes: Uint8Array, layers: number, cells: number): Uint16Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const decoded: Uint16Array[] = [];
  let at = 0;
  try {
    for (let layer = 0; layer < layers; layer++) {
      const tiles = new Uint16Array(cells);
      at = decodeLayer(view, at, tiles);
      decoded.push(tiles);
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ProtocolError("a chunk of the map is too short");
  }
  if (at !== bytes.byteLength) throw new ProtocolError("a chunk of the map is too long");
  return decoded;
}

/** Fills `tiles` from `at` on; where the next layer begins. */
function decodeLayer(view: DataView, at: number, tiles: Uint16Array): number {
  const bits = view.getUint8(at);
  if (bits === 0) {
    tiles.fill(view.getUint16(at + 1, true));
    return at + 3;
  }
  if (bits === 16) {
    for (let cell = 0; cell < tiles.length; cell++) tiles[cell] = view.getUint16(at + 1 + 2 * cell, true);
    return at + 1 + 2 * tiles.length;
  }
  const values = at + 2;
  const indices = values + 2 * (view.getUint8(at + 1) + 1);
  const mask = (1 << bits) - 1;
  for (let cell = 0; cell < tiles.length; cell++) {
    const bit = cell * bits;
    const index = (view.getUint8(indices + (bit >> 3)) >> (bit & 7)) & mask;
    tiles[cell] = view.getUint16(values + 2 * index, true);
  }
  return indices + (tiles.length * bits) / 8;
}
