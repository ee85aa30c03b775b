// One player against scripted ones, with no server: what a lock-step driver does, with master packets made here.
// The address says seed, start, size, players and speed: ?seed=3&start=army&size=small&players=4&speed=1

import * as rules from "/client/engine.js";
import start from "/client/view.js";
import { script } from "./script.js";

const { create, encodeCommands } = rules;
const options = new URLSearchParams(location.search);
const number = (name, otherwise) => Number(options.get(name) ?? otherwise);
const PLAYERS = number("players", 2);
const SEED = number("seed", 3);
const ITERATIONS = 2;
const ITERATION_MS = 50 / number("speed", 1);
const DELAY = 2;
const NAMES = ["You", "Brutus", "Cleo", "Dido"];

const engine = create();
const players = Array.from({ length: PLAYERS }, (_, player) => ({ player, team: player }));
engine.init(SEED, { players, size: options.get("size") ?? "small", start: options.get("start") ?? "village" });

const given = new Map();
let chosen = [];
const view = await start({
  page: document.querySelector("#page"),
  player: number("player", 0),
  nameOf: (player) => NAMES[player],
  send: (name, body) => chosen.push([name, body]),
  hint: () => undefined,
});

function turn() {
  const generation = engine.generation + 1;
  given.set(generation + DELAY, chosen);
  chosen = [];
  const own = (given.get(generation) ?? []).slice(0, 64);
  given.delete(generation);
  const bodies = players.map(({ player }) => {
    if (player === 0 && !demo.all) return [0, encodeCommands(own)];
    const commands = (generation + player * 5) % 20 === 0 ? script(engine, player, rules) : [];
    return [player, encodeCommands(commands.slice(0, 64))];
  });
  return { generation, iterations: ITERATIONS, iteration_ms: ITERATION_MS, bodies };
}

/** The scenes of iterations that have been computed and are yet to be shown. */
const coming = [];
let shownAt = performance.now();
const demo = { engine, view, all: options.has("all"), frames: 0, recorded: [], skip };
window.demo = demo;

function step() {
  const master = turn();
  record(master);
  engine.step(master, () => coming.push(engine.scene(number("player", 0))));
  view.happened(engine.events, engine.refusals.filter((refusal) => refusal.player === 0));
}

/** For whoever computes the match again: `[[player, hex], ...]` of each generation. */
function record({ bodies }) {
  const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  demo.recorded.push(bodies.map(([player, body]) => [player, hex(body)]));
}

/** Runs ahead without showing it. */
function skip(generations) {
  for (let done = 0; done < generations; done += 1) {
    const master = turn();
    record(master);
    engine.step(master);
  }
  coming.length = 0;
}

view.advanced(engine.scene(number("player", 0)));
function frame(now) {
  while (now - shownAt >= ITERATION_MS) {
    if (!coming.length) step();
    view.advanced(coming.shift());
    shownAt += ITERATION_MS;
    if (now - shownAt > 1000) shownAt = now;
  }
  view.frame({ now, part: Math.min(1, (now - shownAt) / ITERATION_MS) });
  demo.frames += 1;
  requestAnimationFrame(frame);
}
requestAnimationFrame(frame);
