import type { RunOrder, RunResult } from "./engine.js";

/** What one answer of an engine may have: values in all, characters and bytes in all, and how deep they nest. */
const MAX_VALUES = 400_000;
const MAX_SIZE = 16 * 1_048_576;
const MAX_DEPTH = 32;
/** Scenes of iterations in one answer. */
const MAX_SCENES = 1_024;
/** Commands of one player in a generation. */
const MAX_COMMANDS = 64;
const MAX_SENTENCE = 200;

interface Left {
  values: number;
  size: number;
}

/** Whether a value is plain (what JSON has, and arrays of numbers), and not too large. */
export function checkPlain(value: unknown): boolean {
  return isPlain(value, { values: MAX_VALUES, size: MAX_SIZE }, 0);
}

function isPlain(value: unknown, left: Left, depth: number): boolean {
  left.values -= 1;
  if (left.values < 0 || depth > MAX_DEPTH) return false;
  if (typeof value === "string") {
    left.size -= value.length;
    return left.size >= 0;
  }
  if (typeof value !== "object" || value === null) return typeof value !== "bigint";
  if (ArrayBuffer.isView(value)) {
    left.size -= value.byteLength;
    return left.size >= 0;
  }
  if (Array.isArray(value)) {
    // a hole is a value too: to look through the four thousand million of `new Array(2 ** 32 - 1)` takes minutes
    return value.length <= left.values && value.every((each) => isPlain(each, left, depth + 1));
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return false;
  for (const key in value) {
    left.size -= key.length;
    if (left.size < 0 || !isPlain((value as Record<string, unknown>)[key], left, depth + 1)) return false;
  }
  return true;
}

/** Whether a plain value is the answer to an order. */
export function isRunResult(value: unknown, order: RunOrder): value is RunResult {
  if (typeof value !== "object" || value === null) return false;
  const { generation, sums, scenes, events, refusals, body, used, result, iterationMs } =
    value as Partial<RunResult>;
  const known = new Set(order.masters.map((master) => master.generation));
  const isSum = (sum: unknown) =>
    Array.isArray(sum) && sum.length === 2 && known.has(sum[0]) && isWhole(sum[1], 0xffff_ffff);
  return (
    generation === (order.masters.at(-1)?.generation ?? -1) &&
    Array.isArray(sums) &&
    sums.length <= known.size &&
    sums.every(isSum) &&
    Array.isArray(scenes) &&
    scenes.length <= (order.scenesFor === undefined ? 0 : MAX_SCENES) &&
    Array.isArray(events) &&
    Array.isArray(refusals) &&
    refusals.length <= (known.size + 1) * MAX_COMMANDS &&
    refusals.every(isRefusal) &&
    body instanceof Uint8Array &&
    body.length <= order.maxBody &&
    isWhole(used, order.commands.length) &&
    typeof result === "string" &&
    result.length <= MAX_SENTENCE &&
    typeof iterationMs === "number" &&
    iterationMs >= 0
  );
}

function isRefusal(value: unknown): boolean {
  const { player, command, reason } = (value ?? {}) as Record<string, unknown>;
  return (
    Number.isInteger(player) &&
    Number.isInteger(command) &&
    typeof reason === "string" &&
    reason.length <= MAX_SENTENCE
  );
}

function isWhole(value: unknown, most: number): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most;
}
