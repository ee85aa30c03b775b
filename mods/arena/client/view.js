// The arena's own view: draws its kinds, its effects and its HUD on the play page.
// The page calls the exported function once, after the welcome; see docs/modding.md, "The game's own view".

import { makeKinds, paintGround } from "./drawing.js";
import { Effects } from "./effects.js";
import { Hud } from "./hud.js";
import { Markers } from "./markers.js";
import { Sounds } from "./sounds.js";

const HUNTERS = "Red hunters bite: shoot them or run.";

export default function view(context) {
  const parts = [new Effects(context), new Markers(context), new Hud(context), new Sounds(context)];
  context.camera.follow(null);
  context.camera.height(820);
  paintGround(context);
  context.hud.hint(
    `WASD or left stick: move · mouse: aim and shoot · Shift: dash\nR: reload · M: sound · H: this help\n${HUNTERS}`,
    `Left thumb: move · right thumb: aim, push to fire\n${HUNTERS}`,
  );
  return {
    kinds: makeKinds(context),
    frame(frame) {
      for (const part of parts) part.frame(frame);
    },
    event(event) {
      for (const part of parts) part.event?.(event);
    },
    destroy() {
      for (const part of parts) part.destroy?.();
    },
  };
}
