/** How long is looked back on (ms). */
const WINDOW = 2000;

/** How often something happens in a second, over the last two. */
export class Rate {
  #times: number[] = [];
  #begun: number | undefined;
  #count = 0;

  /** How often it has happened in all. */
  get count(): number {
    return this.#count;
  }

  add(now: number): void {
    this.#begun ??= now;
    this.#count += 1;
    this.#times.push(now);
    this.#forget(now);
  }

  perSecond(now: number): number {
    this.#forget(now);
    const seconds = Math.min(WINDOW, now - (this.#begun ?? now)) / 1000;
    return seconds > 0 ? Math.round(this.#times.length / seconds) : 0;
  }

  #forget(now: number): void {
    while ((this.#times[0] ?? now) <= now - WINDOW) this.#times.shift();
  }
}
