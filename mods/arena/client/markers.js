// Small arrows around the own fighter that point to the others who are too far away to be seen.

import { playerColour } from "./palette.js";

const NEAR = 400; // world units; whoever is nearer is on the screen
const RADIUS = 74;

export class Markers {
  constructor({ pixi, layers, player }) {
    this.pixi = pixi;
    this.player = player;
    this.layer = new pixi.Container();
    layers.effects.addChild(this.layer);
    this.arrows = new Map();
  }

  frame({ entities, own }) {
    const shown = new Set();
    for (const entity of own ? entities.values() : []) {
      if (entity.kind !== "fighter" || entity.id === own.id || entity.state === "dead") continue;
      const dx = entity.x - own.x;
      const dy = entity.y - own.y;
      const away = Math.hypot(dx, dy);
      if (away < NEAR) continue;
      const arrow = this.arrow(entity);
      arrow.position.set(own.x + (dx / away) * RADIUS, own.y + (dy / away) * RADIUS);
      arrow.rotation = Math.atan2(dy, dx);
      arrow.alpha = 0.3 + 0.5 * Math.max(0, 1 - away / 1600);
      shown.add(entity.id);
    }
    for (const [id, arrow] of this.arrows) {
      if (shown.has(id)) continue;
      arrow.destroy();
      this.arrows.delete(id);
    }
  }

  arrow(entity) {
    let arrow = this.arrows.get(entity.id);
    if (!arrow) {
      arrow = new this.pixi.Graphics();
      arrow.poly([12, 0, -5, -7, -1, 0, -5, 7]).fill(playerColour(entity.owner, this.player));
      this.arrows.set(entity.id, arrow);
      this.layer.addChild(arrow);
    }
    return arrow;
  }

  destroy() {
    this.layer.destroy({ children: true });
  }
}
