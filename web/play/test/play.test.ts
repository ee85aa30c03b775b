import assert from "node:assert/strict";
import { test } from "node:test";
import type { Game, SceneEntity } from "tickroom";
import { roomIdOf, roomIdOfAddress } from "../../common/link";
import { Inputs } from "../../sdk/src/inputs";
import { readGame } from "../../sdk/src/schema";
import { schema } from "../../sdk/test/fixtures";
import { Bindings } from "../bindings";
import { Camera } from "../camera";
import { ownEntity } from "../own";
import { Rate } from "../rate";

function game(more: Partial<Game> = {}): Game {
  return {
    ...readGame(schema),
    keys: ["up", "down", "left", "right", "fire"],
    axes: ["aim_x", "aim_y"],
    bindings: {
      up: ["KeyW", "ArrowUp"],
      down: ["KeyS", "ArrowDown"],
      left: ["KeyA", "ArrowLeft"],
      right: ["KeyD", "ArrowRight"],
      fire: ["Space", "Pointer0", "Gamepad7"],
    },
    ...more,
  };
}

function bound(more: Partial<Game> = {}): { inputs: Inputs; bindings: Bindings } {
  const inputs = new Inputs();
  const schema = game(more);
  inputs.use(schema);
  return { inputs, bindings: new Bindings(inputs, schema) };
}

test("a key is held while any of its codes is down on any device", () => {
  const { inputs, bindings } = bound();
  bindings.press("keyboard", "KeyW");
  bindings.press("gamepad", "ArrowUp");
  bindings.release("keyboard", "KeyW");
  assert.equal(inputs.isHeld("up"), true);
  bindings.release("gamepad", "ArrowUp");
  assert.equal(inputs.isHeld("up"), false);
  bindings.press("keyboard", "KeyQ");
  assert.equal(bindings.has("KeyQ"), false);
});

test("a stick presses direction keys, eight ways", () => {
  const { inputs, bindings } = bound();
  const held = () => ["up", "down", "left", "right"].filter((key) => inputs.isHeld(key));
  bindings.move("touch", 1, 0);
  assert.deepEqual(held(), ["right"]);
  bindings.move("touch", -0.7, -0.7);
  assert.deepEqual(held(), ["up", "left"]);
  bindings.move("touch", 0, 0);
  assert.deepEqual(held(), []);
});

test("a stick sets the moving axes of a game that has them", () => {
  const { inputs, bindings } = bound({ axes: ["move_x", "move_y"] });
  bindings.move("gamepad", 0.5, -0.25);
  assert.deepEqual([inputs.axis("move_x"), inputs.axis("move_y")], [0.5, -0.25]);
  assert.equal(inputs.isHeld("right"), false);
});

test("the aim is a direction of length 1, and stays when everything is let go", () => {
  const { inputs, bindings } = bound();
  bindings.aim(30, -40);
  bindings.aim(0, 0);
  bindings.press("keyboard", "Space");
  bindings.releaseAll();
  assert.deepEqual([inputs.axis("aim_x"), inputs.axis("aim_y")], [0.6, -0.8]);
  assert.equal(inputs.isHeld("fire"), false);
});

test("the camera centres the followed place and turns it into pixels", () => {
  const camera = new Camera({ width: 4000, height: 4000 });
  camera.height(900);
  camera.resize(1600, 900);
  camera.update({ x: 2000, y: 1000 }, 0.016);
  assert.deepEqual(camera.toScreen({ x: 2000, y: 1000 }), { x: 800, y: 450 });
  assert.equal(camera.scale, 1);
  assert.deepEqual(camera.offset(), { x: -1200, y: -550 });
});

test("the camera shows little of what lies outside, and all of a small world", () => {
  const camera = new Camera({ width: 2000, height: 2000 });
  camera.resize(1600, 900);
  camera.update({ x: 0, y: 0 }, 0.016);
  assert.ok(camera.toScreen({ x: 0, y: 0 }).x <= 61);
  const small = new Camera({ width: 400, height: 300 });
  small.resize(1600, 900);
  small.update({ x: 0, y: 0 }, 0.016);
  assert.deepEqual(small.toScreen({ x: 200, y: 150 }), { x: 800, y: 465 }, "between what covers the edges");
  const phone = new Camera({ width: 2000, height: 2000 });
  phone.resize(390, 844);
  phone.makeRoomForThumbs();
  phone.update({ x: 1000, y: 2000 }, 0.016);
  assert.ok(phone.toScreen({ x: 1000, y: 2000 }).y < 844 - 190, "the lower border lies above the thumbs");
});

test("a phone held upright sees as large an area as a wide screen", () => {
  const area = (width: number, height: number) => {
    const camera = new Camera({ width: 4000, height: 4000 });
    camera.resize(width, height);
    return (width * height) / camera.scale ** 2;
  };
  assert.ok(Math.abs(area(390, 844) - area(1920, 1080)) < 1);
});

test("the own entity is the labelled one, not a shot of the player's", () => {
  const entities = [
    { id: 3, owner: 1, kind: "wall" },
    { id: 9, owner: 1, kind: "player" },
    { id: 2, owner: 0, kind: "player" },
  ] as SceneEntity[];
  assert.equal(ownEntity(entities, 1, game())?.id, 9);
  assert.equal(ownEntity(entities.slice(0, 1), 1, game())?.id, 3);
  assert.equal(ownEntity(entities, -1, game()), undefined);
});

test("a room's id is found in every form of its link", () => {
  assert.equal(roomIdOf(" abc-12 "), "abc-12");
  assert.equal(roomIdOf("https://x.test/join/abc?y=1"), "abc");
  assert.equal(roomIdOf("http://x.test:7373/join?game_id=abc"), "abc");
  assert.equal(roomIdOf("https://x.test/"), null);
  assert.equal(roomIdOf("<b>"), null);
  assert.equal(roomIdOf("https://x.test/join/%E0"), null);
  assert.equal(roomIdOfAddress(new URL("http://x.test/join/a%20b")), "a b");
});

test("a rate is per second over the last two", () => {
  const rate = new Rate();
  for (let now = 0; now <= 5000; now += 50) rate.add(now);
  assert.equal(rate.perSecond(5000), 20);
  assert.equal(rate.perSecond(20_000), 0);
});
