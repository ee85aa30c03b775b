// The Worker in which a stranger's engine in Python runs. It has no origin and fetches nothing: Python comes with its first message.
// A classic one, as worker.ts.
import { serveEngine } from "../sdk/src/lockstep/serve";
import { Interpreter } from "./interpreter";
import { openPythonEngine } from "./python-module";
import { onStart, PYTHON_IS_READY, type StartPython, takeAway } from "./start";

/** An address that nobody has: whatever Pyodide fetches below it is in the first message. */
const NOWHERE = "https://engine.invalid/";

onStart<StartPython>((start, port) => {
  run(start, port).catch((error) => port.postMessage(String(error)));
});

async function run({ engine, files, archives }: StartPython, port: MessagePort): Promise<void> {
  const python = await load(files);
  for (const archive of archives) python.add(new Uint8Array(archive));
  takeAway();
  port.postMessage(PYTHON_IS_READY); // from here on the page waits for answers, and ends what does not answer
  await serveEngine(port, async () => openPythonEngine(python, new Uint8Array(engine)));
}

async function load(files: StartPython["files"]): Promise<Interpreter> {
  const read = (name: string): ArrayBuffer => {
    const found = files.get(name);
    if (!found) throw new Error(`The engine has no file ${name}.`);
    return found;
  };
  const fetchAnything = self.fetch;
  self.fetch = async (address) => {
    const { href } = new URL(String(address instanceof Request ? address.url : address));
    const name = href.slice(NOWHERE.length);
    const type = name.endsWith(".wasm") ? "application/wasm" : "application/octet-stream";
    return new Response(read(name), { headers: { "Content-Type": type } });
  };
  const glue = URL.createObjectURL(new Blob([read("pyodide.asm.mjs")], { type: "text/javascript" }));
  try {
    const { default: createPyodideModule } = await import(glue);
    return await Interpreter.load(NOWHERE, async (name) => new Uint8Array(read(name)), {
      createPyodideModule,
    });
  } finally {
    self.fetch = fetchAnything;
    URL.revokeObjectURL(glue);
  }
}
