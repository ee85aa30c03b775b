// What flashes and flies for a moment. Particles come from a fixed pool: the oldest makes room.

import * as colours from "./palette.js";

const POOL = 240;

export class Effects {
  constructor(context) {
    this.context = context;
    this.layer = new context.pixi.Container();
    context.layers.effects.addChild(this.layer);
    this.particles = [];
    this.next = 0;
    for (let i = 0; i < POOL; i += 1) this.particles.push(this.makeParticle());
    this.numbers = [];
    this.own = null;
  }

  makeParticle() {
    const dot = new this.context.pixi.Graphics();
    dot.circle(0, 0, 1).fill(0xffffff);
    dot.visible = false;
    this.layer.addChild(dot);
    return { dot, vx: 0, vy: 0, age: 0, life: 0, size: 1, grow: 0 };
  }

  emit(x, y, { colour, size = 3, life = 0.4, vx = 0, vy = 0, grow = 0, alpha = 1 }) {
    const particle = this.particles[this.next];
    this.next = (this.next + 1) % POOL;
    Object.assign(particle, { vx, vy, age: 0, life, size, grow, alpha });
    particle.dot.position.set(x, y);
    particle.dot.tint = colour;
    particle.dot.visible = true;
  }

  burst(x, y, colour, count, speed, life = 0.45, size = 3) {
    for (let i = 0; i < count; i += 1) {
      const angle = Math.random() * Math.PI * 2;
      const pace = speed * (0.3 + 0.7 * Math.random());
      this.emit(x, y, { colour, size, life: life * (0.6 + 0.4 * Math.random()), vx: Math.cos(angle) * pace, vy: Math.sin(angle) * pace });
    }
  }

  ring(x, y, colour, size = 8, grow = 160, life = 0.35) {
    this.emit(x, y, { colour, size, life, grow, alpha: 0.35 });
  }

  event({ name, body }) {
    const handler = HANDLERS[name];
    if (handler) handler(this, body);
  }

  number(x, y, text, colour) {
    const { pixi } = this.context;
    const label = new pixi.Text({ text, resolution: 2, style: { fontFamily: "sans-serif", fontSize: 18, fontWeight: "bold", fill: colour } });
    label.anchor.set(0.5);
    label.position.set(x + (Math.random() < 0.5 ? -1 : 1) * (26 + 10 * Math.random()), y - 12);
    this.layer.addChild(label);
    this.numbers.push({ label, age: 0 });
    if (this.numbers.length > 24) this.dropNumber();
  }

  dropNumber() {
    const { label } = this.numbers.shift();
    label.destroy();
  }

  frame(frame) {
    this.own = frame.own ?? null;
    const { seconds } = frame;
    for (const particle of this.particles) if (particle.dot.visible) moveParticle(particle, seconds);
    for (const number of this.numbers) {
      number.age += seconds;
      number.label.y -= 42 * seconds;
      number.label.alpha = Math.max(0, 1 - number.age / 0.8);
    }
    while (this.numbers.length && this.numbers[0].age > 0.8) this.dropNumber();
  }

  destroy() {
    this.layer.destroy({ children: true });
  }
}

function moveParticle(particle, seconds) {
  particle.age += seconds;
  const left = 1 - particle.age / particle.life;
  if (left <= 0) {
    particle.dot.visible = false;
    return;
  }
  const drag = Math.exp(-4 * seconds);
  particle.vx *= drag;
  particle.vy *= drag;
  particle.dot.x += particle.vx * seconds;
  particle.dot.y += particle.vy * seconds;
  particle.dot.alpha = left * particle.alpha;
  particle.dot.scale.set(particle.size + particle.grow * particle.age);
}

const HANDLERS = {
  Shot(effects, { x, y, angle }) {
    const muzzle = [x + Math.cos(angle) * 32, y + Math.sin(angle) * 32];
    effects.emit(...muzzle, { colour: 0xffe9a8, size: 9, life: 0.07 });
    effects.emit(...muzzle, { colour: 0xffb347, size: 5, life: 0.14, vx: Math.cos(angle) * 120, vy: Math.sin(angle) * 120 });
  },
  Struck(effects, { x, y }) {
    effects.burst(x, y, 0xc9d2e3, 5, 170, 0.3, 2);
  },
  Hit(effects, { victim, player, amount, x, y }) {
    effects.burst(x, y, colours.BLOOD, 8, 230, 0.4, 3);
    const { context, own } = effects;
    if (player === context.player) effects.number(x, y, String(Math.round(amount)), 0xfff3b0);
    if (own && own.id === victim) {
      effects.number(x, y, String(Math.round(amount)), colours.BLOOD);
      context.camera.shake(0.35);
    }
  },
  Died(effects, { victim, x, y }) {
    effects.burst(x, y, victim < 0 ? colours.HUNTER : colours.playerColour(victim, effects.context.player), 34, 420, 0.8, 5);
    effects.ring(x, y, 0xffffff, 10, 260, 0.3);
    if (victim === effects.context.player) effects.context.camera.shake(1);
  },
  Respawned(effects, { x, y }) {
    effects.ring(x, y, colours.SHIELD, 10, 150, 0.5);
    effects.burst(x, y, colours.SHIELD, 14, 200, 0.5);
  },
  Picked(effects, { what, x, y }) {
    const colour = { heal: colours.HEAL, rapid: colours.RAPID, shield: colours.SHIELD, gold: 0xffd700 }[what] ?? colours.CRATE;
    effects.ring(x, y, colour, 12, 120, 0.4);
    effects.burst(x, y, colour, 14, 200, 0.5);
    effects.number(x, y, { heal: "+50 health", rapid: "Rapid fire!", shield: "Shield!", gold: "+3 points" }[what] ?? what, colour);
  },
  Dashed(effects, { x, y }) {
    effects.burst(x, y, 0x9fb3d9, 12, 160, 0.35, 4);
  },
};
