import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { Encoder } from "@msgpack/msgpack";
import { ConnectionClosed, RequestError, UsageError } from "../src/errors";
import { checkPlain } from "../src/lockstep/answers";
import type { EngineHandle, GameEngine, MasterPacket } from "../src/lockstep/engine";
import { LocalEngine } from "../src/lockstep/local";
import { Lockstep } from "../src/lockstep/lockstep";
import { joined } from "../src/lockstep/packed";
import { readDump } from "../src/lockstep/runner";
import type { LockstepItem, LockstepSaid } from "../src/lockstep/told";
import {
  ClientItemTag,
  type DumpPart,
  type Master,
  type Packet,
  ServerItemTag,
} from "../src/protocol.generated";

const encoder = new Encoder();
const LENGTH = 100;

/** Counts what it is told: every command's bytes matter. */
class Counter implements GameEngine {
  sum = 0;
  generation = -1;
  init(seed: number, setup: unknown): void {
    if ((setup as { bad?: boolean }).bad) throw { refused: "nobody plays like that" };
    this.sum = seed;
  }
  step({ generation, iterations, bodies }: MasterPacket, between?: (iteration: number) => void): void {
    this.generation = generation;
    for (const [player, body] of bodies)
      for (const byte of body) this.sum = (this.sum * 31 + player + byte) >>> 0;
    for (let each = 0; each < iterations; each += 1) between?.(each);
  }
  checksum(): number {
    return this.sum;
  }
  dump(): unknown {
    return { sum: this.sum };
  }
  load(dump: unknown): void {
    this.sum = (dump as { sum: number }).sum;
  }
  scene(player: number): unknown {
    return { player, sum: this.sum };
  }
  result(): string {
    return this.generation >= 1000 ? "It is over." : "";
  }
}

/** Time that passes when a test says so, and a server's side of the wire. */
class World {
  now = 0;
  timers: { at: number; act: () => void }[] = [];
  said: LockstepSaid[] = [];
  asked: [string, string, unknown][] = [];
  isOpen = true;
  isLost = false;
  /** What requests are answered with where that is no success. */
  refusal = 0;
  isHidden = false;
  engine: EngineHandle = new LocalEngine({ create: () => new Counter() });
  /** How often an engine was asked for. */
  opened = 0;
  readonly connection = {
    player: 0,
    roundTripBound: 40,
    holds: [0, -1] as readonly [number, number],
    say: (item: LockstepSaid) => void (this.isOpen && this.said.push(item)),
    // not async: as the client's own, it throws at once where there is no connection
    request: (verb: string, resource: string, body?: unknown): Promise<unknown> => {
      if (!this.isOpen) throw new UsageError("There is no connection to send this over.");
      this.asked.push([verb, resource, body]);
      if (this.isLost) return Promise.reject(new ConnectionClosed(1006));
      return this.refusal ? Promise.reject(new RequestError(this.refusal, "not now")) : Promise.resolve();
    },
  };
  readonly lockstep = new Lockstep(this.connection, {
    engine: async () => {
      this.opened += 1;
      return this.engine;
    },
    hidden: () => this.isHidden,
    now: () => this.now,
    setTimeout: (act, ms) => void this.timers.push({ at: this.now + ms, act }),
  });
  readonly scenes: unknown[] = [];

  constructor() {
    this.lockstep.on("ran", ({ scenes }) => this.scenes.push(...scenes));
  }

  match(
    generation = -1,
    setup: unknown = { players: [{ player: 0 }, { player: 1 }] },
    number = 1,
    maxBody = 4096,
  ): void {
    this.hear([ServerItemTag.Match, number, 7, setup, 2, 50, 1, 10, generation, maxBody]);
  }

  hear(...items: LockstepItem[]): void {
    for (const item of items) this.lockstep.heard(item);
  }

  /** Lets what was begun come to its end, and so many ms pass. */
  async pass(ms = 0): Promise<void> {
    const end = this.now + ms;
    for (;;) {
      // unpacking goes by way of other threads
      await new Promise((resolve) => setImmediate(resolve));
      await this.lockstep.settled();
      await new Promise((resolve) => setImmediate(resolve));
      const due = this.timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.timers.splice(this.timers.indexOf(due), 1);
      this.now = Math.max(this.now, due.at);
      due.act();
    }
    this.now = end;
  }

  get packets(): Packet[] {
    return this.said.filter((item): item is Packet => item[0] === ClientItemTag.Packet);
  }
}

function master(generation: number, bodies: Master[4] = [], checked: [number, number] = [-1, 0]): Master {
  return [ServerItemTag.Master, generation, 2, LENGTH / 2, bodies, ...checked];
}

function history(first: number, masters: Master[]): LockstepItem {
  const data = new Uint8Array(deflateSync(encoder.encode(masters)));
  return [ServerItemTag.History, first, masters.length, data];
}

/** What the counter has after generations with these bodies. */
function expected(bodies: Master[4][]): number {
  const counter = new Counter();
  counter.init(7, {});
  bodies.forEach((each, generation) => {
    counter.step({ generation, iterations: 2, iteration_ms: 50, bodies: each as [number, Uint8Array][] });
  });
  return counter.sum;
}

test("an engine that was prepared is not opened again by the match that begins", async () => {
  const world = new World();
  world.lockstep.prepare();
  await world.pass();
  world.match();
  world.hear(master(0));
  await world.pass(200);
  assert.deepEqual([world.lockstep.generation, world.opened], [0, 1]);
});

test("what is wrong with an engine is said before there is a match", async () => {
  const world = new World();
  const ended: string[] = [];
  world.lockstep.on("ended", (why) => ended.push(why));
  world.engine = {
    ...world.engine,
    ended: Promise.resolve("it has no create()"),
    end: () => undefined,
  } as EngineHandle;
  world.lockstep.prepare();
  await world.pass();
  assert.deepEqual(ended, ["it has no create()"]);
});

test("who makes generations longer is told, and void with the next match", async () => {
  const world = new World();
  const told: number[] = [];
  world.lockstep.on("slowest", ({ player }) => told.push(player));
  world.match();
  world.hear([ServerItemTag.Slowest, 1, "latency", 480]);
  await world.pass();
  assert.deepEqual(world.lockstep.slowest, { player: 1, by: "latency", value: 480 });
  world.match(-1, undefined, 2);
  assert.deepEqual([told, world.lockstep.slowest.player], [[1], -1]);
});

test("a generation is run when the one before has been shown, and answered with a packet", async () => {
  const world = new World();
  world.match();
  await world.pass();
  world.hear(master(0));
  await world.pass(20);
  assert.equal(world.lockstep.generation, 0);
  assert.deepEqual(
    world.packets.map((packet) => packet.slice(0, 2)),
    [[ClientItemTag.Packet, 0]],
  );
  world.lockstep.command("go", { x: 1 });
  world.hear(master(1));
  await world.pass(20);
  assert.equal(world.lockstep.generation, 0, "it is not due yet");
  await world.pass(100);
  const [, generation, latency, framerate, of, sum, body] = world.packets[1] as Packet;
  assert.deepEqual([generation, of, sum, latency >= 40, framerate > 0], [1, 1, 7, true, true]);
  assert.deepEqual(body, encoder.encode([["go", { x: 1 }]]));
  assert.deepEqual(world.connection.holds, [1, 1]);
  assert.equal(world.scenes.length, 4, "one of each iteration");
});

test("what was missed is run fast, with progress, and nobody is told what nobody waits for", async () => {
  const world = new World();
  const bodies = Array.from({ length: 300 }, (_, each) => [[1, Uint8Array.of(each % 251)]] as Master[4]);
  const progress: number[] = [];
  world.lockstep.on("progress", ({ left }) => progress.push(left));
  world.match(299);
  world.hear(
    history(
      0,
      bodies.slice(0, 256).map((each, at) => master(at, each)),
    ),
  );
  world.hear(
    history(
      256,
      bodies.slice(256).map((each, at) => master(256 + at, each)),
    ),
  );
  world.hear(master(300, []));
  await world.pass();
  await world.pass(2_000);
  assert.equal(world.lockstep.generation, 300);
  assert.equal(world.lockstep.checksum(300), expected([...bodies, []]));
  assert.deepEqual(
    world.packets.map(([, generation]) => generation),
    [299, 300],
  );
  assert.ok(progress.length > 1 && progress.every((left, at) => at === 0 || left <= (progress[at - 1] ?? 0)));
});

test("a lost connection: unacknowledged packets are said again, the same ones, and what was missed is run", async () => {
  const world = new World();
  world.match();
  world.hear(master(0), master(1));
  await world.pass(300);
  world.isOpen = false;
  world.lockstep.command("go", {});
  world.hear(master(2));
  await world.pass(300);
  const before = world.packets.length;
  world.isOpen = true;
  world.lockstep.welcomed();
  world.match(3);
  assert.deepEqual(
    world.packets.slice(before).map(([, generation]) => generation),
    [2],
  );
  assert.deepEqual(world.packets.at(-1)?.[6], encoder.encode([["go", {}]]));
  world.hear(history(3, [master(3)]));
  await world.pass(300);
  assert.equal(world.lockstep.generation, 3);
  assert.deepEqual(world.packets.map(([, generation]) => generation).slice(before), [2, 3]);
});

test("a hole is asked for once, and a master that comes twice runs once", async () => {
  const world = new World();
  world.match();
  world.hear(master(0), master(0), master(2), master(3));
  await world.pass(500);
  assert.equal(world.lockstep.generation, 0);
  assert.deepEqual(world.asked, [["get", "match", null]]);
  world.hear(
    history(
      0,
      [0, 1, 2, 3].map((each) => master(each)),
    ),
  );
  await world.pass(2_000);
  assert.equal(world.lockstep.generation, 3);
  assert.equal(world.lockstep.checksum(3), 7);
});

test("a setup that the engine refuses is told to the room; the next match begins", async () => {
  const world = new World();
  const refused: string[] = [];
  world.lockstep.on("refused", (reason) => refused.push(reason));
  world.match(-1, { bad: true });
  world.hear(master(0));
  await world.pass(300);
  assert.deepEqual(refused, ["nobody plays like that"]);
  assert.deepEqual(world.asked, [["put", "refusal", { match: 1, reason: "nobody plays like that" }]]);
  world.match(-1, { players: [{ player: 0 }] }, 2);
  world.hear(master(0));
  await world.pass(300);
  assert.equal(world.lockstep.generation, 0);
});

test("a wrong state is noticed, dumped, computed again, and replaced by the right one", async () => {
  const world = new World();
  const wrong: number[] = [];
  world.lockstep.on("wrong", (generation) => wrong.push(generation));
  world.match();
  world.hear(master(0), master(1), master(2, [], [0, 7]), master(3, [], [1, 99]));
  await world.pass(2_000);
  assert.deepEqual(wrong, [1], "generation 0 was as it is to be");
  world.hear([ServerItemTag.Diverged, 1, 0, [0], true, true]);
  await world.pass(50);
  assert.deepEqual(
    world.said.find(([tag]) => tag === ClientItemTag.Rerun),
    [ClientItemTag.Rerun, 1, 7],
  );
  const parts = world.said.filter((item): item is DumpPart => item[0] === ClientItemTag.DumpPart);
  assert.deepEqual(readDump(await joined(parts.map(([, , , , data]) => data as Uint8Array))), { sum: 7 });
  const state = new Uint8Array(deflateSync(encoder.encode({ sum: 99 })));
  world.hear(
    [ServerItemTag.Reseed, 1, 0, 2, state.subarray(0, 5)],
    [ServerItemTag.Reseed, 1, 1, 2, state.subarray(5)],
  );
  world.hear(history(2, [master(2), master(3)]));
  await world.pass(500);
  assert.equal(world.lockstep.generation, 3);
  assert.equal(world.lockstep.checksum(3), 99);
});

test("that there is no state to send, or one that is too large, is said at once", async () => {
  const world = new World();
  const errors: unknown[] = [];
  world.lockstep.on("error", (error) => errors.push(error));
  const none = (generation: number) => [ClientItemTag.DumpPart, generation, 0, 0, new Uint8Array()];
  world.match();
  world.hear(master(0));
  await world.pass(500);
  world.said = [];
  world.hear([ServerItemTag.Diverged, 7, 0, [], true, false]);
  await world.pass(50);
  assert.deepEqual(world.said, [none(7)], "it is not kept");
  for (const size of [2 * 1_048_576, 8 * 1_048_576, 9 * 1_048_576]) {
    world.said = [];
    const noise = randomBytes(size);
    world.engine.dump = async () => noise;
    world.hear([ServerItemTag.Diverged, 0, -1, [], true, false]);
    await world.pass(50);
    assert.deepEqual(world.said, [none(0)], `${size} bytes that cannot be packed`);
  }
  assert.deepEqual(errors, []);
});

test("what is run again after the state was replaced is said with the commands that were sent for it", async () => {
  const world = new World();
  world.match();
  world.hear(master(0), master(1));
  await world.pass(500);
  const said = world.packets.length;
  world.lockstep.command("late", {});
  const state = new Uint8Array(deflateSync(encoder.encode({ sum: 99 })));
  world.hear([ServerItemTag.Reseed, 0, 0, 1, state], master(1), master(2));
  await world.pass(500);
  const [again, next] = world.packets.slice(said);
  assert.deepEqual([again?.[1], again?.[6]], [1, new Uint8Array()], "the server has heard this one already");
  assert.equal(next?.[1], 2);
  assert.notDeepEqual(next?.[6], new Uint8Array(), "so that the command goes with one that it has not");
  world.match(2);
  await world.pass();
  assert.equal(world.packets.at(-1)?.[4], 2, "and what is said again has the checksums of the new state");
});

for (const [what, nonsense] of [
  ["no state", new Uint8Array(deflateSync(encoder.encode(null)))],
  ["no zlib", new Uint8Array([1, 2, 3])],
] as const)
  test(`a state that is ${what} makes the engine begin anew, with the match from its beginning`, async () => {
    const world = new World();
    const ended: string[] = [];
    world.lockstep.on("ended", (why) => ended.push(why));
    world.match();
    world.hear(master(0), master(1));
    await world.pass(500);
    world.hear([ServerItemTag.Reseed, 0, 0, 1, nonsense]);
    await world.pass(100);
    assert.deepEqual(world.asked, [["get", "match", null]]);
    world.match(1);
    world.hear(history(0, [master(0), master(1)]), master(2));
    await world.pass(500);
    assert.deepEqual([ended, world.lockstep.generation, world.lockstep.checksum(2)], [[], 2, 7]);
  });

test("packets keep to the size that the room allows", async () => {
  const world = new World();
  world.match(-1, undefined, 1, 40);
  for (let each = 0; each < 8; each += 1) world.lockstep.command("give", { amount: each });
  for (let generation = 0; generation < 8; generation += 1) {
    world.hear(master(generation));
    await world.pass(LENGTH);
  }
  const sizes = world.packets.map((packet) => (packet[6] as Uint8Array).length);
  assert.ok(Math.max(...sizes) <= 40 && sizes.filter((size) => size > 0).length > 2, String(sizes));
});

test("an engine's answer is looked through in bounded time, whatever it is", () => {
  const holes = new Array(2 ** 32 - 1);
  for (const value of [holes, { scenes: [holes] }, new Array(400_001).fill(0)]) assert.ok(!checkPlain(value));
  let deep: unknown = 1;
  for (let each = 0; each < 40; each += 1) deep = [deep];
  for (const value of [deep, new Map(), new Date(), 1n, new ArrayBuffer(8)]) assert.ok(!checkPlain(value));
  for (const value of [undefined, null, [1, "a", { b: new Uint8Array(3) }], new Array(9)])
    assert.ok(checkPlain(value));
});

test("who watches says a checksum now and then, and gives no commands", async () => {
  const world = new World();
  world.connection.player = 300;
  world.match();
  world.lockstep.command("go", {});
  for (let each = 0; each < 21; each += 1) {
    world.hear(master(each));
    await world.pass(LENGTH);
  }
  await world.pass(500);
  assert.deepEqual(
    world.packets.map(([, generation, , , , , body]) => [generation, (body as Uint8Array).length]),
    [
      [0, 0],
      [10, 0],
      [20, 0],
    ],
  );
});

test("a hidden page runs generations as they come, without scenes", async () => {
  const world = new World();
  world.isHidden = true;
  world.match();
  world.hear(master(0), master(1), master(2));
  await world.pass();
  assert.equal(world.lockstep.generation, 2);
  assert.deepEqual(world.scenes, []);
});

test("commands that do not fit into one packet go with the next ones, in order", async () => {
  const world = new World();
  world.match();
  for (let each = 0; each < 200; each += 1)
    assert.ok(world.lockstep.command("go", { text: "x".repeat(100), each }));
  for (let each = 0; each < 30; each += 1) {
    world.hear(master(each));
    await world.pass(LENGTH);
  }
  await world.pass(1_000);
  const all = world.packets.flatMap(([, , , , , , body]) => {
    assert.ok((body as Uint8Array).length <= 4_096);
    return (body as Uint8Array).length ? (readDump(body as Uint8Array) as [string, { each: number }][]) : [];
  });
  assert.deepEqual(
    all.map(([, { each }]) => each),
    Array.from({ length: 200 }, (_, each) => each),
  );
});

test("an engine that fails is over, and is said so; the result of a match is told once", async () => {
  const broken = new World();
  const ended: string[] = [];
  broken.engine = new LocalEngine({
    create: () => Object.assign(new Counter(), { step: () => assert.fail("broken") }),
  });
  broken.lockstep.on("ended", (why) => ended.push(why));
  broken.match();
  broken.hear(master(0), master(1));
  await broken.pass(500);
  assert.deepEqual(ended, ["The game's engine failed: broken"]);

  const world = new World();
  world.engine = new LocalEngine({
    create: () => Object.assign(new Counter(), { result: () => "Ada has won." }),
  });
  world.match();
  world.hear(master(0), master(1), master(2));
  await world.pass(1_000);
  assert.deepEqual(world.asked, [["put", "result", { match: 1, result: "Ada has won." }]]);
});

test("a result that was lost with its connection is no mistake, and is said again by the next one", async () => {
  const world = new World();
  const errors: string[] = [];
  world.lockstep.on("error", ({ message }) => errors.push(message));
  world.engine = new LocalEngine({
    create: () => Object.assign(new Counter(), { result: () => "Ada has won." }),
  });
  world.isLost = true;
  world.match();
  world.hear(master(0));
  await world.pass(500);
  world.isLost = false;
  world.match(0);
  world.match(-1, undefined, 2);
  await world.pass(500);
  const said = ["put", "result", { match: 1, result: "Ada has won." }];
  assert.deepEqual([world.asked, errors], [[said, said], []]);
});

test("a match that ends without a connection is told to be over by the next one, and what has come is run", async () => {
  const world = new World();
  const errors: string[] = [];
  world.lockstep.on("error", ({ message }) => errors.push(message));
  world.engine = new LocalEngine({
    create: () => Object.assign(new Counter(), { result: () => "Ada has won." }),
  });
  world.match();
  world.hear(master(0), master(1), master(2));
  world.isOpen = false;
  await world.pass(2_500);
  assert.deepEqual([world.lockstep.generation, world.asked, errors], [2, [], []]);
  world.isOpen = true;
  world.lockstep.welcomed();
  world.match(2);
  await world.pass(5_000);
  assert.deepEqual(world.asked, [["put", "result", { match: 1, result: "Ada has won." }]]);
});

for (const status of [429, 503])
  test(`what is answered with ${status} is asked again until it is taken, and not of a match that is over`, async () => {
    const world = new World();
    const errors: string[] = [];
    world.lockstep.on("error", ({ message }) => errors.push(message));
    world.refusal = status;
    world.match(-1, { bad: true });
    await world.pass(2_500);
    const refusal = ["put", "refusal", { match: 1, reason: "nobody plays like that" }];
    assert.deepEqual(world.asked, [refusal, refusal, refusal]);
    world.match(-1, undefined, 2);
    await world.pass(2_000);
    assert.equal(world.asked.length, 3, "another match has begun");
    world.hear(master(0), master(2));
    await world.pass(1_500);
    world.refusal = 0;
    await world.pass(5_000);
    const match = ["get", "match", null];
    assert.deepEqual([world.asked.slice(3), errors], [[match, match, match], []]);
  });
