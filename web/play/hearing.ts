/** A server that has said nothing for so long is silent (ms), or for so many of its ticks where those are longer. */
const PATIENCE = 2_000;
const TICKS = 3;

/** When the server was heard last. Times are local ms. */
export class Hearing {
  #heardAt: number;

  constructor(now: number) {
    this.#heardAt = now;
  }

  heard(now: number): void {
    this.#heardAt = now;
  }

  /** How long ago that was. */
  since(now: number): number {
    return Math.max(0, now - this.#heardAt);
  }

  /** For how long a server of this tick rate (Hz) has been silent; 0 while it speaks as it should. */
  silence(now: number, tickRate: number): number {
    const since = this.since(now);
    return since > Math.max(PATIENCE, (TICKS * 1000) / Math.max(1, tickRate)) ? since : 0;
  }
}
