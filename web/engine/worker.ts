// The Worker in which a game's engine runs, in JavaScript or WebAssembly. A classic one: a module Worker from a blob fails in an opaque
// origin.
import type { EngineModule } from "tickroom";
import { serveEngine } from "../sdk/src/lockstep/serve";
import { onStart, type StartModule, type StartScript, takeAway } from "./start";
import { loadWasmEngine } from "./wasm-engine";

onStart<StartScript | StartModule>((start, port) => {
  if (start.sandboxed) takeAway();
  void serveEngine(port, () => load(start));
});

async function load(start: StartScript | StartModule): Promise<EngineModule> {
  if (start.kind === "wasm") return loadWasmEngine(start.engine);
  const { engine } = start;
  const address =
    typeof engine === "string"
      ? engine
      : URL.createObjectURL(new Blob([engine], { type: "text/javascript" }));
  try {
    return await import(address);
  } catch (error) {
    throw new Error(`${lineOf(error)}${error}`, { cause: error });
  }
}

/** Where in the engine it is, as far as the browser says so: the fault itself does not, what is told when it is reported does. */
function lineOf(fault: unknown): string {
  let place = "";
  const take = (event: ErrorEvent) => {
    event.preventDefault();
    const { filename, lineno } = event;
    if (lineno === 0 || filename === self.location.href) return; // this script's own: the engine did not come
    const file = filename.startsWith("blob:") ? "" : `${filename.slice(filename.lastIndexOf("/") + 1)}, `;
    place = `${file}line ${lineno}: `;
  };
  self.addEventListener("error", take);
  reportError(fault);
  self.removeEventListener("error", take);
  return place;
}
