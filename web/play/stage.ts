// Pixi writes its shaders' glue with `new Function` otherwise, which the pages' Content-Security-Policy forbids.
import "pixi.js/unsafe-eval";
import { Application, Container, Graphics } from "pixi.js";
import type { Game } from "tickroom";
import type { Camera } from "./camera";
import { surroundings } from "./surroundings";

const GROUND = 0x141c33;
const FLOOR = 0x10172b;
const LINE = 0x1c2644;
const BORDER = 0x3a4a7d;
/** World units between two lines of the grid. */
const GRID = 100;

/** The canvas and its layers: `background`, `world`, `effects` in world units, `labels` in CSS pixels. */
export class Stage {
  readonly app: Application;
  readonly background = new Container({ label: "background" });
  readonly world = new Container({ label: "world", sortableChildren: true });
  readonly effects = new Container({ label: "effects" });
  readonly labels = new Container({ label: "labels" });
  readonly #scene = new Container({ label: "scene" });

  private constructor(app: Application, game: Game) {
    this.app = app;
    this.background.addChild(surroundings(game.width, game.height), floor(game.width, game.height));
    this.#scene.addChild(this.background, this.world, this.effects);
    app.stage.addChild(this.#scene, this.labels);
  }

  /** Puts a canvas into `parent` that always fills it. WebGL where there is any, else a 2D canvas. */
  static async open(parent: HTMLElement, game: Game): Promise<Stage> {
    const app = new Application();
    await app.init({
      background: GROUND,
      resizeTo: parent,
      antialias: true,
      autoDensity: true,
      resolution: Math.min(window.devicePixelRatio || 1, 2),
      preference: hasGraphicsProcessor() ? ["webgl", "canvas"] : ["canvas"],
      eventMode: "none",
      accessibilityOptions: { enabledByDefault: false, activateOnTab: false },
    });
    app.canvas.setAttribute("aria-hidden", "true");
    parent.replaceChildren(app.canvas);
    return new Stage(app, game);
  }

  place(camera: Camera): void {
    camera.resize(this.app.screen.width, this.app.screen.height);
    const { x, y } = camera.offset();
    this.#scene.position.set(x, y);
    this.#scene.scale.set(camera.scale);
  }

  close(): void {
    this.app.destroy({ removeView: true }, { children: true });
  }
}

/** Whether WebGL runs on hardware. In software it is several times slower than a 2D canvas in software. */
function hasGraphicsProcessor(): boolean {
  const context = document.createElement("canvas").getContext("webgl2");
  if (!context) return false;
  const details = context.getExtension("WEBGL_debug_renderer_info");
  const name = context.getParameter(details ? details.UNMASKED_RENDERER_WEBGL : context.RENDERER);
  context.getExtension("WEBGL_lose_context")?.loseContext();
  return !/swiftshader|llvmpipe|softpipe|software|basic render/i.test(String(name));
}

function floor(width: number, height: number): Graphics {
  const floor = new Graphics().rect(0, 0, width, height).fill(FLOOR);
  for (let x = GRID; x < width; x += GRID) floor.moveTo(x, 0).lineTo(x, height);
  for (let y = GRID; y < height; y += GRID) floor.moveTo(0, y).lineTo(width, y);
  floor.stroke({ color: LINE, width: 2 });
  return floor.rect(0, 0, width, height).stroke({ color: BORDER, width: 6, alignment: 0 });
}
