// A game's engine in Python, as the Worker of a sandbox runs it: net/client/lockstep_upload.py, called as an engine in JavaScript is.
import type { EngineModule, GameEngine, MasterPacket } from "tickroom";
import type { Interpreter, Plain } from "./interpreter";
import { sentenceOf } from "./traceback";

const MODULE = "net.client.lockstep_upload";
/** Where the upload is unpacked to, in the interpreter's own memory. */
const FOLDER = "/upload";

/** Imports what was uploaded. Throws what Python says, in one sentence. */
export function openPythonEngine(python: Interpreter, upload: Uint8Array): EngineModule {
  const run = (name: string, ...values: Plain[]) => inOneSentence(() => python.run(MODULE, name, values));
  const call = (name: string, ...values: Plain[]) => run("call", name, ...values);
  run("open_upload", upload, FOLDER);
  return {
    create: () => new PythonGame(call),
    encodeCommands: (commands) => call("encode", commands as unknown as Plain) as Uint8Array,
    hasPackedDumps: true,
  };
}

class PythonGame implements GameEngine {
  readonly #call: (name: string, ...values: Plain[]) => Plain;
  readonly #number: Plain;
  events: readonly unknown[] = [];
  refusals: GameEngine["refusals"] & object = [];

  constructor(call: (name: string, ...values: Plain[]) => Plain) {
    this.#call = call;
    this.#number = call("create");
  }

  init(seed: number, setup: unknown): void {
    const refused = this.#call("init", this.#number, seed, setup as Plain);
    if (refused !== null) throw { refused };
  }

  step({ generation, iterations, iteration_ms, bodies }: MasterPacket): void {
    const told = this.#call(
      "step",
      this.#number,
      generation,
      iterations,
      iteration_ms,
      bodies as unknown as Plain,
    );
    const { events, refusals } = told as unknown as Pick<PythonGame, "events" | "refusals">;
    [this.events, this.refusals] = [events, refusals];
  }

  checksum(): number {
    return this.#call("checksum", this.#number) as number;
  }

  dump(): unknown {
    return this.#call("dump", this.#number);
  }

  load(dump: unknown): void {
    this.#call("load", this.#number, dump as Uint8Array);
  }

  scene(player: number): unknown {
    return this.#call("scene", this.#number, player);
  }

  result(): string {
    return this.#call("result", this.#number) as string;
  }

  close(): void {
    this.#call("close", this.#number);
  }
}

function inOneSentence<Result>(act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    throw new Error(sentenceOf(String(error instanceof Error ? error.message : error)), { cause: error });
  }
}
