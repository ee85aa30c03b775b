import assert from "node:assert/strict";
import { test } from "node:test";
import { CODECS } from "../src/codec.js";
import { ClientCore } from "../src/core.js";
import type { Playback, ServerItem } from "../src/protocol.generated.js";
import { Timeline } from "../src/timeline.js";
import { bundle, entity, frame, sent, welcome } from "./fixtures.js";

interface Told {
  readonly tick: number;
  readonly speed?: number;
  readonly jumps?: number;
  readonly goal?: number;
}

function playback({ tick, speed = 1, jumps = 0, goal = -1 }: Told): Playback {
  return [14, 0, 1000, tick, goal, speed, jumps, 0, -1, true];
}

/** A viewer's core, welcomed at local time 0, when the server's clock said 10,000. */
function viewer(): ClientCore {
  const core = new ClientCore(CODECS.msgpack);
  core.connected("ticket");
  core.receive(frame(welcome(200, 10_000, -1)), 0);
  core.takeOutgoing();
  return core;
}

function tell(core: ClientCore, tick: number, now: number, ...items: ServerItem[]) {
  return core.receive(frame(bundle(tick, 10_000 + now, items)), now);
}

test("a viewer sends no inputs: what it asks, and once a second that it is there", () => {
  const core = viewer();
  core.inputs.hold("up");
  tell(core, 200, 10, [1, 200, []], playback({ tick: 200 }));
  const first = sent(core.takeBundle(20));
  assert.equal(first[2], 200, "it acknowledges what it has seen, and with that its token");
  assert.ok((first[3] as unknown[][]).every((item) => item[0] !== 1));
  assert.equal(core.takeBundle(70), undefined);
  core.request("put", "follow", { player: 3 });
  assert.deepEqual((sent(core.takeBundle(90))[3] as unknown[][])[0], [3, 1, "put", "follow", { player: 3 }]);
  assert.ok(core.takeBundle(1100));
});

test("a jump begins the scene anew, at a lower tick, wherever the bundle says so", () => {
  const core = viewer();
  tell(core, 200, 10, [1, 200, [entity(1, 7, 100, 100)]], playback({ tick: 200 }));
  assert.equal(core.latest()[0]?.id, 7);
  const events = tell(core, 40, 60, [1, 40, [entity(2, 8, 300, 100)]], playback({ tick: 40, jumps: 1 }));
  assert.deepEqual(
    core.latest().map(({ id }) => id),
    [8],
  );
  assert.deepEqual(
    events.map(({ type }) => type),
    ["playback", "bundle"],
  );
  const drawn = new Set<number>();
  for (let tick = 41; tick < 60; tick++) {
    const now = 60 + (tick - 40) * 50;
    const nothing = () => new Uint8Array();
    tell(core, tick, now, [2, tick - 1, tick, [], [], nothing(), nothing(), nothing(), nothing(), []]);
    for (const id of core.view(now)?.entities.keys() ?? []) drawn.add(id);
  }
  assert.deepEqual([...drawn], [8], "nothing of before is drawn");
  assert.equal(core.playback?.jumps, 1);
});

test("what stands still is drawn at its tick, exactly, for as long as it does", () => {
  const core = viewer();
  tell(core, 200, 10, [1, 200, [entity(1, 7, 100, 100, { vx: 40 })]], playback({ tick: 200 }));
  tell(core, 201, 60, playback({ tick: 201, speed: 0 }));
  for (let now = 110; now < 2000; now += 50) {
    tell(core, 201, now);
    assert.equal(core.view(now)?.tick, 201);
  }
});

test("ticks go by as fast as the show does", () => {
  for (const speed of [0.25, 1, 4]) {
    const timeline = new Timeline(20);
    timeline.play(speed, 0);
    let tick = 0;
    let last = -1;
    for (let now = 0; now < 10_000; now += 50) {
      const next = Math.floor((now / 50) * speed);
      if (next !== tick || now === 0) timeline.observe(next, now, now);
      tick = next;
      const drawn = timeline.tickAt(timeline.draw(now));
      if (now > 2_000) assert.ok(drawn >= last - 1e-6, `${speed} times: never back`);
      last = drawn;
    }
    assert.ok(Math.abs(last - 200 * speed) < 6 * Math.max(1, speed), `${last} of ${200 * speed} at ${speed}`);
  }
});
