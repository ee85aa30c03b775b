import { Container, Graphics, Texture, TilingSprite } from "pixi.js";

const OUTSIDE = "#141c33";
const STRIPE = "#172039";
/** One tile of the pattern, in world units; the stripes run through it from corner to corner. */
const TILE = 48;
/** How far the pattern goes beyond the world: more than the widest screen shows of it. */
const REACH = 2400;
/** The edge's shadow falls outwards, in bands. */
const SHADOW = { bands: 4, width: 14, alpha: 0.16 };

/** What lies beyond the world's border: a quiet pattern, darker at the edge, so that nobody takes it for ground. */
export function surroundings(width: number, height: number): Container {
  const texture = Texture.from(stripes());
  const strips = [
    [-REACH, -REACH, width + 2 * REACH, REACH],
    [-REACH, height, width + 2 * REACH, REACH],
    [-REACH, 0, REACH, height],
    [width, 0, REACH, height],
  ] as const;
  const outside = new Container({ label: "surroundings" });
  for (const [x, y, w, h] of strips) outside.addChild(pattern(texture, x, y, w, h));
  outside.addChild(shadow(width, height));
  return outside;
}

function pattern(texture: Texture, x: number, y: number, width: number, height: number): TilingSprite {
  const strip = new TilingSprite({ texture, width, height });
  strip.position.set(x, y);
  strip.tilePosition.set(-(x % TILE), -(y % TILE));
  return strip;
}

function shadow(width: number, height: number): Graphics {
  const shadow = new Graphics();
  for (let band = 1; band <= SHADOW.bands; band++) {
    const reach = band * SHADOW.width;
    shadow
      .rect(-reach, -reach, width + 2 * reach, reach)
      .rect(-reach, height, width + 2 * reach, reach)
      .rect(-reach, 0, reach, height)
      .rect(width, 0, reach, height)
      .fill({ color: 0x000000, alpha: SHADOW.alpha });
  }
  return shadow;
}

function stripes(): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = TILE;
  canvas.height = TILE;
  const brush = canvas.getContext("2d");
  if (!brush) throw new Error("This browser draws no 2D canvas.");
  brush.fillStyle = OUTSIDE;
  brush.fillRect(0, 0, TILE, TILE);
  brush.strokeStyle = STRIPE;
  brush.lineWidth = TILE / 3;
  for (const shift of [-TILE, 0, TILE]) {
    brush.beginPath();
    brush.moveTo(shift - TILE, 2 * TILE);
    brush.lineTo(shift + 2 * TILE, -TILE);
    brush.stroke();
  }
  return canvas;
}
