import {
  type EngineEntry,
  type EngineHandle,
  type PlaybackInfo,
  type Player,
  readDump,
  type SceneEntity,
} from "tickroom";
import { openEngine } from "./engine";
import type { Match } from "./match";

/** What tests and tools may see of a running page, as `window.tickroom`. All of it is copies; nothing can be changed. */
export interface Probe {
  readonly connection: string;
  readonly player: number;
  readonly players: readonly Player[];
  /** For a viewer: what is shown, or null. */
  readonly playback: PlaybackInfo | null;
  /** The own entity as it is drawn, or the followed player's, or null. */
  readonly own: SceneEntity | null;
  /** Every entity as it is drawn. */
  readonly entities: readonly SceneEntity[];
  /** Where a place in the world is on the page (CSS px), or null. */
  toScreen(x: number, y: number): { readonly x: number; readonly y: number } | null;
  readonly statistics: {
    readonly ping: number;
    readonly tickRate: number;
    readonly frameRate: number;
    readonly delay: number;
    /** The own tick, with its fraction. */
    readonly tick: number;
    /** The tick that is drawn of what is not predicted. */
    readonly drawnTick: number;
    /** How many bundles have come since the game was opened. */
    readonly bundles: number;
    /** How many frames were drawn since then. */
    readonly frames: number;
  };
  /** Whether the own moves are drawn ahead of the server: `off`, `loading`, `on`, `failed`. */
  readonly prediction: {
    readonly state: string;
    /** Why it is not on, or empty. */
    readonly reason: string;
    /** World units. */
    readonly error: number;
    readonly pending: number;
    readonly corrected: number;
    /** How late the engine's answers are (ms). */
    readonly lateness: number;
    /** The ids of what is drawn as predicted. */
    readonly entities: readonly number[];
  };
  /** The own entity where the server last said that it is, or null. */
  readonly told: SceneEntity | null;
  /** In a lock-step room: where the match stands, else null. */
  readonly lockstep: {
    readonly generation: number;
    readonly told: number;
    readonly plays: boolean;
    /** The own checksums of the last generations. */
    readonly checksums: Readonly<Record<number, number>>;
  } | null;
  /** Runs an engine as the page would, beside whatever is being played. */
  openEngine(engine: EngineEntry): Promise<EngineHandle>;
  /** What an engine's dump has. */
  readDump(dump: Uint8Array): unknown;
}

declare global {
  interface Window {
    readonly tickroom: Probe;
  }
}

const NOTHING = { error: 0, pending: 0, corrected: 0, lateness: 0, entities: [] };

/** Sets `window.tickroom` up. */
export function exposeProbe(current: () => Match | undefined): void {
  const probe: Probe = {
    get connection() {
      return current()?.client.connection.status ?? "idle";
    },
    get player() {
      return current()?.client.player ?? -1;
    },
    get players() {
      return structuredClone(current()?.client.players ?? []);
    },
    get playback() {
      return structuredClone(current()?.client.playback ?? null);
    },
    get own() {
      return structuredClone(current()?.screen?.own ?? null);
    },
    get entities() {
      return structuredClone([...(current()?.screen?.drawn.values() ?? [])]);
    },
    get prediction() {
      const match = current();
      if (!match) return { state: "off", reason: "", ...NOTHING };
      const status = match.predicting.status(match.client);
      const { error, pending, corrected, lateness } = match.client.predictionStatistics;
      const reason = "reason" in status ? status.reason : "";
      const entities = [...(match.screen?.predicted ?? [])];
      return { state: status.state, reason, error, pending, corrected, lateness, entities };
    },
    get told() {
      const match = current();
      const own = match?.screen?.own?.id;
      return structuredClone(match?.client.latest().find(({ id }) => id === own) ?? null);
    },
    toScreen: (x, y) => current()?.screen?.toScreen(x, y) ?? null,
    get lockstep() {
      const lockstep = current()?.lockstep?.lockstep;
      if (!lockstep) return null;
      const { generation, told, plays, checksums } = lockstep;
      return { generation, told, plays, checksums };
    },
    openEngine,
    readDump,
    get statistics() {
      const now = performance.now();
      const match = current();
      const { roundTrip = 0, delay = 0 } = match?.client.statistics ?? {};
      const tickRate = match?.screen?.bundles.perSecond(now) ?? 0;
      const frameRate = match?.screen?.frames.perSecond(now) ?? 0;
      const [tick, drawnTick] = [match?.client.tick ?? 0, match?.screen?.drawnTick ?? 0];
      const [bundles, frames] = [match?.screen?.bundles.count ?? 0, match?.screen?.frames.count ?? 0];
      return { ping: roundTrip, delay, tickRate, frameRate, tick, drawnTick, bundles, frames };
    },
  };
  Object.defineProperty(window, "tickroom", { value: Object.freeze(probe) });
}
