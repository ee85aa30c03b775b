import { type EngineModule, EngineRefused, type RunOrder } from "./engine.js";
import type { Answered, Asked } from "./remote.js";
import { EngineRunner } from "./runner.js";

/** The engine's side of a port: loads the module, then answers what a RemoteEngine asks. */
export async function serveEngine(port: MessagePort, load: () => Promise<EngineModule>): Promise<void> {
  const say = port.postMessage.bind(port) as (answer: Answered) => void;
  let runner: EngineRunner;
  try {
    runner = new EngineRunner(await load());
  } catch (error) {
    say({ id: 0, failed: sentenceOf(error) });
    return;
  }
  port.onmessage = ({ data }: MessageEvent<Asked>) => {
    try {
      say({ id: data.id, value: carryOut(runner, data) });
    } catch (error) {
      if (error instanceof EngineRefused) say({ id: data.id, refused: error.message });
      else say({ id: data.id, failed: sentenceOf(error) });
    }
  };
  say({ id: 0, value: null });
}

function carryOut(runner: EngineRunner, { call, values }: Asked): unknown {
  switch (call) {
    case "beat":
      return null;
    case "begin":
      runner.begin(values[0] as number, values[1]);
      return null;
    case "run":
      return runner.run(values[0] as RunOrder);
    case "dump":
      return runner.dump(values[0] as number);
    case "again":
      return runner.again(values[0] as number, values[1] as number);
    case "load":
      return runner.load(values[0] as number, values[1] as Uint8Array);
  }
}

/** What an engine throws may be anything. */
function sentenceOf(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message : error).slice(0, 200);
  } catch {
    return "it threw what cannot be written";
  }
}
