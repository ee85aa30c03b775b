/** When a tick had run (ms of play since the first); between two moments ticks are even. */
export type Moment = readonly [tick: number, ms: number];

/** When the ticks of what is watched were: by their rate, or, in a lock-step match, as the journal has it. Seconds. */
export class ReplayTime {
  readonly #moments: readonly Moment[];
  readonly #tickRate: number;

  /** Without moments all ticks are as long. */
  constructor(tickRate: number, moments: readonly Moment[] = []) {
    this.#tickRate = tickRate || 1;
    this.#moments = moments.length > 1 ? moments : [];
  }

  secondsOf(tick: number): number {
    return this.#moments.length > 0 ? between(this.#moments, tick, 0, 1) / 1000 : tick / this.#tickRate;
  }

  /** With its fraction. */
  tickAt(seconds: number): number {
    return this.#moments.length > 0 ? between(this.#moments, seconds * 1000, 1, 0) : seconds * this.#tickRate;
  }
}

/** The value that belongs to a key, in the piece where the key lies; beyond the ends it is that of the end. */
function between(moments: readonly Moment[], key: number, by: 0 | 1, to: 0 | 1): number {
  const at = moments.findIndex((moment) => moment[by] >= key);
  const [low, high] = [moments[at - 1], moments[at]];
  if (!high) return moments.at(-1)?.[to] ?? 0;
  if (!low || high[by] === low[by]) return high[to];
  return low[to] + ((high[to] - low[to]) * (key - low[by])) / (high[by] - low[by]);
}
