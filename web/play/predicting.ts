import type {
  Client,
  ClientOptions,
  PredictionEntry,
  PredictionStatus,
  Predictor,
  PredictorContext,
  PredictorModule,
} from "tickroom";
import { PythonPredictor } from "../engine/python-predictor";

const NOTHING = "This game has nothing that could be predicted.";
const SWITCHED_OFF = "It is switched off in this browser.";
const WATCHING = "Who watches has nothing to predict.";

/** How a page predicts one room's game: by the game's own predictor, else by its rules in Python. */
export class Predicting {
  readonly #entry: PredictionEntry | null;
  /** Why there will be no prediction, or empty. */
  readonly #obstacle: string;

  /** `isWanted`: whether the player wants it. */
  constructor(
    entry: PredictionEntry | null | undefined,
    { watch }: Pick<ClientOptions, "watch">,
    isWanted = true,
  ) {
    this.#entry = entry ?? null;
    const why = obstacle(this.#entry, watch ?? false);
    this.#obstacle = why === "" && !isWanted ? SWITCHED_OFF : why;
  }

  /** What the client says in its hello: empty where nothing will be predicted. */
  get fingerprint(): string {
    return this.#obstacle === "" ? (this.#entry?.fingerprint ?? "") : "";
  }

  /** Whether there are own moves that can be predicted here, if the player wants it. */
  get isOffered(): boolean {
    return this.#obstacle === "" || this.#obstacle === SWITCHED_OFF;
  }

  /** Where prediction stands, in the page's words. */
  status({ prediction }: Client): PredictionStatus {
    return this.#obstacle === "" ? prediction : { state: "off", reason: this.#obstacle };
  }

  /** Begins, when the game is on the screen already. */
  async begin(client: Client): Promise<void> {
    const entry = this.#entry;
    if (this.#obstacle !== "" || !entry || client.prediction.state !== "off") return;
    await client.predict((context) => load(entry, context));
  }
}

function obstacle(entry: PredictionEntry | null, watches: boolean): string {
  if (watches) return WATCHING;
  if (!entry) return NOTHING;
  return entry.predictor !== "" || entry.engine !== "" ? "" : entry.reason || NOTHING;
}

async function load(entry: PredictionEntry, context: PredictorContext): Promise<Predictor> {
  if (entry.predictor === "") return PythonPredictor.load(entry, context);
  const address = new URL(new URL(entry.predictor, location.origin).pathname, location.origin);
  const module = (await import(address.href)) as { default?: PredictorModule };
  if (typeof module.default !== "function")
    throw new Error("The game's predictor.js has no default export that is a function.");
  return module.default(context);
}
