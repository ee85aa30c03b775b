// Checks of what a server sends, by shape: `shapes.generated.ts` is made of them.
import { ProtocolError } from "./errors.js";

/** Whether a value has a shape. Where it is inside of a record that does not, ProtocolError is thrown, with its name. */
export type Shape = (value: unknown) => boolean;

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export const any: Shape = () => true;
export const nothing: Shape = (value) => value === null;
export const bool: Shape = (value) => typeof value === "boolean";
export const text: Shape = (value) => typeof value === "string";
/** Bytes; in JSON they are base64. */
export const bytes: Shape = (value) =>
  value instanceof Uint8Array || (typeof value === "string" && BASE64.test(value));
/** A packed column: bytes, or a list of integers in JSON. */
export const packed: Shape = (value) =>
  value instanceof Uint8Array || (Array.isArray(value) && value.every(Number.isSafeInteger));

export function int(low = Number.MIN_SAFE_INTEGER, high = Number.MAX_SAFE_INTEGER): Shape {
  return (value) => Number.isSafeInteger(value) && (value as number) >= low && (value as number) <= high;
}

export function float(low = -Number.MAX_VALUE, high = Number.MAX_VALUE): Shape {
  return (value) => typeof value === "number" && value >= low && value <= high;
}

export function list(element: Shape): Shape {
  return (value) => Array.isArray(value) && value.every(element);
}

export function tuple(...elements: readonly Shape[]): Shape {
  return (value) =>
    Array.isArray(value) &&
    value.length === elements.length &&
    elements.every((element, at) => element(value[at]));
}

export function dict(element: Shape): Shape {
  return (value) =>
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array) &&
    Object.values(value).every(element);
}

export function oneOf(...shapes: readonly Shape[]): Shape {
  return (value) => shapes.some((shape) => shape(value));
}

/** An array of these fields, the tag first where there is one. Never false: throws ProtocolError instead. */
export function record(name: string, fields: Readonly<Record<string, Shape>>, tag?: number): Shape {
  const named = Object.entries(fields);
  const first = tag === undefined ? 0 : 1;
  return (value) => {
    if (!Array.isArray(value)) throw new ProtocolError(`The server sent a ${name} that is none.`);
    if (value.length !== named.length + first) {
      throw new ProtocolError(
        `The server sent a ${name} of ${value.length} parts, not ${named.length + first}.`,
      );
    }
    for (const [at, [field, shape]] of named.entries()) {
      if (!shape(value[at + first])) {
        throw new ProtocolError(`The server sent a ${name} whose ${field} cannot be.`);
      }
    }
    return true;
  };
}

/** One of several records, by its tag. Never false: throws ProtocolError instead. */
export function tagged(union: string, records: Readonly<Record<number, Shape>>): Shape {
  return (value) => {
    const tag: unknown = Array.isArray(value) ? value[0] : undefined;
    const shape = typeof tag === "number" && Object.hasOwn(records, tag) ? records[tag] : undefined;
    if (!shape)
      throw new ProtocolError(
        `The server sent a ${union} of an unknown kind: ${typeof tag === "number" ? tag : typeof tag}.`,
      );
    return shape(value);
  };
}
