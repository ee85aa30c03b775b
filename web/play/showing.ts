/** With more scenes waiting than this the oldest are passed over: the page was away, or the game catches up. */
const MAX_WAITING = 40;
/** Scenes that are left of those. */
const LEFT = 4;

/** One iteration to be shown; `news` is what its generation did, with the last of them. */
export interface Moment<News> {
  readonly scene: unknown;
  readonly ms: number;
  readonly news: News | undefined;
}

/** When which scene of a lock-step game is shown: each for its time, one after the other. Times are ms. */
export class Showing<News> {
  #waiting: Moment<News>[] = [];
  #shownAt = Number.NEGATIVE_INFINITY;
  #ms = 50;

  /** The iterations of a generation, each to be shown for `ms`. */
  add(scenes: readonly unknown[], ms: number, news: News): void {
    const last = scenes.length - 1;
    for (const [place, scene] of scenes.entries()) {
      this.#waiting.push({ scene, ms, news: place === last ? news : undefined });
    }
  }

  clear(): void {
    this.#waiting = [];
    this.#shownAt = Number.NEGATIVE_INFINITY;
  }

  /** The moments whose time has come, in order, and how far it is from the last of them to the next. */
  at(now: number): { readonly moments: readonly Moment<News>[]; readonly part: number } {
    const moments: Moment<News>[] = [];
    const late = this.#waiting.length - MAX_WAITING;
    if (late > 0) moments.push(...this.#waiting.splice(0, this.#waiting.length - LEFT));
    while (this.#waiting.length > 0 && now - this.#shownAt >= this.#ms) {
      const next = this.#waiting.shift() as Moment<News>;
      moments.push(next);
      // after a pause it goes on from here, or it would have to hurry
      this.#shownAt = now - this.#shownAt > 4 * this.#ms ? now : this.#shownAt + this.#ms;
      this.#ms = next.ms;
    }
    return { moments, part: Math.min(1, Math.max(0, (now - this.#shownAt) / this.#ms)) };
  }
}
