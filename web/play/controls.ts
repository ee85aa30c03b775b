import type { Game, Inputs } from "tickroom";
import { Bindings } from "./bindings";
import { Gamepads } from "./gamepad";
import { listenToKeyboard } from "./keyboard";
import { Mouse, type Point } from "./mouse";
import { Touch } from "./touch";

/** Every device that a player may hold, feeding one set of inputs. */
export class Controls {
  readonly #ended = new AbortController();
  readonly #mouse: Mouse;
  readonly #gamepads: Gamepads;
  readonly #bindings: Bindings;

  constructor(inputs: Inputs, game: Game, surface: HTMLElement, touchLayer: HTMLElement) {
    this.#bindings = new Bindings(inputs, game);
    const { signal } = this.#ended;
    listenToKeyboard(this.#bindings, signal);
    this.#mouse = new Mouse(this.#bindings, surface, signal);
    this.#gamepads = new Gamepads(this.#bindings);
    new Touch(this.#bindings, surface, touchLayer, signal);
  }

  /** Once a frame; `own` is where the own entity is drawn (CSS px). */
  update(own: Point | undefined): void {
    if (this.#gamepads.read()) this.#mouse.rest();
    this.#mouse.aimFrom(own);
  }

  end(): void {
    this.#ended.abort();
    this.#bindings.releaseAll();
  }
}
