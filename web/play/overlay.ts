import {
  type Client,
  type Game,
  NETWORKS,
  PERFECT,
  type PredictionStatistics,
  type PredictionStatus,
} from "tickroom";
import { byId, element } from "../common/dom";
import { drawCorrections } from "./graph";
import { isMeantFor } from "./keyboard";
import { memory } from "./memory";

/** How often the values are written anew (ms). */
const EVERY = 200;
const KEYS = ["F3", "Backquote"];

/** What is looked into: rows of a name and a value; where something is predicted, its last answers. */
export interface Looked {
  rows(): readonly (readonly [name: string, value: string])[];
  corrections(): PredictionStatistics["history"];
  /** Whether own moves can be predicted here, if that is wanted; else there is nothing of it to be chosen. */
  readonly predicts: boolean;
}

/** The panel on network and prediction, opened by F3 or the key left of 1 where the game does not bind them, or by a click on ping and frames. */
export class Overlay {
  #looked: Looked | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #cells = new Map<string, HTMLElement>();

  constructor(client: Client) {
    offerNetworks(client);
    byId("statistics-button").onclick = () => this.toggle();
    byId("overlay-close").onclick = () => this.toggle();
    const predicts = byId("overlay-predicts") as HTMLInputElement;
    predicts.checked = memory.predicts;
    predicts.onchange = () => {
      memory.predicts = predicts.checked;
      location.reload(); // the seat is kept; the hello says whether one predicts
    };
    byId("overlay-ghosts").onchange = () => byId("overlay-ghosts").blur(); // the next key is the game's again
  }

  get isOpen(): boolean {
    return !byId("overlay").hidden;
  }

  /** Whether the server's places are to be drawn beside the predicted ones. */
  get showsGhosts(): boolean {
    return this.isOpen && (byId("overlay-ghosts") as HTMLInputElement).checked;
  }

  /** What it shows from now on, and whose keys are taken. */
  look(looked: Looked, game: Game, signal: AbortSignal): void {
    this.#looked = looked;
    byId("overlay-rows").replaceChildren();
    this.#cells.clear();
    for (const choice of document.querySelectorAll<HTMLElement>(".of-prediction")) {
      choice.hidden = !looked.predicts;
    }
    const taken = new Set(Object.values(game.bindings).flat());
    const pressed = (event: KeyboardEvent) => {
      if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
      if (!KEYS.includes(event.code) || taken.has(event.code) || isMeantFor(event.target, event.code)) return;
      event.preventDefault(); // F3 would search the page
      this.toggle();
    };
    window.addEventListener("keydown", pressed, { signal });
  }

  /** The game is over: there is nothing more to look into. */
  rest(): void {
    if (this.isOpen) this.toggle();
    this.#looked = undefined;
  }

  toggle(): void {
    if (!this.#looked) return;
    const isOpen = !this.isOpen;
    byId("overlay").hidden = !isOpen;
    byId("statistics-button").setAttribute("aria-expanded", String(isOpen));
    clearInterval(this.#timer);
    if (!isOpen) return;
    this.#show();
    this.#timer = setInterval(() => this.#show(), EVERY);
  }

  #show(): void {
    if (!this.#looked) return;
    for (const [name, value] of this.#looked.rows()) {
      const cell = this.#cells.get(name) ?? this.#row(name);
      if (cell.textContent !== value) cell.textContent = value;
    }
    const corrections = this.#looked.corrections();
    byId("overlay-graph").hidden = corrections.length === 0;
    if (corrections.length > 0) {
      const most = drawCorrections(byId("overlay-canvas") as HTMLCanvasElement, corrections);
      byId("overlay-most").textContent = `Error, up to ${most.toFixed(most < 10 ? 2 : 0)} units`;
    }
  }

  #row(name: string): HTMLElement {
    const cell = element("dd");
    this.#cells.set(name, cell);
    byId("overlay-rows").append(element("div", {}, element("dt", {}, name), cell));
    return cell;
  }
}

/** What the player's network can be made to be like, beside what it is. */
function offerNetworks(client: Client): void {
  const select = byId("overlay-network") as HTMLSelectElement;
  const options = Object.entries(NETWORKS).map(([name, { latency }]) =>
    element("option", { value: name }, `${name}, from ${Math.round(2 * latency)} ms`),
  );
  select.replaceChildren(element("option", { value: "" }, "as it is"), ...options);
  select.onchange = () => {
    client.conditions = Object.entries(NETWORKS).find(([name]) => name === select.value)?.[1] ?? PERFECT;
    select.blur();
  };
}

/** Where prediction stands, in a line. */
export function wordsFor(status: PredictionStatus): string {
  if (status.state === "on") return "on";
  if (status.state !== "loading") return `${status.state}: ${status.reason}`;
  if (status.total === 0) return "loading";
  const percent = Math.round((100 * status.loaded) / status.total);
  return status.loaded < status.total ? `loading, ${percent} %` : "loaded, starting the engine";
}
