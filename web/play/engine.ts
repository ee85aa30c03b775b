import { EngineEnded, type EngineEntry, type EngineHandle, HttpError, RemoteEngine } from "tickroom";
import { byId } from "../common/dom";

const JAVASCRIPT = "text/javascript";
const SANDBOX = "/sandbox";
/** How long the sandbox's page may take to load (ms). */
const LOAD_TIMEOUT = 10_000;

/** The engine of a room, running: in a Worker of its own; a stranger's in a sandbox. Rejects with EngineEnded or HttpError. */
export async function openEngine(engine: EngineEntry): Promise<EngineHandle> {
  if (engine.media_type !== JAVASCRIPT) {
    throw new EngineEnded(`This page runs engines in JavaScript, not ${engine.media_type}.`);
  }
  return engine.uploaded ? openSandboxed(engine) : openTrusted(engine);
}

/** Where the script of the engine's Worker is: the build knows. */
function workerAddress(): string {
  return byId("game").dataset.engineWorker ?? "";
}

function openTrusted({ url }: EngineEntry): EngineHandle {
  const worker = new Worker(workerAddress());
  const { port1, port2 } = new MessageChannel();
  const engine = new URL(new URL(url).pathname, location.origin).href;
  worker.postMessage({ engine, sandboxed: false }, [port2]);
  return new RemoteEngine(port1, { release: () => worker.terminate() });
}

async function openSandboxed({ url, sha256 }: EngineEntry): Promise<EngineHandle> {
  const address = new URL(new URL(url).pathname, location.origin);
  const [worker, engine, frame] = await Promise.all([
    fetched(new URL(workerAddress(), location.origin)).then((answer) => answer.text()),
    fetched(address).then((answer) => answer.arrayBuffer()),
    openFrame(),
  ]);
  if (globalThis.isSecureContext && (await digestOf(engine)) !== sha256) {
    frame.remove();
    throw new EngineEnded("The engine that came is not the one that the room was made with.");
  }
  const { port1, port2 } = new MessageChannel();
  frame.contentWindow?.postMessage({ worker, engine }, "*", [port2]);
  return new RemoteEngine(port1, { release: () => frame.remove() });
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

async function fetched(address: URL): Promise<Response> {
  const answer = await fetch(address);
  if (!answer.ok) throw new HttpError(answer.status, "The game's engine could not be fetched.");
  return answer;
}

async function digestOf(bytes: ArrayBuffer): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
