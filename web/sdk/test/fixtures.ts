import { CODECS, type CodecName, type Frame } from "../src/codec.js";
import type {
  ClientMessage,
  EntityRecord,
  GameSchema,
  ServerItem,
  ServerMessage,
} from "../src/protocol.generated.js";
import { type Game, readGame } from "../src/schema.js";

export const TICK_RATE = 20;

export const schema: GameSchema = [
  "test",
  "Test game",
  "1.0",
  1000,
  500,
  [["up", "down", "fire"], ["aim_x", "aim_y"], { up: ["KeyW"], fire: ["Space"] }],
  [
    ["player", "circle", "#4af", 2, true],
    ["wall", "box", "#888", 0, false],
  ],
  [
    ["Health", "near", [["value", "float", 0.5]]],
    ["Ammo", "owner", [["rounds", "int", 0]]],
  ],
  [
    [
      "Died",
      [
        ["victim", "int", 0],
        ["x", "float", 0.25],
      ],
    ],
  ],
  ["chat"],
  [-100, -50, 0.5, 2, 0.25, 16],
  "",
  null,
  0,
];

export function game(): Game {
  return readGame(schema);
}

export function entity(
  slot: number,
  id: number,
  x: number,
  y: number,
  more: Partial<Record<"vx" | "angle" | "owner", number>> = {},
): EntityRecord {
  const components: [number, unknown[]][] = [[0, [200]]];
  return [slot, id, 0, more.owner ?? 0, x, y, more.vx ?? 0, 0, 40, 40, more.angle ?? 0, "alive", components];
}

export function welcome(
  tick: number,
  serverTime: number,
  player = 0,
  heard: { readonly input?: number; readonly id?: number } = {},
): ServerMessage {
  return [
    1,
    1,
    "room",
    "authoritative",
    "p-0",
    player,
    TICK_RATE,
    tick,
    serverTime,
    1.7e12,
    "",
    "",
    "running.iterating",
    schema,
    [[0, "p-0", "Ann", true, -1]],
    `token after ${tick}`,
    heard.input ?? -1,
    heard.id ?? 0,
  ];
}

/** `heard` is the last input that was applied, and how much earlier than its tick it came (ms). */
export function bundle(
  tick: number,
  serverTime: number,
  items: ServerItem[],
  lastId = 0,
  heard: { readonly input: number; readonly lead: number } = { input: -1, lead: 0 },
): ServerMessage {
  return [3, tick, serverTime, heard.input, lastId, heard.lead, items];
}

/** A server's message as it arrives; the codecs are the same both ways. */
export function frame(message: ServerMessage, codec: CodecName = "msgpack"): Frame {
  return CODECS[codec].encode(message as unknown as ClientMessage);
}

/** What a client sent, decoded. */
export function sent(frame: Frame | undefined): unknown[] {
  if (frame === undefined) throw new Error("nothing was sent");
  if (typeof frame === "string") return JSON.parse(frame) as unknown[];
  return decodePlain(frame);
}

import { decode } from "@msgpack/msgpack";

function decodePlain(bytes: Uint8Array): unknown[] {
  return decode(bytes) as unknown[];
}
