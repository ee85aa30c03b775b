import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mock, test } from "node:test";
import { type Conditions, conditions, Line, mix, NETWORKS, Network, PERFECT } from "../src/conditions.js";
import { SimulatedSocket } from "../src/simulated-socket.js";

interface Vectors {
  networks: Record<string, Record<string, number>>;
  seed: number;
  cases: {
    network: keyof typeof NETWORKS;
    pushes: [now: number, size: number][];
    connections: { cut_at: number | null; up: number[]; down: number[] }[];
  }[];
}

const vectors: Vectors = JSON.parse(readFileSync("../docs/conditions-vectors.json", "utf8"));

/** When each payload arrives that was pushed. */
function arrivals(line: Line<number>, pushes: [number, number][]): number[] {
  const arrived: number[] = [];
  for (const [index, [now, size]] of pushes.entries()) line.push(now, index, size);
  for (let due = line.nextDue; due < Number.POSITIVE_INFINITY; due = line.nextDue) {
    assert.equal(line.take(due), arrived.length, "in order");
    arrived.push(due);
  }
  assert.equal(line.size, 0);
  return arrived;
}

/** Of Python's names, ours. */
function camel(name: string): string {
  return name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}

test("the networks are the server's, number for number", () => {
  const ours: Record<string, Conditions> = NETWORKS;
  assert.deepEqual(Object.keys(ours), Object.keys(vectors.networks));
  for (const [name, values] of Object.entries(vectors.networks)) {
    const theirs = Object.fromEntries(Object.entries(values).map(([key, value]) => [camel(key), value]));
    assert.deepEqual({ ...ours[name] }, theirs, name);
  }
});

for (const { network, pushes, connections } of vectors.cases) {
  test(`the same seed is the same schedule as in Python: ${network}`, () => {
    const simulated = new Network(NETWORKS[network], vectors.seed);
    for (const expected of connections) {
      const path = simulated.path<number, number>(0, Number.POSITIVE_INFINITY);
      assert.equal(path.cutAt, expected.cut_at ?? Number.POSITIVE_INFINITY);
      assert.deepEqual(arrivals(path.up, pushes), expected.up);
      assert.deepEqual(arrivals(path.down, pushes), expected.down);
    }
  });
}

test("what no network is like is refused", () => {
  for (const wrong of [{ latency: -1 }, { jitter: Number.NaN }, { stallEvery: 1 }, { stallShortest: 2 }]) {
    assert.throws(() => conditions(wrong), RangeError);
  }
});

test("a full line takes nothing more until something has arrived", () => {
  const line = new Line<string>(conditions({ latency: 10 }), 0, mix(1), 0, 100);
  line.push(0, "large", 250);
  assert.throws(() => line.push(1, "more", 1), /250 bytes/);
  assert.equal(line.take(9.9), undefined);
  assert.equal(line.take(10), "large");
  line.push(10, "more", 1);
});

/** A WebSocket of which the test is the other end. */
class FakeSocket {
  readyState = 0;
  sent: string[] = [];
  closedBy: number | undefined;
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: unknown }) => void) | null = null;
  onclose: ((closed: { code: number; reason: string }) => void) | null = null;

  send(data: string): void {
    this.sent.push(data);
  }

  close(code: number): void {
    this.readyState = 3;
    this.closedBy = code;
  }

  accept(): void {
    this.readyState = 1;
    this.onopen?.();
  }

  end(code: number): void {
    this.readyState = 3;
    this.onclose?.({ code, reason: "over" });
  }
}

/** A simulated socket in virtual time, and what happens to it. */
class Story {
  now = 0;
  readonly fakes: FakeSocket[] = [];
  readonly heard: [now: number, data: unknown][] = [];
  readonly closed: [now: number, code: number][] = [];
  readonly network: Network;

  constructor(t: { after(fn: () => void): void }, some: Partial<Conditions>) {
    this.network = new Network(conditions(some));
    mock.timers.enable({ apis: ["setTimeout"] });
    t.after(() => mock.timers.reset());
  }

  open(): SimulatedSocket {
    const open = () => {
      const fake = new FakeSocket();
      this.fakes.push(fake);
      return fake as unknown as WebSocket;
    };
    const socket = new SimulatedSocket(this.network, open, () => this.now);
    socket.onmessage = ({ data }) => this.heard.push([this.now, data]);
    socket.onclose = ({ code }) => this.closed.push([this.now, code]);
    return socket;
  }

  /** Lets time pass, a ms at a time. */
  pass(milliseconds: number): void {
    for (let passed = 0; passed < milliseconds; passed += 1) {
      this.now += 1;
      mock.timers.tick(1);
    }
  }

  get fake(): FakeSocket {
    const last = this.fakes.at(-1);
    assert.ok(last, "there is a WebSocket");
    return last;
  }
}

test("on a perfect network everything passes at once", (t) => {
  const story = new Story(t, {});
  const socket = story.open();
  story.fake.accept();
  assert.equal(socket.readyState, 1);
  socket.send("up");
  story.fake.onmessage?.({ data: "down" });
  assert.deepEqual(story.fake.sent, ["up"]);
  assert.deepEqual(story.heard, [[0, "down"]]);
  story.fake.end(4001);
  assert.deepEqual(story.closed, [[0, 4001]]);
  assert.equal(socket.readyState, 3);
});

test("frames take their time each way, and the handshakes four times that", (t) => {
  const story = new Story(t, { latency: 50 });
  const socket = story.open();
  story.pass(199);
  assert.equal(story.fakes.length, 0);
  story.pass(1);
  story.fake.accept();
  socket.send("one");
  socket.send("two");
  story.pass(49);
  assert.deepEqual(story.fake.sent, []);
  story.fake.onmessage?.({ data: "answer" });
  story.pass(1);
  assert.deepEqual(story.fake.sent, ["one", "two"]);
  story.pass(49);
  assert.deepEqual(story.heard, [[299, "answer"]]);
});

test("what came before the end is heard before it", (t) => {
  const story = new Story(t, { latency: 50 });
  story.open();
  story.pass(200);
  story.fake.accept();
  story.fake.onmessage?.({ data: "last words" });
  story.fake.end(4002);
  assert.deepEqual(story.closed, []);
  story.pass(50);
  assert.deepEqual(story.heard, [[250, "last words"]]);
  assert.deepEqual(story.closed, [[250, 4002]]);
});

test("a stall is nothing, and then everything in order", (t) => {
  const story = new Story(t, { latency: 10 });
  const socket = story.open();
  story.pass(40);
  story.fake.accept();
  socket.stall(500);
  for (const data of ["a", "b", "c"]) {
    story.fake.onmessage?.({ data });
    story.pass(100);
  }
  assert.deepEqual(story.heard, []);
  story.pass(200);
  assert.deepEqual(story.heard, [
    [540, "a"],
    [540, "b"],
    [540, "c"],
  ]);
});

test("a cut loses what is on its way, and no other connection opens while the network is away", (t) => {
  const story = new Story(t, { latency: 10, cutEvery: 1_000, away: 300 });
  const socket = story.open();
  story.pass(40);
  story.fake.accept();
  story.pass(1_500);
  const [[at, code] = [0, 0]] = story.closed;
  assert.ok(at >= 540 && at <= 1_541, `${at}`);
  assert.equal(code, 1006);
  assert.equal(socket.readyState, 3);
  assert.equal(story.fake.closedBy, 1000);
  story.now = at + 1;
  story.open();
  story.pass(100);
  assert.equal(story.fakes.length, 1);
  assert.equal(story.closed.length, 2);
  story.now = at + 300;
  story.open();
  story.pass(40);
  assert.equal(story.fakes.length, 2);
});

test("a network may become another while the connection stands", (t) => {
  const story = new Story(t, {});
  const socket = story.open();
  story.fake.accept();
  story.network.conditions = conditions({ latency: 80 });
  socket.changed();
  story.fake.onmessage?.({ data: "late" });
  story.network.conditions = PERFECT;
  socket.changed();
  story.fake.onmessage?.({ data: "in order all the same" });
  assert.deepEqual(story.heard, []);
  story.pass(80);
  assert.deepEqual(story.heard, [
    [80, "late"],
    [80, "in order all the same"],
  ]);
});

test("what the client sends while it reads keeps the order of what it reads", (t) => {
  const story = new Story(t, { latency: 10 });
  const socket = story.open();
  story.pass(40);
  story.fake.accept();
  const order: unknown[] = [];
  socket.onmessage = ({ data }) => {
    story.now += 20; // a slow handler: more is due meanwhile
    socket.send(`answer to ${data}`);
    order.push(data);
  };
  for (const data of ["a", "b", "c"]) {
    story.fake.onmessage?.({ data });
    story.now += 5;
  }
  story.pass(200);
  assert.deepEqual(order, ["a", "b", "c"]);
  assert.deepEqual(story.fake.sent, ["answer to a", "answer to b", "answer to c"]);
});

test("a client that closes hears no more", (t) => {
  const story = new Story(t, { latency: 10 });
  const socket = story.open();
  story.pass(40);
  story.fake.accept();
  story.fake.onmessage?.({ data: "too late" });
  socket.close(1000);
  story.pass(100);
  assert.deepEqual([story.heard, story.closed, story.fake.closedBy], [[], [], 1000]);
});

test("more than there is room for is a lost connection, told outside of the call that was too much", async (t) => {
  const story = new Story(t, { latency: 60_000 });
  const socket = story.open();
  story.now = 240_000;
  mock.timers.tick(240_000);
  story.fake.accept();
  for (let count = 0; count < 5; count += 1) socket.send("x".repeat(1_000_000));
  assert.equal(story.closed.length, 0);
  socket.send("one more");
  assert.equal(story.closed.length, 0);
  await Promise.resolve();
  assert.deepEqual(story.closed, [[240_000, 1006]]);
});
