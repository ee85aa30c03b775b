// What the player carries, and the bar of health.

import { element } from "./elements.js";

const ITEMS = ["gold", "wood", "pelt", "gem", "potion", "axe", "sword", "boots"];
const ICONS = { gold: "coins" };

export class Bag {
  constructor(context, sheets) {
    this.context = context;
    this.panel = element("div", "village-bag");
    this.panel.setAttribute("aria-label", "Bag");
    this.counts = new Map();
    for (const item of ITEMS) {
      const row = element("span", "village-item");
      const count = element("span", "", "0");
      count.id = `bag-${item}`;
      row.title = item;
      row.append(sheets.icon(ICONS[item] ?? item), count);
      this.panel.append(row);
      this.counts.set(item, { row, count });
    }
    context.page.append(this.panel);
  }

  frame({ own }) {
    const { Bag: bag, Health: health } = own?.components ?? {};
    if (health) {
      const bar = { label: "Health", value: health.value, max: health.most, colour: "#62b44e" };
      this.context.hud.bar("health", bar);
    }
    if (!bag) return;
    for (const [item, { row, count }] of this.counts) {
      const text = String(bag[item]);
      if (count.textContent !== text) count.textContent = text;
      row.hidden = item !== "gold" && bag[item] === 0;
    }
  }

  event({ name, body }) {
    if (name === "Gained") this.context.hud.feed(`+${body.count} ${body.what}`);
    if (name === "Fainted") {
      this.context.hud.feed(`You fainted${body.gold ? ` and lost ${body.gold} gold` : ""}. You wake up on the plaza.`);
    }
  }
}
