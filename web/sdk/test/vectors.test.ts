import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { decode } from "@msgpack/msgpack";
import { CODECS } from "../src/codec.js";
import { unpack, type Width } from "../src/packed.js";
import type { ClientMessage, Diff, Input, ServerMessage } from "../src/protocol.generated.js";
import {
  ClientItemTag,
  ClientMessageTag,
  ServerItemTag,
  ServerMessageTag,
} from "../src/protocol.generated.js";

interface Vector {
  name: string;
  direction: string;
  message: unknown[];
  msgpack_hex: string;
}

const path = "../docs/protocol-vectors.json";
const vectors: Vector[] = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : [];

/** Any value as JSON would carry it: bytes in base64. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map(plain);
  return value;
}

/** A server message as JSON would carry it: packed columns as integers. */
function asJson(message: ServerMessage): unknown {
  if (message[0] !== ServerMessageTag.ServerBundle) return message;
  const items = message[6].map((item) => (item[0] === ServerItemTag.Diff ? unpackDiff(item) : plain(item)));
  return [...message.slice(0, 6), items];
}

/** A client's likewise. */
function clientAsJson(message: ClientMessage): unknown {
  if (message[0] !== ClientMessageTag.ClientBundle) return plain(message);
  const [tag, tick, ack, items = []] = message;
  return [
    tag,
    tick,
    ack,
    items.map((item) => (item[0] === ClientItemTag.Input ? unpackInput(item) : plain(item))),
  ];
}

function unpackInput([tag, tick, held, pressed, axes = [], view, before = []]: Input): unknown {
  const record: Width[] = ["u8", "u32", "u32", "u16", ...axes.map((): Width => "i16")];
  return [tag, tick, held, pressed, axes, view, unpack(before, record)];
}

function unpackDiff([
  tag,
  base,
  id,
  left,
  entered,
  moved,
  nudged,
  velocities,
  angles,
  changed,
]: Diff): unknown {
  const position: Width[] = ["u16", "u16", "u16"];
  return [
    tag,
    base,
    id,
    left,
    entered,
    unpack(moved, position),
    unpack(nudged, ["u16", "i8", "i8"]),
    unpack(velocities, ["u16", "i16", "i16"]),
    unpack(angles, ["u16", "u16"]),
    changed,
  ];
}

for (const vector of vectors) {
  test(`test vector: ${vector.name}`, () => {
    const bytes = Uint8Array.from(Buffer.from(vector.msgpack_hex, "hex"));
    if (vector.direction.startsWith("server")) {
      const message = CODECS.msgpack.decode(bytes);
      assert.deepEqual(asJson(message), vector.message);
      assert.deepEqual(CODECS.json.decode(JSON.stringify(vector.message)), vector.message);
    } else {
      const message = decode(bytes) as ClientMessage;
      const encoded = CODECS.msgpack.encode(message) as Uint8Array;
      assert.deepEqual(decode(encoded), message);
      assert.deepEqual(clientAsJson(message), vector.message);
    }
  });
}
