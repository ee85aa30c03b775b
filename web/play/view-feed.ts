import type { ChunkData, Said, TileChanges } from "tickroom";

/** Who draws what comes besides frames and events. */
export interface Listener {
  chunk(chunk: ChunkData): void;
  tiles(changes: TileChanges): void;
  said(line: Said): void;
}

/** What the game's view is told besides frames and events. What comes before the view is loaded waits for it: the server
 * says a chunk of the map once. */
export class ViewFeed {
  #waiting: ((view: Listener) => void)[] = [];
  #view: Listener | undefined;

  tell(news: (view: Listener) => void): void {
    if (this.#view) news(this.#view);
    else this.#waiting.push(news);
  }

  /** The view is there. */
  open(view: Listener): void {
    this.#view = view;
    for (const news of this.#waiting) news(view);
    this.#waiting = [];
  }
}
