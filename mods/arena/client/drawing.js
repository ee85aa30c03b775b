// How each kind of entity looks. Everything is drawn once; a frame only moves, tints and scales.

import * as colours from "./palette.js";

const TURN = Math.PI * 2;

export function paintGround({ pixi, schema, layers }) {
  const { width, height } = schema;
  const ground = new pixi.Graphics();
  ground.rect(0, 0, width, height).fill(colours.GROUND);
  for (let x = 0; x < width; x += 200) {
    for (let y = (x / 200) % 2 ? 0 : 200; y < height; y += 400) ground.rect(x, y, 200, 200);
  }
  ground.fill(colours.TILE);
  for (let x = 100; x < width; x += 100) ground.rect(x - 1, 0, 2, height);
  for (let y = 100; y < height; y += 100) ground.rect(0, y - 1, width, 2);
  ground.fill(colours.GRID);
  for (const radius of [150, 330]) {
    ground.circle(width / 2, height / 2, radius).stroke({ width: 6, color: colours.LINE });
  }
  ground.rect(width / 2 - 3, 0, 6, height / 2 - 330).rect(width / 2 - 3, height / 2 + 330, 6, height / 2 - 330);
  ground.rect(0, height / 2 - 3, width / 2 - 330, 6).rect(width / 2 + 330, height / 2 - 3, width / 2 - 330, 6);
  ground.fill(colours.LINE);
  layers.background.addChild(ground);
}

export function makeKinds(context) {
  const { pixi } = context;
  return {
    wall: { rotate: false, create: (entity) => drawWall(pixi, entity) },
    heal: pickup(pixi, drawHeal),
    rapid: pickup(pixi, drawRapid),
    crate: pickup(pixi, drawCrate),
    bullet: { create: (entity) => drawBullet(pixi, colours.playerColour(entity.owner, context.player)) },
    hunter: hunterKind(pixi),
    fighter: fighterKind(context),
    scorecard: { create: () => new pixi.Container() },
    round: { create: () => new pixi.Container() },
  };
}

function drawWall(pixi, { w, h }) {
  const wall = new pixi.Graphics();
  wall.roundRect(-w / 2 + 3, -h / 2 + 8, w, h, 5).fill({ color: 0x000000, alpha: 0.4 });
  wall.roundRect(-w / 2, -h / 2, w, h, 5).fill(colours.WALL);
  wall.roundRect(-w / 2 + 2, -h / 2 + 2, w - 4, h - 8, 4).fill(colours.WALL_TOP);
  wall.rect(-w / 2 + 5, -h / 2 + 3, w - 10, 2).fill(colours.WALL_EDGE);
  return wall;
}

// Pick-ups breathe, so that they are noticed.
function pickup(pixi, draw) {
  return {
    rotate: false,
    create() {
      const icon = new pixi.Graphics();
      draw(icon);
      return icon;
    },
    update(icon, entity, frame) {
      icon.scale.set(1 + 0.08 * Math.sin(frame.time / 220 + entity.id));
    },
  };
}

function disc(icon, colour) {
  icon.circle(0, 0, 19).fill({ color: colour, alpha: 0.16 });
  icon.circle(0, 0, 14).fill(0x10141d).stroke({ width: 2.5, color: colour });
}

function drawHeal(icon) {
  disc(icon, colours.HEAL);
  icon.rect(-2.5, -8, 5, 16).rect(-8, -2.5, 16, 5).fill(colours.HEAL);
}

function drawRapid(icon) {
  disc(icon, colours.RAPID);
  icon.poly([1, -9, -6, 2, -1, 2, -2, 9, 6, -2, 1, -2]).fill(colours.RAPID);
}

function drawCrate(icon) {
  icon.roundRect(-17, -17, 34, 34, 6).fill({ color: colours.CRATE, alpha: 0.16 });
  icon.roundRect(-13, -13, 26, 26, 3).fill(0x3a2a18).stroke({ width: 2.5, color: colours.CRATE });
  icon.moveTo(-13, -4).lineTo(13, -4).stroke({ width: 2.5, color: colours.CRATE });
  icon.rect(-3, -7, 6, 7).fill(colours.RAPID);
}

function drawBullet(pixi, colour) {
  const bullet = new pixi.Graphics();
  bullet.poly([-26, 0, 0, -3, 0, 3]).fill({ color: colour, alpha: 0.45 });
  bullet.circle(0, 0, 4).fill(colours.BULLET);
  return bullet;
}

function healthArc(arc, health, radius) {
  const share = health ? Math.max(0, Math.min(1, health.value / health.most)) : 1;
  if (arc.share === share) return;
  arc.share = share;
  arc.clear();
  if (share >= 1) return;
  arc.arc(0, 0, radius, -Math.PI / 2, -Math.PI / 2 + TURN).stroke({ width: 3, color: 0x000000, alpha: 0.45 });
  const colour = share > 0.5 ? colours.HEAL : share > 0.25 ? colours.RAPID : colours.BLOOD;
  if (share > 0) arc.arc(0, 0, radius, -Math.PI / 2, -Math.PI / 2 + TURN * share).stroke({ width: 3, color: colour });
}

function hunterKind(pixi) {
  return {
    rotate: false,
    create() {
      const hunter = new pixi.Container();
      const body = new pixi.Graphics();
      const spikes = [];
      for (let i = 0; i < 16; i += 1) {
        const reach = i % 2 ? 13 : 19;
        spikes.push(Math.cos((i / 16) * TURN) * reach, Math.sin((i / 16) * TURN) * reach);
      }
      body.poly(spikes).fill(0x7c2622);
      body.circle(0, 0, 13).fill(colours.HUNTER);
      body.circle(6, -5, 3.5).circle(6, 5, 3.5).fill(0xffffff);
      body.circle(7.5, -5, 1.8).circle(7.5, 5, 1.8).fill(0x200000);
      const alert = new pixi.Graphics();
      alert.rect(-2, -38, 4, 10).circle(0, -23.5, 2.4).fill(colours.RAPID);
      const arc = new pixi.Graphics();
      hunter.addChild(body, arc, alert);
      return Object.assign(hunter, { parts: { body, arc, alert } });
    },
    update({ parts }, entity) {
      parts.body.rotation = entity.angle;
      parts.alert.visible = entity.state === "chase";
      healthArc(parts.arc, entity.components.Health, 23);
    },
  };
}

function fighterKind(context) {
  const { pixi } = context;
  return {
    rotate: false,
    create(entity) {
      const own = entity.owner === context.player;
      const colour = colours.playerColour(entity.owner, context.player);
      const fighter = new pixi.Container();
      const body = new pixi.Graphics();
      body.roundRect(8, -4.5, 22, 9, 2).fill(0xc9d2e3);
      body.circle(0, 0, 18).fill(colour).stroke({ width: 2.5, color: own ? 0xffffff : 0x0c0f16 });
      body.circle(3, 0, 8).fill({ color: 0x0c0f16, alpha: 0.55 });
      const shield = new pixi.Graphics();
      shield.circle(0, 0, 30).fill({ color: colours.SHIELD, alpha: 0.13 }).stroke({ width: 2, color: colours.SHIELD });
      const glow = new pixi.Graphics();
      glow.circle(0, 0, 25).stroke({ width: 4, color: colours.RAPID, alpha: 0.7 });
      const arc = new pixi.Graphics();
      fighter.addChild(glow, body, arc, shield);
      return Object.assign(fighter, { parts: { body, shield, glow, arc } });
    },
    update(fighter, entity, frame) {
      const { body, shield, glow, arc } = fighter.parts;
      const powers = entity.components.Powers ?? { shield_until: 0, rapid_until: 0 };
      const dead = entity.state === "dead";
      fighter.alpha = dead ? 0.22 : 1;
      body.rotation = entity.angle;
      body.scale.set(dead ? 0.8 : 1);
      shield.visible = !dead && powers.shield_until > frame.tick;
      shield.alpha = 0.75 + 0.25 * Math.sin(frame.time / 90);
      glow.visible = !dead && powers.rapid_until > frame.tick;
      glow.scale.set(1 + 0.06 * Math.sin(frame.time / 60));
      healthArc(arc, dead ? null : entity.components.Health, 23);
    },
  };
}
