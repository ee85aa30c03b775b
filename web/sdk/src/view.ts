/**
 * The interface of a game's own view: the ES module `client/view.js` of a mod, whose default export is a `ViewModule`.
 * Everything in it is optional; what it leaves out, the play page draws by the kinds of the game's schema.
 *
 *     /** @param {import("tickroom/view").ViewContext} context *\/
 *     export default function view(context) {
 *       context.hud.hint("WASD to move, mouse to aim and shoot");
 *       return { event({ name, body }) { if (name === "Died") context.hud.feed(`${body.victim} died`); } };
 *     }
 */
import type * as pixi from "pixi.js";
import type { ChunkData, TileChanges } from "./chunks.js";
import type { GameEvent, Said } from "./events.js";
import type { Verb } from "./outbox.js";
import type { CallOptions } from "./questions.js";
import type { SceneEntity } from "./scene.js";
import type { Game, Player } from "./schema.js";

/** The part of Pixi 8 that a view module draws with. */
export type ViewPixi = Pick<
  typeof pixi,
  "Assets" | "Container" | "Graphics" | "Sprite" | "Text" | "Texture" | "TilingSprite"
>;

/** One animation frame. Entities are valid until the next frame. */
export interface ViewFrame {
  /** The server time that is drawn (ms). */
  readonly time: number;
  /** Since the last frame. */
  readonly seconds: number;
  /** The tick that is drawn, with its fraction. */
  readonly tick: number;
  readonly entities: ReadonlyMap<number, SceneEntity>;
  /** The own entity: the first labelled one that the player owns, else the first. */
  readonly own: SceneEntity | undefined;
  players(): readonly Player[];
}

export interface ScoreRow {
  readonly player: number;
  readonly score: number;
  /** A few words behind the score. */
  readonly detail?: string;
}

/** What stands above the columns of the scoreboard. */
export interface ScoreHeadings {
  readonly detail?: string;
  readonly score: string;
}

/** A bar from 0 to `max`; a value outside is drawn at its end. */
export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly max: number;
  readonly colour?: string;
  /** Stands at the bar's right end in place of the value. */
  readonly text?: string;
}

/** The page's head-up display. Every text is text: markup in it shows as it is written. */
export interface Hud {
  scoreboard(rows: readonly ScoreRow[], headings?: ScoreHeadings): void;
  /** Shows or updates the bar named `key`; null takes it away. */
  bar(key: string, bar: Bar | null): void;
  /** A line that fades after some seconds. */
  feed(text: string): void;
  /** Large, in the middle; empty takes it away. */
  banner(text: string, detail?: string): void;
  /**
   * How to play, for the first seconds; later on again by the button ?, and by the key H or ? where the game has no use for
   * it. `\n` begins a new line. `touch` is shown in its place where thumbs play.
   */
  hint(text: string, touch?: string): void;
  /** Whether the page's chat is there; it is, until a game that has its own, or wants none, says otherwise. */
  chat(isShown: boolean): void;
}

export interface Camera {
  /** The entity to follow; null follows the own one. */
  follow(entityId: number | null): void;
  /** How many world units of height are seen. */
  height(units: number): void;
  /** Shakes the picture, 0..1; it dies away by itself. */
  shake(strength: number): void;
}

export interface ViewContext {
  readonly schema: Game;
  /** The own player's number. */
  readonly player: number;
  players(): readonly Player[];
  readonly pixi: ViewPixi;
  /** In world units, y down: `background` lies below all entities, `effects` above. */
  readonly layers: {
    readonly background: pixi.Container;
    readonly world: pixi.Container;
    readonly effects: pixi.Container;
  };
  readonly hud: Hud;
  readonly camera: Camera;
  /** Covers the page, above the picture: for the game's own panels and fields. Its children take the pointer; it does not. */
  readonly page: HTMLElement;
  /**
   * Calls an rpc of the game's: a promise of what it gives back. It outlives a lost connection and runs once. Rejects with
   * a sentence as the error's message: the game's where it said no.
   */
  call(name: string, body?: unknown, options?: CallOptions): Promise<unknown>;
  /**
   * Asks the server: `request("get", "roster")`, `request("post", "chat", {text, channel})`. Rejects with the server's
   * sentence as the error's message.
   */
  request(verb: Verb, resource: string, body?: unknown): Promise<unknown>;
  /** Sends a command of the game's; the page says it when the game refuses. Throws UsageError while there is no connection. */
  send(command: string, body?: unknown): void;
}

/** How entities of one kind are drawn. The page places the container, and turns it unless `rotate` is false. */
export interface KindView {
  readonly rotate?: boolean;
  /** Where the schema says `label`, the page writes the owner's name above, unless this is false. */
  readonly label?: boolean;
  create(entity: SceneEntity, frame: ViewFrame): pixi.Container;
  update?(container: pixi.Container, entity: SceneEntity, frame: ViewFrame): void;
  /** Before the page destroys the container. */
  remove?(container: pixi.Container, entity: SceneEntity): void;
}

export interface ViewHooks {
  readonly kinds?: Readonly<Record<string, KindView>>;
  /** Each animation frame, when the entities have been placed. */
  frame?(frame: ViewFrame): void;
  /** An event of the game's, when the view has come to its tick. */
  event?(event: GameEvent): void;
  /** A chunk of the tile map, in full: when one comes into sight, and again after a reconnect. At once, not when drawn. */
  chunk?(chunk: ChunkData): void;
  /** Tiles of a chunk that changed. At once, not when drawn. */
  tiles?(changes: TileChanges): void;
  /** A player's line of chat. */
  said?(line: Said): void;
  destroy?(): void;
}

export type ViewModule = (context: ViewContext) => ViewHooks | Promise<ViewHooks> | undefined;
