// A game's engine as a WebAssembly module: what it exports, called as an engine in JavaScript is. docs/lockstep.md is its specification.
import { Decoder, Encoder } from "@msgpack/msgpack";
import type { EngineModule, GameEngine, GivenCommand, MasterPacket } from "tickroom";

/** Bytes of the module's memory, at most. */
const MAX_MEMORY = 256 * 1_048_576;
/** Bytes of one value that it gives. */
const MAX_VALUE = 8 * 1_048_576;
/** Bytes of a sentence. */
const MAX_SENTENCE = 1_024;
const REQUIRED = ["allocate", "init", "step", "checksum", "dump", "load"] as const;
const OPTIONAL = ["scene", "result", "events", "refusals", "encode_commands"] as const;
/** Of a master packet and of one of its bodies, before the bytes. */
const [MASTER_HEAD, BODY_HEAD] = [16, 8];

type Called = (...values: (number | bigint)[]) => unknown;
type Exports = Record<(typeof REQUIRED)[number], Called> &
  Partial<Record<(typeof OPTIONAL)[number], Called>> & { readonly memory: WebAssembly.Memory };

const encoder = new Encoder();
const decoder = new Decoder();
const text = new TextDecoder();

/** Rejects, with what is wrong in words, for bytes that are no engine. */
export async function loadWasmEngine(bytes: ArrayBuffer): Promise<EngineModule> {
  const module = await WebAssembly.compile(bytes);
  const [wanted] = WebAssembly.Module.imports(module);
  if (wanted)
    throw new Error(`The module imports ${wanted.module}.${wanted.name}, and there is nothing to import.`);
  check(WebAssembly.Module.exports(module));
  const create = () => new WasmEngine(new WebAssembly.Instance(module).exports as unknown as Exports);
  const encodes = WebAssembly.Module.exports(module).some(({ name }) => name === "encode_commands");
  // of an instance of its own: encoding is no part of any match
  const encodeCommands = (commands: readonly GivenCommand[]) => create().encode(commands);
  return { create, hasPackedDumps: true, ...(encodes ? { encodeCommands } : {}) };
}

function check(exports: WebAssembly.ModuleExportDescriptor[]): void {
  const kinds = new Map(exports.map(({ name, kind }) => [name, kind]));
  if (kinds.get("memory") !== "memory") throw new Error("The module exports no memory.");
  for (const name of REQUIRED) {
    if (kinds.get(name) !== "function") throw new Error(`The module exports no function ${name}.`);
  }
  for (const name of OPTIONAL) {
    const kind = kinds.get(name);
    if (kind !== undefined && kind !== "function") throw new Error(`The module's ${name} is no function.`);
  }
}

class WasmEngine implements GameEngine {
  readonly #exports: Exports;
  readonly scene?: (player: number) => unknown;
  events: readonly unknown[] = [];
  refusals: GameEngine["refusals"] & object = [];

  constructor(exports: Exports) {
    this.#exports = exports;
    const { scene } = exports;
    if (scene) this.scene = (player) => this.#value("scene", scene(player));
  }

  init(seed: number, setup: unknown): void {
    const refused = this.#exports.init(BigInt(seed), ...this.#give(encoder.encode(setup)));
    const reason = text.decode(this.#bytes("init", refused, MAX_SENTENCE));
    if (reason) throw { refused: reason };
  }

  step(master: MasterPacket): void {
    this.#exports.step(...this.#give(packMaster(master)));
    this.events = this.#list("events");
    this.refusals = this.#list("refusals") as typeof this.refusals;
  }

  checksum(): number {
    const sum = this.#exports.checksum();
    if (typeof sum !== "number" || !Number.isInteger(sum))
      throw new Error("The module's checksum is no i32.");
    return sum >>> 0;
  }

  dump(): Uint8Array {
    const dump = this.#bytes("dump", this.#exports.dump());
    decoder.decode(dump); // others have to be able to read it
    return dump;
  }

  load(dump: unknown): void {
    this.#exports.load(...this.#give(dump as Uint8Array));
  }

  result(): string {
    const { result } = this.#exports;
    return result ? text.decode(this.#bytes("result", result(), MAX_SENTENCE)) : "";
  }

  encode(commands: readonly GivenCommand[]): Uint8Array {
    if (commands.length === 0) return new Uint8Array();
    const encode = this.#exports.encode_commands as Called;
    return this.#bytes("encode_commands", encode(...this.#give(encoder.encode(commands))));
  }

  #list(name: "events" | "refusals"): readonly unknown[] {
    const give = this.#exports[name];
    if (!give) return [];
    const list = this.#value(name, give());
    if (!Array.isArray(list)) throw new Error(`The module's ${name} are no list.`);
    return list;
  }

  /** Where the module keeps bytes that it is given, and how many. */
  #give(bytes: Uint8Array): [pointer: number, length: number] {
    const pointer = Number(this.#exports.allocate(bytes.length)) >>> 0;
    this.#inside("allocate", pointer, bytes.length);
    new Uint8Array(this.#exports.memory.buffer, pointer, bytes.length).set(bytes);
    return [pointer, bytes.length];
  }

  #value(name: string, given: unknown): unknown {
    const bytes = this.#bytes(name, given);
    return bytes.length ? decoder.decode(bytes) : null;
  }

  /** A copy of bytes that it points at: an i64, the pointer in its low half and the length in its high half. */
  #bytes(name: string, given: unknown, most = MAX_VALUE): Uint8Array<ArrayBuffer> {
    if (typeof given !== "bigint") throw new Error(`The module's ${name} gives no i64.`);
    const pointer = Number(given & 0xffff_ffffn);
    const length = Number((given >> 32n) & 0xffff_ffffn);
    if (length > most) throw new Error(`The module's ${name} gives ${length} bytes: more than ${most}.`);
    this.#inside(name, pointer, length);
    return new Uint8Array(this.#exports.memory.buffer.slice(pointer, pointer + length));
  }

  #inside(name: string, pointer: number, length: number): void {
    const size = this.#exports.memory.buffer.byteLength;
    if (size > MAX_MEMORY) throw new Error(`The module's memory has ${size} bytes: more than ${MAX_MEMORY}.`);
    if (pointer + length > size) throw new Error(`The module's ${name} points outside of its memory.`);
  }
}

/** Numbers of 32 bits, the lowest byte first: generation, iterations, iteration_ms, bodies; of each body player, length, and its bytes. */
function packMaster({ generation, iterations, iteration_ms, bodies }: MasterPacket): Uint8Array {
  const size = bodies.reduce((sum, [, body]) => sum + BODY_HEAD + body.length, MASTER_HEAD);
  const packed = new Uint8Array(size);
  const view = new DataView(packed.buffer);
  const head = [generation, iterations, iteration_ms, bodies.length];
  for (const [place, value] of head.entries()) view.setUint32(4 * place, value, true);
  let at = MASTER_HEAD;
  for (const [player, body] of bodies) {
    view.setUint32(at, player, true);
    view.setUint32(at + 4, body.length, true);
    packed.set(body, at + BODY_HEAD);
    at += BODY_HEAD + body.length;
  }
  return packed;
}
