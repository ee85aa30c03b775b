import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Pace } from "../src/pace.js";

const TICK = 50;

interface Told {
  readonly at: number;
  readonly tick: number;
  readonly lastInput: number;
  readonly lead: number;
}

/** A server of 20 ticks a second, and the way to it: what it would tell of each input. Times are the client's. */
class FarServer {
  tick = 0;
  /** Of each tick that it ran, how early the newest input had come. */
  leads: number[] = [];
  #sent: { at: number; tick: number }[] = [];
  #newest = { at: 0, tick: -1 };
  #lastInput = -1;
  #told: Told[] = [];
  #random = 7;

  constructor(
    public there: number,
    public back: number,
    readonly jitter = 0,
  ) {}

  #jitter(): number {
    this.#random = (this.#random * 48_271) % 2_147_483_647;
    return (this.#random / 2_147_483_647) * this.jitter;
  }

  send(tick: number, now: number): void {
    this.#sent.push({ at: Math.max(now + this.there + this.#jitter(), this.#sent.at(-1)?.at ?? 0), tick });
  }

  run(until: number): void {
    for (let at = (this.tick + 1) * TICK; at <= until; at += TICK) {
      this.tick += 1;
      while (this.#sent[0] && this.#sent[0].at <= at)
        this.#newest = this.#sent.shift() as { at: number; tick: number };
      this.#lastInput = Math.max(this.#lastInput, Math.min(this.#newest.tick, this.tick));
      const lead = at - this.#newest.at + (this.#newest.tick - this.tick) * TICK;
      this.leads.push(lead);
      const arrives = at + this.back + this.#jitter();
      this.#told.push({ at: arrives, tick: this.tick, lastInput: this.#lastInput, lead: Math.trunc(lead) });
    }
  }

  tell(pace: Pace, until: number, offset: number): void {
    while (this.#told[0] && this.#told[0].at <= until) {
      const { at, tick, lastInput, lead } = this.#told.shift() as Told;
      pace.heard(tick, lastInput, lead, at + offset);
    }
  }
}

/** The client's ticks at their due times; `offset`: what its clock has jumped by. */
function play(pace: Pace, server: FarServer, until: number, offset = 0): number[] {
  const ticks: number[] = [];
  while (pace.due - offset < until) {
    let now = pace.due - offset;
    server.run(now);
    server.tell(pace, now, offset);
    now = Math.max(now, pace.due - offset);
    ticks.push(pace.next(now + offset));
    server.send(ticks.at(-1) as number, now);
  }
  return ticks;
}

for (const [there, back, jitter] of [
  [0, 0, 0],
  [20, 20, 30],
  [125, 125, 30],
  [200, 20, 0],
  [5, 300, 30],
] as const) {
  test(`inputs come shortly before their tick: ${there} ms there, ${back} back, ${jitter} of jitter`, () => {
    const pace = new Pace();
    const server = new FarServer(there, back, jitter);
    pace.start(20, 0, 0, -1);
    play(pace, server, 2_000);
    server.leads = [];
    const ticks = play(pace, server, 62_000);
    assert.deepEqual(
      ticks,
      ticks.map((_, place) => (ticks[0] as number) + place),
      "no number is skipped",
    );
    assert.ok(Math.min(...server.leads) >= 0, `late by ${-Math.min(...server.leads)} ms`);
    assert.ok(Math.max(...server.leads) < TICK + 2 * jitter + 10, `${Math.max(...server.leads)} ms early`);
  });
}

for (const jump of [60_000, -60_000]) {
  test(`a clock that jumps by ${jump} ms is right again within two seconds`, () => {
    const pace = new Pace();
    const server = new FarServer(60, 60);
    pace.start(20, 0, 0, -1);
    play(pace, server, 5_000);
    const at = pace.due;
    server.run(at);
    const number = pace.next(at + jump);
    assert.ok(number <= server.tick + 20, `${number} is numbered a minute ahead`);
    assert.ok(pace.due <= at + jump + TICK + 1, "the next is due soon");
    server.send(number, at);
    play(pace, server, at + 2_000, jump);
    server.leads = [];
    play(pace, server, at + 10_000, jump);
    assert.ok(Math.min(...server.leads) >= 0);
  });
}

test("while the room stands still no tick is counted, and it goes on where it was", () => {
  const pace = new Pace();
  pace.start(20, 0, 0, -1);
  for (let tick = 1; tick < 40; tick++) {
    pace.heard(tick, pace.tick, 20, pace.due);
    pace.next(pace.due);
  }
  const before = pace.tick;
  for (const end = pace.due + 60_000; pace.due < end; ) {
    pace.heard(39, before, 20, pace.due);
    assert.equal(pace.next(pace.due), before);
  }
  assert.equal(pace.tickAt(pace.due), before);
  pace.heard(40, before, 20, pace.due);
  assert.equal(pace.next(pace.due), before + 1);
});

test("inputs that the server refuses are counted anew", () => {
  const pace = new Pace();
  pace.start(20, 0, 0, 500);
  assert.equal(pace.next(0), 501);
  const told = Array.from({ length: 29 }, (_, n) => pace.heard(n + 1, 500, 0, (n + 1) * TICK));
  assert.deepEqual([told.indexOf(true), told.lastIndexOf(true)], [21, 21]);
  assert.equal(pace.next(pace.due), 501);
});

test("the own tick moves on evenly between two inputs", () => {
  const pace = new Pace();
  pace.start(20, 200, 0, -1);
  pace.next(0);
  assert.deepEqual(
    [0, 25, 50, 80].map((now) => pace.tickAt(now)),
    [201, 201.5, 202, 202],
  );
});

interface Vectors {
  readonly tick_rate: number;
  readonly cases: {
    readonly name: string;
    readonly calls: (
      | readonly [serverTick: number, lastInput: number, lead: number, now: number, refused: boolean]
      | readonly [now: number, isDue: boolean]
      | readonly [now: number, tick: number, due: number]
    )[];
  }[];
}

const vectors: Vectors = JSON.parse(readFileSync("../docs/pace-vectors.json", "utf8"));

for (const { name, calls } of vectors.cases) {
  test(`ticks are due when they are for a client in Python: ${name}`, () => {
    const pace = new Pace();
    pace.start(vectors.tick_rate, 0, 0, -1);
    for (const call of calls) {
      if (call.length === 5) {
        const [serverTick, lastInput, lead, now, refused] = call;
        assert.equal(pace.heard(serverTick, lastInput, lead, now), refused);
      } else if (call.length === 2) {
        const [now, isDue] = call;
        assert.equal(pace.isDue(now), isDue);
      } else {
        const [now, tick, due] = call;
        assert.deepEqual([pace.next(now), pace.due], [tick, due]);
      }
    }
    const isRefused = calls.some((call) => call.length === 5 && call[4]);
    assert.equal(isRefused, name === "a jump, refused in silence");
    const isFarAhead = calls.some((call) => call.length === 5 && call[2] > 600);
    assert.equal(isFarAhead, name === "a jump");
  });
}
