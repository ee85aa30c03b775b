/** A client whose inputs come early ticks this part slower, one whose inputs come late this part faster. */
const CORRECTION = 0.05;
/** A client that was held up sends so many late ticks; the others are skipped. */
const CATCH_UP_TICKS = 2;
const SMOOTHING = 16;
/** Slower than the mean, or a calm second would make it forget the jitter. */
const DEVIATION_SMOOTHING = 48;
/** How many mean deviations inputs are sent before the mean deadline, as in TCP (RFC 6298). */
const DEVIATIONS = 4;
/** Inputs are sent that much earlier still (ms): leads are told in whole ms, timers are late. */
const SLACK = 2;
/** With fewer deadlines known, or an error of more than JUMP (ms) or three ticks, the next tick is put right at once. */
const SETTLED = 8;
const JUMP = 150;
/** A clock that says that nothing was done for longer (ms), or runs back, has jumped, or the page slept: nothing is known. */
const GAP = 1000;
const KEPT = 256;

/** When the input of tick 0 would have had to be sent to be just in time, as far as inputs have told (local ms). */
class Deadline {
  count = 0;
  #mean = 0;
  #deviation = 0;

  learn(latest: number): void {
    this.count += 1;
    if (this.count === 1) this.#mean = latest;
    const error = latest - this.#mean;
    this.#mean += error / Math.min(this.count, SMOOTHING);
    this.#deviation += (Math.abs(error) - this.#deviation) / Math.min(this.count, DEVIATION_SMOOTHING);
  }

  /** When it should be sent. */
  get aim(): number {
    return this.#mean - DEVIATIONS * this.#deviation - SLACK;
  }
}

/**
 * The client's own ticks: when the next is due, and which number it has, which is the server's tick for which its input is
 * just in time. The server tells how much earlier than its tick an input came; with the moment at which that input was due
 * to be sent, that says when inputs have to be sent at the latest, whatever the client did since. Times are local ms.
 */
export class Pace {
  #tick = -1;
  #due = 0;
  #interval = 1;
  #tickRate = 1;
  #serverTick = -1;
  #lastInput = -1;
  /** The server's tick when it last told of a newer input. */
  #appliedAt = -1;
  #stands = false;
  #lead = 0;
  #at = 0;
  #deadline = new Deadline();
  /** Of ticks that were sent: when each was due, less its number of intervals. */
  #phases: { readonly tick: number; readonly phase: number }[] = [];

  /** The last tick that was sent. */
  get tick(): number {
    return this.#tick;
  }

  /** When the next one is to be sent. */
  get due(): number {
    return this.#due;
  }

  /** How much earlier than its tick the newest input came that the server has told of. */
  get lead(): number {
    return this.#lead;
  }

  /** The tick of the own inputs at `now`, with its fraction. */
  tickAt(now: number): number {
    if (this.#stands) return this.#tick;
    return this.#tick + Math.max(0, Math.min(1, 1 - (this.#due - now) / this.#interval));
  }

  /** A welcome has come. The next tick is above the server's and above that of the last input it has heard. */
  start(tickRate: number, serverTick: number, now: number, lastInput: number): void {
    this.#tick = Math.max(serverTick, lastInput);
    this.#tickRate = tickRate;
    this.#interval = 1000 / tickRate;
    this.#serverTick = serverTick;
    this.#appliedAt = serverTick;
    this.#lastInput = lastInput;
    this.#stands = false;
    this.#forget(now);
  }

  /**
   * A bundle of the server has come. True where it has refused all inputs above `lastInput`: they count on from there. It
   * refuses what is more than a second ahead; what it took is applied within one.
   */
  heard(serverTick: number, lastInput: number, lead: number, now: number): boolean {
    this.#lookAtClock(now);
    if (serverTick === this.#serverTick) {
      this.#stands = true;
      return false;
    }
    if (this.#stands) {
      this.#stands = false;
      this.#forget(this.#due);
    }
    this.#serverTick = serverTick;
    this.#lead = lead;
    if (lastInput !== this.#lastInput) {
      this.#lastInput = lastInput;
      this.#appliedAt = serverTick;
      this.#learn(lastInput, lead);
    } else if (this.#tick > serverTick && serverTick - this.#appliedAt > this.#tickRate + 1) {
      this.#tick = Math.max(serverTick, lastInput);
      this.#appliedAt = serverTick;
      this.#forget(now);
      return true;
    }
    return false;
  }

  /** The number of the tick that is sent now; that of the last one while the room stands still. Sets `due`. */
  next(now: number): number {
    this.#lookAtClock(now);
    const interval = this.#interval;
    if (this.#stands) {
      this.#due = Math.max(this.#due, now - interval) + interval;
      return this.#tick;
    }
    const skipped = Math.floor((now - this.#due) / interval);
    if (skipped > CATCH_UP_TICKS) {
      this.#tick += skipped;
      this.#due += skipped * interval;
    }
    const number = Math.max(this.#tick, this.#serverTick) + 1;
    const due = this.#due;
    this.#due = due + interval;
    if (this.#deadline.count === 0) this.#sent(number, due);
    else this.#putRight(number, due, now);
    return this.#tick;
  }

  /** The next tick is due a little earlier or later; or this one gets the number and the next the time that it should have. */
  #putRight(number: number, due: number, now: number): void {
    const interval = this.#interval;
    const aim = this.#deadline.aim;
    const error = due - (aim + number * interval);
    const bearable = this.#deadline.count < SETTLED ? CORRECTION * interval : Math.max(JUMP, 3 * interval);
    if (Math.abs(error) > bearable) {
      const right = Math.max(number, Math.ceil((now - aim) / interval));
      this.#due = Math.max(now, aim + (right + 1) * interval);
      this.#sent(right, now);
      return;
    }
    this.#due -= Math.max(-CORRECTION * interval, Math.min(CORRECTION * interval, error));
    this.#sent(number, due);
  }

  #sent(tick: number, due: number): void {
    this.#tick = tick;
    this.#phases.push({ tick, phase: due - tick * this.#interval });
    if (this.#phases.length > KEPT) this.#phases.shift();
  }

  /** The input of that tick, or one that was sent right after it, came so much earlier than its tick. */
  #learn(lastInput: number, lead: number): void {
    let phase: number | undefined;
    while (this.#phases[0] && this.#phases[0].tick <= lastInput) phase = this.#phases.shift()?.phase;
    if (phase !== undefined) this.#deadline.learn(phase + lead);
  }

  #lookAtClock(now: number): void {
    const passed = now - this.#at;
    this.#at = now;
    if (passed < 0 || passed > GAP) this.#forget(now);
  }

  /** What was learned is of another connection, or of a clock that has jumped since. */
  #forget(now: number): void {
    this.#at = now;
    this.#due = now;
    this.#deadline = new Deadline();
    this.#phases = [];
  }
}
