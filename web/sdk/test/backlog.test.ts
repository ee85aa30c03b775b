import assert from "node:assert/strict";
import { test } from "node:test";
import { Backlog } from "../src/prediction/backlog";
import type { Predictor } from "../src/prediction/predictor";
import type { ServerBundle, ServerItem, Welcome } from "../src/protocol.generated";
import { bundle, frame, welcome } from "./fixtures";

const SNAPSHOT: ServerItem = [1, 0, []];

function chunk(x: number): ServerItem {
  return [11, 0, 0, x, 0, 1, new Uint8Array(1)];
}

/** What a predictor that comes now is told: the chunks, and how many bundles. */
function told(backlog: Backlog): { chunks: number[]; bundles: number } {
  const chunks: number[] = [];
  let bundles = 0;
  const predictor = {
    welcome: () => undefined,
    clientFrame: () => undefined,
    serverFrame: (_: unknown, message: ServerBundle) => {
      bundles += 1;
      for (const item of message[6]) if (item[0] === 11) chunks.push(item[3]);
    },
  };
  backlog.tell(predictor as unknown as Predictor);
  return { chunks, bundles };
}

function tell(backlog: Backlog, tick: number, ...items: ServerItem[]): void {
  const message = bundle(tick, 0, items) as ServerBundle;
  backlog.told(frame(message), message);
}

test("a map of any number of chunks is told whole, in order, to a predictor that comes late", () => {
  const first = welcome(0, 0) as Welcome;
  const backlog = new Backlog(frame(first), first);
  tell(backlog, 0, SNAPSHOT);
  for (let tick = 1; tick <= 5000; tick++) tell(backlog, tick, chunk(tick));
  assert.ok(backlog.hasGap, "of the states between, some are missing");
  const all = Array.from({ length: 5000 }, (_, index) => index + 1);
  assert.deepEqual(told(backlog).chunks, all);
  tell(backlog, 5001, SNAPSHOT);
  assert.ok(!backlog.hasGap);
  for (let tick = 5002; tick <= 6000; tick++) tell(backlog, tick);
  assert.deepEqual(told(backlog), { chunks: all, bundles: 6000 });
  assert.ok(!backlog.isTooLarge);
});

test("more of a map than is kept is said, not left out", () => {
  const first = welcome(0, 0) as Welcome;
  const backlog = new Backlog(frame(first), first, 1_000);
  for (let tick = 1; tick <= 100; tick++) tell(backlog, tick, chunk(tick));
  assert.ok(!backlog.isTooLarge, "states of the last time are kept anyway");
  tell(backlog, 101, SNAPSHOT);
  assert.ok(backlog.isTooLarge);
});

test("that the room runs, and who plays, is told however many snapshots have come since", () => {
  const first = welcome(0, 0) as Welcome;
  const backlog = new Backlog(frame(first), first);
  tell(backlog, 1, [6, "running.iterating", ""], SNAPSHOT);
  tell(backlog, 2);
  tell(backlog, 3, [5, false, [[1, "p-1", "Ben", true, -1]], []], SNAPSHOT);
  tell(backlog, 4, SNAPSHOT);
  const tags: number[][] = [];
  const serverFrame = (_: unknown, message: ServerBundle) => tags.push(message[6].map(([tag]) => tag));
  backlog.tell({ welcome: () => undefined, clientFrame: () => undefined, serverFrame } as never);
  assert.deepEqual(tags, [[6, 1], [5, 1], [1]]);
});
