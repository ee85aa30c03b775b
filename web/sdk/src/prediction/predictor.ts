import type { Frame } from "../codec.js";
import type { ClientBundle, ServerBundle, Welcome } from "../protocol.generated.js";
import type { SceneEntity } from "../scene.js";
import type { Game } from "../schema.js";
import type { ReplayRules } from "./replay-rules.js";

/**
 * An entity as it is predicted. `id` is the server's, or below 0 for one that the server has not told of yet; `key` is not null
 * for what was spawned ahead of the server, and stays the same when the server's id takes its place.
 *
 * `components` has the values of each in the order of its fields, in their own units (no steps): what the game's schema has,
 * and `Position` [x, y, angle], `Velocity` [x, y, spin], and, where the server has not told of it, `Scene` [kind, state, owner, w, h].
 */
export type PredictedEntity = readonly [
  id: number,
  components: Readonly<Record<string, readonly unknown[]>>,
  key: unknown,
];

/** The predicted state after the own input of `tick`. It travels as this array. */
export type Predicted = readonly [
  tick: number,
  /** The tick of the newest own input that the server had applied. */
  lastInput: number,
  entities: readonly PredictedEntity[],
  /** Entities that the server still tells of, and that are predicted to be gone. */
  gone: readonly number[],
  /** How far the server's place was from the predicted one, at the last comparison (world units). */
  error: number,
  /** How often the prediction was put right, since the welcome. */
  corrected: number,
  /** Own inputs that the server has not applied yet. */
  pending: number,
  /** What own rules told in this tick, ahead of the server: name and the values of the fields in order. */
  events?: readonly (readonly [name: string, fields: readonly unknown[]])[],
  /** Why it is wrong all the time, for who looks into it; empty or left out while it is not. */
  hint?: string,
];

/**
 * Computes ahead of the server what the player's own inputs do. It sees both streams, whole and in order, each frame as it
 * travels and as what it says. It may answer at once or later; one that throws, or answers no more, is done without.
 */
export interface Predictor {
  /** Set before anything else is called. To be called once for each `clientFrame`, in order. */
  onPredicted: (predicted: Predicted) => void;
  /** Set before anything else is called. To be called when it can go on no more, with the reason in a sentence. */
  onFailed: (reason: string) => void;
  /** Another connection: what was known before is void. */
  welcome(frame: Frame, message: Welcome): void;
  /** The server told this; the scene has taken it in already (`PredictorContext.latest`). */
  serverFrame(frame: Frame, message: ServerBundle): void;
  /** This goes to the server now: the inputs in it are to be predicted, a tick each. */
  clientFrame(frame: Frame, message: ClientBundle): void;
  close(): void;
}

/** What a predictor knows and says while it loads and runs. */
export interface PredictorContext {
  readonly game: Game;
  /** The own player's number. */
  readonly player: number;
  readonly tickRate: number;
  /** The newest state that the server told, in world units. */
  latest(): readonly SceneEntity[];
  /** A predictor by simple rules for one own entity: it keeps inputs, replays them, and blends corrections. */
  replaying<State>(rules: ReplayRules<State>): Predictor;
  /** So many bytes of so many are loaded. */
  progress(loaded: number, total: number): void;
}

/** The module that a game may bring (`client/predictor.js`) has one of these as its default export. */
export type PredictorModule = (context: PredictorContext) => Predictor | Promise<Predictor>;
