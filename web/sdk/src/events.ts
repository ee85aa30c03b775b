import type { ChunkData, TileChanges } from "./chunks.js";
import type { TickroomError } from "./errors.js";
import type { PredictionStatus } from "./prediction/status.js";
import type {
  Configuration,
  Diverged,
  History,
  Master,
  Match,
  Reseed,
  Slowest,
} from "./protocol.generated.js";
import type { Game, Player } from "./schema.js";

/** What a welcome says, apart from the game. */
export interface WelcomeInfo {
  readonly roomId: string;
  readonly model: string;
  readonly playerId: string;
  /** The own player's number in the room. */
  readonly player: number;
  readonly tickRate: number;
  readonly tick: number;
  readonly fingerprint: string;
  /** Empty when this client may predict, else why not. */
  readonly prediction: string;
  readonly game: Game;
}

/** An event of the game's, decoded by its schema. */
export interface GameEvent {
  readonly name: string;
  /** The tick it happened in. The view comes to it a little later than the event itself. */
  readonly tick: number;
  readonly body: Readonly<Record<string, unknown>>;
  /** Told by own rules, ahead of the server, which does not tell it again: it is of now, whatever tick the view is at. */
  readonly predicted?: true;
}

/** A line of chat: who said it, and to whom: `room`, `near` or `team`. */
export interface Said {
  /** The speaker's number; -1 in lines that were said before, by who has left since. */
  readonly player: number;
  /** What the speaker was called then. */
  readonly name: string;
  readonly channel: string;
  readonly text: string;
}

export interface RoomStateInfo {
  /** A dotted path such as `running.iterating`. */
  readonly state: string;
  readonly detail: string;
}

/** For a viewer: what is watched, and how. */
export interface PlaybackInfo {
  /** The ticks that there are. */
  readonly first: number;
  readonly last: number;
  /** The one that is shown, or that has been reached on the way to `goal`. */
  readonly tick: number;
  /** The tick that it is on its way to, or -1. */
  readonly goal: number;
  /** How many times as fast as it was played; 0: it stands still. */
  readonly speed: number;
  /** How often it has gone elsewhere. */
  readonly jumps: number;
  /** The player whose view is shown, or -1. */
  readonly follow: number;
  /** How much later than it happens a living room is shown (ms); -1: it is a replay. */
  readonly delay: number;
  /** Whether this viewer may say what is shown: `request("put", "playback", { playing, speed })`. */
  readonly controlled: boolean;
}

/** Everything that the core says about the conversation, by name. */
export interface CoreEvents {
  /** The server let us in (again). */
  welcome: WelcomeInfo;
  /** A bundle was taken in; its tick. */
  bundle: number;
  /** An event of the game's. */
  event: GameEvent;
  /** The players of the room, whenever they change. */
  roster: readonly Player[];
  /** The room's state, at the welcome and whenever it changes. */
  room: RoomStateInfo;
  /** A sentence for the player. */
  notice: string;
  /** A player's line of chat. It is text, never markup. */
  said: Said;
  /** A chunk of the tile map, in full. */
  chunk: ChunkData;
  /** Tiles of a chunk that changed. */
  tiles: TileChanges;
  /** A request was answered. */
  answer: { readonly id: number; readonly status: number; readonly body: unknown };
  /** A command was refused, and why. */
  refused: {
    readonly id: number;
    readonly command: string;
    readonly status: number;
    readonly reason: string;
  };
  /** The server stops now and is back after so long (ms): the connection is lost next, and tried again after that time. */
  away: number;
  /** What the server of a lock-step room says of setup and match, as it travels. */
  lockstep: Configuration | Match | Master | History | Diverged | Reseed | Slowest;
  /** For a viewer: what is watched, and how; at first and whenever that changes. */
  playback: PlaybackInfo;
  /** The client lost step and asked for a snapshot. */
  resync: string;
}

/** One of the core's events. */
export type CoreEvent = {
  [Name in keyof CoreEvents]: { type: Name; detail: CoreEvents[Name] };
}[keyof CoreEvents];

/** Where the connection stands. */
export type ConnectionState =
  | { readonly status: "idle" }
  /** Asking the lobby for a seat. */
  | { readonly status: "joining" }
  | { readonly status: "connecting"; readonly attempt: number }
  | { readonly status: "open" }
  /** Lost, for the reason of `error`; the next attempt is at `retryAt` (local ms). */
  | {
      readonly status: "waiting";
      readonly attempt: number;
      readonly retryAt: number;
      readonly error: TickroomError;
    }
  /** Over, for good. */
  | { readonly status: "closed"; readonly error: TickroomError };

/** Everything that a client says, by name. */
export interface ClientEvents extends CoreEvents {
  connection: ConnectionState;
  /** Prediction is loading, on, off or failed, and why. */
  prediction: PredictionStatus;
  /** A seat was given. */
  joined: { readonly token: string; readonly playerId: string; readonly roomId: string };
  /**
   * What opens the seat next, with the join and each welcome: keep it here and now to come back after a reload of the page.
   * The token before is void as soon as the next bundle has gone out.
   */
  token: string;
  /** Something went wrong that ends no more than itself. */
  error: TickroomError;
}
