import { AXIS_SCALE, type Input } from "../protocol.generated.js";
import type { Game } from "../schema.js";
import type { TickInput } from "./replay-rules.js";

/** Inputs that wait for the server's answer, two seconds at 128 Hz; the oldest goes first. */
const MOST_PENDING = 256;

/** As it was sent: a bit for each key. */
interface Sent {
  readonly tick: number;
  readonly held: number;
  readonly pressed: number;
  readonly axes: readonly number[];
}

const NOTHING: Sent = { tick: -1, held: 0, pressed: 0, axes: [] };

/**
 * Own inputs by the tick that they are for, until the server has applied them, and read as the server reads them: what came too
 * late for its tick counts in the next. It is net/client/prediction/inputs.py in TypeScript.
 */
export class TickInputs {
  readonly #game: Game;
  #pending: Sent[] = [];
  #acknowledged = NOTHING;
  /** What was held after the tick that was asked for last. */
  #held = NOTHING;
  #newest = -1;

  constructor(game: Game) {
    this.#game = game;
  }

  /** The tick of the newest input; -1 for none. */
  get newest(): number {
    return this.#newest;
  }

  /** The tick of the last input that counted, in the tick that was asked for last. */
  get applied(): number {
    return this.#held.tick;
  }

  /** How many the server has not applied yet. */
  get pending(): number {
    return this.#pending.length;
  }

  /**
   * Takes an input that is sent; one that was sent before is known. One of an earlier tick than the last replaces what was sent for
   * later ones: the server has refused those.
   */
  add([, tick, held = 0, pressed = 0, axes = []]: Input): void {
    if (tick === this.#newest) return;
    while ((this.#pending.at(-1)?.tick ?? -1) >= tick) this.#pending.pop();
    this.#newest = tick;
    this.#pending.push({ tick, held, pressed, axes });
    if (this.#pending.length > MOST_PENDING) this.#pending.shift();
  }

  /** The server has applied everything up to this tick. */
  acknowledge(lastInput: number): void {
    while (this.#pending[0] && this.#pending[0].tick <= lastInput)
      this.#acknowledged = this.#pending.shift() as Sent;
  }

  /** Goes back to where the server is: only what it has applied was. */
  rewind(): void {
    this.#held = this.#acknowledged;
  }

  /** What the player does in this tick, which is after the one that was asked for last. */
  at(tick: number): TickInput {
    const due = this.#pending.filter((sent) => sent.tick > this.applied && sent.tick <= tick);
    let [pressed, held] = [0, this.#held.held];
    for (const sent of due) {
      pressed |= sent.pressed | (sent.held & ~held);
      held = sent.held;
    }
    this.#held = due.at(-1) ?? this.#held;
    const { axes } = this.#held;
    return {
      tick,
      held: names(held | pressed, this.#game.keys),
      pressed: names(pressed, this.#game.keys),
      axes: Object.fromEntries(this.#game.axes.map((axis, at) => [axis, (axes[at] ?? 0) / AXIS_SCALE])),
    };
  }
}

function names(bits: number, keys: readonly string[]): Set<string> {
  return new Set(keys.filter((_, bit) => ((bits >>> bit) & 1) === 1));
}
