// node run_engine.mjs INTERPRETER FOLDER MATCH ARCHIVE...: plays a match in Pyodide here; prints what came of it as JSON.
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

const [interpreter, folder, match, ...archives] = process.argv.slice(2);
const { Interpreter } = await import(pathToFileURL(interpreter).href);
const read = async (path) => new Uint8Array(await readFile(path));
const began = performance.now();
const python = await Interpreter.load(`${folder}/`, (name) => read(`${folder}/${name}`));
for (const archive of archives) python.add(await read(archive));
python.run("play_match", "ready", []);
const ready = performance.now() - began;
const views = [1, 2, 3].map(() => python.run("play_match", "views", [new Uint8Array(8), { bytes: new Uint8Array(8) }]));
const { seed, script } = JSON.parse(await readFile(match, "utf8"));
process.stdout.write(JSON.stringify({ bare: python.bareAfter, ready, views, scenes: python.run("play_match", "scenes", []), ...python.run("play_match", "play", [seed, script]) }));
