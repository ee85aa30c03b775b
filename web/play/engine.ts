import { EngineEnded, type EngineEntry, type EngineHandle, HttpError, RemoteEngine } from "tickroom";
import { byId } from "../common/dom";
import { PYTHON_IS_READY, type Start } from "../engine/start";

const JAVASCRIPT = "text/javascript";
const WASM = "application/wasm";
const PYTHON = ["text/x-python", "application/zip"];
const SANDBOX = "/sandbox";
/** How long the sandbox's page may take to load, and Python in it (ms). */
const LOAD_TIMEOUT = 10_000;
const PYTHON_TIMEOUT = 120_000;
/** For how many seconds an engine that its own Worker fetches may be under way: 90 kB take ten over a poor line. */
const FETCH_PATIENCE = 60;
/** For how many seconds an engine in Python may not answer: importing a mod of thirty files takes two on a slow computer. */
const PYTHON_PATIENCE = 15;

/** The engine of a room, running: in a Worker of its own; a stranger's in a sandbox. Rejects with EngineEnded or HttpError. */
export async function openEngine(engine: EngineEntry): Promise<EngineHandle> {
  if (PYTHON.includes(engine.media_type)) return openPython(engine);
  if (engine.media_type === WASM) return openSandboxed(engine, "wasm");
  if (engine.media_type !== JAVASCRIPT) {
    throw new EngineEnded(
      `This page runs engines in JavaScript, WebAssembly and Python, not ${engine.media_type}.`,
    );
  }
  return engine.uploaded ? openSandboxed(engine, "javascript") : openTrusted(engine);
}

/** Where the script of the engine's Worker is: the build knows. */
function workerAddress(): string {
  return byId("game").dataset.engineWorker ?? "";
}

function openTrusted({ url }: EngineEntry): EngineHandle {
  const worker = new Worker(workerAddress());
  const { port1, port2 } = new MessageChannel();
  const start: Start = { kind: "javascript", engine: here(url).href, sandboxed: false };
  worker.postMessage(start, [port2]);
  return new RemoteEngine(port1, { release: () => worker.terminate(), loads: FETCH_PATIENCE });
}

async function openSandboxed(entry: EngineEntry, kind: "javascript" | "wasm"): Promise<EngineHandle> {
  const [worker, engine] = await Promise.all([textAt(workerAddress()), engineOf(entry)]);
  const { frame, port } = await startInFrame(worker, { kind, engine, sandboxed: true });
  return new RemoteEngine(port, { release: () => frame.remove() });
}

/** Python is handed in with the engine, because a sandbox fetches nothing; what was uploaded begins when Python is there. */
async function openPython(entry: EngineEntry): Promise<EngineHandle> {
  const { python } = entry;
  if (!python?.engine)
    throw new EngineEnded(`This game's engine is in Python. ${python?.reason ?? ""}`.trim());
  const { folder, sandbox, files } = (await (await fetched(python.engine)).json()) as {
    folder: string;
    sandbox: string;
    files: Record<string, unknown>;
  };
  const [worker, engine, archives, contents] = await Promise.all([
    textAt(sandbox),
    engineOf(entry),
    Promise.all(python.archives.map(bytesAt)),
    Promise.all(Object.keys(files).map(async (name) => [name, await bytesAt(folder + name)] as const)),
  ]);
  const start: Start = { kind: "python", engine, archives, files: new Map(contents) };
  const { frame, port } = await startInFrame(worker, start);
  try {
    await untilPythonIsReady(port);
  } catch (error) {
    frame.remove();
    throw error;
  }
  return new RemoteEngine(port, { release: () => frame.remove(), patience: PYTHON_PATIENCE });
}

function untilPythonIsReady(port: MessagePort): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new EngineEnded("Python did not start.")), PYTHON_TIMEOUT);
    port.onmessage = ({ data }) => {
      clearTimeout(timer);
      if (data === PYTHON_IS_READY) resolve();
      else reject(new EngineEnded(`Python did not start: ${String(data).slice(0, 200)}`));
    };
  });
}

/** The bytes of a room's engine. Rejects with EngineEnded where they are not those that the room says. */
async function engineOf({ url, sha256 }: EngineEntry): Promise<ArrayBuffer> {
  const engine = await bytesAt(url);
  if (globalThis.isSecureContext && (await digestOf(engine)) !== sha256) {
    throw new EngineEnded("The engine that came is not the one that the room was made with.");
  }
  return engine;
}

async function startInFrame(
  worker: string,
  start: Start,
): Promise<{ frame: HTMLIFrameElement; port: MessagePort }> {
  const frame = await openFrame();
  const { port1, port2 } = new MessageChannel();
  frame.contentWindow?.postMessage({ worker, start }, "*", [port2]);
  return { frame, port: port1 };
}

/** A frame that may run scripts and nothing else: it has no origin, so that nothing of ours is open to it. */
function openFrame(): Promise<HTMLIFrameElement> {
  const frame = document.createElement("iframe");
  frame.setAttribute("sandbox", "allow-scripts");
  frame.hidden = true;
  frame.title = "An uploaded engine";
  frame.src = SANDBOX;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      frame.remove();
      reject(new EngineEnded("The sandbox of the game's engine did not load."));
    }, LOAD_TIMEOUT);
    frame.onload = () => {
      clearTimeout(timer);
      resolve(frame);
    };
    document.body.append(frame);
  });
}

/** An address of this server, whatever name for it the listing has. */
function here(address: string): URL {
  return new URL(new URL(address, location.origin).pathname, location.origin);
}

async function fetched(address: string): Promise<Response> {
  const answer = await fetch(here(address));
  if (!answer.ok) throw new HttpError(answer.status, "The game's engine could not be fetched.");
  return answer;
}

async function textAt(address: string): Promise<string> {
  return (await fetched(address)).text();
}

async function bytesAt(address: string): Promise<ArrayBuffer> {
  return (await fetched(address)).arrayBuffer();
}

async function digestOf(bytes: ArrayBuffer): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
