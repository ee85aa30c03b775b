import { UsageError } from "./errors.js";
import { AXIS_SCALE, type Input, MAX_RESENT, VIEW_STEPS } from "./protocol.generated.js";
import type { Game } from "./schema.js";

/** Inputs with presses that are kept until they are acknowledged; the oldest goes first. */
const MAX_PENDING = 256;
/** An input tells no earlier one of more ticks before again. */
const MOST_AGO = 255;
/** A view that is that little nearer or farther than the one that was told is told as the same. */
const SAME_VIEW = VIEW_STEPS / 4;
const LONGEST_VIEW = 2 ** 16 - 1;

/** What the server was told of a tick. */
interface Told {
  readonly tick: number;
  readonly held: number;
  readonly pressed: number;
  readonly axes: readonly number[];
  readonly view: number;
}

/**
 * What the player holds down and how the axes stand. Kept over reconnects. A key that goes down and up again between
 * two ticks still reaches the server, as `pressed`.
 */
export class Inputs {
  #held = new Set<string>();
  #pressed = new Set<string>();
  #axes = new Map<string, number>();
  #game: Game | undefined;
  /** Inputs with presses that the server has not applied yet, oldest first. */
  #pending: { readonly tick: number; readonly pressed: readonly string[] }[] = [];

  /** Inputs that changed something and that the server has not applied yet, oldest first: each input tells them again. */
  #changes: Told[] = [];
  #last: Told = { tick: -1, held: 0, pressed: 0, axes: [], view: 0 };

  /** Names that the game does not have are refused from now on. */
  use(game: Game): void {
    this.#game = game;
  }

  hold(key: string): void {
    this.#check(key, this.#game?.keys);
    if (this.#held.has(key)) return;
    this.#held.add(key);
    this.#pressed.add(key);
  }

  release(key: string): void {
    this.#held.delete(key);
  }

  /** Lets go of every key and centres every axis but those in `keep`. */
  releaseAll(keep: readonly string[] = []): void {
    this.#held.clear();
    for (const axis of this.#axes.keys()) if (!keep.includes(axis)) this.#axes.set(axis, 0);
  }

  isHeld(key: string): boolean {
    return this.#held.has(key);
  }

  /** Sets an axis, -1..1; what is outside is clamped. */
  setAxis(axis: string, value: number): void {
    this.#check(axis, this.#game?.axes);
    if (!Number.isFinite(value)) throw new UsageError(`The axis ${axis} was set to ${value}.`);
    this.#axes.set(axis, Math.max(-1, Math.min(1, value)));
  }

  axis(axis: string): number {
    return this.#axes.get(axis) ?? 0;
  }

  /**
   * The input item of a tick; what was pressed since the last is in it, and, until it is acknowledged, told again in those
   * that follow. `seen` is the tick that the player sees, with its fraction.
   */
  take(tick: number, game: Game, seen?: number): Input {
    const told: Told = {
      tick,
      held: bits(this.#held, game.keys),
      pressed: bits(this.#pressed, game.keys),
      axes: game.axes.map((axis) => Math.round(this.axis(axis) * AXIS_SCALE)),
      view: game.rewind > 0 && seen !== undefined ? this.#view((tick - seen) * VIEW_STEPS) : 0,
    };
    const before = this.#changes.filter((known) => tick - known.tick <= MOST_AGO);
    const input: Input = [1, tick, told.held, told.pressed, [...told.axes]];
    if (told.view > 0 || before.length > 0) input.push(told.view);
    if (before.length > 0) input.push(before.flatMap((known) => record(tick, known)));
    if (told.pressed !== 0 || !isSame(told, this.#last)) {
      this.#changes.push(told);
      if (this.#changes.length > MAX_RESENT) this.#changes.shift();
    }
    this.#last = told;
    if (this.#pressed.size > 0) {
      this.#pending.push({ tick, pressed: [...this.#pressed] });
      if (this.#pending.length > MAX_PENDING) this.#pending.shift();
      this.#pressed.clear();
    }
    return input;
  }

  /** The server has applied all inputs up to that of this tick. */
  acknowledge(lastInput: number): void {
    while (this.#pending[0] && this.#pending[0].tick <= lastInput) this.#pending.shift();
    while (this.#changes[0] && this.#changes[0].tick <= lastInput) this.#changes.shift();
  }

  /** What was pressed in inputs that the server has not heard, and will not any more, is told with the next. */
  sendAgain(lastHeard: number): void {
    const lost = this.#pending.filter(({ tick }) => tick > lastHeard);
    for (const { pressed } of lost) for (const key of pressed) this.#pressed.add(key);
    this.#pending = this.#pending.filter(({ tick }) => tick <= lastHeard);
    this.#changes = this.#changes.filter(({ tick }) => tick <= lastHeard);
  }

  #view(steps: number): number {
    const told = this.#last.view;
    if (told > 0 && Math.abs(steps - told) <= SAME_VIEW) return told;
    return Math.max(1, Math.min(LONGEST_VIEW, Math.round(steps)));
  }

  #check(name: string, known: readonly string[] | undefined): void {
    if (known && !known.includes(name)) throw new UsageError(`The game has no input named ${name}.`);
  }
}

/** A record of the protocol's `before`, as integers. */
function record(tick: number, { tick: then, held, pressed, view, axes }: Told): number[] {
  return [tick - then, held, pressed, view, ...axes];
}

function isSame(one: Told, other: Told): boolean {
  return (
    one.held === other.held &&
    one.view === other.view &&
    one.axes.every((axis, place) => axis === (other.axes[place] ?? 0))
  );
}

function bits(names: ReadonlySet<string>, keys: readonly string[]): number {
  return keys.reduce((sum, key, bit) => (names.has(key) ? sum | (1 << bit) : sum), 0) >>> 0;
}
