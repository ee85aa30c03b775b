import { UsageError } from "./errors.js";
import { AXIS_SCALE, type Input } from "./protocol.generated.js";
import type { Game } from "./schema.js";

/** Inputs with presses that are kept until they are acknowledged; the oldest goes first. */
const MAX_PENDING = 256;

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

  /** The input item of a tick; what was pressed since the last is in it, and only in it. */
  take(tick: number, game: Game): Input {
    const input: Input = [
      1,
      tick,
      bits(this.#held, game.keys),
      bits(this.#pressed, game.keys),
      game.axes.map((axis) => Math.round(this.axis(axis) * AXIS_SCALE)),
    ];
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
  }

  /** Another connection: what was pressed in inputs that the server has not heard is told with the next. */
  sendAgain(lastHeard: number): void {
    const lost = this.#pending.filter(({ tick }) => tick > lastHeard);
    for (const { pressed } of lost) for (const key of pressed) this.#pressed.add(key);
    this.#pending = this.#pending.filter(({ tick }) => tick <= lastHeard);
  }

  #check(name: string, known: readonly string[] | undefined): void {
    if (known && !known.includes(name)) throw new UsageError(`The game has no input named ${name}.`);
  }
}

function bits(names: ReadonlySet<string>, keys: readonly string[]): number {
  return keys.reduce((sum, key, bit) => (names.has(key) ? sum | (1 << bit) : sum), 0) >>> 0;
}
