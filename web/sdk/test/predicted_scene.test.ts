import assert from "node:assert/strict";
import { test } from "node:test";
import { PredictedScene } from "../src/prediction/predicted-scene.js";
import type { SceneEntity } from "../src/scene.js";
import { game, TICK_RATE } from "./fixtures.js";

const TICK = 1000 / TICK_RATE;

/** A scene with one own entity, which is predicted to be at `x` after `tick`; where it is drawn at the end of that tick. */
function drawing() {
  const scene = new PredictedScene(game());
  const known = { id: 5, x: 0, y: 0, components: {} } as unknown as SceneEntity;
  return (tick: number, x: number): number | undefined => {
    scene.answered(0);
    scene.push(
      [tick, tick, [[5, { Position: [x, 0, 0], Velocity: [200, 0, 0] }, null]], [], 0, 0, 0],
      tick * TICK,
    );
    const entities = new Map<number, SceneEntity>();
    scene.draw(entities, tick + 1, 1e6, TICK_RATE, () => known);
    return entities.get(5)?.x;
  };
}

test("it draws the newest predicted tick, and never runs back", () => {
  const draw = drawing();
  assert.equal(draw(10, 100), 100);
  assert.equal(draw(11, 110), 110);
});

test("own ticks that are counted anew from an earlier one are drawn at once, not when they are as far again", () => {
  const draw = drawing();
  for (let tick = 100; tick < 110; tick++) draw(tick, 10 * tick);
  for (let tick = 50; tick < 60; tick++) assert.equal(draw(tick, tick), tick);
});
