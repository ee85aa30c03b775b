/** How many round trips the estimate looks back on. */
const WINDOW = 16;
/** The weight of a new round trip in the smoothed one, as in TCP (RFC 6298). */
const SMOOTHING = 1 / 8;
/** The weight of a new deviation, and how many deviations above the mean are still to be expected, likewise. */
const DEVIATION_SMOOTHING = 1 / 4;
const BEYOND = 4;

/**
 * How much two clocks may part while the estimate looks back (ms). Offsets that differ by more than that and what their round
 * trips leave open are of a clock that has jumped, and the older ones are void.
 */
const DRIFT = 20;

interface Sample {
  readonly offset: number;
  readonly roundTrip: number;
}

/**
 * The server's monotonic clock as seen from here, by NTP's on-wire protocol (RFC 5905, section 8). Of the last
 * samples the one with the shortest round trip has the least room for error, so its offset is taken. All in ms.
 */
export class ServerClock {
  #samples: Sample[] = [];
  #roundTrip = 0;
  #deviation = 0;

  get synced(): boolean {
    return this.#samples.length > 0;
  }

  /** The smoothed round trip. */
  get roundTrip(): number {
    return this.#roundTrip;
  }

  /** What nearly all round trips keep to. */
  get roundTripBound(): number {
    return this.#roundTrip + BEYOND * this.#deviation;
  }

  /** Server time minus local time. */
  get offset(): number {
    return this.#best()?.offset ?? 0;
  }

  /** A ping left at `sent` and its answer came at `arrived` (local); the server had it from `received` to `answered`. */
  add(sent: number, received: number, answered: number, arrived: number): void {
    const roundTrip = Math.max(0, arrived - sent - (answered - received));
    const offset = (received - sent + (answered - arrived)) / 2;
    const deviation = Math.abs(roundTrip - this.#roundTrip);
    this.#deviation = this.synced
      ? this.#deviation + (deviation - this.#deviation) * DEVIATION_SMOOTHING
      : roundTrip / 2;
    this.#roundTrip = this.synced ? this.#roundTrip + (roundTrip - this.#roundTrip) * SMOOTHING : roundTrip;
    const sample = { offset, roundTrip };
    if (this.#samples.some((known) => cannotBothBe(sample, known))) this.#samples = [];
    this.#samples.push(sample);
    if (this.#samples.length > WINDOW) this.#samples.shift();
  }

  toServer(local: number): number {
    return local + this.offset;
  }

  #best(): Sample | undefined {
    let best: Sample | undefined;
    for (const sample of this.#samples) if (!best || sample.roundTrip <= best.roundTrip) best = sample;
    return best;
  }
}

/** An offset is wrong by at most half of its round trip: these two are not of the same clocks. */
function cannotBothBe(one: Sample, other: Sample): boolean {
  return Math.abs(one.offset - other.offset) > (one.roundTrip + other.roundTrip) / 2 + DRIFT;
}
