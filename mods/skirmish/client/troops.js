// Everything that stands, walks and flies, from the back to the front.

import { CELL, GOLD, HALL, KINDS, WOOD } from "./engine.js";
import { SIDE } from "./camera.js";

const SCALE = SIDE / CELL;
const STEP_MS = 150;
const MINE_SIDE = 2;

export class Troops {
  constructor(sheets) {
    this.sheets = sheets;
    this.before = new Map();
    this.facing = new Map();
    this.scene = null;
    this.seats = new Map();
    /** Buildings of others as they were seen last. */
    this.memory = new Map();
  }

  advanced(scene, fog) {
    this.before = new Map((this.scene?.things ?? []).map((thing) => [thing.id, thing]));
    this.scene = scene;
    this.seats = new Map(scene.realms.map((realm, seat) => [realm.player, seat]));
    for (const thing of scene.things) {
      const before = this.before.get(thing.id);
      if (before && thing.x !== before.x) this.facing.set(thing.id, thing.x < before.x);
      if (thing.kind >= HALL && fog.sees(cellOf(thing, scene.size))) this.memory.set(thing.id, thing);
    }
    const here = new Set(scene.things.map((thing) => thing.id));
    for (const [id, thing] of this.memory) {
      if (!here.has(id) && fog.sees(cellOf(thing, scene.size))) this.memory.delete(id);
    }
    for (const id of this.facing.keys()) if (!here.has(id)) this.facing.delete(id);
  }

  /** The place of a unit between two iterations, in pixels of the map. */
  placeOf(thing, part) {
    const before = this.before.get(thing.id) ?? thing;
    return [(before.x + (thing.x - before.x) * part) * SCALE, (before.y + (thing.y - before.y) * part) * SCALE];
  }

  /** What the player sees of whom: own things, and others in sight; buildings as they are remembered. */
  shown(fog) {
    const { things, size } = this.scene;
    const seen = things.filter((thing) => fog.sees(cellOf(thing, size)));
    const there = new Set(seen.map((thing) => thing.id));
    return [...seen, ...[...this.memory.values()].filter((thing) => !there.has(thing.id))];
  }

  draw(painter, { fog, part, now, bounds, selected }) {
    const [left, top, right, bottom] = bounds;
    const inView = ([x, y]) => x > left - 64 && x < right + 64 && y > top - 64 && y < bottom + 80;
    const pictures = [];
    for (const deposit of this.scene.deposits) {
      const place = depositPlace(deposit, this.scene.size);
      if (inView(place) && fog.knows(deposit.cell)) pictures.push([place[1], () => this.drawDeposit(painter, deposit, place)]);
    }
    for (const thing of this.shown(fog)) {
      const place = this.placeOf(thing, part);
      if (!inView(place)) continue;
      if (thing.kind >= HALL) {
        const foot = place[1] - SIDE / 2 + KINDS[thing.kind].side * SIDE;
        pictures.push([foot - 4, () => this.drawBuilding(painter, thing, place, selected.has(thing.id))]);
      } else {
        const chosen = selected.has(thing.id);
        const alone = chosen && selected.size < 6;
        pictures.push([place[1] + 6, () => this.drawUnit(painter, thing, place, now, chosen, alone)]);
      }
    }
    pictures.sort(([a], [b]) => a - b);
    for (const [, draw] of pictures) draw();
    this.drawArrows(painter, fog, part);
  }

  drawDeposit(painter, deposit, [x, y]) {
    const name = deposit.what === WOOD ? `tree_${(deposit.id * 7) % 3}` : "mine";
    this.sheets.draw(painter, name, -1, x, y);
  }

  drawUnit(painter, thing, [x, y], now, selected, alone) {
    const seat = this.seats.get(thing.owner);
    const before = this.before.get(thing.id);
    const moves = before && (before.x !== thing.x || before.y !== thing.y);
    const { name } = KINDS[thing.kind];
    const acts = !moves && thing.busy && Math.floor(now / 220 + thing.id) % 2 === 0;
    const step = moves ? 1 + (Math.floor(now / STEP_MS + thing.id) % 2) : 0;
    if (selected) ring(painter, x, y + 6, 7, 3.5, this.lightOf(seat));
    this.sheets.draw(painter, acts ? `${name}_act` : `${name}_${step}`, seat, x, y + 8, this.facing.get(thing.id));
    if (thing.load) {
      painter.fillStyle = thing.load === GOLD ? "#f2c53f" : "#8a5a33";
      painter.fillRect(x - 4, y - 1, 4, 4);
    }
    const share = thing.health / KINDS[thing.kind].health;
    if (share < 1 || alone) bar(painter, x - 7, y - 12, 14, share);
  }

  drawBuilding(painter, thing, [x, y], selected) {
    const row = KINDS[thing.kind];
    const wide = row.side * SIDE;
    const [left, top] = [x - SIDE / 2, y - SIDE / 2];
    const foot = top + wide;
    const seat = this.seats.get(thing.owner);
    if (selected) {
      painter.strokeStyle = this.lightOf(seat);
      painter.lineWidth = 1;
      painter.strokeRect(left - 0.5, top - 0.5, wide + 1, wide + 1);
    }
    const built = 1 - thing.left / row.time;
    if (thing.left > 0) foundation(painter, left, top, wide);
    if (built > 0.1) this.sheets.draw(painter, row.name, seat, left + wide / 2, foot, false, built);
    const share = thing.health / row.health;
    if (thing.left > 0) bar(painter, left + 2, foot + 1, wide - 4, built, "#e8c34a");
    if (selected || (share < 1 && thing.left === 0)) bar(painter, left + 2, top - 6, wide - 4, share);
    if (thing.left === 0 && share < 0.5) smoke(painter, left + wide / 2, top, this.scene.tick + thing.id);
  }

  drawArrows(painter, fog, part) {
    painter.strokeStyle = "#f4ead0";
    painter.lineWidth = 1;
    const things = new Map(this.scene.things.map((thing) => [thing.id, thing]));
    for (const arrow of this.scene.arrows) {
      const target = things.get(arrow.target);
      if (!target || !fog.sees(cellOf(target, this.scene.size))) continue;
      const gone = Math.min(1, (arrow.flight - arrow.left + part) / (arrow.flight + 1));
      const [toX, toY] = this.placeOf(target, part);
      const [fromX, fromY] = [arrow.x * SCALE, arrow.y * SCALE];
      const at = (share) => [
        fromX + (toX - fromX) * share,
        fromY + (toY - fromY) * share - Math.sin(share * Math.PI) * 10,
      ];
      painter.beginPath();
      painter.moveTo(...at(gone));
      painter.lineTo(...at(Math.max(0, gone - 0.12)));
      painter.stroke();
    }
  }

  /** The topmost thing or deposit at a point of the map, as the player sees it. */
  at(x, y, fog, part = 1) {
    const found = { thing: undefined, deposit: undefined };
    let nearest = 11;
    for (const thing of this.shown(fog)) {
      const [atX, atY] = this.placeOf(thing, part);
      if (thing.kind >= HALL) {
        const wide = KINDS[thing.kind].side * SIDE;
        const inside = x >= atX - 8 && x < atX - 8 + wide && y >= atY - 14 && y < atY - 8 + wide;
        if (inside && nearest > 10) found.thing = thing;
      } else {
        const away = Math.hypot(x - atX, y - atY + 1);
        if (away < Math.min(nearest, 10)) [found.thing, nearest] = [thing, away];
      }
    }
    const { size, deposits } = this.scene;
    const cell = Math.floor(y / SIDE) * size + Math.floor(x / SIDE);
    found.deposit = deposits.find((deposit) => covers(deposit, cell, size) && fog.knows(deposit.cell));
    return found;
  }

  lightOf(seat) {
    return ["#b8d8ff", "#ffb8b0", "#ffe6a0", "#dcc0ff"][seat] ?? "#ffffff";
  }
}

export function cellOf(thing, size) {
  const more = thing.kind >= HALL ? 1 : 0;
  return (Math.floor(thing.y / CELL) + more) * size + Math.floor(thing.x / CELL) + more;
}

function covers(deposit, cell, size) {
  const side = deposit.what === WOOD ? 1 : MINE_SIDE;
  const x = (cell % size) - (deposit.cell % size);
  const y = Math.floor(cell / size) - Math.floor(deposit.cell / size);
  return x >= 0 && x < side && y >= 0 && y < side;
}

function depositPlace(deposit, size) {
  const side = deposit.what === WOOD ? 1 : MINE_SIDE;
  return [((deposit.cell % size) + side / 2) * SIDE, (Math.floor(deposit.cell / size) + side) * SIDE];
}

function ring(painter, x, y, wide, high, colour) {
  painter.strokeStyle = colour;
  painter.lineWidth = 1;
  painter.beginPath();
  painter.ellipse(x, y, wide, high, 0, 0, 2 * Math.PI);
  painter.stroke();
}

function bar(painter, x, y, width, share, colour = undefined) {
  painter.fillStyle = "rgb(10 12 18 / 75%)";
  painter.fillRect(x - 0.5, y - 0.5, width + 1, 3);
  painter.fillStyle = colour ?? (share > 0.6 ? "#62c44e" : share > 0.3 ? "#e8b83a" : "#e0483a");
  painter.fillRect(x, y, width * Math.max(0, Math.min(1, share)), 2);
}

function foundation(painter, left, top, wide) {
  painter.fillStyle = "#8d744c";
  painter.fillRect(left + 1, top + 1, wide - 2, wide - 2);
  painter.strokeStyle = "#5f4a2c";
  painter.lineWidth = 1;
  painter.strokeRect(left + 1.5, top + 1.5, wide - 3, wide - 3);
  for (const [x, y] of [[0, 0], [1, 0], [0, 1], [1, 1]]) {
    painter.fillStyle = "#6b4a26";
    painter.fillRect(left + 1 + x * (wide - 5), top + 1 + y * (wide - 5), 3, 3);
  }
}

function smoke(painter, x, y, time) {
  for (let puff = 0; puff < 3; puff += 1) {
    const age = ((time + puff * 11) % 33) / 33;
    painter.fillStyle = `rgb(60 58 56 / ${Math.round(60 * (1 - age))}%)`;
    painter.beginPath();
    painter.arc(x + Math.sin(time / 9 + puff * 2) * 4, y + 6 - age * 18, 2 + age * 4, 0, 2 * Math.PI);
    painter.fill();
  }
}
