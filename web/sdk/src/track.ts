/** Where an entity was in a tick. */
export interface Place {
  tick: number;
  x: number;
  y: number;
  angle: number;
}

/** A step of more than this share of the world's longer side in one update is a teleport. */
const JUMP_SHARE = 0.1;
/** How long the past of an entity is kept, in ticks; the view is never further behind. */
const KEPT_TICKS = 128;
/** The longest gap between two places, in ticks, that a moving entity is taken to have crossed evenly. */
const LONGEST_GLIDE = 12;
/** How far ahead of its last place a moving entity is drawn when bundles stay away, in ticks. */
const MOST_EXTRAPOLATED = 3;

/**
 * The recent places of one entity, and where it was at any moment between them. The server says only what changed:
 * no news of a resting entity means that it rests.
 */
export class Track {
  readonly #places: Place[] = [];
  readonly #jump: number;

  /** A step longer than `jump` world units is a teleport: nothing is drawn in between. */
  constructor(jump: number) {
    this.#jump = jump;
  }

  /** The entity was at `place`; `base` is the snapshot before, up to which it rested if it was not `moving`. */
  push(place: Place, base: number, moving: boolean): void {
    const last = this.#places.at(-1);
    if (last && place.tick <= last.tick) {
      Object.assign(last, place);
      return;
    }
    if (last && base > last.tick && (!moving || place.tick - last.tick > LONGEST_GLIDE)) {
      this.#places.push({ ...last, tick: base });
    }
    this.#places.push(place);
    const oldest = place.tick - KEPT_TICKS;
    while (this.#places.length > 2 && (this.#places[1] as Place).tick < oldest) this.#places.shift();
  }

  /**
   * Writes into `out` where the entity was at `tick`. After the last place it moves on by `vx`, `vy` (world units a tick)
   * until the server's news ends at `newest`, and a little further when none comes.
   */
  at(
    tick: number,
    newest: number,
    vx: number,
    vy: number,
    out: { x: number; y: number; angle: number },
  ): void {
    const after = this.#places.findLastIndex((place) => place.tick <= tick) + 1;
    const from = this.#places[Math.max(0, after - 1)];
    const to = this.#places[after];
    if (!from) return;
    if (!to || after === 0) {
      const ahead = after > 0 && newest <= from.tick ? Math.min(tick - from.tick, MOST_EXTRAPOLATED) : 0;
      out.x = from.x + vx * ahead;
      out.y = from.y + vy * ahead;
      out.angle = from.angle;
      return;
    }
    const share = this.#isJump(from, to) ? 0 : (tick - from.tick) / (to.tick - from.tick);
    out.x = from.x + (to.x - from.x) * share;
    out.y = from.y + (to.y - from.y) * share;
    out.angle = from.angle + shortestTurn(from.angle, to.angle) * share;
  }

  #isJump(from: Place, to: Place): boolean {
    return Math.hypot(to.x - from.x, to.y - from.y) > this.#jump;
  }
}

/** How far an entity of this world goes in one step at most, if it is no teleport (world units). */
export function jumpOf(world: { readonly width: number; readonly height: number }): number {
  return JUMP_SHARE * Math.max(world.width, world.height);
}

/** The turn from one angle to another the short way round, in radians. */
export function shortestTurn(from: number, to: number): number {
  const turn = (to - from) % (2 * Math.PI);
  if (turn > Math.PI) return turn - 2 * Math.PI;
  if (turn < -Math.PI) return turn + 2 * Math.PI;
  return turn;
}
