import type { EngineHandle } from "./engine.js";
import type { LockstepSaid } from "./told.js";

/** What a driver needs of a client: `Client` has it. */
export interface LockstepConnection {
  /** The own player's number. */
  readonly player: number;
  /** The round trip that nearly all packets keep to (ms). */
  readonly roundTripBound: number;
  /** The match that the engine runs, and the last generation that it has: said when the connection is made anew. */
  holds: readonly [match: number, generation: number];
  /** Sends an item with the next bundle, which is due now; where there is no connection, nothing. */
  say(item: LockstepSaid): void;
  request(verb: "get" | "put" | "post" | "delete", resource: string, body?: unknown): Promise<unknown>;
}

/** What a page decides about its driver. */
export interface LockstepOptions {
  /** Makes the room's engine; asked once. */
  readonly engine: () => Promise<EngineHandle>;
  /** Whether nobody looks: generations are run as they come then, and no scenes are made. */
  readonly hidden?: () => boolean;
  /** Local monotonic time in ms. */
  readonly now?: () => number;
  readonly setTimeout?: (act: () => void, ms: number) => unknown;
}
