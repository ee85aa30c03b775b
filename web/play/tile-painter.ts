import { FLIPPED, type Game, TILE_KIND } from "tickroom";

type MapHeader = NonNullable<Game["map"]>;
type Picture = MapHeader[6][number];
/** The pixels of a tile's side on the canvas: as in its picture, in these bounds; for maps without pictures the first. */
const PIXELS = { least: 8, most: 64 };
/** A picture's path begins with this; pages know it without. */
const CLIENT = "client/";
/** Kinds without picture and colour are told apart by their number's own hue, in steps of the golden angle. */
const GOLDEN_ANGLE = 137.508;

/** The tilesets' images, as far as they are in the game's `client/`; null for one that is not, or is none. */
export async function loadPictures(
  pictures: readonly Picture[],
  addresses: () => Promise<unknown>,
): Promise<(HTMLImageElement | null)[]> {
  if (pictures.length === 0) return [];
  const known = (await addresses().catch(() => ({}))) as Record<string, string>;
  return Promise.all(pictures.map(([path]) => load(known[path.replace(CLIENT, "")])));
}

async function load(address: string | undefined): Promise<HTMLImageElement | null> {
  if (address === undefined) return null;
  const image = new Image();
  image.src = address;
  return image.decode().then(
    () => image,
    () => null,
  );
}

/** Draws single tiles on a canvas: from their picture, or where there is none as a square of the kind's colour. */
export class TilePainter {
  /** Canvas pixels of a tile's side. */
  readonly pixels: number;
  readonly #map: MapHeader;
  readonly #images: readonly (HTMLImageElement | null)[];

  constructor(map: MapHeader, images: readonly (HTMLImageElement | null)[]) {
    this.#map = map;
    this.#images = images;
    this.pixels = Math.max(PIXELS.least, Math.min(PIXELS.most, map[6][0]?.[3] ?? PIXELS.least));
  }

  /** Draws the tile `value` into the cell whose upper left corner is at (x, y), in pixels. */
  draw(brush: CanvasRenderingContext2D, value: number, x: number, y: number): void {
    const kind = this.#map[5][(value & TILE_KIND) - 1];
    if (!kind) return;
    const [, , solid, , , , , properties, picture, place] = kind;
    const image = this.#images[picture];
    const source = this.#map[6][picture];
    if (image && source) this.#drawPicture(brush, image, source, place, value, x, y);
    else this.#drawSquare(brush, colourOf(properties, value & TILE_KIND), solid, x, y);
  }

  /** As Tiled: what is larger than a cell stands on its lower left corner; turned over diagonally first. */
  #drawPicture(
    brush: CanvasRenderingContext2D,
    image: HTMLImageElement,
    [, , , width, height, columns, margin, spacing]: Picture,
    place: number,
    value: number,
    x: number,
    y: number,
  ): void {
    const scale = this.pixels / (this.#map[6][0]?.[3] ?? width);
    const [wide, high] = [width * scale, height * scale];
    const left = margin + (place % columns) * (width + spacing);
    const top = margin + Math.floor(place / columns) * (height + spacing);
    brush.save();
    brush.translate(x + wide / 2, y + this.pixels - high / 2);
    brush.scale(value & FLIPPED.horizontally ? -1 : 1, value & FLIPPED.vertically ? -1 : 1);
    if (value & FLIPPED.diagonally) brush.transform(0, 1, 1, 0, 0, 0);
    brush.drawImage(image, left, top, width, height, -wide / 2, -high / 2, wide, high);
    brush.restore();
  }

  #drawSquare(brush: CanvasRenderingContext2D, colour: string, solid: boolean, x: number, y: number): void {
    brush.fillStyle = colour;
    brush.fillRect(x, y, this.pixels, this.pixels);
    if (!solid) return;
    brush.fillStyle = "rgb(0 0 0 / 35%)";
    brush.fillRect(x, y + this.pixels * 0.75, this.pixels, this.pixels * 0.25);
  }
}

/** The kind's own property `colour`, or a hue of its own. */
function colourOf(properties: Record<string, unknown>, number: number): string {
  const { colour } = properties;
  if (typeof colour === "string" && CSS.supports("color", colour)) return colour;
  return `hsl(${(90 + (number - 1) * GOLDEN_ANGLE) % 360} 28% 38%)`;
}
