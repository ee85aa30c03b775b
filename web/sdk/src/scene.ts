import { ProtocolError } from "./errors.js";
import { unpack, type Width } from "./packed.js";
import type { Change, Diff, EntityRecord, Private, Snapshot } from "./protocol.generated.js";
import { ANGLE_STEPS } from "./protocol.generated.js";
import { type Component, type Game, readFields } from "./schema.js";
import { jumpOf, Track } from "./track.js";

/** The values of one component, by field name. */
export type ComponentValues = Readonly<Record<string, unknown>>;

/** A SceneEntity as the game sees it: world units, units a second, radians. */
export interface SceneEntity {
  /** Its own number, never given again. */
  readonly id: number;
  /** Its number on the wire, given again after it left. */
  readonly slot: number;
  /** The name of its kind. */
  readonly kind: string;
  /** The player that owns it, or -1. */
  readonly owner: number;
  readonly x: number;
  readonly y: number;
  readonly vx: number;
  readonly vy: number;
  readonly w: number;
  readonly h: number;
  readonly angle: number;
  readonly state: string;
  /** Its replicated components that this client may see, by name. */
  readonly components: Readonly<Record<string, ComponentValues>>;
}

interface Entity {
  readonly id: number;
  readonly slot: number;
  readonly kind: string;
  owner: number;
  x: number;
  y: number;
  vx: number;
  vy: number;
  w: number;
  h: number;
  angle: number;
  state: string;
  components: Record<string, ComponentValues>;
}

interface Tracked {
  readonly now: Entity;
  readonly drawn: Entity;
  readonly track: Track;
  readonly entered: number;
  left: number;
}

/** Entities that left are kept for a view that is behind, at most this many ticks. */
const KEPT_TICKS = 128;
const NOT_HELD = -1;
const SIZE_CHANGE = -1;
const STATE_CHANGE = -2;
const OWNER_CHANGE = -3;
/** From here down: exact values, for predictors alone. */
const EXACT_CHANGE = -4;
const VELOCITY: readonly Width[] = ["u16", "i16", "i16"];
const NUDGE: readonly Width[] = ["u16", "i8", "i8"];
const ANGLE: readonly Width[] = ["u16", "u16"];
const POSITION: Record<number, readonly Width[]> = { 16: ["u16", "u16", "u16"], 32: ["u16", "u32", "u32"] };

/** What a diff or private update refers to is not known here: only a fresh snapshot helps. */
export class OutOfStep extends Error {
  override name = "OutOfStep";
}

/** Everything that the client sees: the newest state, and enough of the past to draw any moment between. */
export class Scene {
  /** The tick of the last snapshot or diff that was applied, or -1. */
  snapshotId = -1;
  readonly #game: Game;
  readonly #tickRate: number;
  readonly #bySlot = new Map<number, Tracked>();
  readonly #ids = new Set<number>();
  readonly #private = new Map<number, Set<string>>();
  #departed: Tracked[] = [];
  readonly #view = new Map<number, SceneEntity>();

  constructor(game: Game, tickRate: number) {
    this.#game = game;
    this.#tickRate = tickRate;
  }

  /** The newest state of every entity, by id: what the server said last, not what should be drawn. */
  *entities(): Iterable<SceneEntity> {
    for (const tracked of this.#bySlot.values()) yield tracked.now;
  }

  /** The newest state of one entity, by its id. */
  byId(id: number): SceneEntity | undefined {
    for (const { now } of this.#bySlot.values()) if (now.id === id) return now;
    return undefined;
  }

  /** Replaces all that was known; an entity that is in it again keeps its past. */
  applySnapshot([, snapshotId, records]: Snapshot): void {
    const before = new Map([...this.#bySlot.values()].map((tracked) => [tracked.now.id, tracked]));
    this.#bySlot.clear();
    this.#ids.clear();
    this.#private.clear();
    for (const record of records) {
      const known = before.get(record[1]);
      before.delete(record[1]);
      this.#enter(record, snapshotId, known?.now.slot === record[0] ? known : undefined);
    }
    for (const tracked of before.values()) this.#depart(tracked, snapshotId);
    this.snapshotId = snapshotId;
  }

  /** Applies what changed since the last one. Throws OutOfStep, with nothing changed, when the base is not held. */
  applyDiff([, base, snapshotId, left, entered, moved, nudged, velocities, angles, changed]: Diff): void {
    if (base !== this.snapshotId) {
      throw new OutOfStep(`A diff of snapshot ${base} came while snapshot ${this.snapshotId} is held.`);
    }
    this.snapshotId = NOT_HELD; // until all of it is in: a half of it would be no snapshot at all
    for (const slot of left) this.#leave(slot, snapshotId);
    for (const record of entered) this.#enter(record, snapshotId);
    const turned = this.#readAngles(angles);
    this.#move(moved, turned, base, snapshotId);
    this.#nudge(nudged, turned, base, snapshotId);
    this.#setVelocities(velocities);
    this.#turn(turned, base, snapshotId);
    for (const change of changed) this.#change(change, false);
    this.snapshotId = snapshotId;
  }

  /** Applies what only this client may see. Throws OutOfStep when it belongs to a snapshot that is not held. */
  applyPrivate([, snapshotId, full, changed]: Private): void {
    if (snapshotId !== this.snapshotId) {
      throw new OutOfStep(`Private values of snapshot ${snapshotId} came while ${this.snapshotId} is held.`);
    }
    if (full) this.#forgetPrivate();
    for (const change of changed) this.#change(change, true);
  }

  /** The entities by id as they stood at `tick` (with its fraction). The map and its entities are reused by the next call. */
  view(tick: number): Map<number, SceneEntity> {
    this.#departed = this.#departed.filter((tracked) => tracked.left > tick);
    this.#view.clear();
    for (const tracked of this.#departed) this.#draw(tracked, tick);
    for (const tracked of this.#bySlot.values()) this.#draw(tracked, tick);
    return this.#view;
  }

  #draw({ now, drawn, track, entered }: Tracked, tick: number): void {
    if (tick < entered) return;
    Object.assign(drawn, now);
    track.at(tick, this.snapshotId, now.vx / this.#tickRate, now.vy / this.#tickRate, drawn);
    this.#view.set(now.id, drawn);
  }

  #enter(record: EntityRecord, tick: number, known?: Tracked): void {
    const entity = this.#read(record);
    if (this.#bySlot.has(entity.slot) || this.#ids.has(entity.id)) {
      throw new ProtocolError(`The entity ${entity.id} in slot ${entity.slot} is there already.`);
    }
    this.#ids.add(entity.id);
    const tracked: Tracked = {
      now: entity,
      drawn: { ...entity },
      track: known?.track ?? new Track(jumpOf(this.#game)),
      entered: known?.entered ?? tick,
      left: Number.POSITIVE_INFINITY,
    };
    tracked.track.push({ tick, x: entity.x, y: entity.y, angle: entity.angle }, tick, true);
    this.#bySlot.set(entity.slot, tracked);
  }

  #read(record: EntityRecord): Entity {
    const [slot, id, kind, owner, x, y, vx, vy, w, h, angle, state, components] = record;
    const { originX, originY, position, velocity, size } = this.#game.steps;
    return {
      id,
      slot,
      kind: this.#kind(kind),
      owner,
      x: originX + x * position,
      y: originY + y * position,
      vx: vx * velocity,
      vy: vy * velocity,
      w: w * size,
      h: h * size,
      angle: radians(angle),
      state,
      components: Object.fromEntries(components.map(([index, values]) => this.#component(index, values))),
    };
  }

  #kind(index: number): string {
    const kind = this.#game.kinds[index];
    if (!kind) throw new ProtocolError(`There is no kind ${index} in the game's schema.`);
    return kind.name;
  }

  #componentType(index: number): Component {
    const component = this.#game.components[index];
    if (!component) throw new OutOfStep(`Component ${index} is not in the game's schema.`);
    return component;
  }

  #component(index: number, values: readonly unknown[]): [string, ComponentValues] {
    const component = this.#componentType(index);
    return [component.name, readFields(component, values)];
  }

  #leave(slot: number, tick: number): void {
    const tracked = this.#at(slot);
    this.#depart(tracked, tick);
    this.#ids.delete(tracked.now.id);
    this.#bySlot.delete(slot);
    this.#private.delete(slot);
  }

  #depart(tracked: Tracked, tick: number): void {
    tracked.left = tick;
    this.#departed = this.#departed.filter((earlier) => earlier.left > tick - KEPT_TICKS);
    this.#departed.push(tracked);
  }

  #move(
    column: Uint8Array | number[],
    turned: ReadonlyMap<number, number>,
    base: number,
    tick: number,
  ): void {
    const { positionBits } = this.#game.steps;
    const record = POSITION[positionBits];
    if (!record) throw new OutOfStep(`Positions of ${positionBits} bits are not known.`);
    const values = unpack(column, record);
    for (let at = 0; at < values.length; at += 3) {
      const slot = values[at] as number;
      this.#place(slot, values[at + 1] as number, values[at + 2] as number, turned, base, tick);
    }
  }

  #nudge(
    column: Uint8Array | number[],
    turned: ReadonlyMap<number, number>,
    base: number,
    tick: number,
  ): void {
    const { originX, originY, position } = this.#game.steps;
    const values = unpack(column, NUDGE);
    for (let at = 0; at < values.length; at += 3) {
      const slot = values[at] as number;
      const { now } = this.#at(slot);
      // through the integers, as adding steps that are no power of two would drift
      const qx = Math.round((now.x - originX) / position) + (values[at + 1] as number);
      const qy = Math.round((now.y - originY) / position) + (values[at + 2] as number);
      this.#place(slot, qx, qy, turned, base, tick);
    }
  }

  #place(
    slot: number,
    qx: number,
    qy: number,
    turned: ReadonlyMap<number, number>,
    base: number,
    tick: number,
  ): void {
    const { originX, originY, position } = this.#game.steps;
    const { now, track } = this.#at(slot);
    const moving = now.vx !== 0 || now.vy !== 0;
    now.x = originX + qx * position;
    now.y = originY + qy * position;
    track.push({ tick, x: now.x, y: now.y, angle: turned.get(slot) ?? now.angle }, base, moving);
  }

  #setVelocities(column: Uint8Array | number[]): void {
    const { velocity } = this.#game.steps;
    const values = unpack(column, VELOCITY);
    for (let at = 0; at < values.length; at += 3) {
      const { now } = this.#at(values[at] as number);
      now.vx = (values[at + 1] as number) * velocity;
      now.vy = (values[at + 2] as number) * velocity;
    }
  }

  #readAngles(column: Uint8Array | number[]): Map<number, number> {
    const values = unpack(column, ANGLE);
    const turned = new Map<number, number>();
    for (let at = 0; at < values.length; at += 2) {
      turned.set(values[at] as number, radians(values[at + 1] as number));
    }
    return turned;
  }

  #turn(turned: ReadonlyMap<number, number>, base: number, tick: number): void {
    for (const [slot, angle] of turned) {
      const { now, track } = this.#at(slot);
      now.angle = angle;
      track.push({ tick, x: now.x, y: now.y, angle }, base, false);
    }
  }

  #change([slot, index, values]: Change, isPrivate: boolean): void {
    const { now } = this.#at(slot);
    if (index >= 0) this.#changeComponent(now, index, values, isPrivate);
    else if (!isPrivate) this.#changeItself(now, index, values ?? []);
    else if (index > EXACT_CHANGE) throw new ProtocolError(`A private change of ${index} cannot be.`);
  }

  /** What is no component. */
  #changeItself(entity: Entity, index: number, values: readonly unknown[]): void {
    const [first, second] = values;
    if (index === SIZE_CHANGE && values.length === 2 && Number.isInteger(first) && Number.isInteger(second)) {
      entity.w = (first as number) * this.#game.steps.size;
      entity.h = (second as number) * this.#game.steps.size;
    } else if (index === STATE_CHANGE && values.length === 1 && typeof first === "string")
      entity.state = first;
    else if (index === OWNER_CHANGE && values.length === 1 && Number.isInteger(first)) {
      entity.owner = first as number;
    } else throw new ProtocolError(`A change of ${index} cannot be.`);
  }

  #changeComponent(entity: Entity, index: number, values: unknown[] | null, isPrivate: boolean): void {
    const { name } = this.#componentType(index);
    const { [name]: _, ...others } = entity.components;
    entity.components = values ? { ...others, [name]: this.#component(index, values)[1] } : others;
    if (isPrivate) this.#remember(entity.slot, name);
  }

  #remember(slot: number, name: string): void {
    const names = this.#private.get(slot);
    if (names) names.add(name);
    else this.#private.set(slot, new Set([name]));
  }

  #forgetPrivate(): void {
    for (const [slot, names] of this.#private) {
      const { now } = this.#at(slot);
      now.components = Object.fromEntries(
        Object.entries(now.components).filter(([name]) => !names.has(name)),
      );
    }
    this.#private.clear();
  }

  #at(slot: number): Tracked {
    const tracked = this.#bySlot.get(slot);
    if (!tracked) throw new OutOfStep(`Slot ${slot} is not known.`);
    return tracked;
  }
}

function radians(angle: number): number {
  return (angle / ANGLE_STEPS) * 2 * Math.PI;
}
