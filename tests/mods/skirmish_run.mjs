// Runs a recorded match through client/engine.js: node skirmish_run.mjs ENGINE < match.json > result.json
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const { create } = await import(pathToFileURL(process.argv[2]));
const { seed, setup, start, turns, reload, dumps } = JSON.parse(readFileSync(0, "utf-8"));
let engine = create();
const result = { checksums: [], refusals: [], dumps: {}, refused: null, milliseconds: 0 };
try {
  engine.init(seed, setup);
  if (start) engine.load(start);
  result.checksums.push(engine.checksum());
} catch (error) {
  if (!error.refused) throw error;
  result.refused = error.refused;
}
for (const [iterations, bodies] of result.refused ? [] : turns) {
  if (reload && engine.generation % reload === 0) {
    const dump = JSON.stringify(engine.dump());
    engine = create();
    engine.init(seed, setup);
    engine.load(JSON.parse(dump));
  }
  const generation = engine.generation + 1;
  const given = bodies.map(([player, body]) => [player, Uint8Array.from(Buffer.from(body, "hex"))]);
  const began = performance.now();
  engine.step({ generation, iterations, iteration_ms: 50, bodies: given });
  result.milliseconds += performance.now() - began;
  result.checksums.push(engine.checksum());
  result.refusals.push(engine.refusals.map(({ player, command, reason }) => [player, command, reason]));
  if (dumps.includes(generation)) result.dumps[generation] = engine.dump();
}
if (!result.refused) result.dumps.last = engine.dump();
console.log(JSON.stringify(result));
