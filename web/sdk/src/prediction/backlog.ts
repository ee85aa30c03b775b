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
/** Bytes of bundles with parts of the map that are kept: each is told once, so that none of them may be left out. */
const MAX_MAP_BYTES = 64 * 2 ** 20;
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
  readonly #maxMapBytes: number;
  /** What has the map in it, of before `#told`. */
  #map: Told[] = [];
  #mapBytes = 0;
  #told: Told[] = [];
  #said: Said[] = [];
  /** The tick of the newest own input that the server has applied. */
  #applied = -1;
  /** Whether bundles are missing, so that a fresh snapshot is needed before what follows can be understood. */
  hasGap = false;

  constructor(frame: Frame, welcome: Welcome, maxMapBytes = MAX_MAP_BYTES) {
    this.#frame = frame;
    this.#welcome = welcome;
    this.#maxMapBytes = maxMapBytes;
  }

  /** Whether more of the map came than is kept: nothing can be told any more. */
  get isTooLarge(): boolean {
    return this.#mapBytes > this.#maxMapBytes;
  }

  told(frame: Frame, message: ServerBundle): void {
    const items = message[6];
    this.#applied = message[3];
    if (items.some(isSnapshot)) {
      // a snapshot says all anew but for the map, of which each chunk is told once
      this.#forget();
      this.hasGap = false;
    }
    this.#told.push({ frame, message });
    if (this.#told.length > MAX_TOLD) {
      this.#forget();
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
    for (const { frame, message } of this.#map) predictor.serverFrame(frame, message);
    for (const { frame, message } of this.#told) predictor.serverFrame(frame, message);
    for (const { frame, message } of this.#pending) predictor.clientFrame(frame, message);
  }

  /** Keeps of what was told the map alone. */
  #forget(): void {
    for (const told of this.#told.filter(hasMap)) {
      this.#map.push(told);
      this.#mapBytes += told.frame.length;
    }
    this.#told = [];
  }

  get #pending(): readonly Said[] {
    return this.#said.filter(({ message }) => message[1] > this.#applied);
  }
}

function isSnapshot(item: ServerItem): boolean {
  return item[0] === ServerItemTag.Snapshot;
}

function hasMap({ message }: Told): boolean {
  return message[6].some((item) => item[0] === ServerItemTag.Chunk || item[0] === ServerItemTag.ChunkChanged);
}
