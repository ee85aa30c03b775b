// The bytes of a chunk: as ecs/chunk_code.py lays them out, see docs/maps.md.

/** The layers of a chunk, each an array of `cells` values. */
export function decodeChunk(bytes, layers, cells) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const decoded = [];
  let at = 0;
  for (let layer = 0; layer < layers; layer += 1) {
    const tiles = new Uint16Array(cells);
    const bits = view.getUint8(at);
    at += 1;
    if (bits === 0) {
      tiles.fill(view.getUint16(at, true));
      at += 2;
    } else if (bits === 16) {
      for (let cell = 0; cell < cells; cell += 1) tiles[cell] = view.getUint16(at + 2 * cell, true);
      at += 2 * cells;
    } else {
      const count = view.getUint8(at) + 1;
      const values = at + 1;
      const indices = values + 2 * count;
      const mask = (1 << bits) - 1;
      for (let cell = 0; cell < cells; cell += 1) {
        const bit = cell * bits;
        const index = (view.getUint8(indices + (bit >> 3)) >> (bit & 7)) & mask;
        tiles[cell] = view.getUint16(values + 2 * index, true);
      }
      at = indices + (cells * bits) / 8;
    }
    decoded.push(tiles);
  }
  if (at !== bytes.byteLength) throw new Error("these bytes are no chunk of this map");
  return decoded;
}
