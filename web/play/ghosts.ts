import { Graphics } from "pixi.js";
import type { SceneEntity } from "tickroom";
import type { Stage } from "./stage";

const COLOUR = 0xffb454;

/** Outlines where the server last said that predicted entities are: how far it lags, and where it differs. */
export class Ghosts {
  readonly #picture = new Graphics();

  constructor(stage: Stage) {
    stage.effects.addChild(this.#picture);
  }

  draw(entities: readonly SceneEntity[]): void {
    this.#picture.clear();
    for (const { x, y, w, h } of entities) {
      this.#picture
        .ellipse(x, y, Math.max(4, w / 2), Math.max(4, h / 2))
        .stroke({ color: COLOUR, width: 2, alpha: 0.9 });
    }
  }
}
