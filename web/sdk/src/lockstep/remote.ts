import { checkPlain, isRunResult } from "./answers.js";
import { EngineEnded, type EngineHandle, EngineRefused, type RunOrder, type RunResult } from "./engine.js";

/** How often an engine is asked whether it lives, and how often it may not answer in a row, unless its page says else (ms; times). */
const BEAT = 1_000;
const MISSED = 5;
/** Bytes of a dump. */
const MAX_DUMP = 8 * 1_048_576;
/** Characters of a sentence of the engine's. */
const MAX_SENTENCE = 200;

/** What is asked of the engine's side, and what comes back. `id` 0 is its first word: the engine is loaded. */
export interface Asked {
  readonly id: number;
  readonly call: "beat" | "begin" | "run" | "dump" | "again" | "load";
  readonly values: readonly unknown[];
}
export type Answered =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly refused: string }
  | { readonly id: number; readonly failed: string };

interface Pending {
  readonly isRight: (value: unknown) => boolean;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export interface RemoteOptions {
  /** Called once, when the engine is over: whoever runs it ends it. */
  readonly release: () => void;
  /** For how many seconds it may not answer. */
  readonly patience?: number;
  /** For how many seconds it may say nothing at first, where it is fetched over a network; as long as later by itself. */
  readonly loads?: number;
  readonly setInterval?: (act: () => void, ms: number) => unknown;
  readonly clearInterval?: (timer: unknown) => void;
}

/**
 * An engine on the other side of a port, which may be anybody's code. Whatever comes is an answer to what was asked, of the right
 * shape and size, or the engine is ended; so is one that does not answer for five seconds.
 */
export class RemoteEngine implements EngineHandle {
  readonly ended: Promise<string>;
  readonly #port: MessagePort;
  readonly #options: RemoteOptions;
  readonly #pending = new Map<number, Pending>();
  readonly #timer: unknown;
  #tellEnd: (why: string) => void = () => undefined;
  #why = "";
  #nextId = 1;
  #beatId = 0;
  #missed = 0;

  constructor(port: MessagePort, options: RemoteOptions) {
    this.#port = port;
    this.#options = options;
    this.ended = new Promise((resolve) => {
      this.#tellEnd = resolve;
    });
    this.#pending.set(0, {
      isRight: (value) => value === null,
      resolve: () => undefined,
      reject: () => undefined,
    });
    port.onmessage = ({ data }) => this.#answered(data);
    port.onmessageerror = () => this.#over("The game's engine said what cannot be read: it has been ended.");
    const every = options.setInterval ?? ((act, ms) => setInterval(act, ms));
    this.#timer = every(() => this.#beat(), BEAT);
  }

  async begin(seed: number, setup: unknown): Promise<void> {
    await this.#ask("begin", [seed, setup], (value) => value === null);
  }

  async run(order: RunOrder): Promise<RunResult> {
    return (await this.#ask("run", [order], (value) => isRunResult(value, order))) as RunResult;
  }

  async dump(generation: number): Promise<Uint8Array | undefined> {
    const isRight = (value: unknown) =>
      value === undefined || (value instanceof Uint8Array && value.length <= MAX_DUMP);
    return (await this.#ask("dump", [generation], isRight)) as Uint8Array | undefined;
  }

  async again(confirmed: number, generation: number): Promise<number | undefined> {
    const isRight = (value: unknown) => value === undefined || isUint32(value);
    return (await this.#ask("again", [confirmed, generation], isRight)) as number | undefined;
  }

  async load(generation: number, dump: Uint8Array): Promise<number | undefined> {
    const isRight = (value: unknown) => value === undefined || isUint32(value);
    return (await this.#ask("load", [generation, dump], isRight)) as number | undefined;
  }

  end(): void {
    this.#over("The game's engine was ended.", false);
  }

  #ask(call: Asked["call"], values: readonly unknown[], isRight: Pending["isRight"]): Promise<unknown> {
    if (this.#why) return Promise.reject(new EngineEnded(this.#why));
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { isRight, resolve, reject });
      this.#port.postMessage({ id, call, values } satisfies Asked);
    });
  }

  #beat(): void {
    const { loads } = this.#options;
    if (loads !== undefined && this.#pending.has(0)) {
      this.#missed += 1;
      if (this.#missed >= loads) this.#over(`The game's engine could not be loaded within ${loads} seconds.`);
      return;
    }
    if (this.#pending.has(this.#beatId) && this.#beatId > 0) {
      this.#missed += 1;
      const patience = this.#options.patience ?? MISSED;
      if (this.#missed >= patience) {
        this.#over(`The game's engine has not answered for ${patience} seconds: it has been ended.`);
      }
      return;
    }
    this.#missed = 0;
    this.#beatId = this.#nextId;
    this.#ask("beat", [], (value) => value === null).catch(() => undefined);
  }

  #answered(data: unknown): void {
    if (this.#why) return;
    const answer = (typeof data === "object" && data !== null ? data : {}) as Record<string, unknown>;
    const pending = this.#pending.get(answer.id as number);
    if (!pending || !checkPlain(data)) {
      this.#over("The game's engine spoke out of turn: it has been ended.");
      return;
    }
    this.#pending.delete(answer.id as number);
    if (typeof answer.refused === "string")
      pending.reject(new EngineRefused(answer.refused.slice(0, MAX_SENTENCE)));
    else if (typeof answer.failed === "string")
      this.#over(`The game's engine failed: ${answer.failed.slice(0, MAX_SENTENCE)}`, true, pending);
    else if (pending.isRight(answer.value)) pending.resolve(answer.value);
    else this.#over("The game's engine gave an answer of the wrong kind: it has been ended.", true, pending);
  }

  #over(why: string, byItself = true, asked?: Pending): void {
    if (this.#why) return;
    this.#why = why;
    (this.#options.clearInterval ?? ((timer) => clearInterval(timer as number)))(this.#timer);
    this.#port.onmessage = null;
    this.#port.close();
    this.#options.release();
    const error = new EngineEnded(why);
    asked?.reject(error);
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
    if (byItself) this.#tellEnd(why);
  }
}

function isUint32(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 0xffff_ffff;
}
