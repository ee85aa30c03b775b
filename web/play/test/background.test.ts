// A page that nobody looks at for a minute, in virtual time: the real client, its keyboard and a predictor against a room of one walker.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { Client } from "../../sdk/src/client";
import type { Predictor } from "../../sdk/src/prediction/predictor";
import type { ReplayRules } from "../../sdk/src/prediction/replay-rules";
import type { Input, ServerItem, ServerMessage } from "../../sdk/src/protocol.generated";
import { bundle, entity, frame, sent, TICK_RATE, welcome } from "../../sdk/test/fixtures";
import type { VirtualSocket } from "../../sdk/test/virtual/socket";
import { VirtualSocket as Socket } from "../../sdk/test/virtual/socket";
import { VirtualTime } from "../../sdk/test/virtual/time";
import { Bindings } from "../bindings";
import { listenToKeyboard } from "../keyboard";

const TICK = 1000 / TICK_RATE;
const STRIDE = 10;
/** Each way (ms). */
const WAY = 120;
const FRAME = 1000 / 60;
const STEP = 5;
const MINUTE = 60_000;
/** What browsers wake a hidden page's timers at. */
const SECOND = 1000;
/** The server lets keys go when it has heard nothing for so many ticks. */
const PATIENCE = TICK_RATE;
const WORST_LEAD = 32_767;

const rules: ReplayRules<number> = {
  kind: "player",
  state: ({ x }) => x,
  step: (x, { held }) => {
    steps += 1;
    return x + (held.has("up") ? STRIDE : 0);
  },
  motion: (x) => ({ x, y: 0 }),
};
let steps = 0;

/** The page's timers, which a browser lets run once a second while the page is hidden. */
class PageTime extends VirtualTime {
  isHidden = false;

  override set(act: () => void, ms: number): number {
    const at = this.now + Math.max(0, ms);
    return super.set(act, this.isHidden ? Math.ceil(at / SECOND) * SECOND - this.now : ms);
  }
}

/** A room with one player who walks to the right while "up" is held; inputs are applied as systems/input.py does. */
class Room {
  tick = 200;
  x = 0;
  lastInput = -1;
  /** Inputs that came, one by one: when, and whether anything was held. */
  readonly came: { at: number; held: number }[] = [];
  late = 0;
  /** What is to be answered: the client's time, and when it came. */
  readonly pings: [pinged: number, received: number][] = [];
  #waiting: Input[] = [];
  #queued = -1;
  #held = 0;
  #silent = 0;
  #lead = 0;

  hear(input: Input, now: number): void {
    const [, tick, held = 0] = input;
    if (tick <= this.#queued || tick > this.tick + PATIENCE) return;
    this.#queued = tick;
    this.#waiting.push(input);
    this.came.push({ at: now, held });
    this.#lead = Math.max(-WORST_LEAD, Math.trunc(this.#timeOf(tick) - now));
    if (tick <= this.tick) this.late += 1;
  }

  step(): ServerMessage {
    this.tick += 1;
    this.#silent += 1;
    while (this.#waiting[0] && this.#waiting[0][1] <= this.tick) {
      const [, tick, held = 0] = this.#waiting.shift() as Input;
      [this.#held, this.lastInput, this.#silent] = [held, tick, 0];
    }
    if (this.#silent >= PATIENCE) this.#held = 0;
    if ((this.#held & 1) === 1) this.x += STRIDE;
    const items: ServerItem[] = [[1, this.tick, [entity(0, 1, 200 + 2 * this.x, 100)]]];
    for (const [pinged, received] of this.pings.splice(0)) items.push([8, pinged, received]);
    const heard = { input: this.lastInput, lead: this.#lead };
    return bundle(this.tick, this.serverTime(this.#timeOf(this.tick)), items, 0, heard);
  }

  welcome(): ServerMessage {
    this.#held = 0;
    return welcome(this.tick, this.serverTime(this.#timeOf(this.tick)), 0, { input: this.#queued });
  }

  serverTime(now: number): number {
    return 10_000 + now;
  }

  #timeOf(tick: number): number {
    return (tick - 200) * TICK;
  }
}

const time = new PageTime();
const turn = setImmediate;
time.install();
Object.assign(globalThis, {
  window: new EventTarget(),
  document: Object.assign(new EventTarget(), { hidden: false }),
  HTMLElement: class {},
});
globalThis.fetch = async () => new Response("{}");

/** The room, a page that plays in it, and what is on the way between them. */
class World {
  readonly room = new Room();
  readonly client: Client;
  /** While it sleeps nothing of the page runs, and what is sent to it waits. */
  isAsleep = false;
  readonly #way: { at: number; act: () => void; isForPage: boolean }[] = [];
  #socket: VirtualSocket | undefined;
  #frameAt = 0;
  /** When the tick after the room's was and will be: the room began with the world. */
  readonly #began = time.now;
  drawn = Number.NaN;
  /** What the page's clock is ahead of the time that passes (ms). */
  clock = 0;

  constructor() {
    const wire = {
      connect: (socket: VirtualSocket) => {
        this.#socket = socket;
        this.#isWelcome = false;
        this.#send(() => socket.opened(), true);
      },
      send: (socket: VirtualSocket, bytes: Uint8Array) => {
        const message = sent(bytes as Uint8Array<ArrayBuffer>);
        if (socket === this.#socket) this.#send(() => this.#heard(message), false);
      },
      close: () => undefined,
    };
    class OwnSocket extends Socket {
      constructor() {
        super(wire);
      }
    }
    this.client = new Client({
      url: "http://virtual.invalid",
      room: "room",
      token: "secret",
      memory: null,
      fingerprint: "rules",
      now: () => time.now + this.clock,
      random: () => 0.5,
      webSocket: OwnSocket as unknown as typeof WebSocket,
    });
  }

  get now(): number {
    return time.now - this.#began;
  }

  /** Joins, predicts, and plays for two seconds. */
  async begin(): Promise<void> {
    const opened = this.client.open();
    this.run(1_000);
    await opened;
    await this.client.predict(async ({ replaying }): Promise<Predictor> => replaying(rules));
    this.run(2_000);
    assert.equal(this.client.prediction.state, "on");
  }

  run(ms: number): void {
    for (const end = time.now + ms; time.now < end; ) {
      time.now += STEP;
      this.#arrive();
      while ((this.room.tick - 200 + 1) * TICK <= this.now) {
        const [socket, bytes] = [this.#socket, frame(this.room.step()) as Uint8Array];
        if (this.#isWelcome) this.#send(() => socket?.heard(bytes), true);
      }
      if (this.isAsleep) continue;
      for (const act of time.takeDue()) act();
      if (document.hidden || time.now < this.#frameAt) continue;
      this.#frameAt = time.now + FRAME;
      this.drawn = this.client.view()?.entities.get(1)?.x ?? Number.NaN;
    }
  }

  /** The page is behind others, or in front again; of the way there it hears by an event. */
  hide(isHidden: boolean): void {
    Object.assign(document, { hidden: isHidden });
    time.isHidden = isHidden;
    document.dispatchEvent(new Event("visibilitychange"));
  }

  /** It runs again: as browsers do it, what waits for it comes before its timers, or after them. */
  async awake(timersFirst: boolean): Promise<void> {
    this.isAsleep = false;
    if (timersFirst) for (const act of time.takeDue()) act();
    this.#arrive();
    await new Promise((resolve) => turn(resolve));
  }

  #isWelcome = false;

  #heard(message: unknown[]): void {
    if (message[0] === 1) {
      this.#isWelcome = true;
      const [socket, bytes] = [this.#socket, frame(this.room.welcome()) as Uint8Array];
      this.#send(() => socket?.heard(bytes), true);
    }
    const socket = this.#socket;
    if (message[0] === 2) {
      const reply: ServerMessage = [2, message[1] as number, this.room.serverTime(this.now)];
      this.#send(() => socket?.heard(frame(reply) as Uint8Array), true);
    }
    if (message[0] !== 3) return;
    for (const item of message[3] as unknown[][]) {
      if (item[0] === 1) this.room.hear(item as never, this.now);
      if (item[0] === 4) this.room.pings.push([item[1] as number, this.room.serverTime(this.now)]);
    }
  }

  #send(act: () => void, isForPage: boolean): void {
    this.#way.push({ at: time.now + WAY, act, isForPage });
  }

  #arrive(): void {
    const isDue = ({ at, isForPage }: { at: number; isForPage: boolean }) =>
      at <= time.now && !(isForPage && this.isAsleep);
    const due = this.#way.filter(isDue);
    for (const each of due) this.#way.splice(this.#way.indexOf(each), 1);
    for (const { act } of due) act();
  }
}

function key(type: "keydown" | "keyup"): void {
  window.dispatchEvent(Object.assign(new Event(type), { code: "KeyW", repeat: false }));
}

/** A world in which the key is down and the walker walks. */
async function walking(context: TestContext): Promise<World> {
  const world = new World();
  await world.begin();
  const { game } = world.client;
  assert.ok(game);
  listenToKeyboard(new Bindings(world.client.inputs, game), context.signal);
  context.after(() => world.client.close());
  key("keydown");
  world.run(1_000);
  assert.ok(world.room.x > 15 * STRIDE && world.drawn > world.room.x, "it walks, drawn ahead of the server");
  return world;
}

/** It rests at its true place; a key is seen within two ticks; and no input is late. */
function plays(world: World): void {
  key("keyup");
  world.run(1_000);
  assert.equal(world.client.prediction.state, "on");
  assert.equal(world.drawn, world.room.x, "it is where the server has it");
  const [before, late] = [world.drawn, world.room.late];
  key("keydown");
  world.run(2 * TICK + FRAME + STEP);
  assert.ok(world.drawn > before, "a key is seen before the server can have heard of it");
  world.run(10_000);
  key("keyup");
  world.run(1_000);
  assert.equal(world.room.late, late);
  assert.equal(world.drawn, world.room.x);
}

test("a page in the background for a minute holds nothing, speaks no faster, and plays on at its true place", async (context) => {
  const world = await walking(context);
  const { room } = world;
  const from = room.x;
  world.hide(true);
  const since = room.came.length;
  world.run(MINUTE);
  assert.ok(room.x - from <= 0.5 * TICK_RATE * STRIDE, `it walked on for ${(room.x - from) / STRIDE} ticks`);
  const came = room.came.slice(since + 0.5 * TICK_RATE);
  assert.ok(came.every(({ held }) => held === 0));
  for (const { at } of came)
    assert.ok(came.filter((other) => other.at > at && other.at <= at + SECOND).length <= TICK_RATE + 1);
  [world.room.late, steps] = [0, 0];
  world.hide(false);
  world.run(100);
  assert.ok(steps <= 2 * TICK_RATE, `${steps} ticks were computed in a tenth of a second`);
  plays(world);
});

for (const timersFirst of [false, true]) {
  const how = timersFirst ? "its timers wake first" : "what was sent to it comes first";
  test(`a page that was frozen for a minute with a key down stood still, and sends no minute of inputs: ${how}`, async (context) => {
    const world = await walking(context);
    const { room } = world;
    const from = room.x;
    world.isAsleep = true;
    world.run(MINUTE);
    assert.ok(
      room.x - from <= 1.5 * TICK_RATE * STRIDE,
      `it walked on for ${(room.x - from) / STRIDE} ticks`,
    );
    const [at, since] = [room.x, room.came.length];
    steps = 0;
    await world.awake(timersFirst);
    world.run(500);
    assert.ok(room.came.length - since <= 0.5 * TICK_RATE + 3, `${room.came.length - since} inputs at once`);
    assert.ok(steps <= 10 * TICK_RATE, `${steps} ticks were computed`);
    world.run(1_500);
    assert.ok(room.x > at, "the key is held still, and says so again");
    plays(world);
  });
}

/** The last: so far ahead that the server refuses what comes, twice as far as one may be. */
for (const jumps of [[MINUTE], [-MINUTE], [950], [-950], [900, 900]]) {
  test(`the page's clock jumps by ${jumps.join(" and ")} ms while a key is down: soon it walks as before`, async (context) => {
    const world = await walking(context);
    for (const jump of jumps) {
      world.clock += jump;
      world.run(2 * TICK);
    }
    world.run(5_000);
    plays(world);
  });
}
