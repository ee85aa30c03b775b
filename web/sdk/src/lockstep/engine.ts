/** One generation as an engine runs it: the commands of all players, then so many fixed steps. */
export interface MasterPacket {
  readonly generation: number;
  readonly iterations: number;
  /** How long an iteration is shown; no rule sees it. */
  readonly iteration_ms: number;
  readonly bodies: readonly (readonly [player: number, commands: Uint8Array])[];
}

/** A command that was not obeyed, and why. */
export interface Refusal {
  readonly player: number;
  readonly command: number;
  readonly reason: string;
}

/** A game's engine, as its module's `create()` gives it. Equal seeds, setups and masters give equal states everywhere. */
export interface GameEngine {
  /** Begins a match; throws `{ refused: reason }` when none can begin with this setup. */
  init(seed: number, setup: unknown): void;
  /** Runs a generation; where there is `between`, it is called after each iteration. */
  step(master: MasterPacket, between?: (iteration: number) => void): void;
  /** 32 bits over the state. */
  checksum(): number;
  /** The state as plain values that share nothing with the engine. */
  dump(): unknown;
  /** Goes on from a dump of the same match. */
  load(dump: unknown): void;
  /** What a page draws for a player (-1: who watches), as plain values. */
  scene?(player: number): unknown;
  /** How the match ended, in a sentence that is the same for everybody; empty while it goes on. */
  result?(): string;
  /** Frees what it holds: nothing is asked of it any more. */
  close?(): void;
  /** What the last generation did, for the page. */
  readonly events?: readonly unknown[];
  readonly refusals?: readonly Refusal[];
}

/** A command that waits for the next packet: its name and its fields. */
export type GivenCommand = readonly [name: string, body: unknown];

/** A game's engine module. */
export interface EngineModule {
  create(): GameEngine;
  /** Commands as they travel; without it they are MessagePack, `[[name, body], ...]`. */
  encodeCommands?(commands: readonly GivenCommand[]): Uint8Array;
  /** Whether its engines' dumps are MessagePack already, as bytes, which is how they are loaded too. */
  readonly hasPackedDumps?: boolean;
}

/** What a driver asks an engine to run. */
export interface RunOrder {
  /** None: only the scene as it is now is wanted. */
  readonly masters: readonly MasterPacket[];
  /** The last generation that was told: states of the newest ones are kept. */
  readonly told: number;
  /** Every so many generations there is a checksum. */
  readonly interval: number;
  /** Whose scenes are wanted, of each iteration; undefined: none. */
  readonly scenesFor?: number | undefined;
  /** Commands to be encoded, into at most so many bytes. */
  readonly commands: readonly GivenCommand[];
  readonly maxBody: number;
}

/** What came of it. */
export interface RunResult {
  readonly generation: number;
  readonly sums: readonly (readonly [generation: number, checksum: number])[];
  readonly scenes: readonly unknown[];
  readonly events: readonly unknown[];
  readonly refusals: readonly Refusal[];
  /** The commands encoded: the first `used` of them. */
  readonly body: Uint8Array;
  readonly used: number;
  readonly result: string;
  /** How long an iteration took to compute (ms). */
  readonly iterationMs: number;
}

/** The engine began no match with this setup, and says why. */
export class EngineRefused extends Error {
  override name = "EngineRefused";
}

/** The engine failed, or was ended: the sentence says why. Nothing more is to be had of it. */
export class EngineEnded extends Error {
  override name = "EngineEnded";
}

/** An engine wherever it runs. Calls are carried out in their order. All reject with EngineEnded when it is over. */
export interface EngineHandle {
  /** Begins a match with an engine made anew. Rejects with EngineRefused. */
  begin(seed: number, setup: unknown): Promise<void>;
  run(order: RunOrder): Promise<RunResult>;
  /** The state after a generation as MessagePack; undefined where it is not kept any more. */
  dump(generation: number): Promise<Uint8Array | undefined>;
  /** The checksum of a generation, computed again from the one on which all agreed; undefined where too little is kept. */
  again(confirmed: number, generation: number): Promise<number | undefined>;
  /** Takes the state after a generation, as MessagePack, in place of its own; its checksum, undefined where it cannot. */
  load(generation: number, dump: Uint8Array): Promise<number | undefined>;
  /** Ends it for good. */
  end(): void;
  /** Settles when it is over by itself, with the sentence why. */
  readonly ended?: Promise<string>;
}
