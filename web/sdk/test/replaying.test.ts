import assert from "node:assert/strict";
import { test } from "node:test";
import type { Predicted } from "../src/prediction/predictor.js";
import type { ReplayRules } from "../src/prediction/replay-rules.js";
import { ReplayingPredictor } from "../src/prediction/replaying.js";
import type { ClientBundle, Input } from "../src/protocol.generated.js";
import type { SceneEntity } from "../src/scene.js";
import { game, TICK_RATE } from "./fixtures.js";

interface Walker {
  readonly x: number;
  readonly shots: number;
}

/** Up is 10 to the right; each press of fire counts. */
const RULES: ReplayRules<Walker> = {
  kind: "player",
  state: ({ x }) => ({ x, shots: 0 }),
  step: ({ x, shots }, { held, pressed, axes }) => ({
    x: x + (held.has("up") ? 10 : 0) + (axes.aim_x ?? 0),
    shots: shots + (pressed.has("fire") ? 1 : 0),
  }),
  motion: ({ x }) => ({ x, y: 7 }),
};

/** A predictor of those rules, the own entity that the server tells of, and what was predicted last. */
function walking() {
  const told = { id: 5, owner: 0, kind: "player", x: 100 };
  const others = [
    { id: 1, owner: 1, kind: "player", x: 0 },
    { id: 2, owner: 0, kind: "wall", x: 0 },
  ];
  const latest = () => [...others, told] as unknown as SceneEntity[];
  const predictor = new ReplayingPredictor({ game: game(), player: 0, tickRate: TICK_RATE, latest }, RULES);
  const answers: Predicted[] = [];
  predictor.onPredicted = (predicted) => answers.push(predicted);
  predictor.welcome();
  return {
    told,
    predictor,
    server(tick: number, lastInput: number): void {
      predictor.serverFrame(undefined, [3, tick, 0, lastInput, 0, 0, []] as never);
    },
    client(tick: number, ...inputs: Input[]): Predicted {
      predictor.clientFrame(undefined, [3, tick, -1, inputs] as ClientBundle);
      return answers.at(-1) as Predicted;
    },
  };
}

function up(tick: number): Input {
  return [1, tick, 0b1, 0, [0, 0]];
}

function x([, , entities]: Predicted): unknown {
  return entities[0]?.[1].Position?.[0];
}

test("each input is a step ahead of the server, and one that is sent again is none", () => {
  const walk = walking();
  walk.server(10, -1);
  assert.equal(x(walk.client(11, up(11))), 110);
  assert.equal(x(walk.client(12, up(11), up(12))), 120);
  assert.deepEqual(walk.client(13, [1, 13, 0, 0, [32767, 0]])[2], [
    [5, { Position: [121, 7, 0], Velocity: [0, 0, 0] }, null],
  ]);
});

test("what the server has applied is compared with what was predicted then: within the tolerance nothing changes", () => {
  const walk = walking();
  walk.server(10, -1);
  for (let tick = 11; tick < 15; tick++) walk.client(tick, up(tick));
  walk.told.x = 120.25;
  walk.server(12, 12);
  const [, lastInput, , , error, corrected, pending] = walk.client(15);
  assert.deepEqual([lastInput, error, corrected, pending], [12, 0.25, 0, 2]);
  assert.equal(x(walk.client(16)), 140);
});

test("a difference is put right by the inputs that are pending, and hidden by going over to it", () => {
  const walk = walking();
  walk.server(10, -1);
  for (let tick = 11; tick < 15; tick++) walk.client(tick, up(tick));
  walk.told.x = 80;
  walk.server(12, 12);
  const first = walk.client(15);
  assert.deepEqual(first.slice(4), [40, 1, 2]);
  assert.ok(Math.abs((x(first) as number) - 110) < 0.1, `${x(first)}: a quarter of 40 is left to go`);
  let last = first;
  for (let tick = 16; tick < 20; tick++) last = walk.client(tick);
  assert.ok(Math.abs((x(last) as number) - 100) < 0.1);
});

test("far away is a teleport, and another entity of one's own begins anew", () => {
  const walk = walking();
  walk.server(10, -1);
  walk.client(11, up(11));
  walk.told.x = 600;
  walk.server(11, 11);
  assert.equal(x(walk.client(12)), 600);
  walk.told.id = 6;
  walk.told.x = 50;
  walk.server(12, 11);
  const [, , entities, , , corrected] = walk.client(13, up(13));
  assert.equal(entities[0]?.[0], 6);
  assert.deepEqual([entities[0]?.[1].Position?.[0], corrected], [60, 1]);
});

test("without an own entity nothing is predicted, and inputs wait for it", () => {
  const walk = walking();
  walk.told.owner = 3;
  walk.server(10, -1);
  assert.deepEqual(walk.client(11, up(11))[2], []);
  walk.told.owner = 0;
  walk.server(10, 10);
  assert.equal(x(walk.client(12, up(12))), 120);
});

test("ticks without an input keep what was held, and what came too late is pressed in the next", () => {
  const walk = walking();
  walk.server(10, -1);
  walk.client(11, up(11));
  assert.equal(x(walk.client(15, up(15))), 150);
  const shots: number[] = [];
  const rules: ReplayRules<Walker> = {
    ...RULES,
    step: (state, input) => {
      const next = RULES.step(state, input);
      shots.push(next.shots);
      return next;
    },
  };
  const latest = () => [{ id: 5, owner: 0, kind: "player", x: 0 }] as unknown as SceneEntity[];
  const late = new ReplayingPredictor({ game: game(), player: 0, tickRate: TICK_RATE, latest }, rules);
  late.serverFrame(undefined, [3, 10, 0, -1, 0, 0, []] as never);
  late.clientFrame(undefined, [3, 11, -1, [[1, 11, 0, 0b100, [0, 0]]]] as ClientBundle);
  late.clientFrame(undefined, [3, 12, -1, [up(12)]] as ClientBundle);
  late.serverFrame(undefined, [3, 11, 0, 10, 0, 0, []] as never);
  assert.deepEqual(shots, [1, 1, 1], "the tick of the press is over, and its press goes into the next");
});

test("inputs that the server has refused never were: those that are counted anew from an earlier tick move on", () => {
  const walk = walking();
  walk.server(10, -1);
  walk.client(11, up(11));
  walk.told.x = 110;
  walk.server(11, 11);
  walk.client(12, up(12));
  const jumped = walk.client(60, up(60));
  assert.equal(x(jumped), 510, "the own clock has jumped");
  assert.equal(jumped[0], 51, "farther than two seconds it does not go");
  walk.told.x = 120;
  walk.server(12, 12);
  const back = walk.client(13, up(13));
  assert.deepEqual([back[0], back[5]], [13, 0]);
  assert.equal(x(back), 130, "so far is a snap");
  for (let tick = 14; tick < 20; tick++) assert.equal(x(walk.client(tick, up(tick))), 10 * tick);
  walk.told.x = 150;
  walk.server(15, 15);
  assert.deepEqual(walk.client(20, up(20)).slice(4), [0, 0, 5], "what was predicted since is right");
});

test("a press that came too late counts in the tick in which the server applies it, once", () => {
  const walk = walking();
  const shots: [tick: number, pressed: boolean][] = [];
  const rules: ReplayRules<Walker> = {
    ...RULES,
    step: (state, input) => {
      shots.push([input.tick, input.pressed.has("fire")]);
      return RULES.step(state, input);
    },
  };
  const latest = () => [walk.told] as unknown as SceneEntity[];
  const late = new ReplayingPredictor({ game: game(), player: 0, tickRate: TICK_RATE, latest }, rules);
  const server = (tick: number, lastInput: number) =>
    late.serverFrame(undefined, [3, tick, 0, lastInput, 0, 0, []] as never);
  const client = (tick: number, pressed = 0) => {
    shots.length = 0;
    late.clientFrame(undefined, [3, tick, -1, [[1, tick, pressed, pressed, [0, 0]]]] as ClientBundle);
    return shots;
  };
  server(10, -1);
  client(11, 0b100);
  server(11, -1); // it has run 11 without the press, and nothing is pending beyond
  assert.deepEqual(client(12), [[12, true]]);
  server(12, 11); // it has pressed it in 12; what was sent for 12 is late, too
  assert.deepEqual(client(13), [[13, false]]);
});
