import assert from "node:assert/strict";
import { test } from "node:test";
import { ProtocolError } from "../src/errors.js";
import { decodeChunk } from "../src/tiles.js";

const CELLS = 16;
/** A layer of one value; one of two values by 1 bit a cell, the upper eight the second; one with every value written out. */
const WHOLE = [0, 0x05, 0x20];
const INDEXED = [1, 1, 0x01, 0x00, 0x02, 0x80, 0x00, 0xff];
const PLAIN = [16, ...Array.from({ length: CELLS }, (_, cell) => [cell, 0]).flat()];

test("each way in which a layer is written is read", () => {
  const layers = decodeChunk(new Uint8Array([...WHOLE, ...INDEXED, ...PLAIN]), 3, CELLS).map((each) => [
    ...each,
  ]);
  assert.deepEqual(layers[0], new Array(CELLS).fill(0x2005));
  assert.deepEqual(layers[1], [...new Array(8).fill(1), ...new Array(8).fill(0x8002)]);
  assert.deepEqual(layers[2], [...new Array(CELLS).keys()]);
});

test("bytes that lie within larger ones are read from where they begin", () => {
  const within = new Uint8Array([9, 9, 9, ...WHOLE]).subarray(3);
  assert.equal(decodeChunk(within, 1, CELLS)[0]?.[15], 0x2005);
});

test("too few and too many bytes are the server's mistake", () => {
  for (const bytes of [[], [0], [1, 1, 0], PLAIN.slice(0, -1), [...WHOLE, 0]])
    assert.throws(() => decodeChunk(new Uint8Array(bytes), 1, CELLS), ProtocolError);
});
