/** The client of Tickroom servers. See the README for a game in twenty lines. */

export type { ChunkData, ChunkPlace, TileChanges } from "./chunks.js";
export { Client, type ClientOptions, connect } from "./client.js";
export { CODECS, type Codec, type CodecName, type Frame } from "./codec.js";
export { type Conditions, conditions, NETWORKS, type NetworkName, PERFECT } from "./conditions.js";
export { ClientCore, type Statistics, type View } from "./core.js";
export {
  CallError,
  ConnectionClosed,
  HttpError,
  ProtocolError,
  RequestError,
  TickroomError,
  UsageError,
} from "./errors.js";
export type * from "./events.js";
export { guestSecret } from "./guest.js";
export type { Inputs } from "./inputs.js";
export * from "./lobby.js";
export type { LockstepConnection, LockstepOptions } from "./lockstep/connection.js";
export * from "./lockstep/engine.js";
export { LocalEngine } from "./lockstep/local.js";
export * from "./lockstep/lockstep.js";
export { RemoteEngine, type RemoteOptions } from "./lockstep/remote.js";
export { EngineRunner, readDump } from "./lockstep/runner.js";
export type {
  LockstepEvents,
  LockstepItem,
  LockstepSaid,
  MatchInfo,
  RanInfo,
  SetupInfo,
  SlowestInfo,
} from "./lockstep/told.js";
export { type SeatMemory, sessionMemory } from "./memory.js";
export type { Verb } from "./outbox.js";
export type { LoadPredictor } from "./prediction/prediction.js";
export type * from "./prediction/predictor.js";
export type { Motion, ReplayRules, TickInput } from "./prediction/replay-rules.js";
export type * from "./prediction/status.js";
export * as protocol from "./protocol.generated.js";
export { CLOSE_SENTENCES, CloseReason } from "./protocol.generated.js";
export type { CallOptions } from "./questions.js";
export type { ComponentValues, SceneEntity } from "./scene.js";
export type * from "./schema.js";
export { decodeChunk, FLIPPED, TILE_KIND } from "./tiles.js";
