import type { ComponentValues, SceneEntity } from "../scene.js";
import type { Game } from "../schema.js";
import { jumpOf, Track } from "../track.js";
import type { Predicted, PredictedEntity } from "./predictor.js";

/** How many answers the drawn time looks back on: few, so that what held the predictor up once is soon forgotten. */
const WINDOW = 10;
/** Entities that are kept for another frame, beyond twice those that are predicted. */
const SPARE = 64;
/** The most that the drawn state is behind the own tick because of a slow predictor, in ticks. */
const MOST_LATE = 30;
/** How long it takes to go over from the interpolated place to the predicted one, when prediction begins (ms). */
const TURN_ON = 150;

type Writable<Type> = { -readonly [Name in keyof Type]: Type[Name] };

interface Tracked {
  readonly track: Track;
  readonly since: number;
  id: number;
  vx: number;
  vy: number;
  tick: number;
  components: Record<string, ComponentValues>;
  /** What the server would say of it, where it has not told of it yet. */
  unseen: Partial<SceneEntity>;
}

/**
 * The predicted entities, drawn between the last two predicted ticks: a tick behind the own clock, and as much later as the
 * predictor is late. So a key's effect is seen with the first frame after the predictor has answered.
 */
export class PredictedScene {
  /** The entities that were drawn last. */
  readonly ids = new Set<number>();
  readonly #game: Game;
  readonly #tracked = new Map<string, Tracked>();
  readonly #drawn = new Map<number, Writable<SceneEntity>>();
  #gone: readonly number[] = [];
  #late: number[] = [];
  #newest = -1;
  #drawnTick = Number.NEGATIVE_INFINITY;

  constructor(game: Game) {
    this.#game = game;
  }

  /** How late the predictor's answers are, in ticks: all but one of the last keep to it. */
  get lateness(): number {
    const sorted = [...this.#late].sort((a, b) => b - a);
    return Math.min(MOST_LATE, sorted[1] ?? sorted[0] ?? 0);
  }

  /** Whether there were enough answers to say so. */
  get knowsLateness(): boolean {
    return this.#late.length === WINDOW;
  }

  /** An answer came so many ticks after it was asked for. */
  answered(late: number): void {
    this.#late.push(Math.max(0, late));
    if (this.#late.length > WINDOW) this.#late.shift();
  }

  /** Takes a predicted state in; `now` in local ms. */
  push([tick, , entities, gone]: Predicted, now: number): void {
    if (tick < this.#newest) this.#beginAgain();
    const base = this.#newest;
    this.#newest = tick;
    this.#gone = gone;
    for (const entity of entities) this.#place(entity, tick, base, now);
    for (const [key, tracked] of this.#tracked) if (tracked.tick !== tick) this.#tracked.delete(key);
  }

  /** The server has refused the inputs of later ticks, and the own ones are counted anew from an earlier: what was drawn never is. */
  #beginAgain(): void {
    this.#newest = -1;
    this.#drawnTick = Number.NEGATIVE_INFINITY;
    this.#tracked.clear();
    this.#late = [];
  }

  /** Puts what is predicted in the place of what is interpolated. `known` gives an entity as the server told it last. */
  draw(
    entities: Map<number, SceneEntity>,
    ownTick: number,
    now: number,
    tickRate: number,
    known: (id: number) => SceneEntity | undefined,
  ): void {
    this.#drawnTick = Math.max(this.#drawnTick, Math.min(ownTick - 1 - this.lateness, this.#newest));
    this.ids.clear();
    for (const id of this.#gone) entities.delete(id);
    for (const tracked of this.#tracked.values()) {
      const base = known(tracked.id) ?? unseen(tracked);
      if (!base) continue;
      const shown = entities.get(tracked.id);
      const drawn = this.#entity(tracked, base);
      const { vx, vy } = tracked;
      tracked.track.at(this.#drawnTick, this.#newest, vx / tickRate, vy / tickRate, drawn);
      if (shown) turnOn(drawn, shown, (now - tracked.since) / TURN_ON, this.#game);
      entities.set(tracked.id, drawn);
      this.ids.add(tracked.id);
    }
  }

  #place([id, components, spawned]: PredictedEntity, tick: number, base: number, now: number): void {
    const key = spawned === null || spawned === undefined ? String(id) : `key ${JSON.stringify(spawned)}`;
    const [x = 0, y = 0, angle = 0] = (components.Position ?? []) as number[];
    const [vx = 0, vy = 0] = (components.Velocity ?? []) as number[];
    const tracked: Tracked = this.#tracked.get(key) ?? {
      track: new Track(jumpOf(this.#game)),
      since: now,
      id,
      vx,
      vy,
      tick,
      components: {},
      unseen: {},
    };
    this.#tracked.set(key, tracked);
    Object.assign(tracked, { id, vx, vy, tick, components: this.#named(components) });
    if (components.Scene) tracked.unseen = ofScene(components.Scene);
    tracked.track.push({ tick, x, y, angle }, base, vx !== 0 || vy !== 0);
  }

  #named(components: PredictedEntity[1]): Record<string, ComponentValues> {
    const named: Record<string, ComponentValues> = {};
    for (const { name, fields } of this.#game.components) {
      const values = components[name];
      if (values) named[name] = Object.fromEntries(fields.map((field, index) => [field.name, values[index]]));
    }
    return named;
  }

  #entity(tracked: Tracked, base: SceneEntity): Writable<SceneEntity> {
    const { id, vx, vy, components } = tracked;
    const kept = this.#drawn.get(id) ?? { ...base };
    this.#drawn.set(id, kept);
    if (this.#drawn.size > 2 * this.#tracked.size + SPARE) this.#drawn.clear();
    return Object.assign(kept, base, tracked.unseen, {
      id,
      vx,
      vy,
      components: { ...base.components, ...components },
    });
  }
}

function ofScene(values: readonly unknown[]): Partial<SceneEntity> {
  const [kind, state, owner, w, h] = values as [string, string, number, number, number];
  return { kind, state, owner, w, h };
}

/** An entity that the server has not told of, where enough is predicted of it to draw it. */
function unseen({ id, unseen }: Tracked): SceneEntity | undefined {
  if (unseen.kind === undefined) return undefined;
  return {
    id,
    slot: -1,
    kind: "",
    owner: -1,
    x: 0,
    y: 0,
    vx: 0,
    vy: 0,
    w: 0,
    h: 0,
    angle: 0,
    state: "",
    components: {},
    ...unseen,
  };
}

/** Where prediction begins it goes over from what was drawn before; `share` of the way is done: below 0 where the clock ran back. */
function turnOn(drawn: Writable<SceneEntity>, shown: SceneEntity, share: number, game: Game): void {
  if (share < 0 || share >= 1 || Math.hypot(drawn.x - shown.x, drawn.y - shown.y) > jumpOf(game)) return;
  drawn.x = shown.x + (drawn.x - shown.x) * share;
  drawn.y = shown.y + (drawn.y - shown.y) * share;
}
