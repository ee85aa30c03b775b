/** How long is looked back on (ms). */
const WINDOW = 2000;

/** How often something happens in a second, over the last two. */
export class Rate {
  #times: number[] = [];

  add(now: number): void {
    this.#times.push(now);
    this.#forget(now);
  }

  perSecond(now: number): number {
    this.#forget(now);
    const first = this.#times[0];
    if (first === undefined || this.#times.length < 2) return 0;
    return Math.round(
      ((this.#times.length - 1) * 1000) / Math.max(1, (this.#times.at(-1) as number) - first),
    );
  }

  #forget(now: number): void {
    while ((this.#times[0] ?? now) < now - WINDOW) this.#times.shift();
  }
}
