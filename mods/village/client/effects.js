// Small things that happen: numbers that rise, chips that fly, a swing.

const LIFE = 0.8;

export class Effects {
  constructor(context) {
    this.context = context;
    this.shown = [];
  }

  event({ name, body }) {
    if (name === "Hurt") this.text(body, `-${Math.round(body.amount)}`, 0xff7a6a);
    if (name === "Healed") this.text(body, "+", 0x8be08b);
    if (name === "Chopped") this.chips(body, body.left ? 5 : 14, 0xc89a5a);
    if (name === "Slain") this.chips(body, 12, 0x9fd88f);
    if (name === "Swung") this.swing(body);
  }

  text({ x, y }, text, fill) {
    const shown = new this.context.pixi.Text({ text, resolution: 4, style: { fontSize: 9, fontWeight: "700", fill } });
    shown.anchor.set(0.5, 1);
    this.add(shown, x, y - 10, (part) => shown.position.set(x, y - 10 - 14 * part));
  }

  chips({ x, y }, count, colour) {
    const chips = new this.context.pixi.Graphics();
    for (let chip = 0; chip < count; chip += 1) {
      const angle = (chip / count) * Math.PI * 2;
      chips.rect(Math.cos(angle) * 6 - 1, Math.sin(angle) * 6 - 1, 2, 2);
    }
    chips.fill(colour);
    this.add(chips, x, y, (part) => chips.scale.set(0.5 + 1.8 * part));
  }

  swing({ x, y }) {
    const arc = new this.context.pixi.Graphics().circle(0, 0, 12).stroke({ width: 1.5, color: 0xffffff });
    this.add(arc, x, y, (part) => arc.scale.set(0.6 + 0.6 * part), 0.25);
  }

  add(container, x, y, move, life = LIFE) {
    container.position.set(x, y);
    this.context.layers.effects.addChild(container);
    this.shown.push({ container, move, life, age: 0 });
  }

  frame({ seconds }) {
    for (const effect of this.shown) {
      effect.age += seconds;
      const part = Math.min(1, effect.age / effect.life);
      effect.move(part);
      effect.container.alpha = 1 - part;
      if (part >= 1) effect.container.destroy();
    }
    this.shown = this.shown.filter(({ age, life }) => age < life);
  }
}
