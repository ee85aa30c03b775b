import type { TickroomError } from "../errors.js";
import type {
  Configuration,
  Diverged,
  DumpPart,
  History,
  Master,
  Match,
  Packet,
  Rerun,
  Reseed,
  Slowest,
} from "../protocol.generated.js";
import type { MasterPacket, RunResult } from "./engine.js";
import { bytesOf } from "./packed.js";

/** What the server tells of a lock-step room, and what a client says in one. */
export type LockstepItem = Configuration | Match | Master | History | Diverged | Reseed | Slowest;
export type LockstepSaid = Packet | DumpPart | Rerun;

/** The setup of the room. */
export interface SetupInfo {
  readonly revision: number;
  readonly options: Readonly<Record<string, unknown>>;
  readonly players: readonly (readonly [player: number, options: Readonly<Record<string, unknown>>])[];
  readonly ready: readonly number[];
  readonly host: number;
  /** Why the last match could not begin; or empty. */
  readonly refusal: string;
}

/** A match as it was told. */
export interface MatchInfo {
  readonly number: number;
  readonly seed: number;
  readonly setup: unknown;
  readonly delay: number;
  readonly iterationMs: number;
  readonly checksumInterval: number;
  /** Bytes of one packet's commands. */
  readonly maxBody: number;
  /** The numbers of those who have a part in it. */
  readonly players: readonly number[];
}

/** One generation, or many that were caught up with, has been run. */
export interface RanInfo extends RunResult {
  /** How long an iteration is to be shown (ms). */
  readonly showMs: number;
  /** When the first of the scenes is to be shown (local ms). */
  readonly showAt: number;
}

/** For whom generations are longer: `value` is ms there and back, or iterations a second. `player` -1, and no `by`: nobody. */
export interface SlowestInfo {
  readonly player: number;
  readonly by: "latency" | "framerate" | "";
  readonly value: number;
}

export const NOBODY_SLOWS: SlowestInfo = { player: -1, by: "", value: 0 };

export interface LockstepEvents {
  configuration: SetupInfo;
  /** A match begins, or is taken up: what was shown before is void. */
  match: MatchInfo;
  ran: RanInfo;
  /** Generations that have been told are run to catch up; `left` of them, or 0 when that is as good as done. */
  progress: { readonly generation: number; readonly told: number; readonly left: number };
  /** Who makes generations longer is another one, or nobody any more. */
  slowest: SlowestInfo;
  /** The own engine does not begin with this setup. */
  refused: string;
  /** The own state is another one than that of the others, since this generation. */
  wrong: number;
  /** The states differ; `wrong` are the players who are known to be wrong. */
  diverged: { readonly generation: number; readonly wrong: readonly number[] };
  /** The engine is over, and why. */
  ended: string;
  /** Something went wrong that ends no more than itself. */
  error: TickroomError;
}

export function readSetup([, revision, options, players, ready, host, refusal]: Configuration): SetupInfo {
  return { revision, options, players, ready, host, refusal };
}

export function readMatch([
  ,
  number,
  seed,
  setup,
  delay,
  iterationMs,
  checksumInterval,
  ,
  ,
  maxBody,
]: Match): MatchInfo {
  return { number, seed, setup, delay, iterationMs, checksumInterval, maxBody, players: playersOf(setup) };
}

export function readSlowest([, player, by, value]: Slowest): SlowestInfo {
  return { player, by: by === "latency" || by === "framerate" ? by : "", value };
}

/** A generation as engines take it. */
export function readMaster([, generation, iterations, iterationMs, bodies]: Master): MasterPacket {
  return {
    generation,
    iterations,
    iteration_ms: iterationMs,
    bodies: bodies.map(([player, body]) => [player, bytesOf(body)] as const),
  };
}

/** Who has a part in a match, as its setup says. */
function playersOf(setup: unknown): number[] {
  const players = (setup as { players?: unknown } | null)?.players;
  if (!Array.isArray(players)) return [];
  return players
    .map((each) => (each as { player?: unknown }).player)
    .filter((player) => typeof player === "number");
}
