import { ProtocolError } from "./errors.js";

/** The fields of a packed record, in order. */
export type Width = "i8" | "u8" | "u16" | "i16" | "u32";

const BYTES: Record<Width, number> = { i8: 1, u8: 1, u16: 2, i16: 2, u32: 4 };

/**
 * A packed column as a flat list of integers, record after record. JSON sends it as such; MessagePack as
 * little-endian bytes. Throws ProtocolError when the column ends inside a record.
 */
export function unpack(column: Uint8Array | number[], record: readonly Width[]): number[] {
  if (Array.isArray(column)) {
    if (column.length % record.length !== 0) throw new ProtocolError("A packed column ends inside a record.");
    return column;
  }
  const recordBytes = record.reduce((sum, width) => sum + BYTES[width], 0);
  if (column.length % recordBytes !== 0) throw new ProtocolError("A packed column ends inside a record.");
  const data = new DataView(column.buffer, column.byteOffset, column.byteLength);
  const values: number[] = [];
  for (let at = 0; at < column.length; ) {
    for (const width of record) {
      values.push(readInteger(data, at, width));
      at += BYTES[width];
    }
  }
  return values;
}

function readInteger(data: DataView, at: number, width: Width): number {
  if (width === "u16") return data.getUint16(at, true);
  if (width === "i8") return data.getInt8(at);
  if (width === "u8") return data.getUint8(at);
  if (width === "i16") return data.getInt16(at, true);
  return data.getUint32(at, true);
}
