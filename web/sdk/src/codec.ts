import { Decoder, Encoder } from "@msgpack/msgpack";
import { ProtocolError } from "./errors.js";
import {
  type ClientMessage,
  type ServerMessage,
  SUBPROTOCOL,
  SUBPROTOCOL_JSON,
} from "./protocol.generated.js";
import { serverMessage as isServerMessage } from "./shapes.generated.js";

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

function read(decode: () => unknown): unknown {
  try {
    return decode();
  } catch (cause) {
    throw new ProtocolError("A message of the server could not be read.", { cause });
  }
}

function serverMessage(value: unknown): ServerMessage {
  isServerMessage(value);
  return value as ServerMessage;
}
