// Predicts by the game's own rules, in Python: the engine in its Worker is given both streams as they travel.

import { decode } from "@msgpack/msgpack";
import type { Frame, Predicted, Predictor, PredictorContext } from "tickroom";
import { Download, type Sizes } from "./download.js";
import type { Plain } from "./interpreter.js";
import { type EngineAddresses, PythonEngine } from "./python-engine.js";

const MODULE = "net.client.prediction.browser";
/** Before what a system of the game's rules raised: its name is in the sentence. */
const SYSTEM_FAILED = /^systems\.engine\.SystemFailed: /;
/** Without a byte, or an answer, for so long the engine is taken for hung while it loads (ms). */
const LOAD_HANGS = 60_000;

/** What a room's listing says of how to predict it. Addresses on this server. */
export interface PythonRules {
  /** Of engine.json; empty where there is no engine, for the `reason`. */
  readonly engine: string;
  /** Of zip archives of Python code. */
  readonly archives: readonly string[];
  /** The module with the game in it. */
  readonly module: string;
}

interface EngineDocument extends EngineAddresses {
  readonly files: Readonly<Record<string, Sizes>>;
}

export class PythonPredictor implements Predictor {
  onPredicted: (predicted: Predicted) => void = () => undefined;
  onFailed: (reason: string) => void = () => undefined;
  readonly #engine: PythonEngine;
  readonly #module: string;
  /** How often a connection has begun: answers about an earlier one are nothing. */
  #connection = 0;
  #isClosed = false;

  private constructor(engine: PythonEngine, module: string) {
    this.#engine = engine;
    this.#module = module;
    engine.onEnded = (error) => this.#failed(`The engine has ended: ${error.message}`, error);
  }

  /** Rejects, with a sentence, where the engine cannot be loaded. */
  static async load(rules: PythonRules, context: PredictorContext): Promise<PythonPredictor> {
    const document = (await (await fetched(rules.engine)).json()) as EngineDocument;
    const download = new Download(document.files, isSecureContext ? "br" : "gzip"); // browsers take Brotli there alone
    const tell = () => context.progress(download.loaded, download.total);
    tell();
    const archives = await Promise.all(
      rules.archives.map(async (address) => {
        const answer = await fetched(address);
        const bytes = new Uint8Array(await answer.arrayBuffer());
        download.came(Number(answer.headers.get("Content-Length") ?? bytes.length));
        tell();
        return bytes;
      }),
    );
    const alarm = new Alarm();
    const loading = PythonEngine.load(document, archives, (progress) => {
      alarm.reset();
      download.told(progress);
      tell();
    });
    const engine = await alarm.guard(loading).catch((error: unknown) => {
      loading.then((late) => late.close()).catch(() => undefined); // it is said already why not
      throw new Error(`The engine could not be loaded: ${lastLine(error)}`, { cause: error });
    });
    try {
      await alarm.guard(engine.run(MODULE, "prepare", rules.module));
    } catch (error) {
      engine.close();
      throw new Error(`The engine could not be started: ${lastLine(error)}`, { cause: error });
    } finally {
      alarm.stop();
    }
    return new PythonPredictor(engine, rules.module);
  }

  welcome(frame: Frame): void {
    this.#connection += 1;
    this.#tell("start", this.#module, frame);
  }

  serverFrame(frame: Frame): void {
    this.#tell("server_frame", frame);
  }

  clientFrame(frame: Frame): void {
    const connection = this.#connection;
    this.#tell("client_frame", frame).then((answer) => {
      if (connection === this.#connection && answer instanceof Uint8Array && !this.#isClosed)
        this.onPredicted(decode(answer) as Predicted);
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#engine.close();
  }

  async #tell(name: string, ...values: Plain[]): Promise<Plain> {
    try {
      return await this.#engine.run(MODULE, name, ...values);
    } catch (error) {
      this.#failed(lastLine(error).replace(SYSTEM_FAILED, ""), error);
      return null;
    }
  }

  #failed(reason: string, error: unknown): void {
    if (this.#isClosed) return;
    console.error(error);
    this.onFailed(reason);
  }
}

/** Rejects what has shown no sign of life for too long. */
class Alarm {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #ring: (reason: Error) => void = () => undefined;
  readonly #rung = new Promise<never>((_, reject) => {
    this.#ring = reject;
  });

  constructor() {
    this.#rung.catch(() => undefined); // it rings for who waits, if anybody does
    this.reset();
  }

  guard<Result>(work: Promise<Result>): Promise<Result> {
    this.reset();
    return Promise.race([work, this.#rung]);
  }

  reset(): void {
    this.stop();
    this.#timer = setTimeout(
      () => this.#ring(new Error("The engine did not load within a minute.")),
      LOAD_HANGS,
    );
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

async function fetched(address: string): Promise<Response> {
  const answer = await fetch(new URL(address, location.href));
  if (!answer.ok) throw new Error(`The engine could not be fetched (${answer.status}).`);
  return answer;
}

/** Of Python's traceback: what went wrong. */
function lastLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.trim().split("\n").at(-1) ?? text;
}
