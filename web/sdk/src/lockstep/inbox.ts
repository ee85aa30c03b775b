/** Takes things in one after the other, in the order in which they came, though some take their time. */
export class Inbox<Thing> {
  readonly #take: (thing: Thing) => void | Promise<void>;
  readonly #takesTime: (thing: Thing) => boolean;
  readonly #failed: (error: unknown) => void;
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;

  /** Whatever does not take its time, and waits for nothing that does, is taken at once, and what it throws is the caller's. */
  constructor(
    take: (thing: Thing) => void | Promise<void>,
    takesTime: (thing: Thing) => boolean,
    failed: (error: unknown) => void,
  ) {
    this.#take = take;
    this.#takesTime = takesTime;
    this.#failed = failed;
  }

  put(thing: Thing): void {
    if (this.#waiting === 0 && !this.#takesTime(thing)) {
      void this.#take(thing);
      return;
    }
    this.#waiting += 1;
    this.#last = this.#last.then(() => this.#takeLater(thing));
  }

  /** When all that is in it now has been taken. */
  get empty(): Promise<void> {
    return this.#last;
  }

  async #takeLater(thing: Thing): Promise<void> {
    try {
      await this.#take(thing);
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#waiting -= 1;
    }
  }
}
