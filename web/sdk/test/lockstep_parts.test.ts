import assert from "node:assert/strict";
import { test } from "node:test";
import { Backlog } from "../src/lockstep/backlog";
import { Checksums } from "../src/lockstep/checksums";
import { Inbox } from "../src/lockstep/inbox";
import { Schedule } from "../src/lockstep/schedule";
import { EngineSpeed } from "../src/lockstep/speed";
import { type Master, ServerItemTag } from "../src/protocol.generated";

function told(...generations: number[]): Backlog {
  const backlog = new Backlog();
  for (const generation of generations) backlog.add(master(generation));
  return backlog;
}

function master(generation: number): Master {
  return [ServerItemTag.Master, generation, 2, 50, [], -1, 0];
}

function numbers(masters: readonly Master[]): number[] {
  return masters.map(([, generation]) => generation);
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, number) => number);
}

test("what takes its time holds up what comes after it, and what it throws is told", async () => {
  const taken: string[] = [];
  const failures: unknown[] = [];
  const take = (thing: string) => {
    if (!thing.startsWith("slow")) return void taken.push(thing);
    return new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      taken.push(thing);
      if (thing === "slow and bad") throw new Error(thing);
    });
  };
  const inbox = new Inbox(
    take,
    (thing) => thing.startsWith("slow"),
    (error) => failures.push(error),
  );
  inbox.put("first");
  assert.deepEqual(taken, ["first"]);
  for (const thing of ["slow and bad", "second", "slow", "third"]) inbox.put(thing);
  assert.deepEqual(taken, ["first"]);
  await inbox.empty;
  assert.deepEqual(taken, ["first", "slow and bad", "second", "slow", "third"]);
  assert.equal(failures.length, 1);
  inbox.put("fourth");
  assert.equal(taken.at(-1), "fourth");
});

test("a generation is shown for its length, for less of it where others wait, and not at all far behind", () => {
  for (const [waiting, part, due] of [
    [0, 1, 200],
    [1, 0.9, 190],
    [2, 0.5, 150],
    [8, 0.5, 150],
    [9, 0.5, 100],
  ] as const) {
    const schedule = new Schedule();
    schedule.due = 100;
    assert.deepEqual(schedule.ran(100, 100, told(...range(waiting))), { showAt: 100, part });
    assert.equal(schedule.due, due);
  }
});

test("one that comes late makes the next a little longer; one that is in time does not", () => {
  const schedule = new Schedule();
  schedule.ran(0, 100, new Backlog());
  schedule.arrived(79);
  assert.equal(schedule.due, 100);
  schedule.arrived(81);
  assert.equal(schedule.due, 105);
  schedule.arrived(300);
  assert.equal(schedule.due, 305);
});

test("a long backlog is run many at a time, but for those whose packets are awaited", () => {
  const few = told(...range(8));
  assert.deepEqual(numbers(few.take(2, () => 64)), [0]);
  const many = told(...range(12));
  assert.deepEqual(numbers(many.take(2, () => 4)), range(4));
  many.add(master(12));
  assert.deepEqual(numbers(many.take(2, () => 64)), [4, 5, 6, 7, 8, 9, 10]);
  assert.deepEqual(numbers(many.take(2, () => 64)), [11]);
});

test("what is known, what is next and what is behind a gap are told apart", () => {
  const backlog = told(0, 1, 2);
  assert.ok(backlog.isKnown(master(2)) && !backlog.isNext(master(2)));
  assert.ok(backlog.isNext(master(3)));
  assert.ok(!backlog.isKnown(master(4)) && !backlog.isNext(master(4)));
  backlog.goTo(7);
  assert.deepEqual([backlog.received, backlog.length], [7, 0]);
  assert.ok(backlog.isNext(master(8)));
});

test("a wrong checksum is noticed once, whether it is computed before or after it is told", () => {
  const sums = new Checksums();
  assert.equal(sums.computed(5, 1), false);
  assert.equal(sums.agreed(5, 1), false);
  assert.equal(sums.agreed(6, 1), false);
  assert.equal(sums.computed(6, 2), true);
  assert.equal(sums.agreed(7, 3), false);
  assert.equal(sums.computed(7, 4), false);
  assert.equal(sums.wrongAt, 6);
  sums.goBack(5);
  assert.deepEqual([sums.wrongAt, sums.last], [-1, [5, 1]]);
});

test("an engine's speed makes batches of some 50 ms", () => {
  const speed = new EngineSpeed();
  assert.deepEqual([speed.framerate, speed.batch(2)], [0, 4]);
  speed.measure(5, 12);
  assert.deepEqual([speed.framerate, speed.orderMs, speed.batch(2), speed.batch(20)], [200, 12, 5, 1]);
  speed.measure(13);
  assert.deepEqual([speed.framerate, speed.orderMs], [167, 12]);
});
