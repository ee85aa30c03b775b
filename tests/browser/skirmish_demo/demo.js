// One player against scripted ones, with no server: what a lock-step driver does, with master packets made here.
// The address says seed, start, size, players and speed: ?seed=3&start=army&size=small&players=4&speed=1

import { create, encodeCommands, HALL, KINDS, WORKER } from "/client/engine.js";
import start from "/client/view.js";

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
});

/** What a scripted player does: gather, train, build a little, and march. */
function script(player) {
  const { things, deposits, realms, size } = engine.scene(player);
  const own = things.filter((thing) => thing.owner === player);
  const hall = own.find((thing) => thing.kind === HALL);
  const idle = own.filter((thing) => thing.kind === WORKER && thing.verb === 0);
  const soldiers = own.filter((thing) => thing.kind > WORKER && thing.kind < HALL);
  const realm = realms.find((each) => each.player === player);
  const commands = [];
  if (!hall) return commands;
  const x = Math.floor(hall.x / 256);
  const y = Math.floor(hall.y / 256);
  const away = ({ cell }) => ((cell % size) - x) ** 2 + (Math.floor(cell / size) - y) ** 2;
  const near = (what) => deposits.filter((each) => each.what === what).sort((a, b) => away(a) - away(b))[0]?.id;
  idle.forEach(({ id }, place) => {
    const target = near((id + place) % 2 ? 1 : 2);
    if (target) commands.push(["gather", { units: [id], target }]);
  });
  if (own.length < 24 && hall.training.length < 2) commands.push(["train", { building: hall.id, kind: "worker" }]);
  const workers = own.filter((thing) => thing.kind === WORKER);
  const wanted = realm.room - realm.used < 3 ? "house" : own.some((thing) => thing.kind === 6) ? "" : "barracks";
  const building = own.some((thing) => thing.left > 0);
  if (wanted && !building && workers.length) {
    const turn = engine.generation / 20;
    const [across, down] = [Math.round(7 * Math.cos(turn)), Math.round(7 * Math.sin(turn))];
    const body = { units: workers.slice(-2).map(({ id }) => id), kind: wanted, x: x + across, y: y + down };
    if (body.x > 0 && body.y > 0) commands.push(["build", body]);
  }
  for (const barracks of own.filter((thing) => KINDS[thing.kind].name === "barracks" && thing.left === 0)) {
    if (barracks.training.length < 2) commands.push(["train", { building: barracks.id, kind: ["spearman", "archer", "knight"][engine.generation % 3] }]);
  }
  if (soldiers.length > 7 && engine.generation % 200 < 20) {
    const foe = things.find((thing) => thing.owner !== player && thing.kind === HALL);
    const body = { x: Math.floor((foe?.x ?? 0) / 256), y: Math.floor((foe?.y ?? 0) / 256) };
    commands.push(["advance", { units: soldiers.slice(0, 200).map(({ id }) => id).sort((a, b) => a - b), ...body }]);
  }
  return commands;
}

function turn() {
  const generation = engine.generation + 1;
  given.set(generation + DELAY, chosen);
  chosen = [];
  const own = (given.get(generation) ?? []).slice(0, 64);
  given.delete(generation);
  const bodies = players.map(({ player }) => {
    if (player === 0 && !demo.all) return [0, encodeCommands(own)];
    const commands = (generation + player * 5) % 20 === 0 ? script(player) : [];
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
