// The picture with all sprites, once in each player's colours.

import { SPRITES, TEAM } from "./pictures.js";

/** Base, dark and light of each seat. */
export const COLOURS = [
  ["#3f7fd0", "#2a5796", "#8cbcf5"],
  ["#d33b42", "#93242f", "#f58a86"],
  ["#e2a52b", "#a06f14", "#fbd67c"],
  ["#8f55cf", "#613593", "#c79bf2"],
];
const NOBODY = ["#b9b4a8", "#847f74", "#dedacf"];

export async function loadSheets() {
  const image = new Image();
  image.src = new URL("sprites.png", import.meta.url).href;
  await image.decode();
  return new Sheets(image);
}

class Sheets {
  constructor(image) {
    this.coloured = [...COLOURS, NOBODY].map((colours) => recoloured(image, colours));
  }

  /** Draws a sprite with its feet at (x, y): the middle of its lower edge. */
  draw(painter, name, seat, x, y, mirrored = false, part = 1) {
    const [left, top, width, height] = SPRITES[name];
    const sheet = this.coloured[seat] ?? this.coloured.at(-1);
    const shown = Math.round(height * part);
    if (mirrored) {
      painter.save();
      painter.translate(x, 0);
      painter.scale(-1, 1);
      painter.drawImage(sheet, left, top + height - shown, width, shown, -width / 2, y - shown, width, shown);
      painter.restore();
    } else {
      painter.drawImage(sheet, left, top + height - shown, width, shown, x - width / 2, y - shown, width, shown);
    }
  }

  /** A small picture of a sprite for the panel. */
  icon(name, seat = -1) {
    const [left, top, width, height] = SPRITES[name];
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [width, height];
    canvas.className = "skirmish-icon";
    canvas.setAttribute("aria-hidden", "true");
    const sheet = this.coloured[seat] ?? this.coloured.at(-1);
    canvas.getContext("2d").drawImage(sheet, left, top, width, height, 0, 0, width, height);
    return canvas;
  }
}

function recoloured(image, colours) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width, image.height];
  const painter = canvas.getContext("2d");
  painter.drawImage(image, 0, 0);
  const pixels = painter.getImageData(0, 0, canvas.width, canvas.height);
  const shades = colours.map((colour) => [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16)));
  for (let at = 0; at < pixels.data.length; at += 4) {
    const shade = TEAM.findIndex((each) => each.every((channel, place) => pixels.data[at + place] === channel));
    if (shade >= 0) pixels.data.set(shades[shade], at);
  }
  painter.putImageData(pixels, 0, 0);
  return canvas;
}
