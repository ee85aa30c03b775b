/**
 * A simulated network: what lies between two ends of a TCP connection, from a seed and without a clock. It is
 * net/conditions.py in TypeScript, number for number (docs/conditions-vectors.json).
 *
 * TCP never loses or swaps bytes; a lost packet shows as a stall: nothing, then everything. So a `Line` delays and keeps
 * order, and only a cut loses what is on its way.
 */

/** What a network is like. Times are ms, bandwidths bytes a second of each connection; 0 is none, or unlimited. */
export interface Conditions {
  /** Each way. */
  readonly latency: number;
  /** Up to so much more each way, as likely any amount. */
  readonly jitter: number;
  /** Each direction stands still now and then, after 0 to twice so long, for a time between the shortest and the longest. */
  readonly stallEvery: number;
  readonly stallShortest: number;
  readonly stallLongest: number;
  /** Bandwidth from the client to the server. */
  readonly up: number;
  /** Bandwidth from the server to the client. */
  readonly down: number;
  /** A connection is lost half to one and a half times so long after it began. */
  readonly cutEvery: number;
  /** After a connection is lost that way no other opens for so long. */
  readonly away: number;
}

export type NetworkName = "lan" | "wifi" | "cable" | "lte" | "far" | "3g" | "train";

/** Stalls that are closer would be one (ms). */
const SHORTEST_STALL_EVERY = 100;
const NEVER = Number.POSITIVE_INFINITY;
const BITS = 64;
/** Of splitmix64. */
const GAMMA = 0x9e3779b97f4a7c15n;

/** No latency, no stalls, no bounds. */
export const PERFECT: Conditions = Object.freeze({
  latency: 0,
  jitter: 0,
  stallEvery: 0,
  stallShortest: 0,
  stallLongest: 0,
  up: 0,
  down: 0,
  cutEvery: 0,
  away: 0,
});

/** A network that is perfect but for `some`. Throws RangeError for what no network is like. */
export function conditions(some: Partial<Conditions>): Conditions {
  const all = { ...PERFECT, ...some };
  for (const [name, value] of Object.entries(all)) {
    if (!(value >= 0 && value < NEVER))
      throw new RangeError(`${name} is a finite number that is not below 0.`);
  }
  if (all.stallShortest > all.stallLongest) throw new RangeError("stallShortest is above stallLongest.");
  if (all.stallEvery > 0 && all.stallEvery < SHORTEST_STALL_EVERY) {
    throw new RangeError(`stallEvery is 0 or at least ${SHORTEST_STALL_EVERY} ms.`);
  }
  return Object.freeze(all);
}

/** From the best to the worst; where the numbers are from is in net/conditions.py. */
export const NETWORKS: Readonly<Record<NetworkName, Conditions>> = Object.freeze({
  lan: conditions({ latency: 0.25, jitter: 0.5, up: 125e6, down: 125e6 }),
  wifi: conditions({ latency: 3, jitter: 12, ...stalls(20_000, 50, 150), up: 2.5e6, down: 6.25e6 }),
  cable: conditions({ latency: 14, jitter: 4, ...stalls(60_000, 230, 260), up: 125e3, down: 625e3 }),
  lte: conditions({ latency: 35, jitter: 25, ...stalls(30_000, 270, 470), up: 1.5e6, down: 1.5e6 }),
  far: conditions({ latency: 117.5, jitter: 15, ...stalls(30_000, 450, 700), up: 625e3, down: 2.5e6 }),
  "3g": conditions({ latency: 150, jitter: 60, ...stalls(20_000, 500, 1_200), up: 96e3, down: 200e3 }),
  train: conditions({
    latency: 45,
    jitter: 80,
    ...stalls(8_000, 300, 2_400),
    up: 125e3,
    down: 375e3,
    cutEvery: 90_000,
    away: 3_000,
  }),
});

function stalls(stallEvery: number, stallShortest: number, stallLongest: number): Partial<Conditions> {
  return { stallEvery, stallShortest, stallLongest };
}

/** splitmix64 (Steele, Lea, Flood 2014), as the server's `BriefRandom`. */
class SmallRandom {
  #state: bigint;

  constructor(seed: bigint) {
    this.#state = seed;
  }

  uniform(low: number, high: number): number {
    this.#state = BigInt.asUintN(BITS, this.#state + GAMMA);
    return low + (high - low) * (Number(finalised(this.#state) >> 11n) * 2 ** -53);
  }
}

/** A 64-bit seed of several integers. */
export function mix(...parts: readonly (bigint | number)[]): bigint {
  let state = 0n;
  for (const part of parts) state = finalised(BigInt.asUintN(BITS, state + BigInt(part) + GAMMA));
  return state;
}

function finalised(seed: bigint): bigint {
  let z = BigInt.asUintN(BITS, (seed ^ (seed >> 30n)) * 0xbf58476d1ce4e5b9n);
  z = BigInt.asUintN(BITS, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
  return z ^ (z >> 31n);
}

/** One direction of a connection: payloads in, the same payloads out, in order and later. Times are ms of one clock. */
export class Line<Payload> {
  readonly #jitter: SmallRandom;
  readonly #stalls: SmallRandom;
  readonly #capacity: number;
  readonly #onWay: { due: number; payload: Payload; size: number }[] = [];
  #conditions: Conditions = PERFECT;
  #bandwidth = 0;
  #stalled: readonly [begin: number, end: number] = [NEVER, NEVER];
  /** When the last byte is on the wire. */
  #sentAt: number;
  /** When the last byte arrives. */
  #last: number;
  #heldUntil: number;
  #size = 0;

  /** `bandwidth` is in bytes a second, 0 for unlimited; `capacity` in bytes. */
  constructor(conditions: Conditions, bandwidth: number, seed: bigint, now: number, capacity: number) {
    this.#jitter = new SmallRandom(mix(seed, 1));
    this.#stalls = new SmallRandom(mix(seed, 2));
    this.#capacity = capacity;
    this.#sentAt = now;
    this.#last = now;
    this.#heldUntil = now;
    this.change(conditions, bandwidth, now);
  }

  /** Bytes on their way. */
  get size(): number {
    return this.#size;
  }

  /** Whether it takes nothing more until something has arrived. */
  get full(): boolean {
    return this.#size >= this.#capacity;
  }

  /** When the next payload arrives; infinity for none. */
  get nextDue(): number {
    const [first] = this.#onWay;
    return first ? Math.max(first.due, this.#heldUntil) : NEVER;
  }

  /** Puts a payload of so many bytes on the line; it arrives when the last of them does. Throws RangeError when full. */
  push(now: number, payload: Payload, size: number): void {
    if (this.full) throw new RangeError(`${this.#size} bytes are on their way already.`);
    this.#sentAt = Math.max(this.#sentAt, now);
    if (this.#bandwidth > 0) this.#sentAt += (size * 1000) / this.#bandwidth;
    const delay = this.#conditions.latency + this.#jitter.uniform(0, this.#conditions.jitter);
    this.#last = this.#afterStalls(Math.max(this.#last, this.#sentAt + delay));
    this.#onWay.push({ due: this.#last, payload, size });
    this.#size += size;
  }

  /** The next payload that has arrived by now, or undefined. */
  take(now: number): Payload | undefined {
    if (this.nextDue > now) return undefined;
    const first = this.#onWay.shift();
    this.#size -= first?.size ?? 0;
    return first?.payload;
  }

  /** Nothing arrives for so long (ms); then all that waits does at once. */
  stall(now: number, milliseconds: number): void {
    this.#heldUntil = Math.max(this.#heldUntil, now + milliseconds);
  }

  /** The network is another from now on; what is on its way arrives as it would have. */
  change(conditions: Conditions, bandwidth: number, now: number): void {
    this.#conditions = conditions;
    this.#bandwidth = bandwidth;
    this.#stalled = conditions.stallEvery > 0 ? this.#nextStall(now) : [NEVER, NEVER];
  }

  /** The line is cut: what was on its way is lost. */
  clear(): void {
    this.#onWay.length = 0;
    this.#size = 0;
  }

  #afterStalls(arrival: number): number {
    while (arrival >= this.#stalled[1]) this.#stalled = this.#nextStall(this.#stalled[1]);
    return arrival >= this.#stalled[0] ? this.#stalled[1] : arrival;
  }

  #nextStall(after: number): readonly [number, number] {
    const begin = after + this.#stalls.uniform(0, 2 * this.#conditions.stallEvery);
    return [
      begin,
      begin + this.#stalls.uniform(this.#conditions.stallShortest, this.#conditions.stallLongest),
    ];
  }
}

/** Both directions of one connection. */
export class Path<Up, Down> {
  readonly up: Line<Up>;
  readonly down: Line<Down>;
  readonly #cuts: SmallRandom;
  #cutAt: number;

  constructor(conditions: Conditions, seed: bigint, now: number, capacity: number) {
    this.up = new Line(conditions, conditions.up, mix(seed, 1), now, capacity);
    this.down = new Line(conditions, conditions.down, mix(seed, 2), now, capacity);
    this.#cuts = new SmallRandom(mix(seed, 3));
    this.#cutAt = cutAfter(conditions, this.#cuts, now);
  }

  /** When the connection is lost; infinity for never. */
  get cutAt(): number {
    return this.#cutAt;
  }

  /** The network is another from now on. */
  change(conditions: Conditions, now: number): void {
    this.up.change(conditions, conditions.up, now);
    this.down.change(conditions, conditions.down, now);
    this.#cutAt = cutAfter(conditions, this.#cuts, now);
  }
}

function cutAfter(conditions: Conditions, random: SmallRandom, now: number): number {
  return conditions.cutEvery > 0 ? now + random.uniform(0.5, 1.5) * conditions.cutEvery : NEVER;
}

/** What a client's connections go through, one after the other. */
export class Network {
  conditions: Conditions;
  /** Nothing connects before (ms). */
  backAt = -NEVER;
  readonly #seed: number;
  #connections = 0;

  constructor(conditions: Conditions, seed = 1) {
    this.conditions = conditions;
    this.#seed = seed;
  }

  /** For the next connection; `capacity` is how many bytes each direction takes before it is full. */
  path<Up, Down>(now: number, capacity: number): Path<Up, Down> {
    this.#connections += 1;
    return new Path(this.conditions, mix(this.#seed, this.#connections), now, capacity);
  }

  /** A connection was cut by the network: it stays away for a while. */
  lost(now: number): void {
    this.backAt = Math.max(this.backAt, now + this.conditions.away);
  }
}
