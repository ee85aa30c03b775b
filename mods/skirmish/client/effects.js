// What passes: marks of orders, sparks of blows, dust of the fallen, and the sentences of refusals.

import { SIDE } from "./camera.js";
import { CELL, HALL, KINDS } from "./engine.js";

const MARK_MS = 500;
const SPARK_MS = 220;
const DUST_MS = 700;
const MOST = 200;

export class Effects {
  constructor() {
    this.living = [];
  }

  mark(x, y, colour) {
    this.add({ what: "mark", x, y, colour, long: MARK_MS });
  }

  /** What the generation gave; what happens out of sight is not shown. */
  happened(events, troops, fog) {
    const things = new Map(troops.scene.things.map((thing) => [thing.id, thing]));
    for (const event of events) {
      if (event.name === "Struck" && things.has(event.target)) {
        const thing = things.get(event.target);
        const [x, y] = troops.placeOf(thing, 1);
        const half = thing.kind >= HALL ? ((KINDS[thing.kind].side - 1) * SIDE) / 2 : 0;
        this.seen({ what: "spark", x: x + half, y: y + half, long: SPARK_MS }, troops, fog);
      } else if (event.name === "Fell") {
        const [x, y] = [(event.x / CELL) * SIDE, (event.y / CELL) * SIDE];
        const wide = event.kind >= HALL ? KINDS[event.kind].side * SIDE : SIDE;
        this.seen({ what: "dust", x: x + (wide - SIDE) / 2, y: y + (wide - SIDE) / 2, wide, long: DUST_MS }, troops, fog);
      }
    }
  }

  seen(effect, troops, fog) {
    if (fog.sees(Math.floor(effect.y / SIDE) * troops.scene.size + Math.floor(effect.x / SIDE))) this.add(effect);
  }

  add(effect) {
    this.living.push({ ...effect, began: null });
    if (this.living.length > MOST) this.living.shift();
  }

  draw(painter, now) {
    for (const effect of this.living) effect.began ??= now;
    this.living = this.living.filter((effect) => now - effect.began < effect.long);
    for (const effect of this.living) {
      const age = (now - effect.began) / effect.long;
      painter.globalAlpha = 1 - age;
      DRAWN[effect.what](painter, effect, age);
    }
    painter.globalAlpha = 1;
  }
}

const DRAWN = {
  mark(painter, { x, y, colour }, age) {
    painter.strokeStyle = colour;
    painter.lineWidth = 1.2;
    painter.beginPath();
    painter.ellipse(x, y, 8 - 6 * age, 4 - 3 * age, 0, 0, 2 * Math.PI);
    painter.stroke();
  },
  spark(painter, { x, y }, age) {
    painter.fillStyle = "#fff2b8";
    for (const [across, down] of [[-1, -1], [1, -1], [0, -1.4], [-1.2, 0.2], [1.2, 0.3]]) {
      painter.fillRect(x + across * (2 + 5 * age), y - 1 + down * (2 + 5 * age), 1.3, 1.3);
    }
  },
  dust(painter, { x, y, wide }, age) {
    painter.fillStyle = "#a8987c";
    for (let puff = 0; puff < 7; puff += 1) {
      const [across, down] = [Math.cos(puff * 2.4), Math.sin(puff * 2.4)];
      painter.beginPath();
      const away = (wide / 3) * (0.4 + age) * (0.6 + (puff % 3) * 0.25);
      painter.arc(x + across * away, y + 4 + down * away * 0.6 - age * 6, (wide / 9) * (1 + age), 0, 2 * Math.PI);
      painter.fill();
    }
  },
};
