// The player's hand: selecting by click and box, orders by the right button, keys. What is told goes through `send`.

import { SIDE } from "./camera.js";
import { CELL, HALL, KINDS, WORKER } from "./engine.js";

/** Screen pixels from which a click is a box. */
const BOX = 6;
const MOST = 250;
const PAN_KEYS = new Set(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"]);

export class Hand {
  constructor({ canvas, camera, troops, fog, player, send, effects }) {
    Object.assign(this, { canvas, camera, troops, fog, player, send, effects });
    this.selected = new Set();
    this.groups = new Map();
    this.keys = new Set();
    this.box = null;
    this.pointer = [0, 0];
    /** What the next click is for: `{name: "build", kind}`, `{name: "advance"}`, `{name: "rally"}`, or nothing. */
    this.aim = null;
    this.panning = false;
    this.undo = new AbortController();
    const listen = (target, name, run) => target.addEventListener(name, run, { signal: this.undo.signal });
    listen(canvas, "pointerdown", (event) => this.#down(event));
    listen(canvas, "pointermove", (event) => this.#move(event));
    listen(canvas, "pointerup", (event) => this.#up(event));
    listen(canvas, "pointercancel", () => this.#drop());
    listen(canvas, "contextmenu", (event) => event.preventDefault());
    listen(canvas, "dblclick", () => this.#selectAlike());
    listen(canvas, "wheel", (event) => {
      event.preventDefault();
      camera.zoomAt(event.offsetX, event.offsetY, event.deltaY < 0 ? 1.15 : 1 / 1.15);
    });
    listen(window, "keydown", (event) => this.#key(event));
    listen(window, "keyup", (event) => this.keys.delete(event.code));
    listen(window, "blur", () => this.keys.clear());
  }

  destroy() {
    this.undo.abort();
  }

  /** The selected things as they are now; who is gone is forgotten. */
  things() {
    const there = this.troops.scene.things.filter((thing) => this.selected.has(thing.id));
    this.selected = new Set(there.map((thing) => thing.id));
    return there;
  }

  units() {
    return this.things().filter((thing) => thing.kind < HALL && thing.owner === this.player);
  }

  building() {
    return this.things().find((thing) => thing.kind >= HALL && thing.owner === this.player);
  }

  // Telling -----------------------------------------------------------------------------------------------------------

  /** The order that suits what is at a point of the map. */
  order(x, y) {
    const { thing, deposit } = this.troops.at(x, y, this.fog);
    const units = this.units();
    const building = this.building();
    if (!units.length) {
      if (building && KINDS[building.kind].trains.length) this.rally(building, x, y);
      return;
    }
    const workers = units.some((unit) => unit.kind === WORKER);
    if (thing && this.isFoe(thing)) this.act("attack", units, thing.id, x, y, "#ff6a5a");
    else if (thing?.left > 0 && thing.owner === this.player && workers) this.act("assist", units, thing.id, x, y);
    else if (deposit && workers) this.act("gather", units, deposit.id, x, y, "#f2c53f");
    else this.go("move", x, y);
  }

  go(name, x, y) {
    const [cellX, cellY] = this.cell(x, y);
    const units = this.units().map((unit) => unit.id).slice(0, MOST);
    if (!units.length) return;
    this.send(name, { units, x: cellX, y: cellY });
    this.effects.mark(x, y, name === "move" ? "#b8f0a0" : "#ff9a5a");
  }

  act(name, units, target, x, y, colour = "#b8f0a0") {
    this.send(name, { units: units.map((unit) => unit.id).slice(0, MOST), target });
    this.effects.mark(x, y, colour);
  }

  rally(building, x, y) {
    const [cellX, cellY] = this.cell(x, y);
    this.send("rally", { building: building.id, x: cellX, y: cellY });
    this.effects.mark(x, y, "#9fd0ff");
  }

  stop() {
    const units = this.units().map((unit) => unit.id).slice(0, MOST);
    if (units.length) this.send("stop", { units });
  }

  isFoe(thing) {
    const team = (player) => this.troops.scene.realms.find((realm) => realm.player === player)?.team;
    return team(thing.owner) !== team(this.player);
  }

  cell(x, y) {
    const last = this.troops.scene.size - 1;
    return [x, y].map((each) => Math.max(0, Math.min(last, Math.floor(each / SIDE))));
  }

  /** The first cell of a building whose middle is at the pointer. */
  buildingCell(kind) {
    const more = ((KINDS[kind].side - 1) * SIDE) / 2;
    const [x, y] = this.camera.toMap(...this.pointer);
    return this.cell(x - more, y - more);
  }

  /** Whether a building could stand there, as far as the player knows. */
  fits(kind, [x, y]) {
    const { scene } = this.troops;
    const { side } = KINDS[kind];
    const standing = new Set();
    for (const thing of this.troops.shown(this.fog)) {
      const wide = thing.kind >= HALL ? KINDS[thing.kind].side : 1;
      const first = Math.floor(thing.y / CELL) * scene.size + Math.floor(thing.x / CELL);
      for (const each of square(first, wide, scene.size)) standing.add(each);
    }
    for (const deposit of scene.deposits) {
      for (const each of square(deposit.cell, deposit.what === 2 ? 1 : 2, scene.size)) standing.add(each);
    }
    return square(y * scene.size + x, side, scene.size).every(
      (each) => !"#~".includes(scene.ground[each] ?? "#") && this.fog.knows(each) && !standing.has(each),
    );
  }

  // The pointer -------------------------------------------------------------------------------------------------------

  #down(event) {
    this.pointer = [event.offsetX, event.offsetY];
    const [x, y] = this.camera.toMap(...this.pointer);
    this.canvas.setPointerCapture(event.pointerId);
    if (event.button === 1) {
      event.preventDefault();
      this.panning = true;
    } else if (event.button === 2) {
      if (this.aim) this.aim = null;
      else this.order(x, y);
    } else if (event.button === 0) {
      if (this.aim) this.#hit(x, y, event.shiftKey);
      else this.box = [x, y, x, y];
    }
  }

  #move(event) {
    this.pointer = [event.offsetX, event.offsetY];
    if (this.panning) this.camera.move(-event.movementX, -event.movementY);
    if (this.box) [this.box[2], this.box[3]] = this.camera.toMap(...this.pointer);
  }

  #up(event) {
    this.panning = false;
    if (!this.box || event.button !== 0) return;
    const [fromX, fromY, toX, toY] = this.box;
    this.box = null;
    const far = Math.max(Math.abs(toX - fromX), Math.abs(toY - fromY)) * this.camera.zoom > BOX;
    const found = far ? this.#inBox(fromX, fromY, toX, toY) : this.#atPoint(toX, toY);
    if (event.shiftKey) for (const id of found) this.selected.add(id);
    else this.selected = new Set(found);
  }

  #drop() {
    this.box = null;
    this.panning = false;
  }

  #hit(x, y, again) {
    const { name, kind } = this.aim;
    if (name === "build") {
      const [cellX, cellY] = this.buildingCell(kind);
      const units = this.units().filter((unit) => unit.kind === WORKER);
      if (units.length) {
        const body = { units: units.map((unit) => unit.id).slice(0, 5), kind: KINDS[kind].name, x: cellX, y: cellY };
        this.send("build", body);
      }
      if (again) return;
    } else if (name === "rally") {
      const building = this.building();
      if (building) this.rally(building, x, y);
    } else {
      const { thing } = this.troops.at(x, y, this.fog);
      const units = this.units();
      if (thing && units.length && this.isFoe(thing)) this.act("attack", units, thing.id, x, y, "#ff6a5a");
      else this.go("advance", x, y);
    }
    this.aim = null;
  }

  #inBox(fromX, fromY, toX, toY) {
    const [left, right] = [Math.min(fromX, toX), Math.max(fromX, toX)];
    const [top, bottom] = [Math.min(fromY, toY), Math.max(fromY, toY)];
    return this.troops.scene.things
      .filter((thing) => thing.owner === this.player && thing.kind < HALL)
      .filter((thing) => {
        const [x, y] = this.troops.placeOf(thing, 1);
        return x >= left && x <= right && y >= top && y <= bottom;
      })
      .map((thing) => thing.id);
  }

  #atPoint(x, y) {
    const { thing } = this.troops.at(x, y, this.fog);
    return thing ? [thing.id] : [];
  }

  /** All of one's own of the clicked kind that are on the screen. */
  #selectAlike() {
    const [chosen] = this.units();
    if (!chosen) return;
    const [left, top, right, bottom] = this.camera.bounds();
    const alike = this.#inBox(left, top, right, bottom);
    const kinds = new Map(this.troops.scene.things.map((thing) => [thing.id, thing.kind]));
    this.selected = new Set(alike.filter((id) => kinds.get(id) === chosen.kind));
  }

  // Keys --------------------------------------------------------------------------------------------------------------

  #key(event) {
    if (event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement) return;
    if (PAN_KEYS.has(event.code)) {
      this.keys.add(event.code);
      event.preventDefault();
      return;
    }
    const digit = /^Digit([1-9])$/.exec(event.code)?.[1];
    if (digit) {
      if (event.ctrlKey) this.groups.set(digit, new Set(this.selected));
      else if (this.groups.has(digit)) this.selected = new Set(this.groups.get(digit));
      event.preventDefault();
    } else if (event.code === "Escape") {
      if (this.aim) this.aim = null;
      else this.selected.clear();
    } else if (event.code === "Space") {
      this.lookAtOwn();
      event.preventDefault();
    } else if (event.code === "Period") {
      this.#nextIdle();
    }
  }

  /** To the middle of the selection, or to the hall. */
  lookAtOwn() {
    const chosen = this.things();
    const own = this.troops.scene.things.filter((thing) => thing.owner === this.player);
    const [thing] = chosen.length ? chosen : [...own.filter((each) => each.kind === HALL), ...own];
    if (thing) this.camera.lookAt(...this.troops.placeOf(thing, 1));
  }

  #nextIdle() {
    const { things } = this.troops.scene;
    const idle = things.filter((thing) => thing.owner === this.player && thing.kind === WORKER && thing.verb === 0);
    const [chosen] = this.selected;
    const next = idle.find((thing) => thing.id > (chosen ?? 0)) ?? idle[0];
    if (!next) return;
    this.selected = new Set([next.id]);
    this.lookAtOwn();
  }

  /** The box, and the building that is about to be placed. */
  draw(painter) {
    if (this.box) {
      const [fromX, fromY, toX, toY] = this.box;
      painter.fillStyle = "rgb(160 255 150 / 12%)";
      painter.strokeStyle = "#b8f0a0";
      painter.lineWidth = 1 / this.camera.zoom;
      painter.fillRect(fromX, fromY, toX - fromX, toY - fromY);
      painter.strokeRect(fromX, fromY, toX - fromX, toY - fromY);
    }
    if (this.aim?.name === "build") {
      const [x, y] = this.buildingCell(this.aim.kind);
      const { name, side } = KINDS[this.aim.kind];
      const seat = this.troops.seats.get(this.player);
      painter.globalAlpha = 0.6;
      this.troops.sheets.draw(painter, name, seat, (x + side / 2) * SIDE, (y + side) * SIDE);
      painter.globalAlpha = 1;
      painter.fillStyle = this.fits(this.aim.kind, [x, y]) ? "rgb(120 255 120 / 30%)" : "rgb(255 70 60 / 40%)";
      painter.fillRect(x * SIDE, y * SIDE, side * SIDE, side * SIDE);
    }
    for (const thing of this.things()) this.#drawRally(painter, thing);
  }

  #drawRally(painter, thing) {
    if (thing.rally < 0 || thing.owner !== this.player) return;
    const { size } = this.troops.scene;
    const [x, y] = [((thing.rally % size) + 0.5) * SIDE, (Math.floor(thing.rally / size) + 0.5) * SIDE];
    const [fromX, fromY] = this.troops.placeOf(thing, 1);
    painter.strokeStyle = "rgb(160 210 255 / 60%)";
    painter.lineWidth = 1;
    painter.setLineDash([3, 3]);
    painter.beginPath();
    painter.moveTo(fromX + SIDE, fromY + SIDE);
    painter.lineTo(x, y);
    painter.stroke();
    painter.setLineDash([]);
    painter.fillStyle = "#e8f4ff";
    painter.fillRect(x, y - 10, 1, 11);
    painter.fillStyle = "#5aa0f0";
    painter.fillRect(x + 1, y - 10, 6, 4);
  }
}

function square(first, side, size) {
  const cells = [];
  for (let y = 0; y < side; y += 1) for (let x = 0; x < side; x += 1) cells.push(first + y * size + x);
  return cells;
}
