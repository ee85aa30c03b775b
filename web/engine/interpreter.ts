// Pyodide with the engine's libraries in it, and the archives of Python code that it is given. Runs in a Worker and in node.
import { loadPyodide, type PyodideAPI } from "pyodide";
import type { PyProxy } from "pyodide/ffi";

/** What goes between JavaScript and Python by value: bytes arrive in Python as a memoryview, dicts come back as objects. */
export type Plain =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | readonly Plain[]
  | { readonly [key: string]: Plain };

/** Reads a file of the engine's folder by its name. */
export type Read = (name: string) => Promise<Uint8Array>;

/** What is handed to Pyodide instead of being fetched. */
export type Given = Pick<NonNullable<Parameters<typeof loadPyodide>[0]>, "createPyodideModule">;

/** Where archives of code are unpacked to; the first place that Python looks in. */
export const CODE = "/code";
const LIBRARIES = "libraries.zip";
/** All that Pyodide asks of its list of packages where none is loaded by name. */
const NO_PACKAGES = JSON.stringify({
  info: { abi_version: "2026_0", arch: "wasm32", platform: "emscripten", python: "3.14", version: "314.0.7" },
  packages: {},
});

export class Interpreter {
  readonly #python: PyodideAPI;
  /** How long it took until bare Pyodide was there, in ms: what all that comes after is measured against. */
  readonly bareAfter: number;

  private constructor(python: PyodideAPI, bareAfter: number) {
    this.#python = python;
    this.bareAfter = bareAfter;
  }

  /** `folder` ends in "/": an address in a browser, a path in node. Rejects where a file is missing or is of another build. */
  static async load(folder: string, read: Read, more: Given = {}): Promise<Interpreter> {
    const began = performance.now();
    const loading = loadPyodide({ indexURL: folder, lockFileContents: NO_PACKAGES, ...more });
    const bare = loading.then(() => performance.now() - began);
    const [python, libraries, bareAfter] = await Promise.all([loading, read(LIBRARIES), bare]);
    python.unpackArchive(libraries, "wheel");
    python.FS.mkdirTree(CODE);
    // compiled beforehand, in one of the archives; what is not is compiled and not written down, for nobody imports it twice
    python.runPython(`import sys
sys.path.insert(0, "${CODE}")
sys.pycache_prefix = "${CODE}/.compiled"
sys.dont_write_bytecode = True`);
    return new Interpreter(python, bareAfter);
  }

  /** Puts the modules of a zip archive where Python finds them. What is there by the same name is replaced, if it is not imported yet. */
  add(archive: Uint8Array): void {
    this.#python.unpackArchive(archive, "zip", { extractDir: CODE });
    this.#python.runPython("import importlib; importlib.invalidate_caches()");
  }

  /** Calls a function of a module. Throws with Python's traceback. */
  run(module: string, name: string, values: readonly Plain[]): Plain {
    const { PyProxy } = this.#python.ffi;
    const imported = this.#python.pyimport(module);
    const given: unknown[] = [];
    try {
      const called = imported[name];
      if (typeof called !== "function") throw new Error(`${module} has no function ${name}`);
      for (const value of values) given.push(this.#python.toPy(value));
      const result = called(...given);
      return result instanceof PyProxy ? byValue(result) : (result ?? null);
    } finally {
      // what Python keeps it has its own reference to; JavaScript's would last until its garbage is collected
      for (const value of given) if (value instanceof PyProxy) value.destroy();
      imported.destroy();
    }
  }
}

function byValue(proxy: PyProxy): Plain {
  try {
    return proxy.toJs({ dict_converter: Object.fromEntries, create_pyproxies: false });
  } finally {
    proxy.destroy();
  }
}
