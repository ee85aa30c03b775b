import type { Frame } from "../codec.js";
import { UsageError } from "../errors.js";
import type { GameEvent } from "../events.js";
import type { ClientBundle, ServerBundle, Welcome } from "../protocol.generated.js";
import type { SceneEntity } from "../scene.js";
import { Backlog } from "./backlog.js";
import { Foretold } from "./foretold.js";
import { PredictedScene } from "./predicted-scene.js";
import type { Predicted, Predictor, PredictorContext } from "./predictor.js";
import { ReplayingPredictor } from "./replaying.js";
import type { PredictionStatistics, PredictionStatus } from "./status.js";
import { Watchdog } from "./watchdog.js";

/** Corrections that are kept for who looks into it. */
const HISTORY = 240;

const NOTHING: PredictionStatistics = {
  error: 0,
  corrected: 0,
  pending: 0,
  lateness: 0,
  hint: "",
  history: [],
};

/** A predictor whose answers are no later than this keeps up with the own ticks, and has run warm: two frames at 60 Hz (ms). */
const KEEPS_UP = 33;
/** So many answers are waited for until it has. */
const ANSWERS = 64;
const MAP_TOO_LARGE = "More of the map came than is kept until there is a predictor.";
const NOT_LOADED = "Nothing has been loaded to predict with.";
const NOBODY: ReadonlySet<number> = new Set();

export type LoadPredictor = (context: PredictorContext) => Promise<Predictor>;

/** What prediction needs of the core. */
export interface PredictionHost {
  readonly context: Omit<PredictorContext, "progress" | "replaying">;
  /** The tick of the own inputs, with its fraction, at a local time (ms). */
  ownTick(now: number): number;
  /** An entity as the server told it last. */
  known(id: number): SceneEntity | undefined;
  askForSnapshot(): void;
}

/**
 * Prediction of one client, over all its connections: keeps what a predictor that comes late must know, feeds it, watches over
 * it, and draws what it says. Without one, or when it fails, everything is drawn as the server told it.
 */
export class Prediction {
  /** Called whenever the status is another. */
  onStatus: (status: PredictionStatus) => void = () => undefined;
  /** Called with each event that own rules told ahead of the server. */
  onEvent: (event: GameEvent) => void = () => undefined;
  readonly #isWanted: boolean;
  readonly #history: { error: number; corrected: boolean }[] = [];
  #status: PredictionStatus = { state: "off", reason: NOT_LOADED };
  #host: PredictionHost | undefined;
  #backlog: Backlog | undefined;
  #predictor: Predictor | undefined;
  #scene: PredictedScene | undefined;
  #foretold: Foretold | undefined;
  #watchdog = new Watchdog();
  #last: Predicted | undefined;
  /** Answers to come that say nothing of how late answers are: what was asked is old. */
  #catchingUp = 0;
  #answers = 0;
  /** It failed before it had begun: with the next connection it may be tried again, as a network that is away fails both. */
  #failedToLoad = false;
  readonly #now: () => number;

  /** `isWanted`: whether there will be a predictor, for which everything is kept until it is there. `now` is the local clock (ms). */
  constructor(isWanted: boolean, now: () => number) {
    this.#isWanted = isWanted;
    this.#now = now;
    if (!isWanted) this.#status = { state: "off", reason: "This client does not predict." };
  }

  get status(): PredictionStatus {
    return this.#status;
  }

  /** The predicted entities that were drawn last. */
  get ids(): ReadonlySet<number> {
    return this.#scene?.ids ?? NOBODY;
  }

  get statistics(): PredictionStatistics {
    if (!this.#last || !this.#scene || !this.#host) return NOTHING;
    const [, , , , error, corrected, pending, , hint = ""] = this.#last;
    const lateness = (this.#scene.lateness * 1000) / this.#host.context.tickRate;
    return { error, corrected, pending, lateness, hint, history: this.#history };
  }

  /**
   * Loads a predictor and turns prediction on when it has caught up. Settles when it is loaded, or is not to be: the status
   * says why. Where the server refuses prediction, or it has failed on this connection, nothing is loaded. Throws
   * UsageError before the first welcome, and when it was begun already.
   */
  async load(load: LoadPredictor): Promise<void> {
    const host = this.#host;
    if (!host) throw new UsageError("Prediction begins after the welcome.");
    if (this.#status.state === "loading" || this.#status.state === "on")
      throw new UsageError("Prediction has begun already.");
    if (!this.#backlog) return;
    this.#become({ state: "loading", loaded: 0, total: 0 });
    const progress = (loaded: number, total: number) => {
      if (this.#status.state === "loading") this.#become({ state: "loading", loaded, total });
    };
    try {
      const replaying: PredictorContext["replaying"] = (rules) => new ReplayingPredictor(host.context, rules);
      const predictor = await load({ ...host.context, replaying, progress });
      if (this.status.state === "loading") this.#use(predictor);
      else predictor.close();
    } catch (error) {
      this.#failedToLoad = true;
      this.#end("failed", sentenceOf(error));
    }
  }

  /** Another connection. */
  welcomed(frame: Frame, message: Welcome, host: PredictionHost): void {
    const refusal = message[11];
    this.#host = host;
    this.#last = undefined;
    if (!this.#isWanted) return;
    if (refusal !== "") {
      this.#end("failed", `${refusal.charAt(0).toUpperCase()}${refusal.slice(1)}.`);
      return;
    }
    if (this.#failedToLoad) this.#become({ state: "off", reason: NOT_LOADED });
    this.#failedToLoad = false;
    if (this.#status.state === "failed") return;
    this.#scene = new PredictedScene(host.context.game);
    this.#foretold = new Foretold(host.context.game);
    this.#watchdog = new Watchdog();
    if (!this.#predictor) this.#backlog = new Backlog(frame, message);
    this.#guard((predictor) => predictor.welcome(frame, message));
  }

  /** Whether own rules have told this event of the server's already. */
  foretold(event: GameEvent): boolean {
    return this.#foretold?.has(event) ?? false;
  }

  heard(frame: Frame, message: ServerBundle): void {
    this.#backlog?.told(frame, message);
    if (this.#backlog?.isTooLarge) this.#end("failed", MAP_TOO_LARGE);
    this.#guard((predictor) => predictor.serverFrame(frame, message));
  }

  /** Ends prediction where the predictor answers no more. */
  said(frame: Frame, message: ClientBundle, now: number): void {
    this.#backlog?.said(frame, message);
    if (!this.#predictor) return;
    const fault = this.#watchdog.asked(now);
    if (fault) this.#end("failed", fault);
    else this.#guard((predictor) => predictor.clientFrame(frame, message));
  }

  /** Puts what is predicted in the place of what is interpolated. */
  draw(entities: Map<number, SceneEntity>, now: number): void {
    const host = this.#host;
    if (this.#status.state !== "on" || !host || !this.#last) return;
    this.#scene?.draw(entities, host.ownTick(now), now, host.context.tickRate, host.known);
  }

  close(): void {
    if (this.#isWanted) this.#end("off", "The connection is closed.");
  }

  #use(predictor: Predictor): void {
    const backlog = this.#backlog;
    if (!backlog) return;
    this.#backlog = undefined;
    this.#predictor = predictor;
    predictor.onPredicted = (predicted) => this.#predicted(predictor, predicted);
    predictor.onFailed = (reason) => {
      if (predictor === this.#predictor) this.#end("failed", reason);
    };
    if (backlog.hasGap) this.#host?.askForSnapshot();
    this.#answers = 0;
    this.#catchingUp = backlog.pending;
    for (let n = 0; n < backlog.pending; n++) this.#watchdog.asked(this.#now());
    this.#guard((current) => backlog.tell(current));
  }

  #predicted(predictor: Predictor, predicted: Predicted): void {
    if (predictor !== this.#predictor) return;
    const [, , , , error, corrected] = predicted;
    const before = this.#last?.[5] ?? 0;
    this.#last = predicted;
    this.#watchdog.answered();
    this.#history.push({ error, corrected: corrected > before });
    if (this.#history.length > HISTORY) this.#history.shift();
    const now = this.#now();
    const late = (this.#host?.ownTick(now) ?? 0) - predicted[0];
    if (this.#catchingUp === 0) this.#scene?.answered(late);
    this.#scene?.push(predicted, now);
    this.#turnOn();
    this.#catchingUp = Math.max(0, this.#catchingUp - 1);
    for (const event of this.#foretold?.tell(predicted) ?? []) this.onEvent(event);
  }

  /** Once a predictor keeps up, or does not get any nearer: until then it would draw what is old, and a press late. */
  #turnOn(): void {
    if (this.#status.state !== "loading" || this.#catchingUp > 0) return;
    this.#answers += 1;
    const keepsUp = this.#scene?.knowsLateness && this.statistics.lateness <= KEEPS_UP;
    if (keepsUp || this.#answers > ANSWERS) this.#become({ state: "on" });
  }

  /** Calls into the predictor, which may be a game's own. */
  #guard(call: (predictor: Predictor) => void): void {
    if (!this.#predictor) return;
    try {
      call(this.#predictor);
    } catch (error) {
      this.#end("failed", sentenceOf(error));
    }
  }

  #end(state: "off" | "failed", reason: string): void {
    const predictor = this.#predictor;
    this.#predictor = undefined;
    this.#backlog = undefined;
    this.#scene = undefined;
    predictor?.close();
    if (this.#status.state === "failed") return;
    this.#become({ state, reason });
  }

  #become(status: PredictionStatus): void {
    this.#status = status;
    this.onStatus(status);
  }
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
