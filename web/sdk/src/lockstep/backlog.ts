import type { Master } from "../protocol.generated.js";

/** With more generations waiting they are run as fast as can be, many at a time. */
const FAR_BEHIND = 8;

/** The generations that have been told and are yet to be run, without a gap. */
export class Backlog {
  /** The last generation that is known to have been told to anybody, which may not have come yet. */
  told = -1;
  #received = -1;
  #waiting: Master[] = [];

  /** The last generation that has come. */
  get received(): number {
    return this.#received;
  }

  get length(): number {
    return this.#waiting.length;
  }

  get isLong(): boolean {
    return this.#waiting.length > FAR_BEHIND;
  }

  /** Whether so many generations are left to be run, after this one, that it is to be said. */
  isFarFrom(generation: number): boolean {
    return this.told - generation > FAR_BEHIND;
  }

  isKnown([, generation]: Master): boolean {
    return generation <= this.#received;
  }

  isNext([, generation]: Master): boolean {
    return generation === this.#received + 1;
  }

  add(master: Master): void {
    this.#received = master[1];
    this.told = Math.max(this.told, this.#received);
    this.#waiting.push(master);
  }

  /** The next one; where many wait, as many as `most`, but none after which a packet of ours is awaited, but the first. */
  take(delay: number, most: (iterations: number) => number): Master[] {
    const limit = this.isLong ? most(this.#waiting[0]?.[2] ?? 1) : 1;
    let count = 1;
    while (count < limit && (this.#waiting[count]?.[1] ?? Infinity) + delay <= this.told) count += 1;
    return this.#waiting.splice(0, count);
  }

  /** All up to this generation is done with by other means; -1: all is to be told again. */
  goTo(generation: number): void {
    this.#received = generation;
    this.#waiting = [];
  }
}
