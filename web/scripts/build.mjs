// Builds the two pages into web/dist: bundles with content-hashed names under assets/, and the HTML that names them; and the Worker of
// the Python engine, with the engine where it has been built.
import { existsSync } from "node:fs";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const output = join(root, "dist");
const engine = join(root, "..", "build", "work", "engine", "dist"); // of `make engine`; there are pages without it
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
  await build({ ...common, entryPoints: ["engine/worker.ts"], format: "iife" }),
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
if (existsSync(join(engine, "manifest.json"))) await copyEngine();

/** The Python engine, and dist/engine.json, which says where it is. */
async function copyEngine() {
  const manifest = JSON.parse(await readFile(join(engine, "manifest.json"), "utf8"));
  await cp(join(engine, manifest.folder), join(output, "assets", "engine", manifest.folder), {
    recursive: true,
  });
  const addresses = {
    worker: address.get("engine/python-worker.ts"),
    page: address.get("engine/python-engine.ts"),
    folder: `/assets/engine/${manifest.folder}/`,
  };
  await write(join(output, "engine.json"), `${JSON.stringify({ ...manifest, ...addresses }, null, 2)}\n`);
}

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
