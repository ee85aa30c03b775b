import type { Camera as CameraControl } from "tickroom/view";

/** The shape of screen for which `height` is meant; others see as large an area. */
const ASPECT = 16 / 9;
/** How quickly the camera follows: the share of the way that is left after a second. */
const LAG = 1e-5;
/** Further than this many screens away the camera jumps instead of flying. */
const JUMP_SCREENS = 0.6;
/** How much of what lies outside of the world may be seen, in world units. */
const MARGIN = 60;
/** What the head-up display and the thumbs cover of the screen's upper and lower edge (CSS px). */
const COVERED = { top: 70, bottom: 40 };
const COVERED_WITH_THUMBS = { top: 170, bottom: 190 };
const SHAKE_PIXELS = 14;
/** How long the strongest shake lasts (seconds). */
const SHAKE_SECONDS = 0.45;

interface Place {
  readonly x: number;
  readonly y: number;
}

/** What part of the world is on the screen. World units in, CSS pixels out. */
export class Camera implements CameraControl {
  /** The entity that the game's view wants followed, or null for the own one. */
  followed: number | null = null;
  #height = 900;
  #shake = 0;
  #x: number;
  #y: number;
  #isPlaced = false;
  #screen = { width: 1, height: 1 };
  #covered = COVERED;
  readonly #world: { readonly width: number; readonly height: number };

  constructor(world: { readonly width: number; readonly height: number }) {
    this.#world = world;
    this.#x = world.width / 2;
    this.#y = world.height / 2;
  }

  follow(entityId: number | null): void {
    this.followed = entityId;
  }

  height(units: number): void {
    this.#height = Math.max(1, units);
  }

  shake(strength: number): void {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    this.#shake = Math.max(this.#shake, Math.min(1, strength));
  }

  resize(width: number, height: number): void {
    this.#screen = { width, height };
  }

  /** Thumbs lie on the lower edge: what is below the player must be seen above them. */
  makeRoomForThumbs(): void {
    this.#covered = COVERED_WITH_THUMBS;
  }

  /** CSS pixels in a world unit. */
  get scale(): number {
    const { width, height } = this.#screen;
    return Math.sqrt((width * height) / (this.#height * this.#height * ASPECT));
  }

  /** Moves on towards `target`; nobody to follow: it stays. */
  update(target: Place | undefined, seconds: number): void {
    this.#shake = Math.max(0, this.#shake - seconds / SHAKE_SECONDS);
    if (!target) return;
    const { width, height } = this.#screen;
    const [top, bottom] = [this.#covered.top / this.scale, this.#covered.bottom / this.scale];
    const x = clampToWorld(target.x, width / this.scale, this.#world.width, MARGIN, MARGIN);
    const y = clampToWorld(target.y, height / this.scale, this.#world.height, MARGIN + top, MARGIN + bottom);
    const away = Math.hypot(x - this.#x, y - this.#y) * this.scale;
    const isFar = away > JUMP_SCREENS * Math.max(this.#screen.width, this.#screen.height);
    const share = this.#isPlaced && !isFar ? 1 - LAG ** seconds : 1;
    this.#isPlaced = true;
    this.#x += (x - this.#x) * share;
    this.#y += (y - this.#y) * share;
  }

  /** Where the world's origin lies on the screen. */
  offset(): { x: number; y: number } {
    const shake = this.#shake ** 2 * SHAKE_PIXELS;
    return {
      x: this.#screen.width / 2 - this.#x * this.scale + (Math.random() * 2 - 1) * shake,
      y: this.#screen.height / 2 - this.#y * this.scale + (Math.random() * 2 - 1) * shake,
    };
  }

  /** What part of the world is on the screen. */
  get seen(): { left: number; top: number; right: number; bottom: number } {
    const [width, height] = [this.#screen.width / this.scale / 2, this.#screen.height / this.scale / 2];
    return { left: this.#x - width, top: this.#y - height, right: this.#x + width, bottom: this.#y + height };
  }

  /** Where a place in the world lies on the screen, shaking left out. */
  toScreen({ x, y }: Place): { x: number; y: number } {
    return {
      x: this.#screen.width / 2 + (x - this.#x) * this.scale,
      y: this.#screen.height / 2 + (y - this.#y) * this.scale,
    };
  }
}

/** The middle of a view of `seen` units that shows no more than the margins beyond 0..size; a world that fits is centred. */
function clampToWorld(middle: number, seen: number, size: number, before: number, after: number): number {
  if (seen >= size + before + after) return (size - before + after) / 2;
  return Math.max(seen / 2 - before, Math.min(size + after - seen / 2, middle));
}
