import { Color, type Container, Graphics } from "pixi.js";
import type { Kind, SceneEntity } from "tickroom";
import type { KindView } from "tickroom/view";

const UNKNOWN: Kind = { name: "?", shape: "circle", colour: "#9aa4c4", layer: 1, label: false };
const OWN_RING = 0xffffff;
/** Players of one kind are told apart by their number's own hue, in steps of the golden angle. */
const GOLDEN_ANGLE = 137.508;

/** Draws entities the way the game's schema says, for games that bring no view of their own. */
export function genericKind(kind: Kind = UNKNOWN, ownPlayer: number): KindView {
  const drawn = new WeakMap<Container, string>();
  const draw = (picture: Graphics, entity: SceneEntity): void => {
    const looks = `${entity.w} ${entity.h} ${entity.owner}`;
    if (drawn.get(picture) === looks) return;
    drawn.set(picture, looks);
    picture.clear();
    if (kind.shape === "box") box(picture, entity, colourOf(kind, entity));
    else circle(picture, entity, kind, ownPlayer);
  };
  return {
    create(entity) {
      const picture = new Graphics();
      draw(picture, entity);
      return picture;
    },
    update: (container, entity) => draw(container as Graphics, entity),
  };
}

function box(picture: Graphics, { w, h }: SceneEntity, colour: Color): void {
  const round = Math.min(8, w / 4, h / 4);
  picture
    .roundRect(-w / 2, -h / 2, w, h, round)
    .fill(colour)
    .stroke({ color: shade(colour, 1.35), width: 2.5, alignment: 1 });
}

function circle(picture: Graphics, entity: SceneEntity, kind: Kind, ownPlayer: number): void {
  const colour = colourOf(kind, entity);
  const radius = Math.max(2, entity.w / 2);
  if (kind.label) nose(picture, radius, colour);
  picture.circle(0, 0, radius).fill(colour);
  if (radius < 8) return;
  picture.circle(-radius * 0.25, -radius * 0.25, radius * 0.55).fill({ color: 0xffffff, alpha: 0.12 });
  const isOwn = kind.label && entity.owner === ownPlayer;
  picture
    .circle(0, 0, radius)
    .stroke({ color: isOwn ? OWN_RING : shade(colour, 0.55), width: 3, alignment: 0.5 });
}

/** Shows which way a player looks: towards its angle, which turns the whole picture. */
function nose(picture: Graphics, radius: number, colour: Color): void {
  picture
    .roundRect(radius * 0.4, -radius * 0.24, radius * 1.05, radius * 0.48, radius * 0.12)
    .fill(shade(colour, 0.6));
}

function colourOf(kind: Kind, { owner }: SceneEntity): Color {
  if (!kind.label || owner <= 0) return cssColour(kind.colour);
  const { h, s, l } = hsl(cssColour(kind.colour));
  return new Color({ h: (h + owner * GOLDEN_ANGLE) % 360, s, l });
}

/** A mod's colour; one that is none is grey rather than an error in every frame. */
function cssColour(colour: string): Color {
  try {
    return new Color(colour);
  } catch {
    return new Color(UNKNOWN.colour);
  }
}

function shade(colour: Color, factor: number): Color {
  const [red, green, blue] = colour.toArray() as [number, number, number];
  return new Color([Math.min(1, red * factor), Math.min(1, green * factor), Math.min(1, blue * factor)]);
}

function hsl(colour: Color): { h: number; s: number; l: number } {
  const [red, green, blue] = colour.toArray() as [number, number, number];
  const [high, low] = [Math.max(red, green, blue), Math.min(red, green, blue)];
  const [range, sum] = [high - low, high + low];
  if (range === 0) return { h: 0, s: 0, l: sum * 50 };
  const h =
    high === red
      ? (green - blue) / range
      : high === green
        ? 2 + (blue - red) / range
        : 4 + (red - green) / range;
  return { h: (h * 60 + 360) % 360, s: (range / (1 - Math.abs(sum - 1))) * 100, l: sum * 50 };
}
