import type { EngineHandle, RunOrder, RunResult } from "../../src/lockstep/engine";
import type { LocalEngine } from "../../src/lockstep/local";

/** An engine on a computer that takes its (virtual) time, as much for an iteration as `pace` says just then (ms). */
export class SlowEngine implements EngineHandle {
  readonly #engine: LocalEngine;
  readonly #pace: () => number;
  /** The last generation that was computed; the driver learns of it later. */
  computed = -1;

  constructor(engine: LocalEngine, pace: () => number) {
    this.#engine = engine;
    this.#pace = pace;
  }

  begin(seed: number, setup: unknown): Promise<void> {
    return this.#engine.begin(seed, setup);
  }

  async run(order: RunOrder): Promise<RunResult> {
    const result = await this.#engine.run(order);
    this.computed = result.generation;
    const iterationMs = this.#pace();
    const iterations = order.masters.reduce((sum, master) => sum + master.iterations, 0);
    await new Promise<void>((resolve) => void setTimeout(resolve, iterations * iterationMs));
    return { ...result, iterationMs };
  }

  dump(generation: number): Promise<Uint8Array | undefined> {
    return this.#engine.dump(generation);
  }

  again(confirmed: number, generation: number): Promise<number | undefined> {
    return this.#engine.again(confirmed, generation);
  }

  load(generation: number, dump: Uint8Array): Promise<number | undefined> {
    return this.#engine.load(generation, dump);
  }

  end(): void {
    this.#engine.end();
  }
}
