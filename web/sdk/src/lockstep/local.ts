import {
  EngineEnded,
  type EngineHandle,
  type EngineModule,
  EngineRefused,
  type RunOrder,
  type RunResult,
} from "./engine.js";
import { EngineRunner } from "./runner.js";

/** A trusted engine on this very thread: for tests, and for programs without a page to keep alive. */
export class LocalEngine implements EngineHandle {
  readonly #runner: EngineRunner;
  #why = "";

  constructor(module: EngineModule) {
    this.#runner = new EngineRunner(module);
  }

  async begin(seed: number, setup: unknown): Promise<void> {
    this.#do(() => this.#runner.begin(seed, setup));
  }

  async run(order: RunOrder): Promise<RunResult> {
    return this.#do(() => this.#runner.run(order));
  }

  async dump(generation: number): Promise<Uint8Array | undefined> {
    return this.#do(() => this.#runner.dump(generation));
  }

  async again(confirmed: number, generation: number): Promise<number | undefined> {
    return this.#do(() => this.#runner.again(confirmed, generation));
  }

  async load(generation: number, dump: Uint8Array): Promise<number | undefined> {
    return this.#do(() => this.#runner.load(generation, dump));
  }

  end(): void {
    this.#why ||= "The engine was ended.";
  }

  #do<Result>(act: () => Result): Result {
    if (this.#why) throw new EngineEnded(this.#why);
    try {
      return act();
    } catch (error) {
      if (error instanceof EngineRefused) throw error;
      this.#why = `The game's engine failed: ${error instanceof Error ? error.message : String(error)}`;
      throw new EngineEnded(this.#why, { cause: error });
    }
  }
}
