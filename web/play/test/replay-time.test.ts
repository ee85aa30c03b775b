import assert from "node:assert/strict";
import { test } from "node:test";
import { ReplayTime } from "../replay-time";

test("ticks of a fixed length are told by their rate", () => {
  const time = new ReplayTime(20);
  assert.deepEqual([time.secondsOf(50), time.tickAt(2.5)], [2.5, 50]);
});

test("generations are as long as they were", () => {
  // ten of 50 ms, a pause of four ticks that took nothing, ten of 200 ms
  const time = new ReplayTime(20, [
    [4, 0],
    [14, 500],
    [18, 500],
    [28, 2500],
  ]);
  assert.deepEqual(
    [4, 9, 14, 16, 23, 28].map((tick) => time.secondsOf(tick)),
    [0, 0.25, 0.5, 0.5, 1.5, 2.5],
  );
  assert.deepEqual(
    [0, 0.25, 1.5, 2.5].map((seconds) => time.tickAt(seconds)),
    [4, 9, 23, 28],
  );
});

test("beyond the ends it is the ends", () => {
  const time = new ReplayTime(20, [
    [4, 0],
    [14, 500],
  ]);
  assert.deepEqual(
    [time.secondsOf(0), time.secondsOf(99), time.tickAt(-3), time.tickAt(60)],
    [0, 0.5, 4, 14],
  );
});
