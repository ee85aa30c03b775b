import { type Container, Text } from "pixi.js";
import type { Game, SceneEntity } from "tickroom";
import type { KindView, ViewFrame } from "tickroom/view";
import type { Camera } from "./camera";
import { genericKind } from "./kinds";
import type { Stage } from "./stage";

/** How far above its entity a name stands (CSS px). */
const LABEL_GAP = 8;

interface Sprite {
  readonly container: Container;
  readonly view: KindView;
  readonly kind: string;
  readonly label: Text | undefined;
  entity: SceneEntity;
}

/** One picture for each entity that is seen, and the names above those that have one. */
export class Sprites {
  readonly #stage: Stage;
  readonly #game: Game;
  readonly #generic: Map<string, KindView>;
  readonly #ownPlayer: number;
  readonly #sprites = new Map<number, Sprite>();
  #own: Record<string, KindView> = {};
  #mistaken: (error: unknown) => void = () => {};

  constructor(stage: Stage, game: Game, ownPlayer: number) {
    this.#stage = stage;
    this.#game = game;
    this.#ownPlayer = ownPlayer;
    this.#generic = new Map(game.kinds.map((kind) => [kind.name, genericKind(kind, ownPlayer)]));
  }

  /** From now on the game's own view draws these kinds; one that throws is drawn by the schema again. */
  use(kinds: Readonly<Record<string, KindView>>, mistaken: (error: unknown) => void): void {
    this.#own = { ...kinds };
    this.#mistaken = mistaken;
    this.clear();
  }

  update(frame: ViewFrame, camera: Camera, nameOf: (player: number) => string): void {
    for (const [id, sprite] of this.#sprites) {
      const entity = frame.entities.get(id);
      if (!entity || entity.kind !== sprite.kind) this.#remove(id, sprite);
    }
    for (const entity of frame.entities.values()) {
      try {
        this.#draw(entity, frame, camera, nameOf);
      } catch (error) {
        if (!(entity.kind in this.#own)) throw error;
        this.#giveUp(entity.kind);
        this.#mistaken(error);
      }
    }
  }

  #draw(entity: SceneEntity, frame: ViewFrame, camera: Camera, nameOf: (player: number) => string): void {
    const sprite = this.#sprites.get(entity.id) ?? this.#add(entity, frame);
    sprite.entity = entity;
    sprite.container.position.set(entity.x, entity.y);
    if (sprite.view.rotate !== false) sprite.container.rotation = entity.angle;
    sprite.view.update?.(sprite.container, entity, frame);
    if (sprite.label) placeLabel(sprite.label, entity, camera, nameOf(entity.owner));
  }

  /** The game's own drawing of a kind failed: its entities are drawn anew, the way the schema says. */
  #giveUp(kind: string): void {
    delete this.#own[kind];
    for (const [id, sprite] of this.#sprites) {
      if (sprite.kind === kind) this.#discard(id, sprite);
    }
  }

  clear(): void {
    for (const [id, sprite] of this.#sprites) this.#remove(id, sprite);
  }

  #add(entity: SceneEntity, frame: ViewFrame): Sprite {
    const kind = this.#game.kinds.find((kind) => kind.name === entity.kind);
    const view =
      this.#own[entity.kind] ?? this.#generic.get(entity.kind) ?? genericKind(undefined, this.#ownPlayer);
    const container = view.create(entity, frame);
    container.zIndex = kind?.layer ?? 0;
    this.#stage.world.addChild(container);
    const isLabelled = kind?.label && view.label !== false && entity.owner >= 0;
    const label = isLabelled ? makeLabel() : undefined;
    if (label) this.#stage.labels.addChild(label);
    const sprite = { container, view, kind: entity.kind, label, entity };
    this.#sprites.set(entity.id, sprite);
    return sprite;
  }

  #remove(id: number, sprite: Sprite): void {
    try {
      sprite.view.remove?.(sprite.container, sprite.entity);
    } catch (error) {
      this.#mistaken(error);
    }
    this.#discard(id, sprite);
  }

  #discard(id: number, { container, label }: Sprite): void {
    container.destroy({ children: true });
    label?.destroy();
    this.#sprites.delete(id);
  }
}

function makeLabel(): Text {
  return new Text({
    text: "",
    anchor: { x: 0.5, y: 1 },
    resolution: Math.min(2, window.devicePixelRatio || 1) * 1.5,
    style: {
      fontFamily: ["system-ui", "-apple-system", "Segoe UI", "Roboto", "DejaVu Sans", "sans-serif"],
      fontSize: 13,
      fontWeight: "600",
      fill: 0xeef2ff,
      stroke: { color: 0x0b1020, width: 4, join: "round" },
    },
  });
}

function placeLabel(label: Text, entity: SceneEntity, camera: Camera, name: string): void {
  if (label.text !== name) label.text = name;
  const { x, y } = camera.toScreen(entity);
  label.position.set(Math.round(x), Math.round(y - (entity.h / 2) * camera.scale - LABEL_GAP));
}
