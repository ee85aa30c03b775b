import { element } from "../common/dom";
import { type Bindings, DEAD_ZONE } from "./bindings";

const SOURCE = "touch";
/** How far a stick's knob moves (CSS px). */
const REACH = 50;
/** How far the right stick is pushed before it also fires. */
const FIRE_SHARE = 0.45;
const SVG = "http://www.w3.org/2000/svg";
/** Codes that the sticks stand for, so that the keys bound to them need no button. */
const STICK_CODES = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"];
const FIRE_CODE = "Pointer0";

interface Stick {
  readonly side: "left" | "right";
  readonly ring: HTMLElement;
  readonly knob: SVGCircleElement;
  pointer: number | undefined;
  x: number;
  y: number;
}

/**
 * Two sticks under the thumbs: the left half of the screen moves, the right half aims and, pushed further, fires. A stick
 * appears where its thumb comes down. Keys that no stick stands for get a button each.
 */
export class Touch {
  readonly #bindings: Bindings;
  readonly #layer: HTMLElement;
  readonly #sticks: Stick[];

  constructor(bindings: Bindings, surface: HTMLElement, layer: HTMLElement, signal: AbortSignal) {
    this.#bindings = bindings;
    this.#layer = layer;
    const sides = bindings.aims ? (["left", "right"] as const) : (["left"] as const);
    this.#sticks = sides.map((side) => makeStick(side, side === "left" ? "Move" : "Aim"));
    layer.replaceChildren(...this.#sticks.map(({ ring }) => ring), this.#buttons());
    surface.addEventListener("pointerdown", (event) => this.#down(surface, event), { signal });
    surface.addEventListener("pointermove", (event) => this.#moved(event), { signal });
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"] as const) {
      surface.addEventListener(end, (event) => this.#up(event), { signal });
    }
    if (matchMedia("(pointer: coarse)").matches) this.#show();
  }

  #show(): void {
    this.#layer.hidden = false;
    document.documentElement.classList.add("has-touch");
  }

  #down(surface: HTMLElement, event: PointerEvent): void {
    if (event.pointerType !== "touch") return;
    // Otherwise a tap is told once more as a click of a mouse, which would shoot.
    event.preventDefault();
    this.#show();
    const side = event.clientX < window.innerWidth / 2 ? "left" : "right";
    const stick = this.#sticks.find((candidate) => candidate.side === side);
    if (!stick || stick.pointer !== undefined) return;
    surface.setPointerCapture(event.pointerId);
    stick.pointer = event.pointerId;
    stick.x = event.clientX;
    stick.y = event.clientY;
    stick.ring.classList.remove("idle", side);
    stick.ring.classList.add("used");
    stick.ring.style.left = `${event.clientX}px`;
    stick.ring.style.top = `${event.clientY}px`;
  }

  #moved(event: PointerEvent): void {
    const stick = this.#stickOf(event);
    if (!stick) return;
    const [x, y] = [(event.clientX - stick.x) / REACH, (event.clientY - stick.y) / REACH];
    const push = Math.max(1, Math.hypot(x, y));
    this.#pushed(stick, x / push, y / push);
  }

  #pushed(stick: Stick, x: number, y: number): void {
    placeKnob(stick, x, y);
    const push = Math.hypot(x, y);
    if (stick.side === "left") {
      this.#bindings.move(SOURCE, push < DEAD_ZONE ? 0 : x, push < DEAD_ZONE ? 0 : y);
      return;
    }
    if (push >= DEAD_ZONE) this.#bindings.aim(x, y);
    this.#bindings.set(SOURCE, FIRE_CODE, push > FIRE_SHARE);
  }

  #up(event: PointerEvent): void {
    const stick = this.#stickOf(event);
    if (!stick) return;
    stick.pointer = undefined;
    this.#pushed(stick, 0, 0);
    stick.ring.classList.add("idle", stick.side);
    stick.ring.style.left = "";
    stick.ring.style.top = "";
  }

  #stickOf(event: PointerEvent): Stick | undefined {
    return this.#sticks.find((stick) => stick.pointer === event.pointerId);
  }

  #buttons(): HTMLElement {
    const codes = this.#bindings.aims ? [...STICK_CODES, FIRE_CODE] : STICK_CODES;
    const covered = new Set(codes.flatMap((code) => this.#bindings.keysOf(code)));
    const keys = this.#bindings.game.keys.filter((key) => !covered.has(key));
    return element("div", { className: "touch-buttons" }, ...keys.map((key) => this.#button(key)));
  }

  #button(key: string): HTMLElement {
    const button = element("button", { className: "touch-button", type: "button" }, key.replaceAll("_", " "));
    button.addEventListener("pointerdown", (event) => {
      button.setPointerCapture(event.pointerId);
      button.classList.add("down");
      this.#bindings.pressKey(SOURCE, key);
    });
    button.addEventListener("lostpointercapture", () => {
      button.classList.remove("down");
      this.#bindings.releaseKey(SOURCE, key);
    });
    return button;
  }
}

function makeStick(side: "left" | "right", label: string): Stick {
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("viewBox", "-66 -66 132 132");
  const knob = document.createElementNS(SVG, "circle");
  knob.setAttribute("r", "28");
  const text = document.createElementNS(SVG, "text");
  text.setAttribute("y", "52");
  text.textContent = label;
  picture.append(knob, text);
  const ring = element("div", { className: `stick idle ${side}`, aria: { hidden: "true" } }, picture);
  return { side, ring, knob, pointer: undefined, x: 0, y: 0 };
}

function placeKnob({ knob }: Stick, x: number, y: number): void {
  knob.setAttribute("cx", String(x * REACH));
  knob.setAttribute("cy", String(y * REACH));
}
