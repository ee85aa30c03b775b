import { Decoder, Encoder } from "@msgpack/msgpack";
import {
  type EngineModule,
  EngineRefused,
  type GameEngine,
  type GivenCommand,
  type MasterPacket,
  type RunOrder,
  type RunResult,
} from "./engine.js";
import { MAX_UNPACKED } from "./packed.js";

/** Generations of which states and masters are kept: longer than a divergence takes to be told. */
const KEPT = 64;
/** Commands of one body. */
const MAX_COMMANDS = 64;
/** Characters of what an engine says. */
const MAX_SENTENCE = 200;

const encoder = new Encoder();
const decoder = new Decoder();

/** What a dump has. */
export function readDump(dump: Uint8Array): unknown {
  return decoder.decode(dump);
}

/** Runs a game's engine, right here, and remembers its last states. */
export class EngineRunner {
  readonly #module: EngineModule;
  #engine: GameEngine | undefined;
  #match: readonly [seed: number, setup: unknown] = [0, null];
  #dumps = new Map<number, unknown>();
  #masters = new Map<number, MasterPacket>();

  constructor(module: EngineModule) {
    if (typeof module.create !== "function") throw new Error("The engine's module exports no create().");
    this.#module = module;
  }

  /** Throws EngineRefused. */
  begin(seed: number, setup: unknown): void {
    this.#dumps.clear();
    this.#masters.clear();
    this.#match = [seed, setup];
    this.#engine?.close?.();
    this.#engine = undefined;
    this.#engine = this.#begun();
  }

  run({ masters, told, interval, scenesFor, commands, maxBody }: RunOrder): RunResult {
    const engine = this.#running();
    const scenes: unknown[] = [];
    const events: unknown[] = [];
    const refusals: RunResult["refusals"][number][] = [];
    const sums: [number, number][] = [];
    let iterations = 0;
    let spent = 0;
    for (const master of masters) {
      let pausedFor = 0;
      let hasBetween = false;
      const takeScene = () => {
        if (scenesFor === undefined || !engine.scene) return;
        const paused = performance.now();
        scenes.push(engine.scene(scenesFor));
        pausedFor += performance.now() - paused;
      };
      const begun = performance.now();
      engine.step(master, () => {
        hasBetween = true;
        takeScene();
      });
      if (!hasBetween) takeScene();
      spent += performance.now() - begun - pausedFor;
      iterations += master.iterations;
      if (scenesFor !== undefined) {
        events.push(...(engine.events ?? []));
        refusals.push(...(engine.refusals ?? []).filter(({ player }) => player === scenesFor));
      }
      const sum = this.#keep(engine, master, told, interval);
      if (sum !== undefined) sums.push([master.generation, sum]);
    }
    if (masters.length === 0 && scenesFor !== undefined && engine.scene) scenes.push(engine.scene(scenesFor));
    const { body, used } = this.#encode(commands, maxBody);
    if (used > 0 && body.length === 0) {
      refusals.push({ player: scenesFor ?? -1, command: 0, reason: "this command is too large to be sent" });
    }
    const generation = masters.at(-1)?.generation ?? -1;
    const result = String(engine.result?.() ?? "").slice(0, MAX_SENTENCE);
    const iterationMs = iterations ? spent / iterations : 0;
    return { generation, sums, scenes, events, refusals, body, used, result, iterationMs };
  }

  /** None of a generation that is not kept, or that is too large to be sent. */
  dump(generation: number): Uint8Array | undefined {
    const kept = this.#dumps.get(generation);
    if (kept === undefined) return undefined;
    const dump = this.#module.hasPackedDumps ? (kept as Uint8Array) : encoder.encode(kept);
    return dump.length <= MAX_UNPACKED ? dump : undefined;
  }

  again(confirmed: number, generation: number): number | undefined {
    const masters: MasterPacket[] = [];
    for (let each = confirmed + 1; each <= generation; each += 1) {
      const master = this.#masters.get(each);
      if (!master) return undefined;
      masters.push(master);
    }
    const dump = this.#dumps.get(confirmed);
    if (confirmed >= 0 && dump === undefined) return undefined;
    const engine = this.#begun();
    try {
      if (confirmed >= 0) engine.load(structuredClone(dump));
      for (const master of masters) engine.step(master);
      return engine.checksum() >>> 0;
    } finally {
      engine.close?.();
    }
  }

  /** Undefined where the engine cannot read it, which is then in no state: it is to begin anew. */
  load(generation: number, dump: Uint8Array): number | undefined {
    const engine = this.#running();
    try {
      engine.load(this.#module.hasPackedDumps ? dump : readDump(dump));
    } catch {
      return undefined; // another client sent it, who may send anything
    }
    for (const memory of [this.#dumps, this.#masters]) {
      for (const each of memory.keys()) if (each > generation) memory.delete(each);
    }
    this.#dumps.set(generation, engine.dump());
    return engine.checksum() >>> 0;
  }

  #running(): GameEngine {
    if (!this.#engine) throw new Error("No match has begun.");
    return this.#engine;
  }

  #begun(): GameEngine {
    const engine = this.#module.create();
    try {
      engine.init(...this.#match);
    } catch (error) {
      const reason = (error as { refused?: unknown } | null)?.refused;
      if (reason === undefined) throw error;
      throw new EngineRefused(String(reason).slice(0, MAX_SENTENCE));
    }
    return engine;
  }

  #keep(engine: GameEngine, master: MasterPacket, told: number, interval: number): number | undefined {
    const { generation } = master;
    if (generation + KEPT <= told) return undefined;
    this.#masters.set(generation, master);
    forgetOldest(this.#masters);
    if (generation % interval !== 0) return undefined;
    this.#dumps.set(generation, engine.dump());
    forgetOldest(this.#dumps);
    return engine.checksum() >>> 0;
  }

  /** As many of the commands as fit; one that alone is too large is left out. */
  #encode(commands: readonly GivenCommand[], most: number): { body: Uint8Array; used: number } {
    const encode = this.#module.encodeCommands ?? encodeCommands;
    for (let used = Math.min(commands.length, MAX_COMMANDS); used > 0; used = used >> 1) {
      const body = encode(commands.slice(0, used));
      if (body.length <= most) return { body, used };
    }
    return { body: new Uint8Array(), used: Math.min(commands.length, 1) };
  }
}

function encodeCommands(commands: readonly GivenCommand[]): Uint8Array {
  return commands.length ? encoder.encode(commands) : new Uint8Array();
}

function forgetOldest(memory: Map<number, unknown>): void {
  for (const each of memory.keys()) {
    if (memory.size <= KEPT) return;
    memory.delete(each);
  }
}
