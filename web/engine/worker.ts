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

function load(start: StartScript | StartModule): Promise<EngineModule> {
  if (start.kind === "wasm") return loadWasmEngine(start.engine);
  const { engine } = start;
  const address =
    typeof engine === "string"
      ? engine
      : URL.createObjectURL(new Blob([engine], { type: "text/javascript" }));
  return import(address) as Promise<EngineModule>;
}
