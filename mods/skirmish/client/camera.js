// Where one looks: a point of the map in its pixels (16 a cell), and how large a pixel is drawn.

export const SIDE = 16;
const [LEAST, MOST] = [1, 5];
/** Pixels of the screen a second, by keys. */
const PACE = 900;

export class Camera {
  constructor(canvas) {
    this.canvas = canvas;
    [this.x, this.y, this.zoom] = [0, 0, 2.5];
    this.size = 64;
  }

  /** Screen pixels of the page -> pixels of the map. */
  toMap(x, y) {
    return [this.x + (x - this.canvas.clientWidth / 2) / this.zoom, this.y + (y - this.canvas.clientHeight / 2) / this.zoom];
  }

  toScreen(x, y) {
    return [
      (x - this.x) * this.zoom + this.canvas.clientWidth / 2,
      (y - this.y) * this.zoom + this.canvas.clientHeight / 2,
    ];
  }

  lookAt(x, y) {
    const last = this.size * SIDE;
    this.x = Math.max(0, Math.min(last, x));
    this.y = Math.max(0, Math.min(last, y));
  }

  /** Moves by screen pixels. */
  move(across, down) {
    this.lookAt(this.x + across / this.zoom, this.y + down / this.zoom);
  }

  pan(keys, seconds) {
    const across = Number(keys.has("ArrowRight")) - Number(keys.has("ArrowLeft"));
    const down = Number(keys.has("ArrowDown")) - Number(keys.has("ArrowUp"));
    if (across || down) this.move(across * PACE * seconds, down * PACE * seconds);
  }

  /** Nearer or farther, with what is below the pointer staying there. */
  zoomAt(x, y, factor) {
    const [mapX, mapY] = this.toMap(x, y);
    this.zoom = Math.max(LEAST, Math.min(MOST, this.zoom * factor));
    const [nowX, nowY] = this.toMap(x, y);
    this.lookAt(this.x + mapX - nowX, this.y + mapY - nowY);
  }

  /** [left, top, right, bottom] of what is on the screen, in pixels of the map. */
  bounds() {
    return [...this.toMap(0, 0), ...this.toMap(this.canvas.clientWidth, this.canvas.clientHeight)];
  }

  apply(painter) {
    const dense = this.canvas.width / Math.max(1, this.canvas.clientWidth);
    const scale = this.zoom * dense;
    painter.setTransform(
      scale, 0, 0, scale,
      Math.round(this.canvas.width / 2 - this.x * scale),
      Math.round(this.canvas.height / 2 - this.y * scale),
    );
  }
}
