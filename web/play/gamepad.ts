import { type Bindings, DEAD_ZONE } from "./bindings";

const SOURCE = "gamepad";
const D_PAD = { up: 12, down: 13, left: 14, right: 15 } as const;

/** The first gamepad with the standard mapping; read once a frame, as browsers have it. */
export class Gamepads {
  readonly #bindings: Bindings;
  #wasInUse = false;

  constructor(bindings: Bindings) {
    this.#bindings = bindings;
  }

  /** Reads the pad; whether it aims. */
  read(): boolean {
    const pad = navigator
      .getGamepads()
      .find((candidate) => candidate?.connected && candidate.mapping === "standard");
    if (pad) return this.#readPad(pad);
    if (this.#wasInUse) this.#bindings.move(SOURCE, 0, 0);
    this.#wasInUse = false;
    return false;
  }

  #readPad(pad: Gamepad): boolean {
    const isDown = (button: number) => pad.buttons[button]?.pressed ?? false;
    for (const index of pad.buttons.keys()) this.#bindings.set(SOURCE, `Gamepad${index}`, isDown(index));
    const [x, y] = stick(pad.axes[0], pad.axes[1]);
    const padX = Number(isDown(D_PAD.right)) - Number(isDown(D_PAD.left));
    const padY = Number(isDown(D_PAD.down)) - Number(isDown(D_PAD.up));
    const isInUse = x !== 0 || y !== 0 || padX !== 0 || padY !== 0;
    // A pad that lies on the table must not centre the axes that a touch stick sets.
    if (isInUse || this.#wasInUse) this.#bindings.move(SOURCE, padX || x, padY || y);
    this.#wasInUse = isInUse;
    const [aimX, aimY] = stick(pad.axes[2], pad.axes[3]);
    this.#bindings.aim(aimX, aimY);
    return aimX !== 0 || aimY !== 0;
  }
}

function stick(x = 0, y = 0): [number, number] {
  return Math.hypot(x, y) < DEAD_ZONE ? [0, 0] : [x, y];
}
