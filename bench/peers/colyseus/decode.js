// What a Colyseus client saw: reads recorded messages (each a uint32 length and its bytes) and prints for each tick a
// line of JSON: [tick, {id: [x, y], ...}], decoded by Colyseus' own decoder.
// usage: node decode.js FILE
import { readFileSync } from "node:fs";
import { Reflection, decode } from "@colyseus/schema";

const JOIN_ROOM = 10;
const ROOM_STATE = 14;
const ROOM_STATE_PATCH = 15;

let decoder = null;

function join(message) {
  const it = { offset: 1 };
  it.offset += 1 + message[it.offset]; // the token for a reconnect
  it.offset += 1 + message[it.offset]; // the serializer's name
  const length = decode.number(message, it);
  decoder = Reflection.decode(message.subarray(it.offset, it.offset + length), { offset: 0 });
}

function state(message) {
  decoder.decode(message, { offset: 1 });
  const seen = {};
  decoder.state.entities?.forEach((entity, id) => {
    seen[id] = [entity.x, entity.y];
  });
  process.stdout.write(`${JSON.stringify([decoder.state.tick, seen])}\n`);
}

const file = readFileSync(process.argv[2]);
for (let at = 0; at + 4 <= file.length; ) {
  const end = at + 4 + file.readUInt32LE(at);
  const message = file.subarray(at + 4, end);
  if (message[0] === JOIN_ROOM) join(message);
  if (message[0] === ROOM_STATE || message[0] === ROOM_STATE_PATCH) state(message);
  at = end;
}
