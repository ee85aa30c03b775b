// What the page hands to the Worker in which a game's engine runs: with a port, over which everything else is said.

/** An engine in JavaScript: the address of its module, or in a sandbox its bytes. */
export interface StartScript {
  readonly kind: "javascript";
  readonly engine: string | ArrayBuffer;
  readonly sandboxed: boolean;
}

/** An engine in WebAssembly. */
export interface StartModule {
  readonly kind: "wasm";
  readonly engine: ArrayBuffer;
  readonly sandboxed: boolean;
}

/** An engine in Python: what was uploaded, and what it takes to run Python. Always in a sandbox. */
export interface StartPython {
  readonly kind: "python";
  readonly engine: ArrayBuffer;
  /** The files of the Python engine's folder, by name. */
  readonly files: ReadonlyMap<string, ArrayBuffer>;
  /** The engine's own code, as zip archives. */
  readonly archives: readonly ArrayBuffer[];
}

export type Start = StartScript | StartModule | StartPython;

/** What the Worker says once, when Python is there and nothing of the upload has run yet. */
export const PYTHON_IS_READY = "python is ready";

/** What an engine has no use for; the content security policy of the sandbox is what keeps it in. */
const TAKEN_AWAY = [
  "Worker",
  "SharedWorker",
  "BroadcastChannel",
  "WebSocket",
  "EventSource",
  "WebTransport",
  "importScripts",
  "Notification",
];

/** Called before a stranger's code runs. */
export function takeAway(): void {
  for (const name of TAKEN_AWAY) Reflect.deleteProperty(self, name);
}

/** Calls `act` with the one message that starts this Worker, and with its port. */
export function onStart<Kind extends Start>(act: (start: Kind, port: MessagePort) => void): void {
  self.onmessage = ({ data, ports }: MessageEvent<Kind>) => {
    const [port] = ports;
    if (!port) throw new Error("An engine's Worker is started with a port.");
    self.onmessage = null;
    act(data, port);
  };
}
