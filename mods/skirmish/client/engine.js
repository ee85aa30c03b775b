// The rules of skirmish for browsers: the same as shared/*.py, with equal checksums for the same seed and commands.
//
// One file, because an engine is addressed by its hash and runs in a sandbox that can load nothing else. It is in the order
// of the Python modules and keeps their names; tests/mods/test_skirmish_engines.py compares both, generation by generation.
// All numbers are whole and below 2 ** 53. No Math but floor, min, max, imul and sqrt of small squares.

// --- tables ----------------------------------------------------------------------------------------------------------

export const CELL = 256;
const HALF = 128;
export const [WORKER, SPEARMAN, ARCHER, KNIGHT, HALL, HOUSE, BARRACKS, TOWER] = [0, 1, 2, 3, 4, 5, 6, 7];
export const [GOLD, WOOD] = [1, 2];
export const [IDLE, MOVE, ADVANCE, ATTACK, GATHER, BUILD] = [0, 1, 2, 3, 4, 5];

const NOTHING = { room: 0, speed: 0, reach: 0, damage: 0, spread: 0, pause: 0, side: 0, trains: [] };
export const KINDS = [
  { name: "worker", health: 40, sight: 6, gold: 50, wood: 0, time: 100, room: 1, speed: 30, reach: 400, damage: 2, spread: 2, pause: 20 },
  { name: "spearman", health: 70, sight: 7, gold: 60, wood: 10, time: 120, room: 1, speed: 30, reach: 400, damage: 7, spread: 4, pause: 18 },
  { name: "archer", health: 45, sight: 8, gold: 40, wood: 40, time: 140, room: 1, speed: 32, reach: 1400, damage: 5, spread: 3, pause: 24 },
  { name: "knight", health: 120, sight: 8, gold: 110, wood: 30, time: 220, room: 2, speed: 46, reach: 400, damage: 10, spread: 6, pause: 20 },
  { name: "hall", health: 1200, sight: 9, gold: 400, wood: 250, time: 900, room: 10, side: 3, trains: [WORKER] },
  { name: "house", health: 400, sight: 5, gold: 0, wood: 60, time: 240, room: 10, side: 2 },
  { name: "barracks", health: 800, sight: 7, gold: 0, wood: 160, time: 500, side: 3, trains: [SPEARMAN, ARCHER, KNIGHT] },
  { name: "tower", health: 500, sight: 10, gold: 60, wood: 120, time: 400, reach: 2000, damage: 9, spread: 5, pause: 22, side: 2 },
].map((row) => ({ ...NOTHING, ...row }));

export const MAX_UNITS = 500;
export const MAX_QUEUE = 5;
const LOAD = 10;
const GATHER_TIME = 40;
export const TREE_WOOD = 100;
export const MINE_GOLD = 4000;
const MINE_SIDE = 2;
const ARROW_SPEED = 160;
const [START_GOLD, START_WOOD, START_WORKERS] = [300, 200, 5];
const [ARMY_GOLD, ARMY_WOOD] = [1000, 800];
export const SIZES = { small: 64, large: 96 };

/** What one side of a match that cannot be obeyed is told. */
class Refused {
  constructor(reason) {
    this.refused = reason;
  }
}

// --- components ------------------------------------------------------------------------------------------------------

/** The names of all components and, in order, of their fields: what a dump and the checksum are made of. */
const FIELDS = {
  realm: ["player", "team", "gold", "wood", "alive"],
  fog: ["visible", "explored"],
  body: ["kind", "owner", "health"],
  walker: ["cell", "x", "y", "goal", "wait"],
  orders: ["verb", "target", "goal"],
  arms: ["foe", "pause"],
  bag: ["what", "amount", "timer", "hall"],
  structure: ["cell", "left"],
  trainer: ["queue", "left", "rally"],
  deposit: ["what", "cell", "left"],
  arrow: ["target", "archer", "damage", "left", "flight", "x", "y"],
};
const NAME_OF = Object.fromEntries(Object.keys(FIELDS).map((key) => [key, key[0].toUpperCase() + key.slice(1)]));
const KEY_OF = Object.fromEntries(Object.entries(NAME_OF).map(([key, name]) => [name, key]));

/** The entities of a match: objects `{id, body, walker, ...}`, and for each component those that have it, by id. */
class World {
  constructor() {
    this.tick = 0;
    this.next = 1;
    this.entities = new Map();
    this.columns = Object.fromEntries(Object.keys(FIELDS).map((key) => [key, new Map()]));
    this.doomed = [];
    this.events = [];
    this.chance = { state: 1 };
    this.land = { size: 0, ground: "", version: 0, closed: 0, changes: [] };
    this.match = { winner: -1 };
    this.ways = { kept: new Map(), wanted: new Map() };
    this.grid = null;
  }

  spawn(components, id = this.next) {
    const entity = { id, ...components };
    this.next = id + 1;
    this.entities.set(id, entity);
    for (const key of Object.keys(components)) this.columns[key].set(id, entity);
    return entity;
  }

  add(entity, key, component) {
    entity[key] = component;
    const column = this.columns[key].set(entity.id, entity);
    this.columns[key] = new Map([...column].sort(([a], [b]) => a - b));
  }

  /** All that have a component, by id. */
  all(key) {
    return this.columns[key].values();
  }

  /** An entity that has this component, or undefined. */
  find(id, key) {
    return this.columns[key].get(id);
  }

  despawn(entity) {
    this.doomed.push(entity);
  }

  emit(name, body) {
    this.events.push({ name, ...body });
  }

  endTick() {
    for (const { id } of this.doomed) {
      this.entities.delete(id);
      for (const column of Object.values(this.columns)) column.delete(id);
    }
    this.doomed.length = 0;
  }
}

// --- chance ----------------------------------------------------------------------------------------------------------

function seedChance(chance, seed) {
  const whole = BigInt(seed);
  const mixed = Number(BigInt.asUintN(32, whole ^ (whole >> 32n)));
  chance.state = Math.imul(mixed, 2654435769) >>> 0 || 1;
  for (let draw = 0; draw < 8; draw += 1) below(chance, 2);
}

function below(chance, end) {
  let { state } = chance;
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  chance.state = state >>> 0;
  return (chance.state >>> 8) % end;
}

// --- grid ------------------------------------------------------------------------------------------------------------

const FAR = 32767;
const KEPT_CHANGES = 512;

function gridOf(world) {
  if (!world.grid) world.grid = workOutGrid(world);
  return world.grid;
}

function workOutGrid(world) {
  const { size, ground: letters } = world.land;
  const ground = new Int32Array(size * size);
  const taken = new Int32Array(size * size);
  for (let cell = 0; cell < letters.length; cell += 1) if ("#~".includes(letters[cell])) ground[cell] = -1;
  for (const { id, deposit } of world.all("deposit")) {
    for (const cell of cellsOf(deposit.cell, sideOfDeposit(deposit), size)) ground[cell] = id;
  }
  for (const { id, structure, body } of world.all("structure")) {
    for (const cell of cellsOf(structure.cell, KINDS[body.kind].side, size)) ground[cell] = id;
  }
  for (const { id, walker } of world.all("walker")) taken[walker.cell] = id;
  const open = Int16Array.from(ground, (what) => (what ? FAR : -1));
  return { ground, taken, open };
}

function cellsOf(cell, side, size) {
  const cells = [];
  for (let row = 0; row < side; row += 1) {
    for (let column = 0; column < side; column += 1) cells.push(cell + row * size + column);
  }
  return cells;
}

function sideOfDeposit(deposit) {
  return deposit.what === WOOD ? 1 : MINE_SIDE;
}

function cover(world, cell, side, entity) {
  const grid = gridOf(world);
  const { land } = world;
  for (const each of cellsOf(cell, side, land.size)) {
    grid.ground[each] = entity;
    grid.open[each] = entity ? FAR : -1;
    land.changes.push(each);
    land.version += 1;
  }
  if (entity) land.closed = land.version;
}

function rowOf(cell, size) {
  return Math.floor(cell / size);
}

function isNear(cell, other, side, size) {
  const x = (cell % size) - (other % size);
  const y = rowOf(cell, size) - rowOf(other, size);
  return -1 <= x && x <= side && -1 <= y && y <= side;
}

function square(a, b, size) {
  const x = (a % size) - (b % size);
  const y = rowOf(a, size) - rowOf(b, size);
  return x * x + y * y;
}

function middle(cell, size) {
  return [(cell % size) * CELL + HALF, rowOf(cell, size) * CELL + HALF];
}

/** The first cell around a square that pleases, the nearest ring first and row by row, or -1. */
function firstAround(cell, side, size, farthest, pleases) {
  for (let radius = 1; radius <= farthest; radius += 1) {
    const left = (cell % size) - radius;
    const top = rowOf(cell, size) - radius;
    const last = side + 2 * radius - 1;
    for (let y = 0; y <= last; y += 1) {
      for (let x = 0; x <= last; x += y === 0 || y === last ? 1 : last) {
        if (left + x < 0 || left + x >= size || top + y < 0 || top + y >= size) continue;
        const each = (top + y) * size + left + x;
        if (pleases(each)) return each;
      }
    }
  }
  return -1;
}

function freeNear(grid, cell, side, size, farthest) {
  return firstAround(cell, side, size, farthest, (each) => grid.ground[each] === 0 && grid.taken[each] === 0);
}

// --- ways ------------------------------------------------------------------------------------------------------------

const BUDGET = 2;
const KEPT_WAYS = 128;

function goalOf(cell, side = 1) {
  return cell * 8 + side;
}

function wayTo(world, goal, player) {
  const { ways, land } = world;
  const way = ways.kept.get(goal);
  if (!way) {
    if (!ways.wanted.has(goal)) ways.wanted.set(goal, player);
    return null;
  }
  way.used = world.tick;
  if (way.version < land.closed && !ways.wanted.has(goal)) ways.wanted.set(goal, player);
  way.distances ??= search(asItWas(gridOf(world), land, way.version), goal, land.size);
  return way.distances;
}

function workOutWays(world) {
  const { ways, land } = world;
  if (!ways.wanted.size) return;
  const grid = gridOf(world);
  const players = [...world.all("realm")].map(({ realm }) => realm.player);
  for (let place = 0, count = Math.min(BUDGET, ways.wanted.size); place < count; place += 1) {
    const goal = nextGoal(ways.wanted, players, world.tick * BUDGET + place);
    ways.wanted.delete(goal);
    if (!ways.kept.has(goal) && ways.kept.size >= KEPT_WAYS) ways.kept.delete(leastUsed(ways));
    const distances = search(grid.open.slice(), goal, land.size);
    ways.kept.set(goal, { distances, version: land.version, used: world.tick });
  }
  ways.wanted.clear();
  if (land.changes.length > KEPT_CHANGES) {
    const oldest = Math.min(...[...ways.kept.values()].map((way) => way.version));
    land.changes.splice(0, land.changes.length - (land.version - oldest));
  }
}

function nextGoal(wanted, players, turn) {
  for (let place = 0; place < players.length; place += 1) {
    const player = players[(turn + place) % players.length];
    for (const [goal, by] of wanted) if (by === player) return goal;
  }
  throw new Error("a goal is wanted by nobody in the match");
}

function leastUsed(ways) {
  let [least, used] = [-1, 0];
  for (const [goal, way] of ways.kept) {
    if (least < 0 || way.used < used || (way.used === used && goal < least)) [least, used] = [goal, way.used];
  }
  return least;
}

function asItWas(grid, land, version) {
  const cells = grid.open.slice();
  for (const cell of land.changes.slice(land.changes.length - (land.version - version))) {
    cells[cell] = cells[cell] === FAR ? -1 : FAR;
  }
  return cells;
}

function search(cells, goal, size) {
  const queue = new Int32Array(cells.length);
  let [read, written] = [0, 0];
  for (const cell of cellsOf(goal >> 3, goal & 7, size)) {
    cells[cell] = 0;
    queue[written++] = cell;
  }
  while (read < written) {
    const cell = queue[read++];
    const distance = cells[cell] + 1;
    if (cells[cell - 1] === -1) cells[(queue[written++] = cell - 1)] = distance;
    if (cells[cell + 1] === -1) cells[(queue[written++] = cell + 1)] = distance;
    if (cells[cell - size] === -1) cells[(queue[written++] = cell - size)] = distance;
    if (cells[cell + size] === -1) cells[(queue[written++] = cell + size)] = distance;
  }
  return cells;
}

// --- realms ----------------------------------------------------------------------------------------------------------

function realmOf(world, player) {
  for (const entity of world.all("realm")) if (entity.realm.player === player) return entity;
  throw new Refused("you are not in this match");
}

function teamsOf(world) {
  const teams = new Map();
  for (const { realm } of world.all("realm")) teams.set(realm.player, realm.team);
  return teams;
}

function supply(world, player) {
  let [used, room] = [0, 0];
  for (const { body, structure, trainer } of world.all("body")) {
    if (body.owner !== player) continue;
    if (body.kind < HALL) {
      used += KINDS[body.kind].room;
      continue;
    }
    if (structure.left === 0) room += KINDS[body.kind].room;
    for (const kind of trainer?.queue ?? []) used += KINDS[kind].room;
  }
  return [used, Math.min(room, Math.floor(MAX_UNITS / world.columns.realm.size))];
}

function canPay(realm, kind) {
  return realm.gold >= KINDS[kind].gold && realm.wood >= KINDS[kind].wood;
}

function pay(realm, kind) {
  if (!canPay(realm, kind)) throw new Refused("there is not enough gold or wood");
  realm.gold -= KINDS[kind].gold;
  realm.wood -= KINDS[kind].wood;
}

function refund(realm, kind) {
  realm.gold += KINDS[kind].gold;
  realm.wood += KINDS[kind].wood;
}

function sees(world, team, cell) {
  for (const { realm, fog } of world.all("fog")) if (realm.team === team && isSet(fog.visible, cell)) return true;
  return false;
}

function isSet(bits, cell) {
  return ((Number.parseInt(bits[bits.length - 1 - (cell >> 2)], 16) >> (cell & 3)) & 1) === 1;
}

// --- obeying ---------------------------------------------------------------------------------------------------------

function obey(world) {
  workOutWays(world);
  for (const { orders, walker, arms } of world.all("orders")) {
    if (orders.verb === MOVE) {
      if (walker.goal < 0) orders.verb = IDLE;
    } else if (orders.verb === ADVANCE && arms.foe === 0) {
      if (orders.target === 0) {
        walker.goal = orders.goal;
        walker.wait = 0;
        orders.target = 1;
      } else if (walker.goal < 0) {
        orders.verb = IDLE;
        orders.target = 0;
      }
    }
  }
}

function tell({ orders, walker, arms }, verb, target, goal) {
  Object.assign(orders, { verb, target, goal });
  walker.goal = verb === MOVE ? goal : -1;
  walker.wait = 0;
  arms.foe = 0;
}

// --- fighting --------------------------------------------------------------------------------------------------------

const LOOK_EVERY = 8;
const LEASH = 3;
const STRAIGHT = 6 * CELL;
const PATIENCE = 24;
const BLOCKED = 6;

function fight(world) {
  const war = new War(world);
  for (const entity of world.all("arms")) {
    const { id, arms, walker } = entity;
    if (!walker) continue;
    if (arms.pause > 0) arms.pause -= 1;
    if ((world.tick + id) % LOOK_EVERY === 0 && war.mayLook(entity)) lookForFoe(war, entity);
    else if (arms.foe) engage(war, entity);
  }
  for (const entity of world.all("arms")) if (entity.structure?.left === 0) guard(war, entity);
}

class War {
  constructor(world) {
    this.world = world;
    this.grid = gridOf(world);
    this.size = world.land.size;
    this.teams = teamsOf(world);
    this.buildings = [];
    for (const { id, body, structure } of world.all("structure")) {
      if (body.health > 0) {
        this.buildings.push({ team: this.teams.get(body.owner), cell: structure.cell + this.size + 1, id });
      }
    }
  }

  mayLook({ arms, body, orders }) {
    if (body.kind === WORKER || (orders.verb !== IDLE && orders.verb !== ADVANCE)) return false;
    return arms.foe === 0 || Boolean(this.world.find(arms.foe, "structure"));
  }

  lookAround(cell, sight, owner) {
    const { size, world } = this;
    const { taken } = this.grid;
    const team = this.teams.get(owner);
    const [x, y] = [cell % size, rowOf(cell, size)];
    const [left, right] = [Math.max(0, x - sight), Math.min(size - 1, x + sight)];
    let [best, nearest] = [0, sight * sight + 1];
    for (let row = Math.max(0, y - sight); row <= Math.min(size - 1, y + sight); row += 1) {
      for (let place = row * size + left; place <= row * size + right; place += 1) {
        const id = taken[place];
        if (!id) continue;
        const { body, walker } = world.entities.get(id);
        if (this.teams.get(body.owner) === team || body.health <= 0) continue;
        const away = square(cell, walker.cell, size);
        if (away < nearest || (away === nearest && id < best)) [best, nearest] = [id, away];
      }
    }
    return best || this.buildingAround(cell, sight, team);
  }

  buildingAround(cell, sight, team) {
    let [best, nearest] = [0, sight * sight + 1];
    for (const building of this.buildings) {
      if (building.team === team) continue;
      const away = square(cell, building.cell, this.size);
      if (away < nearest) [best, nearest] = [building.id, away];
    }
    return best;
  }

  placeOf(foe, x, y) {
    const entity = this.world.find(foe, "body");
    if (!entity || entity.body.health <= 0) return null;
    const { body, walker, structure } = entity;
    if (body.kind < HALL) return [walker.x, walker.y, walker.cell, 1];
    const [left, top] = middle(structure.cell, this.size);
    const { side } = KINDS[body.kind];
    const more = (side - 1) * CELL;
    const nearest = [Math.max(left, Math.min(x, left + more)), Math.max(top, Math.min(y, top + more))];
    return [...nearest, structure.cell, side];
  }
}

function lookForFoe(war, { arms, body, walker, orders }) {
  const found = war.lookAround(walker.cell, KINDS[body.kind].sight, body.owner);
  if (found === arms.foe) return;
  arms.foe = found;
  walker.goal = -1;
  walker.wait = orders.target = 0;
}

function engage(war, entity) {
  const { arms, body, walker, orders } = entity;
  const place = war.placeOf(arms.foe, walker.x, walker.y);
  const row = KINDS[body.kind];
  if (!place) {
    nextFoe(entity);
    return;
  }
  const [x, y, cell, side] = place;
  const away = (x - walker.x) ** 2 + (y - walker.y) ** 2;
  if (away <= row.reach * row.reach) {
    walker.goal = -1;
    walker.wait = 0;
    if (arms.pause === 0) {
      arms.pause = row.pause;
      strike(war.world, entity, walker.x, walker.y, away);
    }
  } else if (orders.verb !== ATTACK && away > ((row.sight + LEASH) * CELL) ** 2) {
    arms.foe = 0;
    walker.goal = -1;
  } else if (side > 1) {
    besiege(war, entity, goalOf(cell, side));
  } else if (orders.verb === ATTACK && (away > STRAIGHT * STRAIGHT || walker.goal >= 0)) {
    follow(war, walker, cell, away);
  } else {
    approach(war, entity, x, y);
  }
}

function nextFoe({ arms, walker, orders }) {
  walker.goal = -1;
  if (orders.verb === ATTACK && arms.foe !== orders.target) {
    arms.foe = orders.target;
    return;
  }
  arms.foe = 0;
  if (orders.verb === ATTACK) orders.verb = IDLE;
}

function besiege(war, { arms, body, walker }, goal) {
  walker.goal = goal;
  if (walker.wait < BLOCKED) return;
  if (walker.wait >= GIVE_UP) walker.wait = 0;
  const other = war.lookAround(walker.cell, 2, body.owner);
  if (!other || !war.world.find(other, "walker")) return;
  arms.foe = other;
  walker.goal = -1;
  walker.wait = 0;
}

function follow(war, walker, cell, away) {
  if (walker.goal < 0 || square(walker.goal >> 3, cell, war.size) > 9) {
    walker.goal = goalOf(cell);
    walker.wait = 0;
  } else if (walker.wait === 0 && away < (STRAIGHT >> 1) * (STRAIGHT >> 1)) {
    walker.goal = -1;
  }
}

function approach(war, entity, x, y) {
  const { arms, walker, orders } = entity;
  const { size } = war;
  const { ground, taken } = war.grid;
  const { cell } = walker;
  const [atX, atY] = middle(cell, size);
  if (walker.x !== atX || walker.y !== atY) return;
  walker.goal = -1;
  let [best, nearest] = [-1, (x - atX) ** 2 + (y - atY) ** 2];
  for (const [across, down] of NEIGHBOURS) {
    const next = cell + across + down * size;
    if (ground[next] || taken[next] || cutsCorner(ground, cell, across, down, size)) continue;
    const away = (x - atX - across * CELL) ** 2 + (y - atY - down * CELL) ** 2;
    if (away < nearest) [best, nearest] = [next, away];
  }
  if (best >= 0) {
    stepTo(war.grid, entity, best);
    return;
  }
  walker.wait += 1;
  if (walker.wait > PATIENCE) {
    walker.wait = 0;
    if (orders.verb === ATTACK) walker.goal = goalOf(Math.floor(y / CELL) * size + Math.floor(x / CELL));
    else arms.foe = 0;
  }
}

function guard(war, entity) {
  const { id, arms, body, structure } = entity;
  const row = KINDS[body.kind];
  if (arms.pause > 0) arms.pause -= 1;
  const [x, y] = middle(structure.cell, war.size).map((each) => each + HALF);
  if (arms.foe) {
    const place = war.placeOf(arms.foe, x, y);
    const away = place ? (place[0] - x) ** 2 + (place[1] - y) ** 2 : row.reach * row.reach + 1;
    if (away > row.reach * row.reach) {
      arms.foe = 0;
    } else if (arms.pause === 0) {
      arms.pause = row.pause;
      strike(war.world, entity, x, y, away);
    }
  } else if ((war.world.tick + id) % LOOK_EVERY === 0) {
    arms.foe = war.lookAround(structure.cell, Math.floor(row.reach / CELL), body.owner);
  }
}

function strike(world, { id, body, arms }, x, y, away) {
  const row = KINDS[body.kind];
  const damage = row.damage + below(world.chance, row.spread + 1);
  if (row.reach < 2 * CELL) {
    hurt(world, arms.foe, damage, id);
  } else {
    const flight = Math.floor(Math.floor(Math.sqrt(away)) / ARROW_SPEED) + 1;
    world.spawn({ arrow: { target: arms.foe, archer: id, damage, left: flight, flight, x, y } });
  }
}

function hurt(world, target, damage, by) {
  const entity = world.find(target, "body");
  if (!entity) return;
  const { body, arms, orders } = entity;
  body.health -= damage;
  world.emit("Struck", { target });
  if (arms && orders && arms.foe === 0 && orders.verb === IDLE && body.kind !== WORKER) arms.foe = by;
}

// --- working ---------------------------------------------------------------------------------------------------------

const AROUND = 24;

function work(world) {
  for (const entity of world.all("bag")) {
    if (entity.orders.verb === GATHER) {
      if (entity.bag.amount > 0) deliver(world, entity);
      else gatherSome(world, entity);
    } else if (entity.orders.verb === BUILD) {
      buildSome(world, entity);
    }
  }
}

function go(walker, goal) {
  if (walker.goal !== goal) {
    if (walker.wait >= GIVE_UP) return false;
    walker.goal = goal;
    walker.wait = 0;
  }
  return true;
}

function stay(walker) {
  walker.goal = -1;
  walker.wait = 0;
}

function stopWorking({ orders, walker }) {
  orders.verb = IDLE;
  orders.target = 0;
  stay(walker);
}

function deliver(world, entity) {
  const { bag, body, walker } = entity;
  const hall = bag.hall ? world.find(bag.hall, "structure") : undefined;
  if (!hall) {
    bag.hall = nearestHall(world, body.owner, walker.cell);
    if (bag.hall === 0) stopWorking(entity);
    return;
  }
  const { side } = KINDS[HALL];
  if (!isNear(walker.cell, hall.structure.cell, side, world.land.size)) {
    if (!go(walker, goalOf(hall.structure.cell, side))) walker.wait = 0;
    return;
  }
  const { realm } = realmOf(world, body.owner);
  realm[bag.what === GOLD ? "gold" : "wood"] += bag.amount;
  bag.amount = bag.hall = bag.timer = 0;
  stay(walker);
}

function gatherSome(world, entity) {
  const { bag, walker, orders } = entity;
  const there = world.find(orders.target, "deposit");
  if (!there || there.deposit.left === 0) {
    lookForAnother(world, entity, true);
    return;
  }
  const { deposit } = there;
  bag.what = deposit.what;
  const side = sideOfDeposit(deposit);
  if (!isNear(walker.cell, deposit.cell, side, world.land.size)) {
    bag.timer = 0;
    if (!go(walker, goalOf(deposit.cell, side))) lookForAnother(world, entity, false);
    return;
  }
  stay(walker);
  bag.timer += 1;
  if (bag.timer < GATHER_TIME) return;
  bag.timer = 0;
  bag.amount = Math.min(LOAD, deposit.left);
  deposit.left -= bag.amount;
  if (deposit.left === 0) {
    cover(world, deposit.cell, side, 0);
    world.despawn(there);
  }
}

function lookForAnother(world, entity, gone) {
  const { bag, walker, orders } = entity;
  const found = nearestDeposit(world, bag.what, walker.cell, orders.target);
  if (found || !gone) {
    orders.target = found || orders.target;
    stay(walker);
    bag.timer = 0;
  } else {
    stopWorking(entity);
  }
}

function buildSome(world, entity) {
  const { walker, orders } = entity;
  const building = world.find(orders.target, "structure");
  if (!building || building.structure.left === 0) {
    stopWorking(entity);
    return;
  }
  const { structure, body } = building;
  const row = KINDS[body.kind];
  if (!isNear(walker.cell, structure.cell, row.side, world.land.size)) {
    if (!go(walker, goalOf(structure.cell, row.side))) stopWorking(entity);
    return;
  }
  stay(walker);
  structure.left -= 1;
  const more = row.health - Math.floor(row.health / 10);
  const done = row.time - structure.left;
  body.health += Math.floor((more * done) / row.time) - Math.floor((more * (done - 1)) / row.time);
  if (structure.left === 0) {
    if (row.damage) world.add(building, "arms", { foe: 0, pause: 0 });
    world.emit("Finished", { kind: body.kind, owner: body.owner });
  }
}

function nearestHall(world, player, cell) {
  const { size } = world.land;
  let [best, nearest] = [0, 2 ** 30];
  for (const { id, body, structure } of world.all("structure")) {
    if (body.kind !== HALL || body.owner !== player || structure.left !== 0 || body.health <= 0) continue;
    const away = square(cell, structure.cell + size + 1, size);
    if (away < nearest) [best, nearest] = [id, away];
  }
  return best;
}

function nearestDeposit(world, what, cell, but = 0) {
  const { size } = world.land;
  let [best, nearest] = [0, AROUND * AROUND];
  for (const { id, deposit } of world.all("deposit")) {
    if (deposit.what !== what || id === but || deposit.left <= 0) continue;
    const away = square(cell, deposit.cell, size);
    if (away < nearest && isExposed(gridOf(world), deposit, size)) [best, nearest] = [id, away];
  }
  return best;
}

function isExposed({ ground }, deposit, size) {
  const side = sideOfDeposit(deposit);
  for (let place = 0; place < side; place += 1) {
    const row = deposit.cell + place * size;
    const column = deposit.cell + place;
    if (ground[row - 1] === 0 || ground[row + side] === 0) return true;
    if (ground[column - size] === 0 || ground[column + side * size] === 0) return true;
  }
  return false;
}

// --- walking ---------------------------------------------------------------------------------------------------------

const NEIGHBOURS = [[-1, -1], [1, -1], [-1, 1], [1, 1], [0, -1], [-1, 0], [1, 0], [0, 1]];
const PUSH_AFTER = 4;
const ASIDE_EVERY = 8;
const GIVE_UP = 64;
const CROWD = 12;

function walk(world) {
  const { size } = world.land;
  for (const entity of world.all("walker")) {
    const { walker, body } = entity;
    if (!stands(walker, size)) {
      glide(walker, size, KINDS[body.kind].speed);
      if (!stands(walker, size)) continue;
    }
    if (walker.goal >= 0) nextStep(world, entity);
  }
}

function stands(walker, size) {
  return (
    walker.x === (walker.cell % size) * CELL + HALF && walker.y === rowOf(walker.cell, size) * CELL + HALF
  );
}

function glide(walker, size, speed) {
  const [toX, toY] = middle(walker.cell, size);
  const [across, down] = [toX - walker.x, toY - walker.y];
  const most = across && down ? (speed * 181) >> 8 : speed;
  walker.x += Math.max(-most, Math.min(most, across));
  walker.y += Math.max(-most, Math.min(most, down));
}

function stepTo(grid, { id, walker }, cell) {
  grid.taken[walker.cell] = 0;
  grid.taken[cell] = id;
  walker.cell = cell;
  walker.wait = 0;
}

function cutsCorner(ground, cell, across, down, size) {
  return across !== 0 && down !== 0 && (ground[cell + across] !== 0 || ground[cell + down * size] !== 0);
}

function nextStep(world, entity) {
  const { walker } = entity;
  const distances = wayTo(world, walker.goal, entity.body.owner);
  if (!distances) return;
  const here = distances[walker.cell];
  if (here <= 0) {
    walker.goal = -1;
    if (here < 0) walker.wait = GIVE_UP;
    return;
  }
  const grid = gridOf(world);
  const [free, occupied] = nearestCells(grid, world.land.size, distances, walker.cell, here);
  if (free >= 0) {
    stepTo(grid, entity, free);
    return;
  }
  walker.wait += 1;
  if (walker.wait >= GIVE_UP) walker.goal = -1;
  else if (occupied >= 0 && walker.wait >= PUSH_AFTER) push(world, entity, occupied, here);
  if (walker.goal >= 0 && walker.wait > 0 && walker.wait % ASIDE_EVERY === 0) {
    stepAside(world, entity, distances, here);
  }
}

function nearestCells({ ground, taken }, size, distances, cell, here) {
  let [free, occupied, freeDistance, occupiedDistance] = [-1, -1, here, here];
  for (const [across, down] of NEIGHBOURS) {
    const next = cell + across + down * size;
    const distance = distances[next];
    if (distance < 0 || distance >= freeDistance || ground[next]) continue;
    if (cutsCorner(ground, cell, across, down, size)) continue;
    if (!taken[next]) [free, freeDistance] = [next, distance];
    else if (distance < occupiedDistance) [occupied, occupiedDistance] = [next, distance];
  }
  return [free, occupied];
}

function push(world, { id, walker, body }, cell, here) {
  const { taken } = gridOf(world);
  const other = world.entities.get(taken[cell]);
  if (other.body.owner !== body.owner || !stands(other.walker, world.land.size)) return;
  const idle = other.orders.verb === IDLE;
  const there = here <= CROWD || (other.orders.goal === walker.goal && other.walker.wait < GIVE_UP);
  if (idle && there && (walker.goal & 7) === 1) {
    walker.goal = -1;
  } else if (idle || (other.walker.goal >= 0 && other.walker.wait >= PUSH_AFTER)) {
    taken[cell] = id;
    taken[walker.cell] = other.id;
    [other.walker.cell, walker.cell] = [walker.cell, cell];
    other.walker.wait = walker.wait = 0;
  }
}

function stepAside(world, entity, distances, here) {
  const grid = gridOf(world);
  const { ground, taken } = grid;
  const { size } = world.land;
  const { walker } = entity;
  const { cell, wait } = walker;
  const first = (Math.floor(world.tick / ASIDE_EVERY) + entity.id) % NEIGHBOURS.length;
  for (const [across, down] of [...NEIGHBOURS.slice(first), ...NEIGHBOURS.slice(0, first)]) {
    const next = cell + across + down * size;
    if (distances[next] < 0 || distances[next] > here + 1 || ground[next] || taken[next]) continue;
    if (cutsCorner(ground, cell, across, down, size)) continue;
    stepTo(grid, entity, next);
    walker.wait = wait;
    return;
  }
}

// --- training --------------------------------------------------------------------------------------------------------

function trainUnits(world) {
  for (const entity of world.all("trainer")) {
    const { trainer, structure } = entity;
    if (!trainer.queue.length || structure.left > 0) continue;
    if (trainer.left > 0) trainer.left -= 1;
    if (trainer.left === 0) letOut(world, entity);
  }
}

function letOut(world, { trainer, structure, body }) {
  const cell = freeNear(gridOf(world), structure.cell, KINDS[body.kind].side, world.land.size, 6);
  if (cell < 0) return;
  const unit = spawnUnit(world, trainer.queue.shift(), body.owner, cell);
  if (trainer.queue.length) trainer.left = KINDS[trainer.queue[0]].time;
  if (trainer.rally >= 0) send(world, unit, trainer.rally);
  world.emit("Finished", { kind: unit.body.kind, owner: body.owner });
}

function send(world, unit, rally) {
  const there = gridOf(world).ground[rally];
  if (there > 0 && world.find(there, "deposit") && unit.bag) tell(unit, GATHER, there, -1);
  else tell(unit, MOVE, 0, goalOf(rally));
}

function spawnUnit(world, kind, owner, cell) {
  const [x, y] = middle(cell, world.land.size);
  const unit = world.spawn({
    body: { kind, owner, health: KINDS[kind].health },
    walker: { cell, x, y, goal: -1, wait: 0 },
    orders: { verb: IDLE, target: 0, goal: -1 },
    arms: { foe: 0, pause: 0 },
    ...(kind === WORKER ? { bag: { what: 0, amount: 0, timer: 0, hall: 0 } } : {}),
  });
  gridOf(world).taken[cell] = unit.id;
  return unit;
}

// --- flying, dying, judging ------------------------------------------------------------------------------------------

function fly(world) {
  for (const entity of world.all("arrow")) {
    const { arrow } = entity;
    arrow.left -= 1;
    if (arrow.left > 0) continue;
    hurt(world, arrow.target, arrow.damage, arrow.archer);
    world.despawn(entity);
  }
}

function die(world) {
  for (const entity of world.all("body")) {
    const { body, walker, structure } = entity;
    if (body.health > 0) continue;
    const [x, y] = walker ? [walker.x, walker.y] : middle(structure.cell, world.land.size);
    if (walker) gridOf(world).taken[walker.cell] = 0;
    else cover(world, structure.cell, KINDS[body.kind].side, 0);
    world.despawn(entity);
    world.emit("Fell", { kind: body.kind, owner: body.owner, x, y });
  }
}

function judge(world) {
  if (world.tick % 20 !== 0) return;
  const there = new Set();
  for (const { body } of world.all("body")) if (body.health > 0) there.add(body.owner);
  const left = new Set();
  for (const { realm } of world.all("realm")) {
    if (realm.alive && !there.has(realm.player)) {
      realm.alive = 0;
      world.emit("Lost", { player: realm.player });
    }
    if (realm.alive) left.add(realm.team);
  }
  if (world.match.winner < 0 && left.size === 1) {
    [world.match.winner] = left;
    world.emit("Won", { team: world.match.winner });
  }
}

// --- looking ---------------------------------------------------------------------------------------------------------

const LOOK_TURN = 8;
const DISCS = Array.from({ length: 13 }, (_, radius) =>
  Array.from({ length: 2 * radius + 1 }, (__, row) => {
    const down = row - radius;
    let half = radius;
    while (half * half + down * down > radius * radius) half -= 1;
    return [down, half];
  }),
);

function look(world) {
  let place = 0;
  for (const { realm, fog } of world.all("fog")) {
    if ((world.tick + place * 2) % LOOK_TURN === 0) lookFor(world, realm, fog);
    place += 1;
  }
}

function lookFor(world, realm, fog) {
  const { size } = world.land;
  const seen = new Uint8Array(size * size);
  for (const { body, walker, structure } of world.all("body")) {
    if (body.owner !== realm.player || body.health <= 0) continue;
    const cell = walker ? walker.cell : structure.cell + size + 1;
    const [x, y] = [cell % size, rowOf(cell, size)];
    for (const [down, half] of DISCS[KINDS[body.kind].sight]) {
      if (y + down < 0 || y + down >= size) continue;
      const row = (y + down) * size;
      seen.fill(1, row + Math.max(0, x - half), row + Math.min(size, x + half + 1));
    }
  }
  const [visible, explored] = [[], []];
  for (let digit = 0; digit < fog.explored.length; digit += 1) {
    const cell = (fog.explored.length - 1 - digit) * 4;
    const bits = seen[cell] | (seen[cell + 1] << 1) | (seen[cell + 2] << 2) | (seen[cell + 3] << 3);
    visible.push(bits.toString(16));
    explored.push((bits | Number.parseInt(fog.explored[digit], 16)).toString(16));
  }
  fog.visible = visible.join("");
  fog.explored = explored.join("");
}

// --- commands --------------------------------------------------------------------------------------------------------

function move(world, player, body) {
  goThere(world, player, body, MOVE);
}

function advance(world, player, body) {
  goThere(world, player, body, ADVANCE);
}

function goThere(world, player, body, verb) {
  const units = own(world, player, body.units);
  const goal = goalOf(openPlace(world, body.x, body.y));
  for (const unit of units) tell(unit, verb, 0, goal);
}

function stop(world, player, body) {
  for (const unit of own(world, player, body.units)) tell(unit, IDLE, 0, -1);
}

function attack(world, player, body) {
  const units = own(world, player, body.units);
  const foe = world.find(body.target, "body");
  const teams = teamsOf(world);
  const team = teams.get(player);
  if (
    !foe ||
    teams.get(foe.body.owner) === team ||
    !sees(world, team, foe.walker ? foe.walker.cell : foe.structure.cell)
  ) {
    throw new Refused("there is no such foe in sight");
  }
  for (const unit of units) {
    tell(unit, ATTACK, body.target, -1);
    unit.arms.foe = body.target;
  }
}

function gather(world, player, body) {
  const workers = own(world, player, body.units).filter((unit) => unit.bag);
  const there = world.find(body.target, "deposit");
  if (!workers.length || !there || !isSet(realmOf(world, player).fog.explored, there.deposit.cell)) {
    throw new Refused("there is nothing to gather for workers");
  }
  const { deposit } = there;
  let { target } = body;
  if (!isExposed(gridOf(world), deposit, world.land.size)) {
    target = nearestDeposit(world, deposit.what, deposit.cell) || target;
  }
  for (const unit of workers) {
    tell(unit, GATHER, target, -1);
    unit.bag.timer = unit.bag.hall = 0;
  }
}

function build(world, player, body) {
  const workers = own(world, player, body.units).filter((unit) => unit.bag);
  if (!workers.length) throw new Refused("only workers build");
  const kind = KINDS.findIndex((row) => row.name === body.kind);
  const cell = freeSquare(world, player, body.x, body.y, KINDS[kind].side);
  pay(realmOf(world, player).realm, kind);
  const building = placeBuilding(world, kind, player, cell, KINDS[kind].time);
  for (const unit of workers) tell(unit, BUILD, building.id, -1);
}

function assist(world, player, body) {
  const workers = own(world, player, body.units).filter((unit) => unit.bag);
  const { structure } = ownBuilding(world, player, body.target);
  if (!workers.length || structure.left === 0) throw new Refused("there is nothing to build for workers");
  for (const unit of workers) tell(unit, BUILD, body.target, -1);
}

function train(world, player, body) {
  const { body: building, structure, trainer } = ownBuilding(world, player, body.building);
  const kind = KINDS.findIndex((row) => row.name === body.kind);
  if (!trainer || structure.left > 0 || !KINDS[building.kind].trains.includes(kind)) {
    throw new Refused("this is not trained there");
  }
  if (trainer.queue.length >= MAX_QUEUE) throw new Refused("the queue is full");
  const [used, room] = supply(world, player);
  if (used + KINDS[kind].room > room) throw new Refused("there is no room for more: build houses");
  pay(realmOf(world, player).realm, kind);
  if (!trainer.queue.length) trainer.left = KINDS[kind].time;
  trainer.queue.push(kind);
}

function cancel(world, player, body) {
  const { body: building, structure, trainer } = ownBuilding(world, player, body.building);
  if (structure.left > 0 && building.health > 0) {
    building.health = 0;
    refund(realmOf(world, player).realm, building.kind);
  } else if (trainer?.queue.length) {
    refund(realmOf(world, player).realm, trainer.queue.pop());
  } else {
    throw new Refused("there is nothing to cancel");
  }
}

function rally(world, player, body) {
  const { trainer } = ownBuilding(world, player, body.building);
  const { size } = world.land;
  if (!trainer || body.x >= size || body.y >= size) throw new Refused("nothing is trained there");
  const cell = body.y * size + body.x;
  trainer.rally = gridOf(world).ground[cell] > 0 ? cell : openPlace(world, body.x, body.y);
}

function resign(world, player) {
  realmOf(world, player);
  for (const { body } of world.all("body")) if (body.owner === player) body.health = 0;
}

function placeBuilding(world, kind, owner, cell, left) {
  const row = KINDS[kind];
  const building = world.spawn({
    body: { kind, owner, health: left === 0 ? row.health : Math.floor(row.health / 10) },
    structure: { cell, left },
    ...(row.trains.length ? { trainer: { queue: [], left: 0, rally: -1 } } : {}),
  });
  cover(world, cell, row.side, building.id);
  return building;
}

function own(world, player, ids) {
  const units = [...new Set(ids)]
    .map((id) => world.find(id, "walker"))
    .filter((unit) => unit?.body.owner === player);
  if (!units.length) throw new Refused("none of these units is yours");
  return units;
}

function ownBuilding(world, player, id) {
  const building = world.find(id, "structure");
  if (!building || building.body.owner !== player) throw new Refused("this building is not yours");
  return building;
}

function openPlace(world, x, y) {
  const { size } = world.land;
  const { ground } = gridOf(world);
  if (x >= size || y >= size) throw new Refused("that is outside of the map");
  const cell = y * size + x;
  if (ground[cell] === 0) return cell;
  const found = firstAround(cell, 1, size, 12, (each) => ground[each] === 0);
  if (found < 0) throw new Refused("nobody can go there");
  return found;
}

function freeSquare(world, player, x, y, side) {
  const { size } = world.land;
  const { ground, taken } = gridOf(world);
  if (x < 1 || x >= size - side || y < 1 || y >= size - side) throw new Refused("that is outside of the map");
  const { explored } = realmOf(world, player).fog;
  for (const each of cellsOf(y * size + x, side, size)) {
    if (ground[each] || taken[each] || !isSet(explored, each)) throw new Refused("there is no free ground");
  }
  return y * size + x;
}

// --- the bodies of commands ------------------------------------------------------------------------------------------

const ID = { low: 1, high: 2 ** 31 - 1 };
const COORDINATE = { low: 0, high: 95 };
const IDS = { of: ID, fewest: 1, most: 250 };
const NAMES = KINDS.map((row) => row.name);
const UNIT_NAME = { names: NAMES.slice(0, HALL) };
const BUILDING_NAME = { names: NAMES.slice(HALL) };
const GO = { units: IDS, x: COORDINATE, y: COORDINATE };
const ACT = { units: IDS, target: ID };
const COMMANDS = {
  move: [move, GO],
  advance: [advance, GO],
  stop: [stop, { units: IDS }],
  attack: [attack, ACT],
  gather: [gather, ACT],
  build: [build, { units: IDS, kind: BUILDING_NAME, x: COORDINATE, y: COORDINATE }],
  assist: [assist, ACT],
  train: [train, { building: ID, kind: UNIT_NAME }],
  cancel: [cancel, { building: ID }],
  rally: [rally, { building: ID, x: COORDINATE, y: COORDINATE }],
  resign: [resign, {}],
};
const MAX_COMMANDS = 64;

class Malformed extends Error {}

/** Reads MessagePack in its one canonical form: everything shortest, fields in order; else it throws Malformed. */
class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  number(width) {
    let value = 0;
    for (let byte = 0; byte < width; byte += 1) value = value * 256 + this.byte();
    return value;
  }

  byte() {
    if (this.at >= this.bytes.length) throw new Malformed("cut short");
    this.at += 1;
    return this.bytes[this.at - 1];
  }

  /** A whole number from 0; no negative one is within any bounds. */
  whole({ low, high }) {
    const first = this.byte();
    const width = { 204: 1, 205: 2, 206: 4, 207: 8 }[first];
    if (first > 127 && !width) throw new Malformed("no number");
    const value = width ? this.number(width) : first;
    const least = { 1: 128, 2: 256, 4: 65536, 8: 2 ** 32 }[width] ?? 0;
    if (value < least || value < low || value > high) throw new Malformed("not within bounds");
    return value;
  }

  /** How many are in a list (fix 0x90, then 0xdc and 0xdd). */
  list() {
    const first = this.byte();
    if (first >= 144 && first <= 159) return first - 144;
    const count = first === 220 ? this.number(2) : first === 221 ? this.number(4) : -1;
    if (count < (first === 220 ? 16 : 65536)) throw new Malformed("no list");
    return count;
  }

  /** A name of 31 letters at most; there are no longer ones. */
  name() {
    const first = this.byte();
    if (first < 160 || first > 191) throw new Malformed("no name");
    let text = "";
    for (let letter = 0; letter < first - 160; letter += 1) text += String.fromCharCode(this.byte());
    return text;
  }

  value(type) {
    if (type.names) {
      const name = this.name();
      if (!type.names.includes(name)) throw new Malformed("no such name");
      return name;
    }
    if (!type.of) return this.whole(type);
    const count = this.list();
    if (count < type.fewest || count > type.most) throw new Malformed("too few or too many");
    return Array.from({ length: count }, () => this.value(type.of));
  }

  command() {
    if (this.list() !== 2) throw new Malformed("no command");
    const [run, fields] = Object.hasOwn(COMMANDS, this.peekName()) ? COMMANDS[this.name()] : [];
    if (!run) throw new Malformed("no such command");
    if (this.byte() !== 128 + Object.keys(fields).length) throw new Malformed("not its fields");
    const body = {};
    for (const [field, type] of Object.entries(fields)) {
      if (this.name() !== field) throw new Malformed("not its fields");
      body[field] = this.value(type);
    }
    return [run, body];
  }

  peekName() {
    const { at } = this;
    const name = this.name();
    this.at = at;
    return name;
  }
}

function decodeCommands(bytes) {
  if (!bytes.length) return [];
  const reader = new Reader(bytes);
  const count = reader.list();
  if (count < 1 || count > MAX_COMMANDS) throw new Malformed("too few or too many");
  const commands = Array.from({ length: count }, () => reader.command());
  if (reader.at !== bytes.length) throw new Malformed("bytes are left over");
  return commands;
}

/** The body of `[["move", {units, x, y}], ...]`, as a client sends it: fields in the order of COMMANDS. */
export function encodeCommands(commands) {
  if (!commands.length) return new Uint8Array();
  const out = [];
  const whole = (value) => {
    if (value < 128) out.push(value);
    else if (value < 256) out.push(204, value);
    else if (value < 65536) out.push(205, value >> 8, value & 255);
    else out.push(206, value >>> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255);
  };
  const list = (count) => {
    if (count < 16) out.push(144 + count);
    else out.push(220, count >> 8, count & 255);
  };
  const name = (text) => out.push(160 + text.length, ...[...text].map((letter) => letter.charCodeAt(0)));
  list(commands.length);
  for (const [command, body] of commands) {
    const fields = Object.keys(COMMANDS[command][1]);
    list(2);
    name(command);
    out.push(128 + fields.length);
    for (const field of fields) {
      name(field);
      const value = body[field];
      if (typeof value === "string") name(value);
      else if (typeof value === "number") whole(value);
      else {
        list(value.length);
        for (const each of value) whole(each);
      }
    }
  }
  return Uint8Array.from(out);
}

// --- beginning -------------------------------------------------------------------------------------------------------

function begin(world, seed, setup) {
  checkSetup(setup);
  seedChance(world.chance, seed);
  const plan = drawLand(world.chance, SIZES[setup.size]);
  world.land.size = plan.size;
  world.land.ground = plan.cells.map((what) => LETTERS[what]).join("");
  const seats = [...setup.players].sort((a, b) => a.player - b.player);
  const rich = setup.start === "army";
  const nothing = "0".repeat((plan.size * plan.size) / 4);
  for (const { player, team } of seats) {
    const [gold, wood] = rich ? [ARMY_GOLD, ARMY_WOOD] : [START_GOLD, START_WOOD];
    world.spawn({ realm: { player, team, gold, wood, alive: 1 }, fog: { visible: nothing, explored: nothing } });
  }
  placeDeposits(world, plan);
  const bases = seats.length > 2 ? plan.bases : [plan.bases[0], plan.bases[3]];
  seats.forEach(({ player }, place) => {
    placePlayer(world, player, bases[place], rich ? Math.floor(MAX_UNITS / seats.length) : 0);
  });
  for (const { realm, fog } of world.all("fog")) lookFor(world, realm, fog);
}

function checkSetup(setup) {
  const isNumber = (value) => Number.isInteger(value) && value >= 0 && value <= 1000;
  const right =
    Array.isArray(setup?.players) &&
    setup.players.every((seat) => isNumber(seat?.player) && isNumber(seat?.team)) &&
    Object.hasOwn(SIZES, setup.size) &&
    ["village", "army"].includes(setup.start);
  if (!right) throw new Refused("the setup is not right");
  const { length } = setup.players;
  if (length < 2 || length > 4) throw new Refused(`a match is for 2 to 4 players, not ${length}`);
  if (new Set(setup.players.map((seat) => seat.player)).size < length) throw new Refused("a player has two seats");
  if (new Set(setup.players.map((seat) => seat.team)).size < 2) {
    throw new Refused("all are in one team: there is nobody to fight");
  }
}

function placeDeposits(world, plan) {
  for (const cell of plan.mines) {
    cover(world, cell, MINE_SIDE, world.spawn({ deposit: { what: GOLD, cell, left: MINE_GOLD } }).id);
  }
  plan.cells.forEach((what, cell) => {
    if (what === TREE) cover(world, cell, 1, world.spawn({ deposit: { what: WOOD, cell, left: TREE_WOOD } }).id);
  });
}

function placePlayer(world, player, base, army) {
  const { size } = world.land;
  placeBuilding(world, HALL, player, base, 0);
  const kinds = Array.from({ length: START_WORKERS }, () => WORKER);
  for (let room = army - START_WORKERS; room >= 2; room -= KINDS[kinds.at(-1)].room) kinds.push(1 + (kinds.length % 2));
  for (const kind of kinds) {
    const cell = freeNear(gridOf(world), base, KINDS[HALL].side, size, 20);
    if (cell >= 0) spawnUnit(world, kind, player, cell);
  }
}

// --- drawing the land ------------------------------------------------------------------------------------------------

const [GRASS, ROAD, ROCK, WATER, TREE] = [0, 1, 2, 3, 4];
const LETTERS = ".,#~.";
const BASE = 11;
const CLEAR = 8;

function drawLand(chance, size) {
  const plan = { size, cells: new Array(size * size).fill(GRASS), mines: [], bases: [] };
  const half = size / 2;
  for (let blots = 2 + Math.floor(size / 32); blots > 0; blots -= 1) blot(plan, chance, WATER, 10 + below(chance, 14), half);
  for (let blots = 2 + Math.floor(size / 32); blots > 0; blots -= 1) blot(plan, chance, ROCK, 6 + below(chance, 10), half);
  for (let blots = 4 + Math.floor(size / 24); blots > 0; blots -= 1) blot(plan, chance, TREE, 10 + below(chance, 12), half);
  for (let y = 0; y < 4; y += 1) {
    for (let x = 0; x < 12; x += 1) if (below(chance, 4)) put(plan, BASE - 3 + x, 2 + y, TREE);
  }
  for (let along = BASE - 1; along < half; along += 1) {
    for (let across = 0; across < 3; across += 1) {
      put(plan, along, BASE + across, ROAD);
      put(plan, BASE + across, along, ROAD);
    }
  }
  for (let edge = 0; edge < half; edge += 1) {
    put(plan, edge, 0, ROCK);
    put(plan, 0, edge, ROCK);
  }
  plan.bases = squares(plan, BASE, BASE, KINDS[HALL].side);
  for (const [x, y] of [[BASE - 6, BASE + 1], [half - 8, half - 7]]) {
    for (let down = -1; down <= MINE_SIDE; down += 1) {
      for (let across = -1; across <= MINE_SIDE; across += 1) put(plan, x + across, y + down, GRASS);
    }
    plan.mines.push(...squares(plan, x, y, MINE_SIDE));
  }
  return plan;
}

function put({ size, cells }, x, y, what) {
  const last = size - 1;
  for (const [eachX, eachY] of [[x, y], [last - x, y], [x, last - y], [last - x, last - y]]) {
    cells[eachY * size + eachX] = what;
  }
}

function squares({ size }, x, y, side) {
  const [farX, farY] = [size - side - x, size - side - y];
  return [[x, y], [farX, y], [x, farY], [farX, farY]].map(([eachX, eachY]) => eachY * size + eachX);
}

function blot(plan, chance, what, count, half) {
  let x = 2 + below(chance, half - 3);
  let y = 2 + below(chance, half - 3);
  for (let step = 0; step < count; step += 1) {
    if ((x - BASE - 1) ** 2 + (y - BASE - 1) ** 2 >= CLEAR * CLEAR) {
      put(plan, x, y, what);
      put(plan, Math.min(half - 1, x + 1), y, what);
    }
    const turn = below(chance, 4);
    x = Math.max(1, Math.min(half - 1, x + [1, -1, 0, 0][turn]));
    y = Math.max(1, Math.min(half - 1, y + [0, 0, 1, -1][turn]));
  }
}

// --- the checksum ----------------------------------------------------------------------------------------------------

const COLUMNS = ["realm", "body", "walker", "orders", "arms", "bag", "structure", "deposit", "arrow"];
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

function crc32(bytes, start = 0) {
  let crc = ~start;
  for (let place = 0; place < bytes.length; place += 1) crc = (crc >>> 8) ^ CRC_TABLE[(crc ^ bytes[place]) & 255];
  return ~crc >>> 0;
}

function tally(world) {
  const numbers = [];
  for (const key of COLUMNS) {
    const column = world.columns[key];
    numbers.push(column.size, ...column.keys());
    const fields = FIELDS[key];
    for (const entity of column.values()) for (const field of fields) numbers.push(entity[key][field]);
  }
  for (const { id, trainer } of world.all("trainer")) {
    numbers.push(id, trainer.queue.length, ...trainer.queue, trainer.left, trainer.rally);
  }
  const { land, ways } = world;
  numbers.push(world.tick, world.next, land.version, land.closed, world.match.winner);
  for (const [goal, way] of ways.kept) numbers.push(goal, way.version, way.used);
  numbers.push(...[...ways.wanted].flat(), world.chance.state >>> 16, world.chance.state & 0xffff);
  let text = "";
  for (const { fog } of world.all("fog")) text += fog.visible + fog.explored;
  const bytes = new DataView(new ArrayBuffer(numbers.length * 4));
  for (let place = 0; place < numbers.length; place += 1) bytes.setInt32(place * 4, numbers[place], true);
  return crc32(new TextEncoder().encode(text), crc32(new Uint8Array(bytes.buffer)));
}

// --- the engine ------------------------------------------------------------------------------------------------------

const PIPELINE = [obey, fight, work, walk, trainUnits, fly, die, look, judge];

class Engine {
  constructor() {
    this.world = null;
    this.generation = -1;
    /** What the last generation gave, for the page: `{player, command, reason}` and `{name, ...}`. No rule reads them. */
    this.refusals = [];
    this.events = [];
  }

  /** Begins a match; throws `{refused: reason}` for a setup with which none can begin. */
  init(seed, setup) {
    this.world = null;
    const world = new World();
    begin(world, seed, setup);
    this.world = world;
    this.generation = -1;
    [this.refusals, this.events] = [[], []];
  }

  /** Runs one generation: `{generation, iterations, iteration_ms, bodies: [[player, Uint8Array], ...]}`. `between`, when
   * given, is called after each iteration: a page keeps its scene. */
  step({ generation, iterations, bodies }, between = undefined) {
    const { world } = this;
    if (generation !== this.generation + 1) throw new Error(`generation ${this.generation + 1} is next, not ${generation}`);
    if (!(iterations >= 1 && iterations <= 1000)) throw new Error(`a generation has 1 to 1000 iterations, not ${iterations}`);
    this.refusals = [];
    world.events = [];
    for (let iteration = 0; iteration < iterations; iteration += 1) {
      world.tick += 1;
      if (iteration === 0) for (const [player, body] of bodies) this.#command(player, body);
      for (const system of PIPELINE) system(world);
      world.endTick();
      between?.(iteration);
    }
    this.events = world.events;
    this.generation = generation;
  }

  checksum() {
    return tally(this.world);
  }

  dump() {
    const { world } = this;
    const entities = {};
    for (const entity of world.entities.values()) {
      const row = {};
      for (const key of Object.keys(FIELDS)) if (entity[key]) row[NAME_OF[key]] = copyOf(entity[key]);
      entities[entity.id] = row;
    }
    const kept = [...world.ways.kept].map(([goal, way]) => [goal, way.version, way.used]);
    const resources = {
      Chance: copyOf(world.chance),
      Land: copyOf(world.land),
      Match: copyOf(world.match),
      Ways: { kept, wanted: [...world.ways.wanted] },
      World: { tick: world.tick, next_entity: world.next },
    };
    return { generation: this.generation, entities, resources };
  }

  /** Goes on from a dump of the same match: `init` with its seed and setup comes before. */
  load({ generation, entities, resources }) {
    const world = new World();
    for (const [id, row] of Object.entries(entities).sort(([a], [b]) => a - b)) {
      const components = Object.entries(row).map(([name, component]) => [KEY_OF[name], copyOf(component)]);
      world.spawn(Object.fromEntries(components), Number(id));
    }
    world.tick = resources.World.tick;
    world.next = resources.World.next_entity;
    world.chance = copyOf(resources.Chance);
    world.land = copyOf(resources.Land);
    world.match = copyOf(resources.Match);
    for (const [goal, version, used] of resources.Ways.kept) world.ways.kept.set(goal, { distances: null, version, used });
    world.ways.wanted = new Map(resources.Ways.wanted);
    this.world = world;
    this.generation = generation;
    [this.refusals, this.events] = [[], []];
  }

  /** How the match ended, for the room; empty while it goes on. */
  result() {
    const { winner } = this.world.match;
    return winner < 0 ? "" : `Team ${winner + 1} has won.`;
  }

  /** What a page draws for a player (-1: a viewer), as plain values that may be posted from a Worker. */
  scene(player) {
    return sceneOf(this.world, player);
  }

  #command(player, bytes) {
    let commands;
    try {
      commands = decodeCommands(bytes);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      this.refusals.push({ player, command: 0, reason: `these are no commands: ${error.message}` });
      return;
    }
    commands.forEach(([run, body], command) => {
      try {
        run(this.world, player, body);
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        this.refusals.push({ player, command, reason: error.refused });
      }
    });
  }
}

function copyOf(component) {
  const entries = Object.entries(component);
  return Object.fromEntries(entries.map(([field, value]) => [field, Array.isArray(value) ? [...value] : value]));
}

/** An engine, not yet begun. */
export function create() {
  return new Engine();
}

// --- the scene -------------------------------------------------------------------------------------------------------

function sceneOf(world, player) {
  const things = [];
  for (const { id, body, walker, orders, bag, structure, trainer, arms } of world.all("body")) {
    const [x, y] = walker ? [walker.x, walker.y] : middle(structure.cell, world.land.size);
    things.push({
      id,
      kind: body.kind,
      owner: body.owner,
      health: body.health,
      x,
      y,
      verb: orders?.verb ?? IDLE,
      load: bag?.amount ? bag.what : 0,
      busy: Boolean(arms?.pause) || Boolean(bag?.timer),
      left: structure?.left ?? 0,
      training: trainer?.queue ?? [],
      trainingLeft: trainer?.left ?? 0,
      rally: trainer?.rally ?? -1,
    });
  }
  const deposits = [];
  for (const { id, deposit } of world.all("deposit")) deposits.push({ id, ...deposit });
  const arrows = [];
  for (const { id, arrow } of world.all("arrow")) arrows.push({ id, ...arrow });
  const realms = [];
  const team = teamsOf(world).get(player);
  for (const { realm, fog } of world.all("realm")) {
    const [used, room] = supply(world, realm.player);
    realms.push({ ...realm, used, room, ...(realm.team === team ? fog : {}) });
  }
  const { size, ground } = world.land;
  return { tick: world.tick, size, ground, things, deposits, arrows, realms, winner: world.match.winner };
}
