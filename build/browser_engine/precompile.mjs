// node precompile.mjs INTERPRETER CODE ENGINE RESULT: compiles the engine's code in the very Pyodide that will run it, so that pages need not.
// CODE is a folder with what engine_code.py writes, ENGINE the engine's files, RESULT a zip archive for beside them.
import { readFile, writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

const [interpreter, code, engine, result] = process.argv.slice(2);
const { CODE, Interpreter } = await import(pathToFileURL(interpreter).href);
const read = async (path) => new Uint8Array(await readFile(path));
const python = await Interpreter.load(`${engine}/`, (name) => read(`${engine}/${name}`));
for (const name of ["code", "precompile"]) python.add(await read(`${code}/${name}.zip`));
await writeFile(result, python.run("precompile", "archive", [CODE]));
