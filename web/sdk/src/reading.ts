// What items of a server's bundle mean to whoever listens to the core.
import { readChunk, readTileChanges } from "./chunks.js";
import { ProtocolError } from "./errors.js";
import type { CoreEvent, PlaybackInfo } from "./events.js";
import {
  type Answer,
  type Diff,
  type Happened,
  type Playback,
  type Pong,
  type Private,
  type Roster,
  type ServerItem,
  ServerItemTag,
  type Snapshot,
} from "./protocol.generated.js";
import { type Game, type Player, readFields, readPlayer } from "./schema.js";

/** Items that change something in the core; all others are only told. */
export type ActingItem = Snapshot | Diff | Private | Roster | Answer | Pong;
export type ToldItem = Exclude<ServerItem, ActingItem>;

/** The event that tells of an item. Throws ProtocolError. */
export function told(game: Game, item: ToldItem): CoreEvent {
  switch (item[0]) {
    case ServerItemTag.Happened:
      return happened(game, item);
    case ServerItemTag.RoomState:
      return { type: "room", detail: { state: item[1], detail: item[2] } };
    case ServerItemTag.Notice:
      return { type: "notice", detail: item[1] };
    case ServerItemTag.Said:
      return { type: "said", detail: { player: item[1], channel: item[2], text: item[3], name: item[4] } };
    case ServerItemTag.Chunk:
      return { type: "chunk", detail: readChunk(item) };
    case ServerItemTag.ChunkChanged:
      return { type: "tiles", detail: readTileChanges(item) };
    case ServerItemTag.Away:
      return { type: "away", detail: item[1] };
    case ServerItemTag.Playback:
      return { type: "playback", detail: readPlayback(item) };
    default:
      return { type: "lockstep", detail: item };
  }
}

export function readPlayback(item: Playback): PlaybackInfo {
  const [, first, last, tick, goal, speed, jumps, follow, delay, controlled] = item;
  return { first, last, tick, goal, speed, jumps, follow, delay, controlled };
}

/** The roster, ordered by number, after an item that changes it. */
export function mergedRoster(known: readonly Player[], [, full, players, left]: Roster): readonly Player[] {
  const merged = new Map(full ? [] : known.map((player) => [player.player, player]));
  for (const player of players.map(readPlayer)) merged.set(player.player, player);
  for (const number of left) merged.delete(number);
  return [...merged.values()].sort((a, b) => a.player - b.player);
}

function happened(game: Game, [, index, tick, body]: Happened): CoreEvent {
  const type = game.events[index];
  if (!type) throw new ProtocolError(`The server told of event ${index}, which is not in the game's schema.`);
  return { type: "event", detail: { name: type.name, tick, body: readFields(type, body) } };
}
