import assert from "node:assert/strict";
import { test } from "node:test";
import { CODECS } from "../src/codec.js";
import { ProtocolError } from "../src/errors.js";
import { unpack } from "../src/packed.js";
import { bundle, frame, welcome } from "./fixtures.js";

test("both codecs read back what a server says", () => {
  for (const name of ["msgpack", "json"] as const) {
    for (const message of [welcome(3, 150), bundle(4, 200, [[9, "hello"]])]) {
      assert.deepEqual(CODECS[name].decode(frame(message, name)), message);
    }
  }
});

test("garbage, unknown tags and wrong lengths are the peer's fault", () => {
  const bad = [
    "",
    "{",
    "7",
    "[]",
    "[99]",
    "[1,2]",
    "[3,1,2,3,4]",
    "[3,1,2,3,[[77]]]",
    "[3,1,2,3,[5]]",
    "[3,1,2,3,[[9]]]",
  ];
  for (const text of bad) assert.throws(() => CODECS.json.decode(text), ProtocolError, text);
  for (const bytes of [[], [0xc1], [0x93, 1], [0xde, 0xff]]) {
    assert.throws(() => CODECS.msgpack.decode(new Uint8Array(bytes)), ProtocolError);
  }
});

test("a frame of the other subprotocol is refused", () => {
  assert.throws(() => CODECS.msgpack.decode("[]"), ProtocolError);
  assert.throws(() => CODECS.json.decode(new Uint8Array([0x90])), ProtocolError);
});

test("any bytes either decode or are the peer's fault", () => {
  let seed = 7;
  const random = () => {
    seed = (seed * 1103515245 + 12345) & 0x7fffffff;
    return seed;
  };
  for (let round = 0; round < 2000; round++) {
    const bytes = new Uint8Array(random() % 40).map(() => random() & 0xff);
    try {
      CODECS.msgpack.decode(bytes);
    } catch (error) {
      assert.ok(error instanceof ProtocolError);
    }
  }
});

test("packed columns are little-endian, also from the middle of a buffer", () => {
  const bytes = new Uint8Array([0xff, 1, 0, 0xfe, 0xff, 0, 0x80]).subarray(1);
  assert.deepEqual(unpack(bytes, ["u16", "i16", "i16"]), [1, -2, -32768]);
  assert.deepEqual(unpack(new Uint8Array([1, 0, 0, 0, 1, 0]), ["u16", "u32"]), [1, 65536]);
  assert.deepEqual(unpack([1, 2, 3], ["u16", "u16", "u16"]), [1, 2, 3]);
});

test("a packed column that ends inside a record is the peer's fault", () => {
  assert.throws(() => unpack(new Uint8Array(5), ["u16", "u16"]), ProtocolError);
  assert.throws(() => unpack([1, 2, 3], ["u16", "u16"]), ProtocolError);
});
