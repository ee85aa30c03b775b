// Day and night: a tint over everything, the hour in words, and what the crier says.

const NIGHT_ALPHA = 0.5;
/** How long dusk and dawn take (seconds). */
const FADE = 3;
const SHOWN = 4;

export class Sky {
  constructor(context) {
    this.context = context;
    const { width, height } = context.schema;
    this.tint = new context.pixi.Graphics().rect(-200, -200, width + 400, height + 400).fill(0x0a1236);
    this.tint.alpha = 0;
    context.layers.effects.addChild(this.tint);
    this.left = 0;
  }

  frame({ entities, seconds, tick }) {
    const sky = findSky(entities);
    const goal = sky?.phase === "night" ? NIGHT_ALPHA : 0;
    const step = (NIGHT_ALPHA / FADE) * seconds;
    this.tint.alpha += Math.max(-step, Math.min(step, goal - this.tint.alpha));
    if (sky) {
      const left = Math.max(0, Math.ceil((sky.end_tick - tick) / 20));
      const max = sky.phase === "day" ? 240 : 90;
      const label = sky.phase === "day" ? `Day ${sky.day}` : `Night ${sky.day}`;
      const text = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
      this.context.hud.bar("sky", { label, value: Math.min(left, max), max, colour: "#e8c860", text });
    }
    if (this.left > 0) {
      this.left -= seconds;
      if (this.left <= 0) this.context.hud.banner("");
    }
  }

  event({ name, body }) {
    if (name !== "Announced") return;
    this.context.hud.banner(body.text);
    this.context.hud.feed(body.text);
    this.left = SHOWN;
  }
}

function findSky(entities) {
  for (const { components } of entities.values()) if (components.Sky) return components.Sky;
  return null;
}
