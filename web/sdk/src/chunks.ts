import { unpack } from "./packed.js";
import type { Chunk, ChunkChanged } from "./protocol.generated.js";

/** Which chunk of the tile map: (x, y) in chunks, of the region (regionX, regionY). */
export interface ChunkPlace {
  readonly regionX: number;
  readonly regionY: number;
  readonly x: number;
  readonly y: number;
}

/** A chunk in full. `version` stands for its tiles; `tiles` are its canonical bytes (docs/maps.md). */
export interface ChunkData extends ChunkPlace {
  readonly version: number;
  readonly tiles: Uint8Array;
}

/** What changed in a chunk from version `base` to `version`: the new value of each cell. */
export interface TileChanges extends ChunkPlace {
  readonly base: number;
  readonly version: number;
  readonly cells: ReadonlyMap<number, number>;
}

/** A chunk item by name. In JSON its bytes travel as base64. */
export function readChunk([, regionX, regionY, x, y, version, tiles]: Chunk): ChunkData {
  const bytes =
    typeof tiles === "string" ? Uint8Array.from(atob(tiles), (each) => each.charCodeAt(0)) : tiles;
  return { regionX, regionY, x, y, version, tiles: bytes };
}

/** An item about changed tiles by name. */
export function readTileChanges([, regionX, regionY, x, y, base, version, tiles]: ChunkChanged): TileChanges {
  const values = unpack(tiles, ["u32", "u16"]);
  const cells = new Map<number, number>();
  for (let at = 0; at < values.length; at += 2) cells.set(values[at] as number, values[at + 1] as number);
  return { regionX, regionY, x, y, base, version, cells };
}
