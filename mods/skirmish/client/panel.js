// The panel: what one has above; below, who is selected and the buttons for what they can be told.

import { BARRACKS, GOLD, HALL, HOUSE, KINDS, TOWER, WOOD, WORKER } from "./engine.js";

const KEYS = ["KeyQ", "KeyW", "KeyE", "KeyR"];
const SHOWN = 24;
const SAID_MS = 2600;
const BUILDINGS = [HOUSE, BARRACKS, TOWER, HALL];
const VERBS = ["idle", "on the move", "advancing", "attacking", "gathering", "building"];

export class Panel {
  constructor({ page, sheets, hand, nameOf }) {
    Object.assign(this, { sheets, hand, nameOf });
    this.top = element("div", "skirmish-top");
    this.counts = Object.fromEntries(
      ["gold", "wood", "supply"].map((name) => [name, element("span", "skirmish-count")]),
    );
    for (const [name, count] of Object.entries(this.counts)) {
      const whole = element("span", "skirmish-stock");
      whole.title = name;
      whole.append(sheets.icon(`icon_${name}`), count);
      this.top.append(whole);
    }
    this.realms = element("div", "skirmish-realms");
    this.bottom = element("div", "skirmish-bottom");
    this.chosen = element("div", "skirmish-chosen");
    this.buttons = element("div", "skirmish-buttons");
    this.bottom.append(this.chosen, this.buttons);
    this.said = element("div", "skirmish-said");
    this.said.setAttribute("role", "status");
    this.banner = element("div", "skirmish-banner");
    page.append(this.top, this.realms, this.bottom, this.said, this.banner);
    this.texts = new Map();
    this.saidUntil = 0;
    this.undo = new AbortController();
    window.addEventListener("keydown", (event) => this.#key(event), { signal: this.undo.signal });
  }

  destroy() {
    this.undo.abort();
  }

  say(sentence, now) {
    this.said.textContent = `${sentence[0].toUpperCase()}${sentence.slice(1)}.`;
    this.saidUntil = now + SAID_MS;
  }

  show(scene, now) {
    const own = this.#own(scene);
    this.top.hidden = !own;
    if (own) {
      this.#write(this.counts.gold, String(own.gold));
      this.#write(this.counts.wood, String(own.wood));
      this.#write(this.counts.supply, `${own.used} / ${own.room}`);
      this.counts.supply.classList.toggle("full", own.used >= own.room);
    }
    this.said.classList.toggle("shown", now < this.saidUntil);
    this.#realms(scene);
    this.#banner(scene, own);
    const things = this.hand.things();
    this.#chosen(things);
    this.#buttons(things, own);
  }

  #own(scene) {
    return scene?.realms.find((realm) => realm.player === this.hand.player);
  }

  #realms(scene) {
    const lines = scene.realms.map((realm, seat) => [seat, this.nameOf(realm.player), realm.alive]);
    this.#rebuild(this.realms, JSON.stringify(lines), () =>
      lines.map(([seat, name, alive]) => {
        const line = element("span", `skirmish-realm seat-${seat}${alive ? "" : " lost"}`);
        line.textContent = name;
        return line;
      }),
    );
  }

  #banner(scene, own) {
    let text = "";
    if (scene.winner >= 0) text = !own ? "The match is over" : scene.winner === own.team ? "Victory" : "Defeat";
    else if (own && !own.alive) text = "You are out";
    this.#write(this.banner, text);
    this.banner.hidden = text === "";
  }

  #chosen(things) {
    const seen = things.map((thing) => [thing.kind, thing.owner, things.length === 1 ? thing : thing.health]);
    this.#rebuild(this.chosen, JSON.stringify(seen), () => (things.length === 1 ? this.#one(things[0]) : this.#many(things)));
    this.bottom.hidden = things.length === 0;
  }

  #one(thing) {
    const row = KINDS[thing.kind];
    const portrait = element("span", "skirmish-portrait");
    portrait.append(this.#picture(thing.kind, thing.owner));
    const words = element("div", "skirmish-words");
    const title = element("strong");
    title.textContent = thing.owner === this.hand.player ? row.name : `${row.name} of ${this.nameOf(thing.owner)}`;
    const lines = [title, line(`${Math.max(0, thing.health)} / ${row.health} health`)];
    if (thing.left > 0) lines.push(line(`${Math.round(100 - (100 * thing.left) / row.time)} % built`));
    else if (thing.kind < HALL && thing.owner === this.hand.player) lines.push(line(stateOf(thing)));
    words.append(...lines);
    const parts = [portrait, words];
    if (thing.training.length) parts.push(this.#queue(thing));
    return parts;
  }

  #queue(thing) {
    const queue = element("div", "skirmish-queue");
    thing.training.forEach((kind, place) => {
      const item = element("span", "skirmish-item");
      item.append(this.#picture(kind, thing.owner));
      if (place === 0) {
        const done = element("i");
        done.style.width = `${Math.round(100 - (100 * thing.trainingLeft) / KINDS[kind].time)}%`;
        item.append(done);
      }
      queue.append(item);
    });
    return queue;
  }

  #many(things) {
    const grid = element("div", "skirmish-grid");
    for (const thing of things.slice(0, SHOWN)) {
      const item = element("span", "skirmish-item");
      item.append(this.#picture(thing.kind, thing.owner));
      const health = element("i");
      health.style.width = `${Math.max(0, Math.round((100 * thing.health) / KINDS[thing.kind].health))}%`;
      item.append(health);
      grid.append(item);
    }
    const words = element("div", "skirmish-words");
    const counts = new Map();
    for (const { kind } of things) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    words.append(...[...counts].map(([kind, count]) => line(`${count} ${count > 1 ? plural(KINDS[kind].name) : KINDS[kind].name}`)));
    return [grid, words];
  }

  #picture(kind, owner) {
    const { name } = KINDS[kind];
    const seat = this.hand.troops.seats.get(owner);
    return this.sheets.icon(kind < HALL ? `${name}_0` : name, seat);
  }

  /** The buttons for the selected; built anew only when what they say or are about changes. */
  #buttons(things, own) {
    const offers = own ? this.#offers(things, own) : [];
    const about = this.hand.building()?.id;
    const key = JSON.stringify([about, offers.map(({ run, ...rest }) => rest)]);
    this.#rebuild(this.buttons, key, () => offers.map((offer) => this.#button(offer)));
  }

  #offers(things, own) {
    const { hand } = this;
    const mine = things.filter((thing) => thing.owner === hand.player);
    const units = mine.filter((thing) => thing.kind < HALL);
    const [building] = mine.filter((thing) => thing.kind >= HALL);
    const offers = [];
    if (units.length) {
      offers.push({ icon: "icon_attack", text: "Advance: go there and fight on the way", code: "KeyA", run: () => (hand.aim = { name: "advance" }) });
      offers.push({ icon: "icon_stop", text: "Stop", code: "KeyS", run: () => hand.stop() });
      if (units.some((unit) => unit.kind === WORKER)) {
        BUILDINGS.forEach((kind, place) => {
          offers.push({ kind, ...priced(kind, own), text: `Build a ${KINDS[kind].name}`, code: KEYS[place], run: () => (hand.aim = { name: "build", kind }) });
        });
      }
    } else if (building) {
      if (building.left === 0) {
        KINDS[building.kind].trains.forEach((kind, place) => {
          const run = () => hand.send("train", { building: building.id, kind: KINDS[kind].name });
          offers.push({ kind, ...priced(kind, own), text: `Train a ${KINDS[kind].name}`, code: KEYS[place], run });
        });
        if (offers.length) offers.push({ icon: "icon_rally", text: "Rally: where the trained go", code: "KeyF", run: () => (hand.aim = { name: "rally" }) });
      }
      if (building.left > 0 || building.training.length) {
        offers.push({ icon: "icon_cancel", text: "Cancel", code: "KeyX", run: () => hand.send("cancel", { building: building.id }) });
      }
    }
    return offers;
  }

  #button({ icon, kind, text, code, run, price, poor }) {
    const button = element("button", `skirmish-button${poor ? " poor" : ""}`);
    button.type = "button";
    button.title = `${text} (${code.slice(3)})`;
    button.setAttribute("aria-label", text);
    const letter = element("kbd");
    letter.textContent = code.slice(3);
    button.append(icon ? this.sheets.icon(icon) : this.#picture(kind, this.hand.player), letter);
    if (price) {
      const cost = element("span", "skirmish-price");
      for (const [what, amount] of price) {
        const part = element("b", what === GOLD ? "gold" : "wood");
        part.textContent = String(amount);
        cost.append(part);
      }
      button.append(cost);
    }
    button.addEventListener("click", () => {
      run();
      button.blur();
    });
    return button;
  }

  #key(event) {
    if (event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const own = this.#own(this.hand.troops.scene);
    const offers = own ? this.#offers(this.hand.things(), own) : []; // as it is now, which may not be drawn yet
    offers.find((offer) => offer.code === event.code)?.run();
  }

  #write(target, text) {
    if (target.textContent !== text) target.textContent = text;
  }

  #rebuild(target, key, make) {
    if (this.texts.get(target) === key) return;
    this.texts.set(target, key);
    target.replaceChildren(...make());
  }
}

function priced(kind, own) {
  const { gold, wood } = KINDS[kind];
  const price = [[GOLD, gold], [WOOD, wood]].filter(([, amount]) => amount > 0);
  return { price, poor: own.gold < gold || own.wood < wood };
}

function stateOf(thing) {
  const load = thing.load === GOLD ? ", carries gold" : thing.load === WOOD ? ", carries wood" : "";
  return VERBS[thing.verb] + load;
}

function plural(name) {
  return name === "spearman" ? "spearmen" : name.endsWith("s") ? name : `${name}s`;
}

function element(name, className = "") {
  const made = document.createElement(name);
  made.className = className;
  return made;
}

function line(text) {
  const made = element("span");
  made.textContent = text;
  return made;
}
