import { Decoder, Encoder } from "@msgpack/msgpack";
import { ProtocolError } from "./errors.js";
import {
  type ClientMessage,
  ServerItemTag,
  type ServerMessage,
  ServerMessageTag,
  SUBPROTOCOL,
  SUBPROTOCOL_JSON,
} from "./protocol.generated.js";

/** One WebSocket message: text in the JSON subprotocol, bytes in MessagePack. */
export type Frame = string | Uint8Array<ArrayBuffer>;

/** One of the two encodings of the protocol. Stateless. */
export interface Codec {
  readonly name: CodecName;
  readonly subprotocol: string;
  encode(message: ClientMessage): Frame;
  /** How many bytes a value takes. */
  size(value: unknown): number;
  /** Throws ProtocolError for a frame that is no server message. */
  decode(frame: string | ArrayBuffer | Uint8Array): ServerMessage;
}

export type CodecName = "msgpack" | "json";

const encoder = new Encoder();
const decoder = new Decoder();
const text = new TextEncoder();

const messagePack: Codec = {
  name: "msgpack",
  subprotocol: SUBPROTOCOL,
  encode: (message) => encoder.encode(message),
  size: (value) => encoder.encode(value).length,
  decode: (frame) => {
    if (typeof frame === "string") throw new ProtocolError("A text frame came in a binary conversation.");
    return serverMessage(read(() => decoder.decode(frame)));
  },
};

const json: Codec = {
  name: "json",
  subprotocol: SUBPROTOCOL_JSON,
  encode: (message) => JSON.stringify(message),
  size: (value) => text.encode(JSON.stringify(value) ?? "").length,
  decode: (frame) => {
    if (typeof frame !== "string") throw new ProtocolError("A binary frame came in a text conversation.");
    return serverMessage(read(() => JSON.parse(frame)));
  },
};

export const CODECS: Record<CodecName, Codec> = { msgpack: messagePack, json };

/** How many elements a message of each tag has, its tag included. */
const MESSAGE_LENGTH: Record<number, number> = {
  [ServerMessageTag.Welcome]: 18,
  [ServerMessageTag.SyncReply]: 3,
  [ServerMessageTag.ServerBundle]: 7,
};
const ITEM_LENGTH: Record<number, number> = {
  [ServerItemTag.Snapshot]: 3,
  [ServerItemTag.Diff]: 10,
  [ServerItemTag.Private]: 4,
  [ServerItemTag.Happened]: 4,
  [ServerItemTag.Roster]: 4,
  [ServerItemTag.RoomState]: 3,
  [ServerItemTag.Answer]: 4,
  [ServerItemTag.Pong]: 3,
  [ServerItemTag.Notice]: 2,
  [ServerItemTag.Said]: 5,
  [ServerItemTag.Chunk]: 7,
  [ServerItemTag.ChunkChanged]: 8,
  [ServerItemTag.Away]: 2,
  [ServerItemTag.Configuration]: 7,
  [ServerItemTag.Match]: 9,
  [ServerItemTag.Master]: 7,
  [ServerItemTag.History]: 4,
  [ServerItemTag.Diverged]: 6,
  [ServerItemTag.Reseed]: 5,
  [ServerItemTag.Playback]: 10,
};

function read(decode: () => unknown): unknown {
  try {
    return decode();
  } catch (cause) {
    throw new ProtocolError("A message of the server could not be read.", { cause });
  }
}

function serverMessage(value: unknown): ServerMessage {
  checkTagged(value, MESSAGE_LENGTH, "message");
  if (value[0] === ServerMessageTag.ServerBundle) {
    const items = value[6];
    if (!Array.isArray(items)) throw new ProtocolError("A bundle of the server has no list of items.");
    for (const item of items) checkTagged(item, ITEM_LENGTH, "item");
  }
  return value as unknown as ServerMessage;
}

function checkTagged(
  value: unknown,
  lengths: Record<number, number>,
  what: string,
): asserts value is unknown[] {
  const tag = Array.isArray(value) ? value[0] : undefined;
  const length = typeof tag === "number" ? lengths[tag] : undefined;
  if (length === undefined)
    throw new ProtocolError(`The server sent a ${what} of an unknown kind: ${String(tag)}.`);
  if ((value as unknown[]).length !== length) {
    throw new ProtocolError(
      `The server sent a ${what} ${String(tag)} of ${(value as unknown[]).length} parts, not ${length}.`,
    );
  }
}
