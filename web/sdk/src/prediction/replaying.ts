import {
  AXIS_SCALE,
  type ClientBundle,
  ClientItemTag,
  type Input,
  type ServerBundle,
} from "../protocol.generated.js";
import type { SceneEntity } from "../scene.js";
import type { Game } from "../schema.js";
import type { Predicted, Predictor, PredictorContext } from "./predictor.js";

/** What the player held in a tick. */
export interface TickInput {
  readonly tick: number;
  /** What was down, for a moment at least. */
  readonly held: ReadonlySet<string>;
  /** What went down since the tick before. */
  readonly pressed: ReadonlySet<string>;
  /** -1..1, by name. */
  readonly axes: Readonly<Record<string, number>>;
}

/** Where something is, and how it moves (world units, radians, a second). */
export interface Motion {
  readonly x: number;
  readonly y: number;
  readonly angle?: number;
  readonly vx?: number;
  readonly vy?: number;
}

/** The rules by which an own entity moves; `State` is whatever they need, and is never changed in place. */
export interface ReplayRules<State> {
  /** The kind of the entity that the player owns. */
  readonly kind: string;
  /** What the server says of it. */
  state(entity: SceneEntity): State;
  /** One tick on. */
  step(state: State, input: TickInput): State;
  motion(state: State): Motion;
  /** A difference up to this is none (world units): as far as the server's numbers are rounded; 0.5 by itself. */
  readonly tolerance?: number;
  /** A larger difference is shown at once, a smaller one over some ticks (world units); 200 by itself. */
  readonly snap?: number;
}

/** Ticks that are remembered, applied or not. */
const KEPT = 256;
const TOLERANCE = 0.5;
const SNAP = 200;
/** What is left of a difference that is being blended, each second: nearly nothing after a tenth. */
const BLEND = 1e-12;

/**
 * A predictor by rules in JavaScript: it begins with what the server says of a tick, applies the inputs of the ticks after it,
 * and hides what a correction changes by going over to it.
 */
export class ReplayingPredictor<State> implements Predictor {
  onPredicted: (predicted: Predicted) => void = () => undefined;
  onFailed: (reason: string) => void = () => undefined;
  readonly #context: Pick<PredictorContext, "game" | "player" | "tickRate" | "latest">;
  readonly #rules: ReplayRules<State>;
  #inputs: TickInput[] = [];
  /** The state after the input of each tick. */
  #states = new Map<number, State>();
  #now: State | undefined;
  #id = -1;
  #lastInput = -1;
  #serverTick = -1;
  /** The newest input. */
  #held: TickInput | undefined;
  #error = 0;
  #corrected = 0;
  #offset = { x: 0, y: 0 };

  constructor(
    context: Pick<PredictorContext, "game" | "player" | "tickRate" | "latest">,
    rules: ReplayRules<State>,
  ) {
    this.#context = context;
    this.#rules = rules;
  }

  welcome(): void {
    this.#inputs = [];
    this.#states.clear();
    this.#now = undefined;
    this.#lastInput = -1;
    this.#serverTick = -1;
    this.#held = undefined;
    this.#offset = { x: 0, y: 0 };
  }

  serverFrame(_: unknown, [, tick, , lastInput]: ServerBundle): void {
    this.#lastInput = lastInput;
    this.#serverTick = tick;
    const isOther = this.#forget(tick, lastInput);
    const { kind } = this.#rules;
    const { player } = this.#context;
    const own = this.#context.latest().find((entity) => entity.owner === player && entity.kind === kind);
    if (own?.id !== this.#id) this.#now = undefined;
    this.#id = own?.id ?? -1;
    if (own) this.#reconcile(this.#rules.state(own), tick, isOther);
  }

  clientFrame(_: unknown, [, tick, , items = []]: ClientBundle): void {
    for (const item of items)
      if (item[0] === ClientItemTag.Input) this.#apply(readInput(item, this.#context.game));
    const left = BLEND ** (1 / this.#context.tickRate);
    this.#offset = { x: this.#offset.x * left, y: this.#offset.y * left };
    this.onPredicted(this.#predicted(tick));
  }

  close(): void {
    this.#states.clear();
  }

  /** What the server has run is over; what came too late for its tick it presses in the next: whether that is so. */
  #forget(tick: number, lastInput: number): boolean {
    const late = this.#inputs.filter((input) => input.tick <= tick && input.tick > lastInput);
    this.#inputs = this.#inputs.filter((input) => input.tick > tick);
    const [next] = this.#inputs;
    if (!next || late.every(({ pressed }) => pressed.size === 0)) return false;
    const pressed = new Set([...next.pressed, ...late.flatMap((input) => [...input.pressed])]);
    this.#inputs[0] = { ...next, pressed };
    return true;
  }

  /** Ticks without an input of their own keep what was held. */
  #apply(input: TickInput): void {
    const before = this.#held;
    if (before && input.tick <= before.tick) return;
    this.#held = input;
    const first = before ? Math.max(before.tick + 1, this.#serverTick + 1, input.tick - KEPT) : input.tick;
    for (let tick = first; before && tick < input.tick; tick++) {
      this.#advance({ ...before, tick, pressed: new Set() });
    }
    this.#advance(input);
  }

  #advance(input: TickInput): void {
    this.#inputs.push(input);
    if (this.#inputs.length > KEPT) this.#inputs.shift();
    if (this.#now === undefined) return;
    this.#now = this.#rules.step(this.#now, input);
    this.#states.set(input.tick, this.#now);
    if (this.#states.size > KEPT) this.#states.delete(this.#states.keys().next().value as number);
  }

  /** The server's state of a tick counts, where it is another one than was predicted for then. */
  #reconcile(told: State, at: number, isOther: boolean): void {
    const { motion, step, tolerance = TOLERANCE, snap = SNAP } = this.#rules;
    const then = this.#states.get(at);
    for (const tick of this.#states.keys()) if (tick < at) this.#states.delete(tick);
    this.#error = then === undefined ? 0 : distance(motion(then), motion(told));
    if (then !== undefined && this.#error <= tolerance && !isOther) return;
    const before = this.#now;
    this.#now = told;
    for (const input of this.#inputs) {
      this.#now = step(this.#now, input);
      this.#states.set(input.tick, this.#now);
    }
    if (before === undefined || then === undefined) return;
    if (this.#error > tolerance) this.#corrected += 1;
    const [from, to] = [motion(before), motion(this.#now)];
    const [x, y] = [this.#offset.x + from.x - to.x, this.#offset.y + from.y - to.y];
    this.#offset = Math.hypot(x, y) > snap ? { x: 0, y: 0 } : { x, y };
  }

  #predicted(tick: number): Predicted {
    const counts = [this.#error, this.#corrected, this.#inputs.length] as const;
    if (this.#now === undefined) return [tick, this.#lastInput, [], [], ...counts];
    const { x, y, angle = 0, vx = 0, vy = 0 } = this.#rules.motion(this.#now);
    const shown = { Position: [x + this.#offset.x, y + this.#offset.y, angle], Velocity: [vx, vy, 0] };
    return [tick, this.#lastInput, [[this.#id, shown, null]], [], ...counts];
  }
}

/** What an input says, by the game's names. */
export function readInput([, tick, held = 0, pressed = 0, axes = []]: Input, game: Game): TickInput {
  return {
    tick,
    held: names(held | pressed, game.keys),
    pressed: names(pressed, game.keys),
    axes: Object.fromEntries(game.axes.map((axis, index) => [axis, (axes[index] ?? 0) / AXIS_SCALE])),
  };
}

function names(bits: number, keys: readonly string[]): Set<string> {
  return new Set(keys.filter((_, bit) => ((bits >>> bit) & 1) === 1));
}

function distance(first: Motion, second: Motion): number {
  return Math.hypot(first.x - second.x, first.y - second.y);
}
