// The arena's own view: draws its kinds, its effects and its HUD on the play page.
// The page calls the exported function once, after the welcome; see docs/modding.md, "The game's own view".

import { paintGround, makeKinds } from "./drawing.js";
import { Effects } from "./effects.js";
import { Hud } from "./hud.js";

export default function view(context) {
  const effects = new Effects(context);
  const hud = new Hud(context);
  context.camera.follow(null);
  context.camera.height(820);
  paintGround(context);
  context.hud.hint("WASD or left stick: move · mouse: aim and shoot · Shift: dash · R: reload");
  return {
    kinds: makeKinds(context),
    frame(frame) {
      effects.frame(frame);
      hud.frame(frame);
    },
    event(event) {
      effects.event(event);
      hud.event(event);
    },
    destroy() {
      effects.destroy();
    },
  };
}
