// Builds the pages into web/dist: bundles with content-hashed names under assets/, the HTML that names them, and engine.json: which
// scripts load the Python engine, wherever that is (`make engine`).
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const output = join(root, "dist");
const pages = {
  "index.html": "lobby/index.html",
  "play.html": "play/play.html",
  "sandbox.html": "sandbox/sandbox.html",
};
const entryPoints = [
  "lobby/lobby.ts",
  "lobby/lobby.css",
  "play/play.ts",
  "play/play.css",
  "static/favicon.svg",
  "engine/python-worker.ts",
  "engine/python-engine.ts",
];

const common = {
  absWorkingDir: root,
  outdir: join(output, "assets"),
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  bundle: true,
  target: ["es2022", "chrome109", "firefox115", "safari16"],
  minify: true,
  external: ["node:*", "ws"], // what Pyodide would import in node
  loader: { ".svg": "copy" },
  legalComments: "linked",
  metafile: true,
  write: false,
  logLevel: "warning",
};
const results = [
  await build({ ...common, entryPoints, splitting: true, format: "esm" }),
  // a classic script: the Worker of an engine in a sandbox cannot be a module
  await build({ ...common, entryPoints: ["engine/worker.ts", "engine/python-sandbox.ts"], format: "iife" }),
];
const outputs = results.flatMap((result) => result.outputFiles);

const address = new Map();
for (const [file, details] of results.flatMap((result) => Object.entries(result.metafile.outputs))) {
  const source = details.entryPoint ?? Object.keys(details.inputs)[0];
  if (source !== undefined && (details.entryPoint || file.endsWith(".svg"))) {
    address.set(source, `/${relative(output, join(root, file))}`);
  }
}

await rm(output, { recursive: true, force: true });
for (const file of outputs) await write(file.path, file.contents);
for (const [name, template] of Object.entries(pages)) {
  const html = await readFile(join(root, template), "utf8");
  await write(
    join(output, name),
    html.replaceAll(/\{\{(.+?)\}\}/g, (_, source) => addressOf(source, template)),
  );
}
const engineScripts = {
  worker: addressOf("engine/python-worker.ts", "engine.json"),
  page: addressOf("engine/python-engine.ts", "engine.json"),
  sandbox: addressOf("engine/python-sandbox.ts", "engine.json"),
};
await write(join(output, "engine.json"), `${JSON.stringify(engineScripts, null, 2)}\n`);

function addressOf(source, template) {
  const found = address.get(source);
  if (found === undefined)
    throw new Error(`${template} names ${source}, which is not an entry point of the build`);
  return found;
}

async function write(path, contents) {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, contents);
}
