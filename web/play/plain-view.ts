import type { LockstepView, LockstepViewContext } from "tickroom/lockstep-view";

/** Shapes of one scene that are drawn. */
const MAX_SHAPES = 10_000;

interface Shape {
  readonly shape: "box" | "circle" | "text";
  readonly x: number;
  readonly y: number;
  readonly w?: number;
  readonly h?: number;
  readonly text?: string;
  readonly colour?: string;
}

/**
 * The view of engines without one, uploaded ones above all: their scene says what is to be seen, `{ width, height, shapes }`, and
 * clicks and keys are commands, `click {x, y, button}` and `key {code}`. Nothing of it is ever markup.
 */
export class PlainView implements LockstepView {
  readonly #canvas = document.createElement("canvas");
  readonly #named: (text: string) => string;
  readonly #closing = new AbortController();
  #scene: { width: number; height: number; shapes: readonly Shape[] } = { width: 1, height: 1, shapes: [] };

  /** `named` puts names into a text. */
  constructor({ page, send, hint }: LockstepViewContext, named: (text: string) => string) {
    this.#named = named;
    hint("This game is played with clicks and keys.", "This game is played with taps.");
    this.#canvas.className = "plain-view";
    page.append(this.#canvas);
    const { signal } = this.#closing;
    this.#canvas.addEventListener("pointerdown", ({ offsetX, offsetY, button }) => {
      const { scale, left, top } = this.#fit();
      const [x, y] = [Math.round((offsetX - left) / scale), Math.round((offsetY - top) / scale)];
      send("click", { x, y, button });
    });
    this.#canvas.addEventListener("contextmenu", (event) => event.preventDefault());
    window.addEventListener(
      "keydown",
      ({ code, repeat, target }) => {
        if (!repeat && !(target instanceof HTMLInputElement)) send("key", { code });
      },
      { signal },
    );
  }

  advanced(scene: unknown): void {
    const { width, height, shapes } = (scene ?? {}) as Record<string, unknown>;
    const isSize = (value: unknown): value is number => typeof value === "number" && value > 0 && value < 1e9;
    if (!isSize(width) || !isSize(height) || !Array.isArray(shapes)) return;
    this.#scene = { width, height, shapes: shapes.slice(0, MAX_SHAPES) };
  }

  happened(): void {
    // an engine that is only plain says it in its scenes
  }

  frame(): void {
    const painter = this.#canvas.getContext("2d");
    if (!painter) return;
    const { clientWidth, clientHeight } = this.#canvas;
    if (this.#canvas.width !== clientWidth) this.#canvas.width = clientWidth;
    if (this.#canvas.height !== clientHeight) this.#canvas.height = clientHeight;
    const { scale, left, top } = this.#fit();
    painter.setTransform(1, 0, 0, 1, 0, 0);
    painter.clearRect(0, 0, clientWidth, clientHeight);
    painter.setTransform(scale, 0, 0, scale, left, top);
    painter.fillStyle = "#141c36";
    painter.fillRect(0, 0, this.#scene.width, this.#scene.height);
    for (const shape of this.#scene.shapes) draw(painter, shape, this.#named);
  }

  destroy(): void {
    this.#closing.abort();
    this.#canvas.remove();
  }

  #fit(): { readonly scale: number; readonly left: number; readonly top: number } {
    const { clientWidth, clientHeight } = this.#canvas;
    const { width, height } = this.#scene;
    const scale = Math.min(clientWidth / width, clientHeight / height);
    return { scale, left: (clientWidth - width * scale) / 2, top: (clientHeight - height * scale) / 2 };
  }
}

/** Places are of the middle. */
function draw(
  painter: CanvasRenderingContext2D,
  { shape, x, y, w = 1, h = w, text = "", colour = "#fff" }: Shape,
  named: (text: string) => string,
): void {
  painter.fillStyle = colour;
  if (shape === "text") {
    painter.font = `${h}px system-ui, sans-serif`;
    painter.textAlign = "center";
    painter.fillText(named(String(text)), x, y);
  } else if (shape === "circle") {
    painter.beginPath();
    painter.ellipse(x, y, Math.abs(w) / 2, Math.abs(h) / 2, 0, 0, 2 * Math.PI);
    painter.fill();
  } else painter.fillRect(x - w / 2, y - h / 2, w, h);
}
