import type { Bindings } from "./bindings";

const SOURCE = "mouse";

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The mouse (or a pen) aims from the own entity at the pointer, and its buttons are `Pointer0` and so on. */
export class Mouse {
  readonly #bindings: Bindings;
  #pointer: Point | undefined;

  constructor(bindings: Bindings, surface: HTMLElement, signal: AbortSignal) {
    this.#bindings = bindings;
    surface.addEventListener("pointermove", (event) => this.#moved(event), { signal });
    surface.addEventListener("pointerdown", (event) => this.#pressed(surface, event), { signal });
    // With several buttons down, only the first and the last come as pointerdown and pointerup.
    surface.addEventListener("mousedown", (event) => this.#button(event, true), { signal });
    window.addEventListener("mouseup", (event) => this.#button(event, false), { signal });
    surface.addEventListener("contextmenu", (event) => event.preventDefault(), { signal });
  }

  /** Once a frame: the own entity moves below a pointer that stands still. */
  aimFrom(own: Point | undefined): void {
    if (!this.#pointer || !own) return;
    this.#bindings.aim(this.#pointer.x - own.x, this.#pointer.y - own.y);
  }

  /** Another device aims now. */
  rest(): void {
    this.#pointer = undefined;
  }

  #moved(event: PointerEvent): void {
    if (event.pointerType !== "touch") this.#pointer = { x: event.clientX, y: event.clientY };
  }

  #pressed(surface: HTMLElement, event: PointerEvent): void {
    if (event.pointerType === "touch") return;
    this.#moved(event);
    surface.focus({ preventScroll: true });
    surface.setPointerCapture(event.pointerId);
  }

  #button(event: MouseEvent, isDown: boolean): void {
    this.#bindings.set(SOURCE, `Pointer${event.button}`, isDown);
  }
}
