// The minimap: a pixel for each tile that was seen, and dots for who is near.

const COLOURS = {
  grass: "#5d9a45", tufts: "#548c3e", flowers: "#6aa250", dirt: "#a5834f", cobbles: "#8f8f93", sand: "#dcc98a",
  rock: "#6d6370", planks: "#9a6a3c", water: "#3f78b8", lava: "#e2571e", thorns: "#5f3c48", mat: "#d9a441",
  tree: "#2f6b35", pine: "#1f4a28", stump: "#8a6a43", cliff: "#4c4f57", ledge: "#8f9a55", stairs: "#a5a8b0",
  wall: "#d9c9a3", window: "#d9c9a3", door: "#8a5a33", roof: "#a8423a", shop_roof: "#3f5f9e", fence: "#8a5a33",
  fountain: "#9fd8f0", sign: "#f2c53f", crate: "#a06c3e", bush: "#3f7a3a", bones: "#7a7080",
};
/** Dots by kind; what is not here is not shown. */
const DOTS = { hero: "#ffffff", slime: "#ff6a5a", wolf: "#ff3030", loot: "#f2c53f" };
/** Times a second that the dots are drawn. */
const RATE = 5;

export class Minimap {
  constructor(context, ground) {
    this.context = context;
    this.ground = ground;
    const [, , width, height] = context.schema.map;
    this.land = sheet(width, height);
    this.picture = sheet(width, height);
    this.picture.canvas.className = "village-minimap";
    this.picture.canvas.setAttribute("role", "img");
    this.picture.canvas.setAttribute("aria-label", "Map");
    context.page.append(this.picture.canvas);
    this.drawnAt = 0;
    ground.watch((chunk, cells) => this.learn(chunk, cells));
  }

  learn(chunk, cells) {
    const { size } = this.ground;
    const all = cells ?? Array.from({ length: size * size }, (_, cell) => cell);
    for (const cell of all) {
      this.land.painter.fillStyle = COLOURS[this.ground.nameOf(chunk, cell)] ?? "#000000";
      this.land.painter.fillRect(chunk.x * size + (cell % size), chunk.y * size + Math.floor(cell / size), 1, 1);
    }
  }

  frame(frame) {
    if (frame.time - this.drawnAt < 1000 / RATE && frame.time >= this.drawnAt) return;
    this.drawnAt = frame.time;
    const { painter, canvas } = this.picture;
    painter.fillStyle = "#141a2a";
    painter.fillRect(0, 0, canvas.width, canvas.height);
    painter.drawImage(this.land.canvas, 0, 0);
    for (const entity of frame.entities.values()) if (DOTS[entity.kind]) this.dot(entity, DOTS[entity.kind], 3);
    if (frame.own) this.dot(frame.own, "#ffe14a", 6);
  }

  dot({ x, y }, colour, side) {
    const { tile } = this.ground;
    this.picture.painter.fillStyle = colour;
    this.picture.painter.fillRect(x / tile - side / 2, y / tile - side / 2, side, side);
  }
}

function sheet(width, height) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  return { canvas, painter: canvas.getContext("2d") };
}
