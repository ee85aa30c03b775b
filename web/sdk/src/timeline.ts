/** How many bundles the estimates look back on. */
const WINDOW = 64;
/** Ticks and clock further apart than this (ms) were not jitter: the server stood still or skipped ticks. */
const JUMP = 250;
const SMOOTHING = 0.1;
/** Entities are drawn this many send intervals behind the newest bundle, so that one late bundle goes unseen. */
const BUFFERED_INTERVALS = 2;
/** The most that the view is ever behind (ms): later than that, holding still is better than drawing the past. */
const MAX_DELAY = 500;
/** How fast the drawn time may run while it catches up or falls back. */
const MAX_SLEW = 0.1;
/** How long catching up should take (ms). */
const CATCH_UP = 500;

/**
 * Where the view stands in the server's ticks. Ticks are evenly spaced, bundles are not: from both it estimates when a
 * tick was, how late bundles are, and moves the drawn tick on smoothly, never back. Times are server ms.
 */
export class Timeline {
  readonly #played: number;
  #interval: number;
  /** The tick at which it stands still. */
  #held: number | undefined;
  #origin: number | undefined;
  #lastServerTime: number | undefined;
  #sendInterval: number;
  #lateness: number[] = [];
  #delay = 0;
  #drawn: number | undefined;
  #drawnAt = 0;

  constructor(tickRate: number) {
    this.#played = 1000 / tickRate;
    this.#interval = this.#played;
    this.#sendInterval = this.#interval;
  }

  /** How far the view is behind the server (ms). */
  get delay(): number {
    return this.#delay;
  }

  /** How much later the late bundles are than the early ones (ms). */
  get jitter(): number {
    return this.#percentile(0.95) - this.#percentile(0);
  }

  /** From the bundle of `tick` on, which is to be observed next, ticks go by so many times as fast; 0: they stand still. */
  play(speed: number, tick: number): void {
    this.#held = speed > 0 ? undefined : tick;
    const interval = this.#played / (speed > 0 ? speed : 1);
    if (interval !== this.#interval) this.#origin = undefined;
    this.#interval = interval;
  }

  /** A bundle of `tick`, sent at `serverTime`, came at `arrived`. */
  observe(tick: number, serverTime: number, arrived: number): void {
    this.#placeTick(tick, serverTime);
    if (this.#lastServerTime !== undefined) {
      const gap = Math.min(serverTime - this.#lastServerTime, MAX_DELAY);
      this.#sendInterval += (gap - this.#sendInterval) * SMOOTHING;
    }
    this.#lastServerTime = serverTime;
    this.#lateness.push(arrived - serverTime);
    if (this.#lateness.length > WINDOW) this.#lateness.shift();
    const late = Math.max(0, this.#percentile(0.95));
    this.#delay = Math.min(MAX_DELAY + late, late + BUFFERED_INTERVALS * this.#sendInterval);
  }

  /** The tick, with its fraction, that the server is in at `serverTime`. */
  tickAt(serverTime: number): number {
    if (this.#held !== undefined) return this.#held;
    return (serverTime - (this.#origin ?? serverTime)) / this.#interval;
  }

  /** When a tick was (server ms). */
  timeOf(tick: number): number {
    return (this.#origin ?? 0) + tick * this.#interval;
  }

  /** The server time to draw at `serverTime`. Never runs back; catches up smoothly, and at once after a long absence. */
  draw(serverTime: number): number {
    const target = serverTime - this.#delay;
    const elapsed = Math.max(0, serverTime - this.#drawnAt);
    this.#drawnAt = Math.max(serverTime, this.#drawnAt);
    if (this.#drawn === undefined || Math.abs(target - this.#drawn - elapsed) > MAX_DELAY) {
      this.#drawn = this.#drawn === undefined ? target : Math.max(this.#drawn, target);
      return this.#drawn;
    }
    const error = target - this.#drawn - elapsed;
    const most = MAX_SLEW * elapsed;
    const correction = error * Math.min(1, elapsed / CATCH_UP);
    this.#drawn += elapsed + Math.max(-most, Math.min(most, correction));
    return this.#drawn;
  }

  #placeTick(tick: number, serverTime: number): void {
    const origin = serverTime - tick * this.#interval;
    if (this.#origin === undefined || Math.abs(origin - this.#origin) > JUMP) this.#origin = origin;
    else this.#origin += (origin - this.#origin) * SMOOTHING;
  }

  #percentile(share: number): number {
    if (this.#lateness.length === 0) return 0;
    const sorted = [...this.#lateness].sort((a, b) => a - b);
    return sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  }
}
