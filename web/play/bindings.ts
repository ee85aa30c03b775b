import type { Game, Inputs } from "tickroom";

/** What the left stick presses in a game that has no axes for moving. */
const DIRECTIONS = { left: "ArrowLeft", right: "ArrowRight", up: "ArrowUp", down: "ArrowDown" } as const;
/** How far a stick is pushed before it counts as a direction: sin of 22.5 degrees, so that all eight are as wide. */
const DIRECTION_SHARE = 0.38;
/** A stick this near to its middle is in its middle. */
export const DEAD_ZONE = 0.25;

/**
 * Turns what is down on any device into the game's keys and axes. A key is held while one of its codes is down
 * anywhere; a code is a `KeyboardEvent.code`, `Pointer0`, `Gamepad0` or `Touch0` and the like.
 */
export class Bindings {
  readonly #inputs: Inputs;
  readonly #game: Game;
  readonly #keysOf = new Map<string, string[]>();
  readonly #down = new Map<string, Set<string>>();

  constructor(inputs: Inputs, game: Game) {
    this.#inputs = inputs;
    this.#game = game;
    for (const [key, codes] of Object.entries(game.bindings)) {
      for (const code of codes) this.#keysOf.set(code, [...(this.#keysOf.get(code) ?? []), key]);
    }
  }

  get game(): Game {
    return this.#game;
  }

  has(code: string): boolean {
    return this.#keysOf.has(code);
  }

  keysOf(code: string): readonly string[] {
    return this.#keysOf.get(code) ?? [];
  }

  /** `source` is the device: the same code may be down on two. */
  press(source: string, code: string): void {
    for (const key of this.keysOf(code)) this.pressKey(`${source} ${code}`, key);
  }

  release(source: string, code: string): void {
    for (const key of this.keysOf(code)) this.releaseKey(`${source} ${code}`, key);
  }

  set(source: string, code: string, isDown: boolean): void {
    if (isDown) this.press(source, code);
    else this.release(source, code);
  }

  pressKey(source: string, key: string): void {
    const sources = this.#down.get(key) ?? new Set();
    this.#down.set(key, sources);
    sources.add(source);
    this.#inputs.hold(key);
  }

  releaseKey(source: string, key: string): void {
    const sources = this.#down.get(key);
    if (!sources?.delete(source) || sources.size > 0) return;
    this.#inputs.release(key);
  }

  /** The left stick, -1..1 each way, y down. */
  move(source: string, x: number, y: number): void {
    const { axes } = this.#game;
    if (axes.includes("move_x") && axes.includes("move_y")) {
      this.#inputs.setAxis("move_x", x);
      this.#inputs.setAxis("move_y", y);
      return;
    }
    this.set(source, DIRECTIONS.left, x < -DIRECTION_SHARE);
    this.set(source, DIRECTIONS.right, x > DIRECTION_SHARE);
    this.set(source, DIRECTIONS.up, y < -DIRECTION_SHARE);
    this.set(source, DIRECTIONS.down, y > DIRECTION_SHARE);
  }

  get aims(): boolean {
    return this.#game.axes.includes("aim_x") && this.#game.axes.includes("aim_y");
  }

  /** Where the player aims: any vector but nought; what counts is its direction. */
  aim(x: number, y: number): void {
    const length = Math.hypot(x, y);
    if (!this.aims || length < 1e-6) return;
    this.#inputs.setAxis("aim_x", x / length);
    this.#inputs.setAxis("aim_y", y / length);
  }

  /** Lets go of everything: the window has lost the focus and will not hear of keys that go up. The aim stays. */
  releaseAll(): void {
    this.#down.clear();
    this.#inputs.releaseAll(["aim_x", "aim_y"]);
  }
}
