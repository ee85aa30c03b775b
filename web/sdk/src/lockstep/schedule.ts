import type { Backlog } from "./backlog.js";

/** The part of its length for which a generation is shown while none, one or more others wait. */
const FASTER = [1, 0.9, 0.5] as const;
/** And while the next one has come late: a little slower rather than stop and go. */
const GENTLY = 1.05;
/** A generation that comes with less than this part of the length to spare is late. */
const LATE = 0.2;

/** When the next generation is due, and for how long the last one is shown. All times are local ms. */
export class Schedule {
  /** When the next generation may be run. */
  due = 0;
  #length = 0;

  /** A generation comes and finds none waiting: one that comes late makes the next ones a little longer. */
  arrived(now: number): void {
    if (now <= this.due - LATE * this.#length) return;
    this.due = Math.max(now, this.due) + (GENTLY - 1) * this.#length;
  }

  /** A generation of so many ms has been run; when and for how long (its part) it is to be shown. */
  ran(now: number, length: number, backlog: Backlog): { readonly showAt: number; readonly part: number } {
    this.#length = length;
    const showAt = Math.max(this.due, now - length);
    const part = FASTER[Math.min(backlog.length, 2)] ?? 1;
    this.due = backlog.isLong ? now : showAt + length * part;
    return { showAt, part };
  }
}
