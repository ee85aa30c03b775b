// How everybody and everything that moves looks: sprites from the atlas that walk when their entity does.

/** Slower than this one stands (world units a second). */
const STILL = 4;
const STEP_MS = 170;

export function makeKinds(context, sheets) {
  return {
    hero: person(context, sheets, () => "hero"),
    villager: person(context, sheets, (entity) => entity.state || "farmer"),
    slime: beast(context, sheets, "slime", 420),
    wolf: beast(context, sheets, "wolf", 140),
    loot: {
      rotate: false,
      create: (entity) => sprite(context, sheets, entity.state === "gold" ? "coins" : entity.state),
      update(picture, entity, frame) {
        picture.scale.set(0.75 + 0.06 * Math.sin(frame.time / 200 + entity.id));
      },
    },
    sky: { create: () => new context.pixi.Container() },
  };
}

function sprite(context, sheets, name) {
  const picture = new context.pixi.Sprite(sheets.texture(name));
  picture.anchor.set(0.5, 0.62);
  return picture;
}

function person(context, sheets, lookOf) {
  return {
    rotate: false,
    create(entity) {
      const body = sprite(context, sheets, `${lookOf(entity)}_down_0`);
      body.facing = "down";
      const bar = new context.pixi.Graphics();
      const whole = new context.pixi.Container();
      whole.addChild(body, bar);
      Object.assign(whole, { body, bar });
      return whole;
    },
    update(whole, entity, frame) {
      const { body } = whole;
      const moves = Math.hypot(entity.vx, entity.vy) > STILL;
      if (moves) turn(body, entity.vx, entity.vy);
      const step = moves ? Math.floor(frame.time / STEP_MS + entity.id) % 2 : 0;
      body.texture = sheets.texture(`${lookOf(entity)}_${body.facing}_${step}`);
      whole.zIndex = 2 + entity.y / 1e4;
      drawHealth(whole, entity.components.Health);
    },
  };
}

function turn(body, x, y) {
  body.facing = Math.abs(x) > Math.abs(y) ? "side" : y < 0 ? "up" : "down";
  body.scale.x = body.facing === "side" && x < 0 ? -1 : 1;
}

function beast(context, sheets, name, pace) {
  return {
    rotate: false,
    create() {
      const body = sprite(context, sheets, `${name}_0`);
      const bar = new context.pixi.Graphics();
      const whole = new context.pixi.Container();
      whole.addChild(body, bar);
      Object.assign(whole, { body, bar });
      return whole;
    },
    update(whole, entity, frame) {
      const moves = Math.hypot(entity.vx, entity.vy) > STILL;
      const step = moves ? Math.floor(frame.time / pace + entity.id) % 2 : 0;
      whole.body.texture = sheets.texture(`${name}_${step}`);
      if (Math.abs(entity.vx) > STILL) whole.body.scale.x = entity.vx < 0 ? -1 : 1;
      whole.zIndex = 2 + entity.y / 1e4;
      drawHealth(whole, entity.components.Health);
    },
  };
}

// A bar above who is hurt; drawn anew only when it changes.
function drawHealth(whole, health) {
  const share = health ? Math.max(0, Math.min(1, health.value / health.most)) : 1;
  if (whole.share === share) return;
  whole.share = share;
  whole.bar.clear();
  if (share >= 1) return;
  whole.bar.rect(-8, -14, 16, 2.5).fill({ color: 0x000000, alpha: 0.6 });
  whole.bar.rect(-7.5, -13.5, 15 * share, 1.5).fill(share > 0.4 ? 0x62b44e : 0xd8394a);
}
