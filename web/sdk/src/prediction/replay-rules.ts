import type { SceneEntity } from "../scene.js";

/** What the player held in a tick. */
export interface TickInput {
  readonly tick: number;
  /** What was down, for a moment at least. */
  readonly held: ReadonlySet<string>;
  /** What went down since the tick before. */
  readonly pressed: ReadonlySet<string>;
  /** -1..1, by name. */
  readonly axes: Readonly<Record<string, number>>;
}

/** Where something is, and how it moves (world units, radians, a second). */
export interface Motion {
  readonly x: number;
  readonly y: number;
  readonly angle?: number;
  readonly vx?: number;
  readonly vy?: number;
}

/** The rules by which an own entity moves; `State` is whatever they need, and is never changed in place. */
export interface ReplayRules<State> {
  /** The kind of the entity that the player owns. */
  readonly kind: string;
  /** What the server says of it. */
  state(entity: SceneEntity): State;
  /** One tick on. */
  step(state: State, input: TickInput): State;
  motion(state: State): Motion;
  /** A difference up to this is none (world units): as far as the server's numbers are rounded; 0.5 by itself. */
  readonly tolerance?: number;
  /** A larger difference is shown at once, a smaller one over some ticks (world units); 200 by itself. */
  readonly snap?: number;
}
