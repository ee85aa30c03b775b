// The crowd: NPCs that wander, players that walk as they are told, and who sees whom. The same rules as
// bench/games/crowd.py, but for collisions, which this server does not have. Positions are floats, made by nobody else.

export const SIDE = 2000;
const NPCS = 500;
const NPC_SPEED = 60; // units a second
const PLAYER_SPEED = 100;
const MARGIN = 40; // a player who is so near a border and walks on is turned round
const TURN_TICKS = [20, 80]; // an NPC turns after so many
const ENTER = 250;
const LEAVE = ENTER * 1.1; // as ours: who walks along the border of a view does not flicker
const CELL = LEAVE;
const CELLS = Math.ceil(SIDE / CELL);

export class Body {
  constructor(id, npc) {
    this.id = id;
    this.npc = npc;
    this.x = MARGIN + Math.random() * (SIDE - 2 * MARGIN);
    this.y = MARGIN + Math.random() * (SIDE - 2 * MARGIN);
    this.vx = this.vy = 0;
    this.turn = 0; // the tick at which an NPC takes another way
    this.held = 0;
    this.mirrorX = this.mirrorY = 1;
    this.entity = null;
  }

  step(tick, dt) {
    if (this.npc) this.wander(tick);
    else this.walk();
    this.x += this.vx * dt;
    this.y += this.vy * dt;
  }

  wander(tick) {
    if (tick >= this.turn) {
      const angle = Math.random() * 2 * Math.PI;
      this.vx = NPC_SPEED * Math.cos(angle);
      this.vy = NPC_SPEED * Math.sin(angle);
      this.turn = tick + TURN_TICKS[0] + Math.floor(Math.random() * (TURN_TICKS[1] - TURN_TICKS[0]));
    }
    if ((this.x < 5 && this.vx < 0) || (this.x > SIDE - 5 && this.vx > 0)) this.vx = -this.vx;
    if ((this.y < 5 && this.vy < 0) || (this.y > SIDE - 5 && this.vy > 0)) this.vy = -this.vy;
  }

  walk() {
    const held = this.held;
    const right = ((held >> 3) & 1) - ((held >> 2) & 1);
    const down = ((held >> 1) & 1) - (held & 1);
    const speed = right && down ? PLAYER_SPEED * Math.SQRT1_2 : PLAYER_SPEED;
    this.vx = right * speed * this.mirrorX;
    this.vy = down * speed * this.mirrorY;
    if ((this.x < MARGIN && this.vx < 0) || (this.x > SIDE - MARGIN && this.vx > 0)) {
      this.mirrorX = -this.mirrorX;
      this.vx = -this.vx;
    }
    if ((this.y < MARGIN && this.vy < 0) || (this.y > SIDE - MARGIN && this.vy > 0)) {
      this.mirrorY = -this.mirrorY;
      this.vy = -this.vy;
    }
  }
}

// What one client sees: what came near is added to its StateView, what went away is removed.
export class Eye {
  constructor(body, view) {
    this.body = body;
    this.view = view;
    this.seen = new Set();
  }

  look(grid) {
    const { x, y } = this.body;
    for (const body of this.seen) {
      const dx = body.x - x;
      const dy = body.y - y;
      if (dx * dx + dy * dy >= LEAVE * LEAVE || body.entity === null) this.drop(body);
    }
    const column = cell(x);
    const row = cell(y);
    for (let j = Math.max(0, row - 1); j <= Math.min(CELLS - 1, row + 1); j++) {
      for (let i = Math.max(0, column - 1); i <= Math.min(CELLS - 1, column + 1); i++) {
        for (const body of grid[j * CELLS + i]) {
          const dx = body.x - x;
          const dy = body.y - y;
          if (dx * dx + dy * dy < ENTER * ENTER && !this.seen.has(body)) {
            this.seen.add(body);
            this.view.add(body.entity);
          }
        }
      }
    }
  }

  drop(body) {
    this.seen.delete(body);
    if (body.entity !== null) this.view.remove(body.entity);
  }
}

export function gridOf(bodies) {
  const grid = Array.from({ length: CELLS * CELLS }, () => []);
  for (const body of bodies) grid[cell(body.y) * CELLS + cell(body.x)].push(body);
  return grid;
}

function cell(place) {
  return Math.min(CELLS - 1, Math.max(0, Math.floor(place / CELL)));
}

export function npcs() {
  return Array.from({ length: NPCS }, (_, id) => new Body(id, true));
}
