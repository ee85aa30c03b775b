import type { LockstepSaid } from "./lockstep/told.js";
import { ClientItemTag } from "./protocol.generated.js";

/** A part of a state dump goes out this often (ms): 40 kB/s, of the 64 that a server allows. */
export const PART_EVERY = 100;

/** What a lock-step client says: it is due at once, but for the parts of a dump, which the server would take for a flood. */
export class Speech {
  #urgent: LockstepSaid[] = [];
  #parts: LockstepSaid[] = [];
  #partAt = Number.NEGATIVE_INFINITY;

  /** Whether something is due now. */
  get isUrgent(): boolean {
    return this.#urgent.length > 0;
  }

  say(item: LockstepSaid): void {
    if (item[0] === ClientItemTag.DumpPart) this.#parts.push(item);
    else this.#urgent.push(item);
  }

  /** At most one packet and one part of a dump: both fit into a message. */
  take(now: number): LockstepSaid[] {
    const said = this.#urgent.splice(0, 1);
    if (this.#parts.length > 0 && now - this.#partAt >= PART_EVERY) {
      this.#partAt = now;
      said.push(...this.#parts.splice(0, 1));
    }
    return said;
  }

  clear(): void {
    this.#urgent = [];
    this.#parts = [];
  }
}
