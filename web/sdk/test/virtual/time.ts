/** Time that passes when it is told to: what `setTimeout` and the clock are for everything that runs in this program. */
export class VirtualTime {
  now = 0;
  #nextTimer = 1;
  readonly #timers = new Map<number, { readonly at: number; readonly act: () => void }>();

  /** Takes the place of the runtime's own timers and clock. Streams and promises have theirs, which go on. */
  install(): void {
    const set = (act: () => void, ms = 0) => this.set(act, ms);
    const clear = (timer?: number) => void this.#timers.delete(timer ?? 0);
    Object.assign(globalThis, { setTimeout: set, clearTimeout: clear });
    Object.defineProperty(globalThis, "performance", { value: { now: () => this.now } });
  }

  set(act: () => void, ms: number): number {
    const timer = this.#nextTimer++;
    this.#timers.set(timer, { at: this.now + Math.max(0, ms), act });
    return timer;
  }

  /** When the next timer is due; infinity for none. */
  get due(): number {
    return Math.min(Number.POSITIVE_INFINITY, ...[...this.#timers.values()].map(({ at }) => at));
  }

  /** The timers that are due, in their order: each is told once. */
  takeDue(): (() => void)[] {
    const due = [...this.#timers].filter(([, { at }]) => at <= this.now).sort(([, a], [, b]) => a.at - b.at);
    for (const [timer] of due) this.#timers.delete(timer);
    return due.map(([, { act }]) => act);
  }
}
