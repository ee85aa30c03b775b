import assert from "node:assert/strict";
import { test } from "node:test";
import { CODECS, type CodecName } from "../src/codec.js";
import { ClientCore } from "../src/core.js";
import { ProtocolError } from "../src/errors.js";
import type { Diff, EntityRecord, ServerItem } from "../src/protocol.generated.js";
import { OutOfStep, Scene, type SceneEntity } from "../src/scene.js";
import { bundle, entity, frame, game, TICK_RATE, welcome } from "./fixtures.js";

/** Random numbers from a seed (Mulberry32, Tommy Ettinger). */
class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  below(bound: number): number {
    return Math.floor(this.next() * bound);
  }

  pick<Thing>(things: readonly Thing[]): Thing {
    return things[this.below(things.length)] as Thing;
  }
}

const STRANGE: readonly unknown[] = [
  null,
  true,
  -1,
  -4,
  -5,
  0.5,
  2 ** 16,
  2 ** 32,
  2 ** 53,
  1e308,
  "",
  "x".repeat(300),
  "__proto__",
  [],
  [[]],
  {},
  { toString: 1, length: 3 },
  [0, 0, 0],
  new Uint8Array([1, 2, 3]),
];

/** A value in which one place is changed, taken out, doubled, or has a stranger before it. */
function damaged(dice: Dice, value: unknown): unknown {
  if (!Array.isArray(value) || value.length === 0 || dice.below(5) === 0) return dice.pick(STRANGE);
  const at = dice.below(value.length);
  const what = dice.pick(["inside", "inside", "inside", "inside", "remove", "double", "insert"]);
  const before = value.slice(0, at);
  const after = value.slice(at + 1);
  if (what === "remove") return [...before, ...after];
  if (what === "double") return [...before, value[at], value[at], ...after];
  if (what === "insert") return [...before, dice.pick(STRANGE), value[at], ...after];
  return [...before, damaged(dice, value[at]), ...after];
}

/** One of everything that a bundle may say, on the snapshot of tick `base`. */
function everything(base: number, tick: number): ServerItem[] {
  return [
    [
      2,
      base,
      tick,
      [1],
      [entity(3, 13, 9, 9)],
      [2, 5, 6],
      [0, 1, -1],
      [0, 3, 4],
      [0, 16_384],
      [[0, -2, ["dead"]]],
    ],
    [
      3,
      tick,
      false,
      [
        [0, 1, [7]],
        [0, -4, [1.5, 2.5, 0, 0, 0, 0]],
      ],
    ],
    [4, 0, tick, [10, 40]],
    [5, false, [[1, "p-1", "Ben", true, -1]], [2]],
    [6, "running.iterating", ""],
    [7, 1, 404, "no"],
    [8, 0, 0],
    [9, "a notice"],
    [10, 0, "room", "hello", "Ann"],
    [11, 0, 0, 0, 0, 1, new Uint8Array([0, 1, 0])],
    [12, 0, 0, 0, 0, 1, 2, [5, 1]],
    [13, 1_000],
  ];
}

/** An item as JSON has it. */
function inJson(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  return Array.isArray(value) ? value.map(inJson) : value;
}

function playing(codec: CodecName): ClientCore {
  const core = new ClientCore(CODECS[codec]);
  core.connected("token");
  core.receive(frame(welcome(100, 5_000), codec), 0);
  const records = [entity(0, 10, 0, 0), entity(1, 11, 50, 50), entity(2, 12, 90, 90)];
  core.receive(frame(bundle(101, 5_050, [[1, 101, records]]), codec), 50);
  return core;
}

function isSound(entities: Iterable<SceneEntity>): void {
  for (const seen of entities) {
    const numbers = [seen.x, seen.y, seen.vx, seen.vy, seen.w, seen.h, seen.angle];
    assert.ok(numbers.every(Number.isFinite), JSON.stringify(seen));
    assert.equal(typeof seen.kind, "string");
    assert.equal(typeof seen.state, "string");
    assert.ok(Number.isInteger(seen.owner));
    for (const values of Object.values(seen.components)) {
      assert.ok(Object.values(values).every(Number.isFinite), JSON.stringify(seen.components));
    }
  }
}

for (const codec of ["msgpack", "json"] as const) {
  test(`what is strange in a server's messages is its fault, or harmless: ${codec}`, () => {
    const dice = new Dice(codec.length);
    let refused = 0;
    for (let round = 0; round < 3_000; round += 1) {
      const core = playing(codec);
      try {
        for (let tick = 102; tick < 105; tick += 1) {
          const told = bundle(tick, tick * 50, everything(tick - 1, tick));
          const message = dice.below(2) ? damaged(dice, told) : told;
          const plain = codec === "json" ? inJson(message) : message;
          core.receive(CODECS[codec].encode(plain as never), tick * 50);
          core.takeBundle(tick * 50);
          isSound(core.latest());
          isSound(core.view(tick * 50 + 20)?.entities.values() ?? []);
        }
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        assert.ok(error.message.length > 10);
        refused += 1;
      }
      core.connected("token");
      core.receive(frame(welcome(200, 10_000), codec), 10_000);
      core.receive(frame(bundle(201, 10_050, [[1, 201, [entity(0, 10, 4, 4)]]]), codec), 10_050);
      assert.deepEqual(
        core.latest().map((seen) => [seen.id, seen.x]),
        [[10, -98]],
      );
    }
    assert.ok(refused > 1_000 && refused < 3_000, `${refused}`);
  });

  test(`a welcome with something strange in it is refused, or one can play: ${codec}`, () => {
    const dice = new Dice(7);
    for (let round = 0; round < 2_000; round += 1) {
      const core = new ClientCore(CODECS[codec]);
      core.connected("token");
      try {
        core.receive(CODECS[codec].encode(damaged(dice, welcome(100, 5_000)) as never), 0);
        core.receive(frame(bundle(101, 5_050, [[1, 101, [entity(0, 10, 0, 0)]]]), codec), 50);
        core.takeBundle(60);
        isSound(core.latest());
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
      }
    }
  });
}

test("ticks that run backwards are the server's fault, on one connection", () => {
  const core = playing("msgpack");
  core.receive(frame(bundle(110, 5_500, [])), 500);
  assert.throws(() => core.receive(frame(bundle(109, 5_450, [])), 510), /backwards/);
  core.connected("token");
  core.receive(frame(welcome(90, 4_500)), 600);
  core.receive(frame(bundle(91, 4_550, [])), 650);
});

test("what is of lock-step is nothing for a room in which the server computes", () => {
  assert.throws(
    () => playing("msgpack").receive(frame(bundle(110, 5_500, [[22, 1, 1, 16, [], -1, 0]])), 500),
    /lock-step/,
  );
});

test("an entity, a slot and a kind are what they can be", () => {
  const cases: [EntityRecord[], RegExp][] = [
    [[entity(0, 1, 0, 0), entity(0, 2, 0, 0)], /already/],
    [[entity(0, 1, 0, 0), entity(1, 1, 0, 0)], /already/],
    [[entity(0, 1, 0, 0).with(2, 9) as EntityRecord], /kind 9/],
    [[entity(0, 1, 0, 0).with(12, [[0, ["full"]]]) as EntityRecord], /value/],
    [[entity(0, 1, 0, 0).with(12, [[0, [1, 2]]]) as EntityRecord], /2 values/],
  ];
  for (const [records, why] of cases) {
    assert.throws(() => new Scene(game(), TICK_RATE).applySnapshot([1, 5, records]), why);
  }
});

test("a change is of the kind that it says", () => {
  for (const [index, values] of [
    [-1, [1]],
    [-1, null],
    [-2, [5]],
    [-3, [0.5]],
    [-4, [1]],
    [0, ["a"]],
  ] as const) {
    const scene = new Scene(game(), TICK_RATE);
    scene.applySnapshot([1, 5, [entity(0, 1, 0, 0)]]);
    const diff: Diff = [2, 5, 6, [], [], [], [], [], [], [[0, index, values ? [...values] : null]]];
    assert.throws(() => scene.applyDiff(diff), ProtocolError, String(index));
  }
});

test("of a diff that fails midway nothing is held: the next one does not go on from half of it", () => {
  const scene = new Scene(game(), TICK_RATE);
  scene.applySnapshot([1, 5, [entity(0, 1, 0, 0)]]);
  assert.throws(() => scene.applyDiff([2, 5, 6, [0], [], [9, 1, 1], [], [], [], []]), OutOfStep);
  assert.throws(() => scene.applyDiff([2, 5, 6, [], [entity(0, 2, 0, 0)], [], [], [], [], []]), OutOfStep);
  scene.applySnapshot([1, 7, [entity(0, 1, 0, 0)]]);
  assert.deepEqual(
    [...scene.entities()].map((seen) => seen.id),
    [1],
  );
});

/** A server's scene that changes at random, and what it says of each tick. */
class Model {
  readonly records = new Map<number, EntityRecord>();
  readonly told: { diff: Diff; snapshot: ServerItem; known: string }[] = [];
  #ids = 0;

  constructor(dice: Dice, ticks: number) {
    for (let tick = 1; tick <= ticks; tick += 1) {
      const diff = this.#step(dice, tick);
      const records = [...this.records.values()];
      const scene = new Scene(game(), TICK_RATE);
      scene.applySnapshot([1, tick, records]);
      this.told.push({ diff, snapshot: [1, tick, records], known: known(scene) });
    }
  }

  #step(dice: Dice, tick: number): Diff {
    const left = [...this.records.keys()].filter(() => dice.below(8) === 0);
    for (const slot of left) this.records.delete(slot);
    const entered: EntityRecord[] = [];
    const moved: number[] = [];
    const nudged: number[] = [];
    for (const [slot, record] of this.records) {
      const [x, y] = [record[4], record[5]];
      const what = dice.below(4);
      if (what === 0) this.#place(slot, dice.below(900), dice.below(900), moved);
      else if (what === 1) {
        this.records.set(slot, record.with(4, x + 3).with(5, y - 2) as EntityRecord);
        nudged.push(slot, 3, -2);
      }
    }
    for (let slot = 0; slot < 5; slot += 1) {
      if (this.records.has(slot) || dice.below(4) > 0) continue;
      this.#ids += 1;
      const record = entity(slot, this.#ids, dice.below(900), dice.below(900));
      this.records.set(slot, record);
      entered.push(record);
    }
    return [2, tick - 1, tick, left, entered, moved, nudged, [], [], []];
  }

  #place(slot: number, x: number, y: number, moved: number[]): void {
    const record = this.records.get(slot) as EntityRecord;
    this.records.set(slot, record.with(4, x).with(5, y) as EntityRecord);
    moved.push(slot, x, y);
  }
}

function known(scene: Scene): string {
  const entities = [...scene.entities()].sort((a, b) => a.id - b.id);
  return JSON.stringify(
    entities.map(({ id, slot, kind, x, y, components }) => [id, slot, kind, x, y, components]),
  );
}

test("diffs that are lost, doubled, swapped or old: the scene is the truth of its snapshot, or holds none", () => {
  const dice = new Dice(3);
  let [compared, lost] = [0, 0];
  for (let round = 0; round < 150; round += 1) {
    const { told } = new Model(dice, 40);
    const items: ServerItem[] = told.map(({ diff, snapshot }, at) => (at % 12 === 0 ? snapshot : diff));
    for (let fault = 0; fault < 4; fault += 1) {
      const at = dice.below(items.length - 1);
      const [item, next] = [items[at], items[at + 1]] as [ServerItem, ServerItem];
      const what = dice.below(4);
      if (what === 0) items.splice(at, 1);
      else if (what === 1) items.splice(at, 0, item);
      else if (what === 2) items.splice(at, 2, next, item);
      else items.splice(at + dice.below(items.length - at), 0, item);
    }
    const scene = new Scene(game(), TICK_RATE);
    for (const item of items) {
      try {
        if (item[0] === 1) scene.applySnapshot(item);
        else scene.applyDiff(item as Diff);
      } catch (error) {
        if (!(error instanceof OutOfStep)) throw error;
        lost += 1;
        continue;
      }
      compared += 1;
      assert.equal(known(scene), told[scene.snapshotId - 1]?.known);
    }
  }
  assert.ok(compared > 2_000 && lost > 300, `${compared} ${lost}`);
});
