// The minimap: the land, the fog, a dot for everybody in sight, and what is on the screen. A click looks there.

import { SIDE } from "./camera.js";
import { CELL, HALL, KINDS, WOOD } from "./engine.js";
import { COLOURS } from "./sheets.js";

const LAND = { ".": "#5d8a44", ",": "#a58a5c", "#": "#77716c", "~": "#3f78b8" };
const SCALE = 2;

export class Minimap {
  constructor(page, { look, order }) {
    this.canvas = document.createElement("canvas");
    this.canvas.className = "skirmish-minimap";
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", "Map");
    this.land = document.createElement("canvas");
    this.size = 0;
    const place = (event) => {
      const box = this.canvas.getBoundingClientRect();
      const toMap = (this.size * SIDE) / box.width;
      return [(event.clientX - box.left) * toMap, (event.clientY - box.top) * toMap];
    };
    this.canvas.addEventListener("pointerdown", (event) => {
      if (event.button === 0) this.canvas.setPointerCapture(event.pointerId);
      if (event.button === 0) look(...place(event));
      if (event.button === 2) order(...place(event));
    });
    this.canvas.addEventListener("pointermove", (event) => {
      if (this.canvas.hasPointerCapture(event.pointerId)) look(...place(event));
    });
    this.canvas.addEventListener("contextmenu", (event) => event.preventDefault());
    page.append(this.canvas);
  }

  paintLand({ size, ground }) {
    this.size = size;
    this.canvas.width = this.canvas.height = size * SCALE;
    this.land.width = this.land.height = size;
    const painter = this.land.getContext("2d");
    for (let cell = 0; cell < ground.length; cell += 1) {
      painter.fillStyle = LAND[ground[cell]];
      painter.fillRect(cell % size, Math.floor(cell / size), 1, 1);
    }
  }

  draw(scene, troops, fog, camera) {
    if (this.size !== scene.size) this.paintLand(scene);
    const painter = this.canvas.getContext("2d");
    painter.imageSmoothingEnabled = false;
    painter.setTransform(SCALE, 0, 0, SCALE, 0, 0);
    painter.drawImage(this.land, 0, 0);
    for (const deposit of scene.deposits) {
      painter.fillStyle = deposit.what === WOOD ? "#2f5f30" : "#f2c53f";
      const side = deposit.what === WOOD ? 1 : 2;
      painter.fillRect(deposit.cell % scene.size, Math.floor(deposit.cell / scene.size), side, side);
    }
    fog.draw(painter, 1);
    for (const thing of troops.shown(fog)) {
      const side = thing.kind < HALL ? 1.5 : KINDS[thing.kind].side;
      painter.fillStyle = COLOURS[troops.seats.get(thing.owner)]?.[thing.kind < HALL ? 2 : 0] ?? "#ffffff";
      painter.fillRect(Math.floor(thing.x / CELL), Math.floor(thing.y / CELL), side, side);
    }
    const [left, top, right, bottom] = camera.bounds().map((each) => each / SIDE);
    painter.strokeStyle = "#ffffff";
    painter.lineWidth = 1;
    painter.strokeRect(left, top, right - left, bottom - top);
  }
}
