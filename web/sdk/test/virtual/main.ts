// Players of a lock-step room as browsers have them, in node, in virtual time: node main.mjs ENGINE SCRIPT
//
// On stdin and stdout are MessagePack messages, each after its length (4 bytes, little-endian); one answer to each order:
//   order   [now, [[player, verb, ...values], ...]]
//   answer  [due, [[player, "connect" | "close"] | [player, "send", frame], ...], [[player, standing], ...]]
import { pathToFileURL } from "node:url";
import { decode, encode } from "@msgpack/msgpack";
import type { EngineModule, GameEngine } from "../../src/lockstep/engine";
import { type Script, VirtualPlayer } from "./player";
import type { VirtualSocket } from "./socket";
import { VirtualTime } from "./time";

type Order = readonly [player: number, verb: string, ...values: unknown[]];

const time = new VirtualTime();
const turn = setImmediate;
time.install();
const [engine, script] = (await Promise.all(
  process.argv.slice(2, 4).map((path) => import(pathToFileURL(path).href)),
)) as [EngineModule, Script & { changes: Record<string, (engine: GameEngine) => void> }];
const players: VirtualPlayer[] = [];
const sockets: (VirtualSocket | undefined)[] = [];
let outgoing: unknown[] = [];

function join(number: number, token: string, seed: number): void {
  players[number] = new VirtualPlayer(token, chance(seed), engine, script, {
    connect: (socket) => {
      sockets[number] = socket;
      outgoing.push([number, "connect"]);
    },
    send: (socket, frame) => socket === sockets[number] && outgoing.push([number, "send", frame]),
    close: (socket) => socket === sockets[number] && outgoing.push([number, "close"]),
  });
}

function carryOut([number, verb, ...values]: Order): unknown {
  if (verb === "join") return join(number, values[0] as string, values[1] as number);
  const [player, socket] = [players[number], sockets[number]];
  if (!player) throw new Error(`There is no player ${number}.`);
  switch (verb) {
    case "opened":
      return socket?.opened();
    case "heard":
      return socket?.heard(values[0] as Uint8Array);
    case "closed":
      return socket?.closed(values[0] as number, values[1] as string);
    case "ready":
      return player.ready();
    case "command":
      return player.command(values[0] as string, values[1]);
    case "script":
      player.isScripted = values[0] as boolean;
      return;
    case "pace":
      player.pace = values[0] as number;
      return;
    case "change":
      return player.change(script.changes[values[0] as string] ?? missing);
    case "end":
      return player.close();
  }
  throw new Error(`There is no ${verb}.`);
}

function missing(): never {
  throw new Error("The script has no such change.");
}

/** Everything that can happen now has happened; only time can bring more. */
async function settle(): Promise<void> {
  await new Promise((resolve) => turn(resolve));
  await Promise.all(players.map((player) => player.lockstep.settled()));
  await new Promise((resolve) => turn(resolve));
}

async function answer([now, orders]: readonly [number, readonly Order[]]): Promise<unknown> {
  time.now = now;
  outgoing = [];
  for (const order of orders) {
    carryOut(order);
    await settle();
  }
  for (let due = time.takeDue(); due.length > 0; due = time.takeDue()) {
    for (const act of due) act();
    await settle();
  }
  const standings = players.map((player, number) => [number, player.standing()]);
  return [Number.isFinite(time.due) ? time.due : null, outgoing, standings];
}

/** Numbers in 0..1 from a seed (mulberry32). */
function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The lobby, which is asked whether the room is still there. */
globalThis.fetch = async () => ({ ok: true, json: async () => ({}) }) as unknown as Response;

let read = Buffer.alloc(0);
for await (const chunk of process.stdin) {
  read = Buffer.concat([read, chunk as Buffer]);
  while (read.length >= 4 && read.length >= 4 + read.readUInt32LE()) {
    const end = 4 + read.readUInt32LE();
    const order = decode(read.subarray(4, end)) as [number, Order[]];
    read = read.subarray(end);
    const body = encode(await answer(order));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(body.length);
    process.stdout.write(Buffer.concat([length, body]));
  }
}
