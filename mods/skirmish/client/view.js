// The view of skirmish, on one canvas. A page that runs lock-step games calls it when a match begins:
//
//   const view = await start({ page, player, nameOf, send, hint });   // player: own number, -1 for a viewer
//   view.advanced(engine.scene(player));                         // after each iteration
//   view.happened(engine.events, refusals);                      // after each generation; own refusals only
//   view.frame({ now, part });      // each frame; part: 0..1, how far between the last two iterations
//   view.destroy();
//
// `send(name, body)` gives a command; it runs some generations later, on all sides. A scene is plain values, so the engine may
// run elsewhere, in a Worker.

import { Camera, SIDE } from "./camera.js";
import { Effects } from "./effects.js";
import { Fog } from "./fog.js";
import { paintGround } from "./ground.js";
import { Hand } from "./hand.js";
import { Minimap } from "./minimap.js";
import { Panel } from "./panel.js";
import { loadSheets } from "./sheets.js";
import { Troops } from "./troops.js";

const MINIMAP_MS = 150;
const HINT =
  "Drag: select · right click: go, gather, attack, help build · double click: all alike\n" +
  "A: advance and fight · Q W E R: build, train · Ctrl+1 to 9: make a group, 1 to 9: take it\n" +
  "Arrows, wheel: look around · Space: to the hall · full stop: an idle worker · H: this help";

/** What is chosen before a match. */
export const setup = {
  options: {
    size: { label: "Map", choices: [["small", "small, 64 x 64"], ["large", "large, 96 x 96"]] },
    start: { label: "Begin with", choices: [["village", "a village"], ["army", "an army"]] },
  },
  player: {
    team: { label: "Team", distinct: true, choices: [[0, "Team 1"], [1, "Team 2"], [2, "Team 3"], [3, "Team 4"]] },
  },
};

export default async function start({ page, player, nameOf, send, hint }) {
  const style = document.createElement("link");
  style.rel = "stylesheet";
  style.href = new URL("skirmish.css", import.meta.url).href;
  const canvas = document.createElement("canvas");
  canvas.className = "skirmish-field";
  page.append(style, canvas);
  // a line breaks between two things to do, not within one
  const whole = (line) => line.split(" · ").map((each) => each.replaceAll(" ", "\u00a0"));
  hint(HINT.split("\n").map((line) => whole(line).join("\u00a0· ")).join("\n"), "Skirmish is played with a mouse and a keyboard.");
  return new View({ page, canvas, player, nameOf, send, sheets: await loadSheets() });
}

class View {
  constructor({ page, canvas, player, nameOf, send, sheets }) {
    this.canvas = canvas;
    this.painter = canvas.getContext("2d", { alpha: false });
    this.camera = new Camera(canvas);
    this.troops = new Troops(sheets);
    this.fog = new Fog();
    this.effects = new Effects();
    const { camera, troops, fog, effects } = this;
    this.hand = new Hand({ canvas, camera, troops, fog, player, send, effects });
    this.panel = new Panel({ page, sheets, hand: this.hand, nameOf });
    this.minimap = new Minimap(page, {
      look: (x, y) => camera.lookAt(x, y),
      order: (x, y) => this.hand.order(x, y),
    });
    this.ground = null;
    this.drawnAt = 0;
    this.minimapAt = 0;
  }

  advanced(scene) {
    const first = !this.troops.scene;
    this.fog.update(scene);
    this.troops.advanced(scene, this.fog);
    if (!first) return;
    this.ground = paintGround(scene);
    this.camera.size = scene.size;
    this.camera.lookAt((scene.size * SIDE) / 2, (scene.size * SIDE) / 2);
    this.hand.lookAtOwn();
  }

  happened(events, refusals) {
    this.effects.happened(events, this.troops, this.fog);
    for (const { reason } of refusals) this.panel.say(reason, this.drawnAt);
  }

  frame({ now, part }) {
    const seconds = Math.min(0.1, (now - this.drawnAt) / 1000);
    this.drawnAt = now;
    if (!this.troops.scene) return;
    const { canvas, painter, camera, troops, fog, hand } = this;
    this.#fit();
    camera.pan(hand.keys, seconds);
    painter.setTransform(1, 0, 0, 1, 0, 0);
    painter.fillStyle = "#0e121a";
    painter.fillRect(0, 0, canvas.width, canvas.height);
    camera.apply(painter);
    painter.imageSmoothingEnabled = false;
    painter.drawImage(this.ground, 0, 0);
    troops.draw(painter, { fog, part, now, bounds: camera.bounds(), selected: hand.selected });
    this.effects.draw(painter, now);
    fog.draw(painter, SIDE);
    hand.draw(painter);
    canvas.style.cursor = hand.aim ? "crosshair" : "default";
    this.panel.show(troops.scene, now);
    if (now - this.minimapAt > MINIMAP_MS) {
      this.minimapAt = now;
      this.minimap.draw(troops.scene, troops, fog, camera);
    }
  }

  destroy() {
    this.hand.destroy();
    this.panel.destroy();
  }

  #fit() {
    const dense = window.devicePixelRatio;
    const [width, height] = [this.canvas.clientWidth * dense, this.canvas.clientHeight * dense].map(Math.round);
    if (this.canvas.width !== width) this.canvas.width = width;
    if (this.canvas.height !== height) this.canvas.height = height;
  }
}
