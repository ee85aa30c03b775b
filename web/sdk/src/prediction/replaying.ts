import { type ClientBundle, ClientItemTag, type ServerBundle } from "../protocol.generated.js";
import type { Predicted, Predictor, PredictorContext } from "./predictor.js";
import type { Motion, ReplayRules } from "./replay-rules.js";
import { TickInputs } from "./tick-inputs.js";

/** Who is farther ahead of what the server told last waits: the connection has stalled, or the own clock has jumped (seconds). */
const AHEAD = 2;
const MOST_AHEAD = 128;
const TOLERANCE = 0.5;
const SNAP = 200;
/** What is left of a difference that is being blended, each second: nearly nothing after a tenth. */
const BLEND = 1e-12;

/** What was predicted for a tick, and the tick of the last input that counted for it. */
interface Moment<State> {
  readonly state: State;
  readonly applied: number;
}

/**
 * A predictor by rules in JavaScript: it begins with what the server says of a tick, applies the inputs of the ticks after it,
 * and hides what a correction changes by going over to it.
 */
export class ReplayingPredictor<State> implements Predictor {
  onPredicted: (predicted: Predicted) => void = () => undefined;
  onFailed: (reason: string) => void = () => undefined;
  readonly #context: Pick<PredictorContext, "game" | "player" | "tickRate" | "latest">;
  readonly #rules: ReplayRules<State>;
  readonly #ahead: number;
  #inputs: TickInputs;
  /** What was predicted for each tick since the server's last, and what it told of that one. */
  readonly #moments = new Map<number, Moment<State>>();
  /** After the last tick that was computed. */
  #now: State | undefined;
  #tick = -1;
  #id = -1;
  #lastInput = -1;
  #serverTick = -1;
  #error = 0;
  #corrected = 0;
  #offset = { x: 0, y: 0 };

  constructor(
    context: Pick<PredictorContext, "game" | "player" | "tickRate" | "latest">,
    rules: ReplayRules<State>,
  ) {
    this.#context = context;
    this.#rules = rules;
    this.#ahead = Math.min(MOST_AHEAD, Math.round(AHEAD * context.tickRate));
    this.#inputs = new TickInputs(context.game);
  }

  welcome(): void {
    this.#inputs = new TickInputs(this.#context.game);
    this.#moments.clear();
    this.#now = undefined;
    this.#tick = -1;
    this.#lastInput = -1;
    this.#serverTick = -1;
    this.#offset = { x: 0, y: 0 };
  }

  serverFrame(_: unknown, [, tick, , lastInput]: ServerBundle): void {
    this.#lastInput = lastInput;
    this.#serverTick = tick;
    this.#inputs.acknowledge(lastInput);
    const { kind, state } = this.#rules;
    const { player } = this.#context;
    const own = this.#context.latest().find((entity) => entity.owner === player && entity.kind === kind);
    if (own?.id !== this.#id) this.#now = undefined;
    this.#id = own?.id ?? -1;
    if (own) this.#reconcile(state(own));
  }

  clientFrame(_: unknown, [, tick, , items = []]: ClientBundle): void {
    for (const item of items) if (item[0] === ClientItemTag.Input) this.#inputs.add(item);
    const told = this.#moments.get(this.#serverTick);
    if (this.#now !== undefined && told) {
      // the server has refused what was farther ahead: that never was
      if (this.#target < this.#tick) this.#computeAgain(told.state);
      else this.#advance();
    }
    const left = BLEND ** (1 / this.#context.tickRate);
    this.#offset = { x: this.#offset.x * left, y: this.#offset.y * left };
    this.onPredicted(this.#predicted(tick));
  }

  close(): void {
    this.#moments.clear();
  }

  /** Up to which tick there are inputs, and it makes sense to compute. */
  get #target(): number {
    return Math.max(this.#serverTick, Math.min(this.#inputs.newest, this.#serverTick + this.#ahead));
  }

  /** The server's state counts, where it is another one than was predicted for its tick, or of other inputs. */
  #reconcile(told: State): void {
    const { motion, tolerance = TOLERANCE } = this.#rules;
    const then = this.#now === undefined ? undefined : this.#moments.get(this.#serverTick);
    this.#error = then === undefined ? 0 : distance(motion(then.state), motion(told));
    if (this.#error > tolerance) this.#corrected += 1;
    else if (then?.applied === this.#lastInput) {
      for (const tick of this.#moments.keys()) if (tick < this.#serverTick) this.#moments.delete(tick);
      return;
    }
    this.#computeAgain(told);
  }

  /** All ticks since what the server told. What that changes is hidden, unless it is far. */
  #computeAgain(told: State): void {
    const { motion, snap = SNAP } = this.#rules;
    const before = this.#now;
    this.#inputs.rewind();
    this.#moments.clear();
    this.#keep(this.#serverTick, told);
    const now = this.#advance();
    if (before === undefined) return;
    const [from, to] = [motion(before), motion(now)];
    const [x, y] = [this.#offset.x + from.x - to.x, this.#offset.y + from.y - to.y];
    this.#offset = Math.hypot(x, y) > snap ? { x: 0, y: 0 } : { x, y };
  }

  /** Computes the ticks for which there are inputs; one without an input of its own keeps what was held. */
  #advance(): State {
    let state = this.#now as State;
    for (const target = this.#target; this.#tick < target; ) {
      const tick = this.#tick + 1;
      state = this.#rules.step(state, this.#inputs.at(tick));
      this.#keep(tick, state);
    }
    return state;
  }

  #keep(tick: number, state: State): void {
    this.#tick = tick;
    this.#now = state;
    this.#moments.set(tick, { state, applied: this.#inputs.applied });
  }

  #predicted(tick: number): Predicted {
    const counts = [this.#error, this.#corrected, this.#inputs.pending] as const;
    if (this.#now === undefined) return [tick, this.#lastInput, [], [], ...counts];
    const { x, y, angle = 0, vx = 0, vy = 0 } = this.#rules.motion(this.#now);
    const shown = { Position: [x + this.#offset.x, y + this.#offset.y, angle], Velocity: [vx, vy, 0] };
    return [this.#tick, this.#lastInput, [[this.#id, shown, null]], [], ...counts];
  }
}

function distance(first: Motion, second: Motion): number {
  return Math.hypot(first.x - second.x, first.y - second.y);
}
