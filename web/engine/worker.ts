// The Worker in which a game's engine runs. A classic one: a module Worker from a blob fails in an opaque origin.
import type { EngineModule } from "tickroom";
import { serveEngine } from "../sdk/src/lockstep/serve";

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

interface Start {
  /** The address of the engine's module. */
  readonly engine: string;
  readonly sandboxed: boolean;
}

self.onmessage = ({ data, ports }: MessageEvent<Start>) => {
  const [port] = ports;
  if (!port) throw new Error("An engine's Worker is started with a port.");
  self.onmessage = null;
  if (data.sandboxed) for (const name of TAKEN_AWAY) Reflect.deleteProperty(self, name);
  void serveEngine(port, () => import(data.engine) as Promise<EngineModule>);
};
