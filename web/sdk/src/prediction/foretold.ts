import type { GameEvent } from "../events.js";
import type { Game } from "../schema.js";
import type { Predicted } from "./predictor.js";

/** Events that the server may still tell; the oldest are forgotten. */
const KEPT = 128;
/** How many ticks apart the server's may be: an input that came late counts later. */
const TICKS_APART = 4;

/** What own rules told ahead of the server: told once, so that what the server tells again is not told twice. */
export class Foretold {
  readonly #game: Game;
  #events: GameEvent[] = [];

  constructor(game: Game) {
    this.#game = game;
  }

  /** The events of a predicted tick, as the server would tell them. */
  tell([tick, , , , , , , events = []]: Predicted): GameEvent[] {
    const told: GameEvent[] = [];
    for (const [name, values] of events) {
      const type = this.#game.events.find((event) => event.name === name);
      if (!type) continue; // no client is told of it
      const body = Object.fromEntries(type.fields.map((field, index) => [field.name, values[index]]));
      told.push({ name, tick, body, predicted: true });
    }
    this.#events.push(...told);
    this.#events = this.#events.slice(-KEPT);
    return told;
  }

  /** Whether this event of the server's was told before; counts once. */
  has(event: GameEvent): boolean {
    const at = this.#events.findIndex((before) => isSame(before, event));
    if (at >= 0) this.#events.splice(at, 1);
    return at >= 0;
  }
}

/** But for fractions, which travel rounded, and differ where the prediction was not exact. */
function isSame(first: GameEvent, second: GameEvent): boolean {
  if (first.name !== second.name || Math.abs(first.tick - second.tick) > TICKS_APART) return false;
  return Object.entries(second.body).every(([field, value]) => {
    const other = first.body[field];
    const isFraction = typeof value === "number" && !(Number.isInteger(value) && Number.isInteger(other));
    return isFraction ? typeof other === "number" : value === other;
  });
}
