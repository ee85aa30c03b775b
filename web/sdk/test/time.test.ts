import assert from "node:assert/strict";
import { test } from "node:test";
import { backoff } from "../src/backoff.js";
import { ServerClock } from "../src/clock.js";
import { Timeline } from "../src/timeline.js";

test("the clock takes the offset of the shortest round trip", () => {
  const clock = new ServerClock();
  clock.add(0, 5000 + 40, 5000 + 40, 80);
  assert.equal(clock.offset, 5000);
  clock.add(100, 5000 + 300, 5000 + 300, 310);
  assert.equal(clock.offset, 5000, "a lopsided trip of 210 ms does not move it");
  clock.add(400, 5000 + 409, 5000 + 409, 420);
  assert.equal(clock.offset, 4999);
});

test("the time that a ping waits on the server is no round trip", () => {
  const clock = new ServerClock();
  clock.add(0, 1010, 1060, 70);
  assert.equal(clock.roundTrip, 20);
  assert.equal(clock.offset, 1000);
});

test("an old offset is forgotten, so that a drifting clock is followed", () => {
  const clock = new ServerClock();
  clock.add(0, 1000, 1000, 0);
  for (let n = 1; n <= 16; n++) clock.add(n * 1000, n * 1000 + 1055, n * 1000 + 1055, n * 1000 + 100);
  assert.equal(clock.offset, 1005);
});

/** Feeds bundles of 20 Hz with the given lateness, and draws at 60 frames a second. */
function drawn(lateness: (tick: number) => number): {
  times: number[];
  timeline: Timeline;
  behind: number[];
} {
  const timeline = new Timeline(20);
  const times: number[] = [];
  const behind: number[] = [];
  let tick = 0;
  for (let now = 0; now < 20_000; now += 1000 / 60) {
    while (tick * 50 + lateness(tick) <= now) {
      timeline.observe(tick, tick * 50, tick * 50 + lateness(tick));
      tick += 1;
    }
    if (tick > 0) {
      times.push(timeline.draw(now));
      behind.push((tick - 1) * 50 - (times.at(-1) ?? 0));
    }
  }
  return { times, timeline, behind };
}

test("the drawn time never runs back and keeps to within a tenth of real speed", () => {
  const { times } = drawn((tick) => 30 + ((tick * 7919) % 23));
  for (let n = 1; n < times.length; n++) {
    const step = (times[n] as number) - (times[n - 1] as number);
    assert.ok(step > (1000 / 60) * 0.89 && step < (1000 / 60) * 1.11, `frame ${n} moved on by ${step} ms`);
  }
});

test("with jitter the view still has a newer bundle to move towards", () => {
  const { behind, timeline } = drawn((tick) => 30 + ((tick * 7919) % 23));
  const starved = behind.slice(120).filter((buffer) => buffer < 0);
  assert.equal(starved.length, 0);
  assert.ok(timeline.jitter > 15 && timeline.jitter <= 23);
  assert.ok(timeline.delay >= 100 + 30 && timeline.delay <= 100 + 53 + 10);
});

test("after a long absence the view jumps to the present", () => {
  const timeline = new Timeline(20);
  for (let tick = 0; tick < 40; tick++) timeline.observe(tick, tick * 50, tick * 50 + 10);
  timeline.draw(2000);
  for (let tick = 400; tick < 440; tick++) timeline.observe(tick, tick * 50, tick * 50 + 10);
  assert.ok(Math.abs(22_000 - timeline.delay - timeline.draw(22_000)) < 1);
});

test("a server that skipped ticks places its later ticks where they are", () => {
  const timeline = new Timeline(20);
  timeline.observe(0, 0, 10);
  timeline.observe(1, 3050, 3060);
  assert.equal(Math.round(timeline.tickAt(3050)), 1);
});

test("back-off doubles to its cap and is spread from nothing up", () => {
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6].map((attempt) => backoff(attempt, 1)),
    [300, 600, 1200, 2400, 3000, 3000],
  );
  assert.equal(backoff(1000, 1), 3000);
  assert.equal(backoff(3, 0), 0);
});
