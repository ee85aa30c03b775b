/** How long a batch of generations may take (ms), how many it may have, and how many while nothing is known. */
const BATCH_MS = 50;
const MAX_BATCH = 64;
const FIRST_BATCH = 4;
/** The weight of a new measurement. */
const SMOOTHING = 1 / 8;
const MAX_UINT16 = 65_535;

/** What the computer can do, smoothed. */
export class EngineSpeed {
  #iterationMs = 0;
  /** How long it takes from an order to its result (ms), where that is more than computing: the way to a Worker and back. */
  orderMs = 0;

  /** An iteration took so long to compute (ms), and the whole order so long where it was of one generation. */
  measure(iterationMs: number, orderMs: number = this.orderMs): void {
    const first = this.#iterationMs === 0;
    this.#iterationMs = first ? iterationMs : mix(this.#iterationMs, iterationMs);
    this.orderMs = first ? orderMs : mix(this.orderMs, orderMs);
  }

  /** Iterations a second that this computer could do; 0: not known yet. */
  get framerate(): number {
    return this.#iterationMs > 0 ? Math.min(MAX_UINT16, Math.round(1000 / this.#iterationMs)) : 0;
  }

  /** How many generations of so many iterations one batch may have. */
  batch(iterations: number): number {
    const ms = this.#iterationMs * iterations;
    return Math.max(1, Math.min(MAX_BATCH, ms > 0 ? Math.floor(BATCH_MS / ms) : FIRST_BATCH));
  }
}

function mix(before: number, now: number): number {
  return before + (now - before) * SMOOTHING;
}
