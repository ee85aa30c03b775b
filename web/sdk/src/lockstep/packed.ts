import { MAX_PART } from "../protocol.generated.js";

/** A packed dump has at most so many bytes, and unpacked so many. */
const MAX_PACKED = 1_048_576;
export const MAX_UNPACKED = 8 * 1_048_576;
/** Unpacked generations of one piece of a match's history. */
export const MAX_HISTORY = 16 * 1_048_576;

/** zlib, as the server packs. */
export async function pack(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const packing = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate"));
  return collect(packing, 2 * MAX_UNPACKED); // what cannot be packed becomes a little larger
}

/** The bytes of a zlib stream, no more than `most` of them. Throws RangeError or TypeError. */
export async function unpack(packed: Uint8Array, most: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(packed);
  return collect(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate")), most);
}

/** A dump as it travels: the parts in their order; none of one that is too large. */
export async function partsOf(dump: Uint8Array): Promise<Uint8Array[]> {
  if (dump.length > MAX_UNPACKED) return [];
  const packed = await pack(new Uint8Array(dump));
  if (packed.length > MAX_PACKED) return [];
  const parts: Uint8Array[] = [];
  for (let place = 0; place < packed.length; place += MAX_PART)
    parts.push(packed.subarray(place, place + MAX_PART));
  return parts;
}

/** The dump of its parts. */
export async function joined(parts: readonly Uint8Array[]): Promise<Uint8Array> {
  const whole = new Uint8Array(await new Blob(parts.map((part) => new Uint8Array(part))).arrayBuffer());
  return unpack(whole, MAX_UNPACKED);
}

/** Bytes of an item: in the JSON subprotocol they travel as base64. */
export function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value !== "string") throw new TypeError("These are no bytes.");
  return Uint8Array.from(atob(value), (letter) => letter.charCodeAt(0));
}

async function collect(stream: ReadableStream<Uint8Array>, most: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for (const reader = stream.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > most) {
      await reader.cancel();
      throw new RangeError(`More than ${most} bytes came out of a packed message.`);
    }
    chunks.push(new Uint8Array(value));
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}
