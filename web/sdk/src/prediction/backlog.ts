import type { Frame } from "../codec.js";
import {
  type ClientBundle,
  type ServerBundle,
  type ServerItem,
  ServerItemTag,
  type Welcome,
} from "../protocol.generated.js";
import type { Predictor } from "./predictor.js";

/** Bundles of the server that are kept while a predictor loads: half a minute at 60 Hz. */
const MAX_TOLD = 2048;
/** Own bundles that are kept: the server acknowledges sooner, or the connection is lost. */
const MAX_SAID = 256;

interface Told {
  readonly frame: Frame;
  readonly message: ServerBundle;
}

interface Said {
  readonly frame: Frame;
  readonly message: ClientBundle;
}

/** What a predictor that comes late has to be told, from the welcome on. */
export class Backlog {
  readonly #frame: Frame;
  readonly #welcome: Welcome;
  #told: Told[] = [];
  #said: Said[] = [];
  /** Whether bundles are missing, so that a fresh snapshot is needed before what follows can be understood. */
  hasGap = false;

  constructor(frame: Frame, welcome: Welcome) {
    this.#frame = frame;
    this.#welcome = welcome;
  }

  told(frame: Frame, message: ServerBundle): void {
    const items = message[6];
    if (items.some(isSnapshot)) {
      // a snapshot says all anew but for the map, of which each chunk is told once
      this.#told = this.#told.filter(hasMap);
      this.hasGap = false;
    }
    this.#told.push({ frame, message });
    if (this.#told.length > MAX_TOLD) {
      this.#told = this.#told.filter(hasMap).slice(-MAX_TOLD / 2);
      this.hasGap = true;
    }
  }

  said(frame: Frame, message: ClientBundle): void {
    this.#said.push({ frame, message });
    if (this.#said.length > MAX_SAID) this.#said.shift();
  }

  /** How many own bundles are to be told: what the server has applied already needs no prediction. */
  get pending(): number {
    return this.#pending.length;
  }

  /** Tells all of it. */
  tell(predictor: Predictor): void {
    predictor.welcome(this.#frame, this.#welcome);
    for (const { frame, message } of this.#told) predictor.serverFrame(frame, message);
    for (const { frame, message } of this.#pending) predictor.clientFrame(frame, message);
  }

  get #pending(): readonly Said[] {
    const applied = this.#told.at(-1)?.message[3] ?? -1;
    return this.#said.filter(({ message }) => message[1] > applied);
  }
}

function isSnapshot(item: ServerItem): boolean {
  return item[0] === ServerItemTag.Snapshot;
}

function hasMap({ message }: Told): boolean {
  return message[6].some((item) => item[0] === ServerItemTag.Chunk || item[0] === ServerItemTag.ChunkChanged);
}
