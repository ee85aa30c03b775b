import type { Game, SceneEntity } from "tickroom";

/** The entity that stands for the player: the first labelled one that it owns, else the first that it owns. */
export function ownEntity(
  entities: Iterable<SceneEntity>,
  player: number,
  game: Game,
): SceneEntity | undefined {
  let own: SceneEntity | undefined;
  for (const entity of entities) {
    if (entity.owner !== player || player < 0) continue;
    if (!own || rank(entity, game) < rank(own, game)) own = entity;
  }
  return own;
}

/** Labelled kinds first, then by id. */
function rank(entity: SceneEntity, game: Game): number {
  const isLabelled = game.kinds.some((kind) => kind.name === entity.kind && kind.label);
  return entity.id + (isLabelled ? 0 : 2 ** 33);
}
