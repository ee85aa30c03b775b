// The village's own view: the ground in tiles, who walks on it, a minimap, the bag, the shop, day and night.
// The page calls the exported function once, after the welcome; see docs/modding.md, "The game's own view".

import { Bag } from "./bag.js";
import { Effects } from "./effects.js";
import { Ground } from "./ground.js";
import { Minimap } from "./minimap.js";
import { makeKinds } from "./people.js";
import { loadPictures } from "./sheets.js";
import { Shop } from "./shop.js";
import { Sky } from "./sky.js";

export default async function view(context) {
  const style = document.createElement("link");
  style.rel = "stylesheet";
  style.href = new URL("village.css", import.meta.url).href;
  context.page.append(style);
  const sheets = await loadPictures(context.pixi);
  const ground = new Ground(context, sheets);
  const parts = [
    ground,
    new Minimap(context, ground),
    new Bag(context, sheets),
    new Shop(context, sheets),
    new Effects(context),
    new Sky(context),
  ];
  context.camera.follow(null);
  context.camera.height(380);
  context.hud.scoreboard([]);
  context.hud.hint(
    "WASD: walk · Space or click: chop a tree, strike a monster · Q: drink\n" +
      "Shop: the blue roof · forest: far west · monsters: far east · the fountain heals",
    "Left thumb: walk · act: chop, strike\nShop: blue roof · forest: west · monsters: east",
  );
  return {
    kinds: makeKinds(context, sheets),
    frame(frame) {
      for (const part of parts) part.frame?.(frame);
    },
    event(event) {
      for (const part of parts) part.event?.(event);
    },
    chunk(chunk) {
      ground.chunk(chunk);
    },
    tiles(changes) {
      ground.tiles(changes);
    },
    destroy() {
      for (const part of parts) part.destroy?.();
    },
  };
}
