/** A client whose inputs come early ticks this part slower, one whose inputs come late this part faster. */
const CORRECTION = 0.05;
/** A client that was held up sends so many late ticks; the others are skipped. */
const CATCH_UP_TICKS = 2;
/** Seconds of deadlines that count: after a worse time the lead is as it was so much later. */
const WINDOW = 4;
/** One deadline may be missed, and one more of so many: a stall, or a page that was held up, is no reason to come earlier for seconds. */
const EXCEPTIONS = 96;
/** Inputs come earlier still by this part of what lies between the middle deadline and the earliest that count. */
const MARGIN = 0.5;
/** Inputs come no earlier than that before the middle deadline (ms): whatever was held up for longer is late. */
const FARTHEST = 400;
/** Inputs are sent that much earlier still (ms): leads are told in whole ms, timers are late. */
const SLACK = 2;
/** With fewer deadlines known, or an error of more than JUMP (ms) or three ticks, the next tick is put right at once. */
const SETTLED = 8;
const JUMP = 150;
/** An input that came so late was held up (ms). A clock that says that nothing was done for longer (ms), or runs back, has jumped, or the page slept: nothing is known. */
const GAP = 1000;
/**
 * Inputs that come so early (ms, and a tick and a half at least) are of a client that has taken a stall for its way. It waits at
 * once: told of each input when it is applied it would learn as late as they are early, and inputs a second early are refused.
 */
const TOO_EARLY = 600;
const KEPT = 256;

/** When the input of tick 0 would have had to be sent to be just in time, as the inputs of the last seconds have told (local ms). */
class Deadline {
  count = 0;
  readonly #window: number;
  #told: number[] = [];
  #sorted: number[] = [];
  /** How many in a row were later than usual by more than JUMP. */
  #later = 0;

  constructor(tickRate: number) {
    this.#window = Math.round(WINDOW * tickRate);
  }

  /** An input would have been just in time with this. Many in a row that are much later are of another way, or clock. */
  learn(latest: number): void {
    this.#later = this.count > 0 && latest > this.#middle + JUMP ? this.#later + 1 : 0;
    this.count += 1;
    this.#told.push(latest);
    this.#sorted.splice(this.#placeOf(latest), 0, latest);
    if (this.#told.length > this.#window) this.#sorted.splice(this.#placeOf(this.#told.shift() as number), 1);
    if (this.#later !== SETTLED) return;
    this.#told = this.#told.slice(-SETTLED);
    this.#sorted = [...this.#told].sort((a, b) => a - b);
  }

  /** When it should be sent. */
  get aim(): number {
    const [known, middle] = [this.#sorted.length, this.#middle];
    const earliest = this.#sorted[known < SETTLED ? 0 : 1 + Math.floor(known / EXCEPTIONS)] as number;
    return middle - Math.min(FARTHEST, (1 + MARGIN) * (middle - earliest)) - SLACK;
  }

  get #middle(): number {
    return this.#sorted[Math.floor(this.#sorted.length / 2)] as number;
  }

  #placeOf(deadline: number): number {
    let [low, high] = [0, this.#sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sorted[middle] as number) < deadline) low = middle + 1;
      else high = middle;
    }
    return low;
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
  /** The tick at which it last waited because inputs came too early: leads of inputs up to it are known. -2: none. */
  #waitedAt = -2;
  #stands = false;
  #lead = 0;
  #at = 0;
  #deadline = new Deadline(1);
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

  /** Whether the next one is to be sent. */
  isDue(now: number): boolean {
    this.#lookAtClock(now);
    return now >= this.#due;
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
    this.#waitedAt = -2;
    this.#stands = false;
    this.#forget(now);
  }

  /**
   * A bundle of the server has come. True where it has refused all inputs above `lastInput`: they count on from there. It
   * refuses what is more than a second ahead, and only that: when nothing is applied of inputs that are no farther ahead than that
   * of what was heard last, they are held up on their way. What it took is applied within a second.
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
    const follows = serverTick === this.#serverTick + 1;
    this.#serverTick = serverTick;
    this.#lead = lead;
    if (lastInput !== this.#lastInput) {
      this.#lastInput = lastInput;
      this.#appliedAt = serverTick;
      this.#learn(lastInput, lead, follows);
    } else if (this.#isRefused(serverTick)) {
      this.#tick = Math.max(serverTick, lastInput);
      this.#appliedAt = serverTick;
      this.#waitedAt = -2;
      this.#forget(now);
      return true;
    }
    const tooEarly = Math.min(GAP, Math.max(TOO_EARLY, 1.5 * this.#interval));
    if (this.#hasSlept(serverTick, now)) this.#forget(now);
    else if (lead > tooEarly && lastInput > this.#waitedAt) this.#wait(lead, now);
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

  /**
   * Whether, by what was learned, the input of a tick that is over is to be sent later than now. The clock has stood still, as it
   * does while the machine is suspended: what was learned is of before.
   */
  #hasSlept(serverTick: number, now: number): boolean {
    return this.#deadline.count > 0 && this.#deadline.aim + serverTick * this.#interval > now;
  }

  /** The next tick is due as much later as inputs come too early. */
  #wait(lead: number, now: number): void {
    const due = this.#due;
    this.#waitedAt = this.#tick;
    this.#forget(now);
    this.#due = due + lead - this.#interval;
  }

  #isRefused(serverTick: number): boolean {
    const isTooFarAhead = this.#tick - serverTick > this.#tickRate;
    return isTooFarAhead && serverTick - this.#appliedAt > this.#tickRate + 1;
  }

  /**
   * The input of that tick, or one that was sent right after it, came so much earlier than its tick. Where the tick before had
   * applied fewer than all before it, the oldest of them came too late, some time within a tick: without this a jitter that
   * bunches inputs would show in the newest of each bunch alone.
   */
  #learn(lastInput: number, lead: number, follows: boolean): void {
    const after = this.#phases.findIndex(({ tick }) => tick > lastInput);
    const told = this.#phases.splice(0, after < 0 ? this.#phases.length : after);
    const [oldest, newest] = [told[0], told.at(-1)];
    if (!oldest || !newest) return;
    if (follows && oldest !== newest)
      this.#learnOne(oldest.phase, (oldest.tick - this.#serverTick + 0.5) * this.#interval);
    this.#learnOne(newest.phase, lead);
  }

  #learnOne(phase: number, lead: number): void {
    if (lead > -GAP) this.#deadline.learn(phase + lead);
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
    this.#deadline = new Deadline(this.#tickRate);
    this.#phases = [];
  }
}
