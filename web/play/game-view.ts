import { Assets, Container, Graphics, Sprite, Text, Texture, TilingSprite } from "pixi.js";
import type { ChunkData, GameEvent, Said, TileChanges } from "tickroom";
import type { ViewContext, ViewFrame, ViewHooks, ViewModule } from "tickroom/view";

/** Events that wait for the drawn time to come to them; a view that is far behind loses the oldest. */
const MAX_WAITING = 256;
/** After this many mistakes the game's view is not asked any more. */
const MAX_MISTAKES = 10;

export const viewPixi = { Assets, Container, Graphics, Sprite, Text, Texture, TilingSprite };

/** The game's own view, where it has one. What it throws is said, and the page goes on without it. */
export class GameView {
  readonly #hooks: ViewHooks;
  readonly #report: (sentence: string) => void;
  #waiting: GameEvent[] = [];
  #mistakes = 0;

  private constructor(hooks: ViewHooks, report: (sentence: string) => void) {
    this.#hooks = hooks;
    this.#report = report;
  }

  /** Loads the module at `address`, which is on this server; an empty address or a broken module is a view of nothing. */
  static async load(
    address: string,
    context: ViewContext,
    report: (sentence: string) => void,
  ): Promise<GameView> {
    if (address === "") return new GameView({}, report);
    try {
      const location = new URL(address, window.location.origin);
      if (location.origin !== window.location.origin) throw new Error("it is on another host");
      const module = (await import(location.href)) as { default?: ViewModule };
      if (typeof module.default !== "function")
        throw new Error("it has no default export that is a function");
      return new GameView((await module.default(context)) ?? {}, report);
    } catch (error) {
      console.error(error);
      report(`The game's own view could not be loaded: ${sentenceOf(error)}`);
      return new GameView({}, report);
    }
  }

  get kinds(): NonNullable<ViewHooks["kinds"]> {
    return this.#hooks.kinds ?? {};
  }

  /** Whether it draws the tile map: who is told of chunks, does. */
  get drawsMap(): boolean {
    return this.#hooks.chunk !== undefined;
  }

  /** An event came; it is shown when the drawn tick reaches it, and what own rules told ahead at once. */
  happened(event: GameEvent): void {
    if (!this.#hooks.event) return;
    this.#waiting.push(event);
    if (this.#waiting.length > MAX_WAITING) this.#waiting.shift();
  }

  chunk(chunk: ChunkData): void {
    this.guard(() => this.#hooks.chunk?.(chunk));
  }

  tiles(changes: TileChanges): void {
    this.guard(() => this.#hooks.tiles?.(changes));
  }

  said(line: Said): void {
    this.guard(() => this.#hooks.said?.(line));
  }

  frame(frame: ViewFrame): void {
    const isDue = ({ tick, predicted }: GameEvent) => predicted === true || tick <= frame.tick;
    const due = this.#waiting.filter(isDue);
    this.#waiting = this.#waiting.filter((event) => !isDue(event));
    for (const event of due) this.guard(() => this.#hooks.event?.(event));
    this.guard(() => this.#hooks.frame?.(frame));
  }

  destroy(): void {
    this.guard(() => this.#hooks.destroy?.());
  }

  /** Calls into the game's code. */
  guard(call: () => void): void {
    if (this.#mistakes >= MAX_MISTAKES) return;
    try {
      call();
    } catch (error) {
      this.#mistakes += 1;
      if (this.#mistakes === 1 || this.#mistakes === MAX_MISTAKES) this.failed(error);
    }
  }

  /** Says a mistake of the game's view. */
  failed(error: unknown): void {
    console.error(error);
    this.#report(`The game's own view failed: ${sentenceOf(error)}`);
  }
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
