/** A predictor that was asked and gave no answer for so long is taken for dead (ms in which the page itself ran). */
const HANGS = 5_000;
/** Questions that may wait for their answers: what a slow one is asked when it begins, and some seconds. */
const MOST_OPEN = 512;
/** A longer pause than this between two questions was the page's own: it was in the background, or asleep (ms). */
const LONGEST_PAUSE = 250;

/** Knows whether a predictor still answers. What it is asked, it answers in order. */
export class Watchdog {
  #open = 0;
  #waited = 0;
  #askedAt: number | undefined;

  /** It is asked something; the reason to give it up, where its answer to an earlier question is too late. */
  asked(now: number): string | undefined {
    const passed = this.#askedAt === undefined ? 0 : now - this.#askedAt;
    this.#askedAt = now;
    if (this.#open > 0) this.#waited += Math.min(LONGEST_PAUSE, passed);
    this.#open += 1;
    if (this.#open > MOST_OPEN) return "The engine is too slow for this game.";
    if (this.#waited <= HANGS) return undefined;
    return `The engine has not answered for ${Math.round(this.#waited / 1000)} s.`;
  }

  answered(): void {
    this.#open = Math.max(0, this.#open - 1);
    this.#waited = 0;
  }
}
