// The page's side of the Python engine: a Worker that loads it, and functions of it that are called and waited for.
import type { Plain } from "./interpreter.js";
import type { Order, Progress, Reply } from "./messages.js";

/** dist/engine.json: where the built engine is; addresses on this server. */
export interface EngineAddresses {
  readonly worker: string;
  readonly folder: string;
}

interface Waiting {
  resolve(value: Plain): void;
  reject(reason: Error): void;
}

type Unnumbered = Order extends infer Each ? (Each extends Order ? Omit<Each, "id"> : never) : never;

export class PythonEngine {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;
  #ended: Error | undefined;
  /** Called while it loads, with what was fetched of the engine's files. */
  #onProgress: (progress: Progress) => void = () => undefined;
  /** Called when it has ended without being asked to. */
  onEnded: (reason: Error) => void = () => undefined;
  /** How long it took until bare Pyodide was there, in ms; the rest of `load` is ours. */
  bareAfter = 0;

  private constructor(worker: Worker) {
    this.#worker = worker;
    worker.addEventListener("message", ({ data }: MessageEvent<Reply | Progress>) => {
      if ("loaded" in data) this.#onProgress(data);
      else this.#hear(data);
    });
    worker.addEventListener("error", (event) => {
      const reason = new Error(event.message || "the worker did not start");
      this.onEnded(reason);
      this.#fail(reason);
    });
  }

  /** Resolves when Python is there with the archives' modules on its path; rejects, with the Worker ended, when it cannot be. */
  static async load(
    addresses: EngineAddresses,
    archives: readonly Uint8Array[],
    onProgress: (progress: Progress) => void = () => undefined,
  ): Promise<PythonEngine> {
    const engine = new PythonEngine(new Worker(addresses.worker, { type: "module" }));
    engine.#onProgress = onProgress;
    const folder = new URL(addresses.folder, location.href).href;
    try {
      engine.bareAfter = Number(await engine.#order({ verb: "load", folder, archives }));
    } catch (error) {
      engine.close();
      throw error;
    }
    return engine;
  }

  /** Calls `module.name(*values)`. Rejects with Python's traceback, or when the Worker has ended. */
  run(module: string, name: string, ...values: Plain[]): Promise<Plain> {
    return this.#order({ verb: "run", module, name, values });
  }

  /** Ends the Worker; what is waited for is rejected. */
  close(): void {
    this.#fail(new Error("the engine was closed"));
  }

  #order(order: Unnumbered): Promise<Plain> {
    if (this.#ended) return Promise.reject(this.#ended);
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ ...order, id });
    });
  }

  #hear(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if ("failure" in reply) waiting?.reject(new Error(reply.failure));
    else waiting?.resolve(reply.value);
  }

  #fail(reason: Error): void {
    this.#ended ??= reason;
    this.#worker.terminate();
    for (const { reject } of this.#waiting.values()) reject(reason);
    this.#waiting.clear();
  }
}
