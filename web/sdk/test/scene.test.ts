import assert from "node:assert/strict";
import { test } from "node:test";
import { Inputs } from "../src/inputs.js";
import type { Diff } from "../src/protocol.generated.js";
import { OutOfStep, Scene } from "../src/scene.js";
import { shortestTurn, Track } from "../src/track.js";
import { entity, game, TICK_RATE } from "./fixtures.js";

function scene(...records: ReturnType<typeof entity>[]): Scene {
  const scene = new Scene(game(), TICK_RATE);
  scene.applySnapshot([1, 10, records]);
  return scene;
}

function diff(
  base: number,
  id: number,
  parts: Partial<{
    left: Diff[3];
    entered: Diff[4];
    moved: number[];
    nudged: number[];
    velocities: number[];
    angles: number[];
    changed: Diff[9];
  }> = {},
): Diff {
  return [
    2,
    base,
    id,
    parts.left ?? [],
    parts.entered ?? [],
    parts.moved ?? [],
    parts.nudged ?? [],
    parts.velocities ?? [],
    parts.angles ?? [],
    parts.changed ?? [],
  ];
}

test("a snapshot's numbers become world units", () => {
  const [first] = scene(entity(3, 77, 400, 200, { vx: 5, angle: 16384 })).entities();
  assert.ok(first);
  const { id, slot, kind, x, y, vx, w, angle, components } = first;
  assert.deepEqual(
    { id, slot, kind, x, y, vx, w },
    { id: 77, slot: 3, kind: "player", x: 100, y: 50, vx: 10, w: 10 },
  );
  assert.ok(Math.abs(angle - Math.PI / 2) < 1e-9);
  assert.deepEqual(components, { Health: { value: 100 } });
});

test("a diff changes only what it names", () => {
  const subject = scene(entity(0, 1, 0, 0), entity(1, 2, 0, 0));
  subject.applyDiff(
    diff(10, 11, {
      moved: [0, 20, 40],
      velocities: [0, 1, -1],
      angles: [0, 32768],
      changed: [
        [0, 0, [100]],
        [0, -1, [8, 4]],
        [0, -2, ["dead"]],
        [0, -3, [5]],
        [1, 0, null],
      ],
    }),
  );
  const [first, second] = [...subject.entities()];
  assert.deepEqual([first?.x, first?.y, first?.vx, first?.vy], [-90, -30, 2, -2]);
  assert.deepEqual([first?.w, first?.h, first?.state, first?.owner], [2, 1, "dead", 5]);
  assert.deepEqual(first?.components, { Health: { value: 50 } });
  assert.deepEqual(second?.components, {}, "a removed component is gone");
  assert.equal(second?.x, -100);
});

test("packed bytes and lists of integers say the same", () => {
  const [fromBytes, fromList] = [scene(entity(1, 1, 0, 0)), scene(entity(1, 1, 0, 0))];
  const empty = new Uint8Array();
  fromBytes.applyDiff([2, 10, 11, [], [], new Uint8Array([1, 0, 0x10, 0x27, 7, 0]), empty, empty, empty, []]);
  fromList.applyDiff(diff(10, 11, { moved: [1, 10_000, 7] }));
  fromBytes.applyDiff([2, 11, 12, [], [], empty, new Uint8Array([1, 0, 0xff, 0x7f]), empty, empty, []]);
  fromList.applyDiff(diff(11, 12, { nudged: [1, -1, 127] }));
  assert.deepEqual(
    [...fromList.entities()].map(({ x, y }) => [x, y]),
    [[-100 + 9_999 / 2, -50 + 134 / 2]],
  );
  assert.deepEqual([...fromBytes.entities()], [...fromList.entities()]);
});

test("a diff of another base is refused and changes nothing", () => {
  const subject = scene(entity(0, 1, 0, 0));
  assert.throws(() => subject.applyDiff(diff(9, 11, { left: [0] })), OutOfStep);
  assert.equal([...subject.entities()].length, 1);
  assert.equal(subject.snapshotId, 10);
});

test("what names an unknown slot or component is out of step", () => {
  for (const bad of [
    { left: [5] },
    { moved: [5, 0, 0] },
    { angles: [5, 0] },
    { changed: [[0, 9, [1]]] as Diff[9] },
  ]) {
    assert.throws(() => scene(entity(0, 1, 0, 0)).applyDiff(diff(10, 11, bad)), OutOfStep);
  }
});

test("a slot that is given again is another entity, and the first leaves when the view comes to it", () => {
  const subject = scene(entity(0, 1, 0, 0));
  subject.applyDiff(diff(10, 11, { left: [0], entered: [entity(0, 2, 20, 0)] }));
  assert.deepEqual([...subject.view(10.5).keys()], [1]);
  assert.deepEqual([...subject.view(11).keys()], [2]);
});

test("a new snapshot keeps the past of those that stay", () => {
  const subject = scene(entity(0, 1, 0, 0), entity(1, 2, 0, 0));
  subject.applySnapshot([1, 12, [entity(0, 1, 40, 0)]]);
  assert.equal(subject.view(11).get(1)?.x, -90);
  assert.equal(subject.view(11).has(2), true);
  assert.equal(subject.view(12).has(2), false);
});

test("private values join the public ones, and a full set replaces the last", () => {
  const subject = scene(entity(0, 1, 0, 0), entity(1, 2, 0, 0));
  subject.applyPrivate([3, 10, false, [[0, 1, [30]]]]);
  assert.deepEqual([...subject.entities()][0]?.components, { Health: { value: 100 }, Ammo: { rounds: 30 } });
  subject.applyPrivate([3, 10, true, [[1, 1, [5]]]]);
  assert.deepEqual(
    [...subject.entities()].map((known) => known.components.Ammo),
    [undefined, { rounds: 5 }],
  );
  assert.throws(() => subject.applyPrivate([3, 11, false, []]), OutOfStep);
});

test("between two places the view moves evenly", () => {
  const track = new Track(100);
  const out = { x: 0, y: 0, angle: 0 };
  track.push({ tick: 10, x: 0, y: 0, angle: 0 }, 10, true);
  track.push({ tick: 11, x: 10, y: -10, angle: 1 }, 10, true);
  track.at(10.25, 11, 0, 0, out);
  assert.deepEqual(out, { x: 2.5, y: -2.5, angle: 0.25 });
});

test("an entity without news rests, and starts from where it rested", () => {
  const track = new Track(100);
  const out = { x: 0, y: 0, angle: 0 };
  track.push({ tick: 10, x: 0, y: 0, angle: 0 }, 10, false);
  track.at(40, 50, 3, 0, out);
  assert.equal(out.x, 0, "the server's news goes to tick 50: it rests, whatever its speed was");
  track.push({ tick: 51, x: 10, y: 0, angle: 0 }, 50, false);
  track.at(49, 51, 0, 0, out);
  assert.equal(out.x, 0);
  track.at(50.5, 51, 0, 0, out);
  assert.equal(out.x, 5);
});

test("without bundles a moving entity goes on for three ticks and no further", () => {
  const track = new Track(100);
  const out = { x: 0, y: 0, angle: 0 };
  track.push({ tick: 10, x: 0, y: 0, angle: 0 }, 10, true);
  track.at(12, 10, 5, 0, out);
  assert.equal(out.x, 10);
  track.at(60, 10, 5, 0, out);
  assert.equal(out.x, 15);
});

test("a teleport is not drawn as a flight", () => {
  const track = new Track(100);
  const out = { x: 0, y: 0, angle: 0 };
  track.push({ tick: 10, x: 0, y: 0, angle: 0 }, 10, true);
  track.push({ tick: 11, x: 500, y: 0, angle: 0 }, 10, true);
  track.at(10.9, 11, 0, 0, out);
  assert.equal(out.x, 0);
  track.at(11, 11, 0, 0, out);
  assert.equal(out.x, 500);
});

test("an angle turns the short way round", () => {
  assert.ok(Math.abs(shortestTurn(0.1, 2 * Math.PI - 0.1) + 0.2) < 1e-9);
  assert.ok(Math.abs(shortestTurn(2 * Math.PI - 0.1, 0.1) - 0.2) < 1e-9);
});

test("a long history does not grow without end", () => {
  const track = new Track(100);
  const out = { x: 0, y: 0, angle: 0 };
  for (let tick = 0; tick < 1000; tick++) track.push({ tick, x: tick, y: 0, angle: 0 }, tick - 1, true);
  track.at(0, 999, 0, 0, out);
  assert.ok(out.x > 800, "the oldest kept place is a recent one");
});

test("a key pressed and released between two ticks is not lost", () => {
  const inputs = new Inputs();
  inputs.hold("fire");
  inputs.release("fire");
  assert.deepEqual(inputs.take(5, game()), [1, 5, 0, 0b100, [0, 0]]);
  assert.deepEqual(inputs.take(6, game()), [1, 6, 0, 0, [0, 0], 0, [1, 0, 0b100, 0, 0, 0]]);
  inputs.acknowledge(5);
  assert.deepEqual(inputs.take(7, game()), [1, 7, 0, 0, [0, 0]], "what is confirmed is not told again");
});

test("held keys are bits in the schema's order, and axes are scaled and clamped", () => {
  const inputs = new Inputs();
  inputs.use(game());
  inputs.hold("up");
  inputs.hold("fire");
  inputs.setAxis("aim_x", -4);
  inputs.setAxis("aim_y", 0.5);
  assert.deepEqual(inputs.take(1, game()), [1, 1, 0b101, 0b101, [-32767, 16384]]);
  inputs.releaseAll(["aim_y"]);
  assert.deepEqual(inputs.take(2, game()).slice(2, 5), [0, 0, [0, 16384]]);
  assert.throws(() => inputs.hold("jump"), /no input named jump/);
  assert.throws(() => inputs.setAxis("aim_x", Number.NaN), /NaN/);
});
