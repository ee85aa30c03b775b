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
/** Bytes of bundles that are kept because of what is told once, such as parts of the map: none of them may be left out. */
const MAX_ONCE_BYTES = 64 * 2 ** 20;
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
  readonly #maxOnceBytes: number;
  /** Of before `#told`: what no later snapshot says again. */
  #once: Told[] = [];
  #onceBytes = 0;
  #told: Told[] = [];
  #said: Said[] = [];
  /** The tick of the newest own input that the server has applied. */
  #applied = -1;
  /** Whether bundles are missing, so that a fresh snapshot is needed before what follows can be understood. */
  hasGap = false;

  constructor(frame: Frame, welcome: Welcome, maxOnceBytes = MAX_ONCE_BYTES) {
    this.#frame = frame;
    this.#welcome = welcome;
    this.#maxOnceBytes = maxOnceBytes;
  }

  /** Whether more of the map came than is kept: nothing can be told any more. */
  get isTooLarge(): boolean {
    return this.#onceBytes > this.#maxOnceBytes;
  }

  told(frame: Frame, message: ServerBundle): void {
    const items = message[6];
    this.#applied = message[3];
    if (items.some(isSnapshot)) {
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
    for (const { frame, message } of this.#once) predictor.serverFrame(frame, message);
    for (const { frame, message } of this.#told) predictor.serverFrame(frame, message);
    for (const { frame, message } of this.#pending) predictor.clientFrame(frame, message);
  }

  /** Of what was told a snapshot says all anew, but for what is told once: that is kept. */
  #forget(): void {
    for (const told of this.#told.filter(isToldOnce)) {
      this.#once.push(told);
      this.#onceBytes += told.frame.length;
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

/** Chunks of the map, who plays, and whether the room runs: without that last one nothing would ever be computed ahead. */
const ONCE: ReadonlySet<ServerItem[0]> = new Set([
  ServerItemTag.Chunk,
  ServerItemTag.ChunkChanged,
  ServerItemTag.Roster,
  ServerItemTag.RoomState,
]);

function isToldOnce({ message }: Told): boolean {
  return message[6].some((item) => ONCE.has(item[0]));
}
