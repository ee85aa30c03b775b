// The Worker that the Python engine runs in. It loads once and then runs one order after the other.
import { countFetched } from "./counting.js";
import { Interpreter, type Plain } from "./interpreter.js";
import type { Order, Progress, Reply } from "./messages.js";

/** What Pyodide imports, which is no `fetch`. */
const GLUE = "pyodide.asm.mjs";

let loading: Promise<Interpreter> | undefined;
let isLoaded = false;

// What goes wrong while it loads is in the reply; Pyodide fetches several files at once, and waits for the first that fails.
self.addEventListener("unhandledrejection", (event) => {
  if (!isLoaded) event.preventDefault();
});

self.addEventListener("message", async ({ data }: MessageEvent<Order>) => {
  self.postMessage(await reply(data));
});

async function reply(order: Order): Promise<Reply> {
  try {
    return { id: order.id, value: await obey(order) };
  } catch (error) {
    return { id: order.id, failure: error instanceof Error ? error.message : String(error) };
  }
}

async function obey(order: Order): Promise<Plain> {
  if (order.verb === "run") {
    if (loading === undefined) throw new Error("nothing is loaded yet");
    return (await loading).run(order.module, order.name, order.values);
  }
  if (loading !== undefined) throw new Error("the engine is loaded once");
  countFetched((progress) => self.postMessage(progress));
  import(order.folder + GLUE).then(tellOfGlue, () => undefined); // Pyodide's own import of it says what is wrong
  loading = Interpreter.load(order.folder, (name) => read(order.folder + name));
  const interpreter = await loading;
  isLoaded = true;
  for (const archive of order.archives) interpreter.add(archive);
  return interpreter.bareAfter;
}

function tellOfGlue(): void {
  self.postMessage({ file: GLUE, loaded: Number.POSITIVE_INFINITY } satisfies Progress);
}

async function read(address: string): Promise<Uint8Array> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}
