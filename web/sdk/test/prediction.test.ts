import assert from "node:assert/strict";
import { test } from "node:test";
import { CODECS } from "../src/codec.js";
import { ClientCore } from "../src/core.js";
import { UsageError } from "../src/errors.js";
import type { Predicted, PredictedEntity, Predictor } from "../src/prediction/predictor.js";
import type { ClientBundle, ServerBundle, ServerItem, ServerMessage } from "../src/protocol.generated.js";
import { bundle, entity, frame, welcome } from "./fixtures.js";

const TICK = 50;
/** So many answers in time are waited for until prediction is on, and a few that are of before. */
const ANSWERS = 14;
/** After so many it is on, late or not. */
const MOST_ANSWERS = 70;

/** Walks 10 units a tick to the right while "up" is held, from where it began. */
class FakePredictor implements Predictor {
  onPredicted: (predicted: Predicted) => void = () => undefined;
  onFailed: (reason: string) => void = () => undefined;
  told: string[] = [];
  closed = false;
  x = 0;
  lastInput = -1;
  answers = true;
  events: [name: string, fields: unknown[]][] = [];
  /** None: of a predictor that gives no hints. */
  hints: [] | [string] = [];
  more: { entities?: PredictedEntity[]; gone?: number[] } = {};

  welcome(): void {
    this.told.push("welcome");
  }

  serverFrame(_: unknown, message: ServerBundle): void {
    this.told.push(`server ${message[1]}`);
    this.lastInput = message[3];
  }

  clientFrame(_: unknown, [, tick, , items = []]: ClientBundle): void {
    this.told.push(`client ${tick}`);
    const held = items.some((item) => item[0] === 1 && item[2] === 1);
    if (held) this.x += 10;
    if (!this.answers) return;
    const own: PredictedEntity = [1, { Position: [this.x, 0, 0], Velocity: [held ? 200 : 0, 0, 0] }, null];
    const { entities = [], gone = [] } = this.more;
    this.onPredicted([tick, this.lastInput, [own, ...entities], gone, 0, 0, 1, this.events, ...this.hints]);
  }

  close(): void {
    this.closed = true;
  }
}

/** A core on a clock of the test's, welcomed at 0 when the server's clock said 10,000 and its tick was 200. */
class World {
  now = 0;
  readonly core: ClientCore;

  constructor(fingerprint = "rules", refusal = "") {
    this.core = new ClientCore(CODECS.msgpack, fingerprint, () => this.now);
    this.connect(refusal);
    this.core.takeBundle(this.now);
  }

  connect(refusal = ""): void {
    this.core.connected("secret");
    const message = [...welcome(200, 10_000 + this.now)];
    message[11] = refusal;
    this.core.receive(frame(message as unknown as ServerMessage), this.now);
    this.core.takeOutgoing();
  }

  tell(tick: number, ...items: ServerItem[]): void {
    const heard = { input: tick, lead: 2 };
    this.core.receive(frame(bundle(tick, 10_000 + (tick - 200) * TICK, items, 0, heard)), this.now);
  }

  /** A tick of the server's, in which nothing changes but what is said, and the own bundle of it. */
  tick(...items: ServerItem[]): void {
    this.now += TICK;
    const tick = 200 + this.now / TICK;
    this.tell(tick, ...items, ...(items.length > 0 ? [] : [still(tick)]));
    this.core.takeBundle(this.now);
  }

  x(id: number): number | undefined {
    return this.core.view(this.now)?.entities.get(id)?.x;
  }
}

function still(tick: number): ServerItem {
  return [2, tick - 1, tick, [], [], [], [], [], [], []];
}

/** The own entity, 1, and another, 2, both at x = 0. */
function snapshot(tick: number): ServerItem {
  return [1, tick, [entity(0, 1, 200, 100), entity(1, 2, 200, 100)]];
}

function stateOf(world: World): string {
  return world.core.prediction.status.state;
}

async function predicting(world = new World()): Promise<{ world: World; predictor: FakePredictor }> {
  const predictor = new FakePredictor();
  world.tick(snapshot(200 + world.now / TICK + 1));
  for (let n = 0; n < 20; n++) world.tick();
  await world.core.prediction.load(async () => predictor);
  for (let n = 0; n < ANSWERS; n++) world.tick();
  return { world, predictor };
}

test("a key is seen in the frame after the predictor's answer, everything else as the server tells it", async () => {
  const { world } = await predicting();
  for (let n = 0; n < 10; n++) world.tick();
  assert.equal(world.core.prediction.status.state, "on");
  world.core.inputs.hold("up");
  world.tick();
  assert.equal(world.x(1), 0, "the tick has only begun");
  world.now += 10;
  assert.ok(Math.abs((world.x(1) as number) - 2) < 1e-6, `${world.x(1)}: a fifth of the tick's way`);
  world.now += 30;
  assert.ok(Math.abs((world.x(1) as number) - 8) < 1e-6);
  assert.equal(world.x(2), 0);
  world.now -= 40;
  for (let n = 0; n < 5; n++) world.tick();
  assert.equal(world.x(1), 50);
  world.core.inputs.release("up");
  for (let n = 0; n < 5; n++) world.tick();
  assert.equal(world.x(1), 60, "it stays where the predictor says that it stopped");
});

test("a predictor whose answers are late is drawn as much later, and smoothly", async () => {
  const { world, predictor } = await predicting();
  const sent: Predicted[] = [];
  const answer = predictor.onPredicted;
  predictor.onPredicted = (predicted) => sent.push(predicted);
  world.core.inputs.hold("up");
  const xs: number[] = [];
  for (let n = 0; n < 100; n++) {
    world.tick();
    world.now += 20;
    answer(sent.shift() as Predicted);
    xs.push(world.x(1) as number);
    world.now += 15;
    xs.push(world.x(1) as number);
    world.now -= 35;
  }
  const steps = xs.slice(101).map((x, index) => x - (xs[index + 100] as number));
  for (const [index, step] of steps.entries())
    assert.ok(
      Math.abs(step - (index % 2 === 1 ? 7 : 3)) < 0.01 || Math.abs(step - (index % 2 === 0 ? 7 : 3)) < 0.01,
      `${step}`,
    );
  assert.ok(Math.abs(world.core.prediction.statistics.lateness - 20) < 0.5);
});

test("a predictor that comes late is told everything since the last snapshot, the map, and what is not applied yet", async () => {
  const world = new World();
  world.tick(snapshot(201));
  world.tick();
  world.tick([11, 0, 0, 0, 0, 1, new Uint8Array()] as unknown as ServerItem, still(203));
  world.tick();
  world.tick(snapshot(205));
  world.core.receive(frame([3, 206, 10_300, 204, 0, 0, [still(206)]]), world.now);
  const predictor = new FakePredictor();
  await world.core.prediction.load(async () => predictor);
  assert.deepEqual(predictor.told, [
    "welcome",
    "server 203",
    "server 205",
    "server 206",
    "client 205",
    "client 206",
  ]);
  world.now += TICK;
  world.tick();
  assert.deepEqual(predictor.told.slice(6), ["server 207", "client 208"]);
});

test("what is spawned ahead of the server is drawn, and goes on under the server's id", async () => {
  const { world, predictor } = await predicting();
  const shot = (id: number, x: number): PredictedEntity => [
    id,
    { Position: [x, 5, 0], Velocity: [200, 0, 0], Scene: ["wall", "hot", 0, 12, 6], Health: [3] },
    7,
  ];
  predictor.more = { entities: [shot(-1, 100)] };
  world.tick();
  predictor.more = { entities: [shot(-1, 110)] };
  world.tick();
  world.now += 25;
  const drawn = world.core.view(world.now)?.entities.get(-1);
  assert.deepEqual(
    [drawn?.kind, drawn?.state, drawn?.w, drawn?.h, drawn?.y, drawn?.components.Health],
    ["wall", "hot", 12, 6, 5, { value: 3 }],
  );
  assert.equal(drawn?.x, 105);
  world.now -= 25;
  predictor.more = { entities: [shot(9, 120)] };
  world.tick();
  assert.equal(world.x(9), 110, "it is where it was under its own id");
  assert.equal(world.x(-1), undefined);
  predictor.more = {};
  world.tick();
  assert.equal(world.x(9), undefined);
});

test("what is predicted to be gone is not drawn", async () => {
  const { world, predictor } = await predicting();
  assert.equal(world.x(2), 0);
  predictor.more = { gone: [2] };
  world.tick();
  assert.equal(world.x(2), undefined);
});

test("what own rules tell is told at once, and not again by the server", async () => {
  const { world, predictor } = await predicting();
  const told: unknown[] = [];
  world.core.prediction.onEvent = (event) => told.push(event);
  predictor.events = [
    ["Died", [7, 12.34]],
    ["Unknown", [1]],
  ];
  world.tick();
  predictor.events = [];
  const tick = Math.floor(world.core.ownTick(world.now));
  assert.deepEqual(told, [{ name: "Died", tick, body: { victim: 7, x: 12.34 }, predicted: true }]);
  const died = (at: number, victim: number, x: number): ServerItem => [4, 0, at, [victim, x]];
  const names = (...items: ServerItem[]) => {
    world.now += TICK;
    const next = 200 + world.now / TICK;
    const events = world.core.receive(frame(bundle(next, 10_000 + world.now, items)), world.now);
    return events.filter((event) => event.type === "event").map((event) => JSON.stringify(event.detail.body));
  };
  assert.deepEqual(names(died(tick, 8, 49)), ['{"victim":8,"x":12.25}'], "another one is news");
  assert.deepEqual(names(died(tick, 7, 49)), [], "this one is not");
  assert.deepEqual(names(died(tick, 7, 49)), ['{"victim":7,"x":12.25}'], "it counts once");
});

test("a teleport is drawn at once, without a way between", async () => {
  const { world, predictor } = await predicting();
  for (let n = 0; n < 5; n++) world.tick();
  predictor.x = 400;
  world.tick();
  world.now += 25;
  assert.equal(world.x(1), 0);
  world.now += 25;
  assert.equal(world.x(1), 400);
});

test("the server's refusal is the reason, and nothing is loaded", async () => {
  const world = new World("others", "the rules differ");
  let loads = 0;
  await world.core.prediction.load(async () => {
    loads += 1;
    return new FakePredictor();
  });
  assert.deepEqual(world.core.prediction.status, { state: "failed", reason: "The rules differ." });
  assert.equal(loads, 0);
});

test("a client without a fingerprint keeps nothing and predicts nothing", () => {
  const world = new World("");
  world.tick(snapshot(201));
  assert.equal(world.core.prediction.status.state, "off");
  assert.equal(world.x(1) ?? 0, 0);
});

test("a load that fails says why, and the scene is drawn as before", async () => {
  const world = new World();
  world.tick(snapshot(201));
  await world.core.prediction.load(() => Promise.reject(new Error("no room left")));
  assert.deepEqual(world.core.prediction.status, { state: "failed", reason: "no room left" });
  for (let n = 0; n < 10; n++) world.tick();
  assert.equal(world.x(1), 0);
  await world.core.prediction.load(async () => new FakePredictor());
  assert.equal(stateOf(world), "failed", "it is not tried twice");
  world.core.disconnected();
  world.connect();
  await world.core.prediction.load(async () => new FakePredictor());
  assert.equal(stateOf(world), "loading", "it is there, and has answered nothing yet");
  for (let n = 0; n < MOST_ANSWERS; n++) world.tick();
  assert.equal(stateOf(world), "on", "but with the next connection");
});

test("prediction is begun once, after the welcome", async () => {
  const { world } = await predicting();
  const again = world.core.prediction.load(async () => new FakePredictor());
  await assert.rejects(again, UsageError);
  const early = new ClientCore(CODECS.msgpack, "rules").prediction.load(async () => new FakePredictor());
  await assert.rejects(early, UsageError);
});

test("a predictor that throws, says that it cannot go on, or answers no more is done without", async () => {
  const broken = await predicting();
  broken.predictor.clientFrame = () => {
    throw new Error("divided by zero");
  };
  broken.world.tick();
  assert.deepEqual(broken.world.core.prediction.status, { state: "failed", reason: "divided by zero" });
  assert.ok(broken.predictor.closed);

  const ended = await predicting();
  ended.predictor.onFailed("The worker has ended.");
  assert.deepEqual(ended.world.core.prediction.status, { state: "failed", reason: "The worker has ended." });
  assert.equal(ended.world.x(1), 0);

  const hung = await predicting();
  hung.predictor.answers = false;
  hung.world.now += 60_000; // the page slept: that is no fault of the predictor's
  for (let n = 0; n < 90; n++) hung.world.tick();
  assert.equal(hung.world.core.prediction.status.state, "on");
  for (let n = 0; n < 20; n++) hung.world.tick();
  assert.match(JSON.stringify(hung.world.core.prediction.status), /has not answered for 5 s/);
});

test("another connection begins anew with the same predictor", async () => {
  const { world, predictor } = await predicting();
  world.tick();
  predictor.told = [];
  world.core.disconnected();
  world.now = 0;
  world.connect();
  assert.deepEqual(predictor.told, ["welcome"]);
  assert.equal(world.core.prediction.status.state, "on");
  world.core.disconnected();
  world.connect("the rules differ");
  assert.deepEqual(world.core.prediction.status, { state: "failed", reason: "The rules differ." });
  assert.ok(predictor.closed);
});

test("what a predictor says of being wrong all the time is in the statistics, while it says so", async () => {
  const { world, predictor } = await predicting();
  assert.equal(world.core.prediction.statistics.hint, "");
  predictor.hints = ["corrected in 50 of the last 60 states"];
  world.tick();
  assert.equal(world.core.prediction.statistics.hint, "corrected in 50 of the last 60 states");
  predictor.hints = [""];
  world.tick();
  assert.equal(world.core.prediction.statistics.hint, "");
});
