import type { GameView } from "./game-view";

/** What the game's view is told besides frames and events. What comes before the view is loaded waits for it: the server
 * says a chunk of the map once. */
export class ViewFeed {
  #waiting: ((view: GameView) => void)[] = [];
  #view: GameView | undefined;

  tell(news: (view: GameView) => void): void {
    if (this.#view) news(this.#view);
    else this.#waiting.push(news);
  }

  /** The view is there. */
  open(view: GameView): void {
    this.#view = view;
    for (const news of this.#waiting) news(view);
    this.#waiting = [];
  }
}
