// Generated from net/protocol.py by build/protocol_types.py. Do not edit.

export const PROTOCOL_VERSION = 1;
export const SUBPROTOCOL = "tickroom.v1";
export const SUBPROTOCOL_JSON = "tickroom.v1.json";
export const STANDSTILL = "running.paused.storage";
export const MAX_MESSAGE_BYTES = 16384;
export const MAX_DEPTH = 16;
export const MAX_ITEMS = 64;
export const MAX_BODY = 8192;
export const MAX_PART = 4096;
export const MAX_KEYS = 32;
export const MAX_AXES = 8;
export const MAX_RESENT = 12;
export const VIEW_STEPS = 16;
export const AXIS_SCALE = 32767;
export const ANGLE_STEPS = 65536;

/** Why the server closed a connection: the WebSocket close code. `CLOSE_SENTENCES` says each in a sentence. */
export const CloseReason = {
  GOING_AWAY: 1001,
  MESSAGE_TOO_BIG: 1009,
  INTERNAL_ERROR: 1011,
  MALFORMED: 4000,
  UNSUPPORTED_PROTOCOL: 4001,
  OUT_OF_STATE: 4002,
  HELLO_TIMEOUT: 4003,
  BAD_TOKEN: 4004,
  RATE_LIMITED: 4005,
  SLOW_CLIENT: 4006,
  REPLACED: 4007,
  ROOM_ENDED: 4008,
  ROOM_FAILED: 4009,
  KICKED: 4010,
  SILENT: 4011,
  LEFT: 4012,
  FINGERPRINT: 4013,
  UNAVAILABLE: 4014,
} as const;
export type CloseReason = (typeof CloseReason)[keyof typeof CloseReason];

export const CLOSE_SENTENCES: Record<number, string> = {
  1001: "The server is stopping; come back soon.",
  1009: "A message was larger than the server takes.",
  1011: "The server made a mistake; it is in its log.",
  4000: "A message could not be read.",
  4001: "The server does not speak this protocol version.",
  4002: "A message came at a time when it is not allowed.",
  4003: "No hello came in time.",
  4004: "The token opens no seat in this room.",
  4005: "Too many messages came in a second.",
  4006: "The client did not read what the server sent.",
  4007: "Another connection of the same player took over.",
  4008: "The room has ended.",
  4009: "The game made a mistake and its room was stopped.",
  4010: "The host or an admin removed this player.",
  4011: "Nothing was heard from the client for too long.",
  4012: "The player left.",
  4013: "This room needs a client with the same rules.",
  4014: "The server cannot keep this session now; try again later.",
};

/**
 * One kind of tile.
 *
 * `key` names it uniquely ("terrain:12"); `name` is what rules call it and may be shared. `solid`: nothing solid
 * gets in. `one_way`: solid but for what moves that way ("up", "down", "left", "right"). `opaque`: nobody sees
 * through; None: as solid as it is. `damage` and `trigger` are for the game's rules, which get a
 * `TileContact` for tiles with either. `picture` is a place in the header's pictures (-1: none), `place` the tile in
 * it, `frames` its animation as (place, milliseconds).
 */
export type TileKind = [
  key: string,
  name: string,
  solid: boolean,
  oneWay: string,
  opaque: boolean | null,
  damage: number,
  trigger: string,
  properties: Record<string, boolean | number | number | string>,
  picture: number,
  place: number,
  frames: [number, number][],
];

/**
 * One layer of tiles, in drawing order. `solid`: whether its tiles are solid; None: each as its kind says. Offsets
 * are in world units and only for drawing; `tint` is a CSS colour or "".
 */
export type LayerKind = [
  name: string,
  solid: boolean | null,
  visible: boolean,
  opacity: number,
  offsetX: number,
  offsetY: number,
  parallaxX: number,
  parallaxY: number,
  tint: string,
  properties: Record<string, boolean | number | number | string>,
];

/** An image with tiles in rows: `image` is its path in the game's folder, all other numbers are pixels or counts. */
export type Picture = [
  image: string,
  width: number,
  height: number,
  tileWidth: number,
  tileHeight: number,
  columns: number,
  margin: number,
  spacing: number,
];

/**
 * The measures of a map and what its numbers mean.
 *
 * A map has regions (the lobbies of a room) of `region_width` x `region_height` tiles each, side by side: region
 * (rx, ry) begins at tile (rx * region_width, ry * region_height). A region is cut into chunks of `chunk_size`
 * squared tiles. `tile_width` and `tile_height` are world units. `regions` lists, ascending, which there are.
 * `solid_edge`: what lies outside all regions is solid. Kind number n is `kinds[n - 1]`.
 */
export type MapHeader = [
  tileWidth: number,
  tileHeight: number,
  regionWidth: number,
  regionHeight: number,
  layers: LayerKind[],
  kinds: TileKind[],
  pictures: Picture[],
  regions: [number, number][],
  chunkSize: number,
  solidEdge: boolean,
  friction: number,
  elasticity: number,
];

/**
 * The state of a player's keys and axes at the client's tick `tick`.
 *
 * `held` has a bit for each key of `InputSchema.keys` that is down; `pressed` for each that went down since the
 * last input, so that a key pressed and released between two ticks is not lost. `axes` are in 1/AXIS_SCALE.
 *
 * The server applies it in its own tick `tick`, at once where that is over. `view` says how far behind `tick` the view was that
 * the player saw, in 1/VIEW_STEPS of a tick (0: not told). `before` has the last MAX_RESENT
 * inputs before it that changed something and that the server has not confirmed: packed records, the oldest first, of how many
 * ticks before (u8), held and pressed (u32), view (u16), and as many axes (i16) as there are in `axes`.
 */
export type Input = [
  tag: 1,
  tick: number,
  held?: number,
  pressed?: number,
  axes?: number[],
  view?: number,
  before?: Uint8Array | number[],
];

/**
 * A command of the game's, by name; it enters the next tick. `id` comes back in an `Answer` when it is refused.
 *
 * Ids of commands and requests ascend, from `Welcome.last_id` + 1 on; one that is not above the last is a duplicate.
 */
export type Command = [
  tag: 2,
  id: number,
  name: string,
  body: unknown,
];

/** A question in the manner of REST, answered by an `Answer` with the same id: `get snapshot`, `get roster`. */
export type Request = [
  tag: 3,
  id: number,
  verb: string,
  resource: string,
  body: unknown,
];

/** Asks for a `Pong` with the client's time in the next bundle: clock sync and round trip during play. */
export type Ping = [
  tag: 4,
  clientTime: number,
];

/**
 * Lock-step: what a player gave while `generation` was the last one begun; one for every generation, empty or not.
 *
 * `latency` is the round trip with its jitter (ms), `framerate` the iterations a second that this computer could do (0: not
 * known). `checksum` is that of `checksum_generation`, the last that was computed (-1: none). The same packet may come again.
 */
export type Packet = [
  tag: 10,
  generation: number,
  latency: number,
  framerate: number,
  checksumGeneration: number,
  checksum: number,
  body?: Uint8Array,
];

/**
 * Lock-step: part `place` of `count` of the state after `generation`, as `Diverged` asked: MessagePack, zlib, cut.
 *
 * A `count` of 0, with place 0 and no data: there is none, or it is too large to be sent.
 */
export type DumpPart = [
  tag: 11,
  generation: number,
  place: number,
  count: number,
  data: Uint8Array,
];

/** Lock-step: the checksum of `generation`, computed again from the confirmed one, as `Diverged` asked. */
export type Rerun = [
  tag: 12,
  generation: number,
  checksum: number,
];

/**
 * The first message. Extra fields are let through, so that a later protocol's hello is refused for its version.
 *
 * `fingerprint` is the client's own, or empty. `last_tick` and `last_time` are the tick and the server_time of the last bundle
 * that was read before a reconnect, or -1: what was told since is told after the snapshot. In a lock-step room `match` and
 * `generation` are the number of the match that its engine runs (0: none) and the last generation that it has of it.
 */
export type Hello = [
  tag: 1,
  protocol: number,
  token?: string,
  fingerprint?: string,
  lastTick?: number,
  lastTime?: number,
  match?: number,
  generation?: number,
];

/** A clock-sync ping outside the bundles, answered at once; at most 8 after the welcome. */
export type Sync = [
  tag: 2,
  clientTime: number,
];

/** Everything that a client says in one tick. `ack` is the tick of the last server bundle it has applied. */
export type ClientBundle = [
  tag: 3,
  tick: number,
  ack: number,
  items?: ClientItem[],
];

/**
 * The game's keys and axes, in the order of their bits and places.
 *
 * `bindings` names for each key the browser's `KeyboardEvent.code`s (and `Pointer0`, `Gamepad0`..) that press it.
 */
export type InputSchema = [
  keys: string[],
  axes: string[],
  bindings: Record<string, string[]>,
];

/** A field of a component or an event. `step` > 0: it travels as round(value / step). */
export type FieldSchema = [
  name: string,
  type: string,
  step: number,
];

/** A replicated component: `audience` is `near`, `owner`, `team` or `always`. */
export type ComponentSchema = [
  name: string,
  audience: string,
  fields: FieldSchema[],
];

/** An event that may reach clients: its body is an array of these fields. */
export type EventSchema = [
  name: string,
  fields: FieldSchema[],
];

/**
 * How a page without the game's own view draws an entity of this kind.
 *
 * `shape` is `circle` or `box`, `colour` a CSS colour, `layer` the drawing order (low first), `label` whether the owner's
 * name stands above.
 */
export type KindSchema = [
  name: string,
  shape: string,
  colour: string,
  layer: number,
  label: boolean,
];

/**
 * How numbers travel: x = origin_x + qx * position; speed = q * velocity; size = q * size (world units).
 *
 * `position_bits` (16 or 32) is the width of qx and qy in packed columns.
 */
export type Steps = [
  originX: number,
  originY: number,
  position: number,
  velocity: number,
  size: number,
  positionBits: number,
];

/** What a client must know of a game to decode its bundles and to draw it. Lists are indexed by the wire. */
export type GameSchema = [
  name: string,
  title: string,
  version: string,
  width: number,
  height: number,
  inputs: InputSchema,
  kinds: KindSchema[],
  components: ComponentSchema[],
  events: EventSchema[],
  commands: string[],
  steps: Steps,
  view: string,
  map: MapHeader | null,
  rewind: number,
];

/** A player of the room as all others see it. */
export type PlayerRecord = [
  player: number,
  playerId: string,
  name: string,
  connected: boolean,
  team: number,
];

/**
 * A SceneEntity in full. `slot` names it on the wire until it leaves; `id` is the entity's own, never reused.
 *
 * `angle` is in 1/ANGLE_STEPS of a turn. `components` are (index in `GameSchema.components`, values in field order).
 */
export type EntityRecord = [
  slot: number,
  id: number,
  kind: number,
  owner: number,
  x: number,
  y: number,
  vx: number,
  vy: number,
  w: number,
  h: number,
  angle: number,
  state: string,
  components: [number, unknown[]][],
];

/**
 * One replicated component of one entity, new; values None: removed. Index -1: `[w, h]`; -2: `[state]`; -3: `[owner]`.
 *
 * In the `Private` of a client that may predict also -4: `[x, y, angle, vx, vy, spin]`, exact, null for what is as told before;
 * and -5: `[name, [fields]]` of a component that only who predicts is told exactly, the name alone: removed (docs/protocol.md).
 */
export type Change = [
  slot: number,
  component: number,
  values: unknown[] | null,
];

/** Every SceneEntity that the client sees. Replaces all that it knew. */
export type Snapshot = [
  tag: 1,
  snapshotId: number,
  entities: EntityRecord[],
];

/**
 * What changed from snapshot `base` to `snapshot_id`. A client that does not hold `base` asks for a snapshot.
 *
 * Packed columns: `moved` is (slot u16, qx, qy) with qx, qy of `Steps.position_bits`, a place; `nudged` is (slot u16, dx i8,
 * dy i8), a way from the place in `base`; `velocities` is (slot u16, vx i16, vy i16); `angles` is (slot u16, angle u16).
 * Apply in this order: left, entered, moved, nudged, velocities, angles, changed.
 */
export type Diff = [
  tag: 2,
  base: number,
  snapshotId: number,
  left: number[],
  entered: EntityRecord[],
  moved: Uint8Array | number[],
  nudged: Uint8Array | number[],
  velocities: Uint8Array | number[],
  angles: Uint8Array | number[],
  changed: Change[],
];

/**
 * Components that only this client may see (audience `owner` or `team`); follows the snapshot or diff of `snapshot_id`.
 *
 * With `full` true they replace all private components that the client knew.
 */
export type Private = [
  tag: 3,
  snapshotId: number,
  full: boolean,
  changed: Change[],
];

/** An event: index in `GameSchema.events`, the tick it happened in, and its fields as an array. */
export type Happened = [
  tag: 4,
  event: number,
  tick: number,
  body: unknown[],
];

/**
 * Players of the room whose records are new, and the numbers of those who left for good.
 *
 * The welcome has the whole roster; with `full` true this replaces it.
 */
export type Roster = [
  tag: 5,
  full: boolean,
  players: PlayerRecord[],
  left: number[],
];

/** The room's state as a dotted path (`running.iterating`), and a sentence about why. */
export type RoomState = [
  tag: 6,
  state: string,
  detail: string,
];

/** The answer to a `Request`, or to a `Command` that was refused: `status` as in HTTP, `body` a value or a sentence. */
export type Answer = [
  tag: 7,
  id: number,
  status: number,
  body: unknown,
];

/** The answer to a `Ping`: `received` and the bundle's `server_time` let the client take the waiting out. */
export type Pong = [
  tag: 8,
  clientTime: number,
  received: number,
];

/** A sentence for the player, from the server or the game. */
export type Notice = [
  tag: 9,
  text: string,
];

/**
 * A line of chat. `channel` is `room`, `near` or `team`. It is text, never markup.
 *
 * `name` is what the speaker was called then; in the answer to `get chat`, `player` is -1 for who has left since.
 */
export type Said = [
  tag: 10,
  player: number,
  channel: string,
  text: string,
  name: string,
];

/**
 * A chunk of the tile map in full: chunk (x, y) of region (region_x, region_y), as docs/maps.md lays its tiles out.
 *
 * `version` stands for the tiles: equal versions, equal tiles.
 */
export type Chunk = [
  tag: 11,
  regionX: number,
  regionY: number,
  x: number,
  y: number,
  version: number,
  tiles: Uint8Array,
];

/**
 * Tiles of a chunk that changed from version `base` to `version`. Who does not hold `base` asks for the chunk.
 *
 * `tiles` is a packed column of (cell u32, value u16); a cell's number is layer * size * size + y * size + x.
 */
export type ChunkChanged = [
  tag: 12,
  regionX: number,
  regionY: number,
  x: number,
  y: number,
  base: number,
  version: number,
  tiles: Uint8Array | number[],
];

/** The server stops now and closes with GOING_AWAY: come back after so long, with the same token, to the same seat. */
export type Away = [
  tag: 13,
  milliseconds: number,
];

/**
 * Lock-step: the whole setup, at each change and to whoever comes.
 *
 * `revision` goes up with each change of `options` (the room's) or `players` (each with the options that are the player's).
 * `ready` have committed to it; `host` may start alone (-1: nobody). `refusal` is why the engine did not begin with it.
 */
export type Configuration = [
  tag: 20,
  revision: number,
  options: Record<string, unknown>,
  players: [number, Record<string, unknown>][],
  ready: number[],
  host: number,
  refusal: string,
];

/**
 * Lock-step: a match, as it begins and to whoever comes into it: what the engine's `init` takes.
 *
 * Commands of generation G run in G + `delay`. `iteration_ms` is how long an iteration is meant to be. `generation` is the last
 * that was told; what the client lacks up to there follows as `History`. A bundle of tick T has told T - first_tick - 1.
 * `Packet.body` has at most `max_body` bytes.
 */
export type Match = [
  tag: 21,
  number: number,
  seed: number,
  setup: unknown,
  delay: number,
  iterationMs: number,
  checksumInterval: number,
  firstTick: number,
  generation: number,
  maxBody: number,
];

/**
 * Lock-step: run this generation: `bodies` are (player, commands) by player, then `iterations` of `iteration_ms`.
 *
 * All agreed on `checksum` for the earlier `checksum_generation` (-1: none yet).
 */
export type Master = [
  tag: 22,
  generation: number,
  iterations: number,
  iterationMs: number,
  bodies: [number, Uint8Array][],
  checksumGeneration: number,
  checksum: number,
];

/**
 * Lock-step: the generations `first` to `first + count - 1`: a MessagePack array of Master, packed by zlib.
 *
 * One that begins at 0 is for an engine that is begun anew.
 */
export type History = [
  tag: 23,
  first: number,
  count: number,
  data: Uint8Array,
];

/**
 * Lock-step: the checksums of `generation` differ; on `confirmed` all agreed (-1: on nothing but the setup).
 *
 * `wrong` are known to be wrong; empty: nobody is known to be right. With `dump` the state after `generation` is asked for, as
 * DumpPart; with `rerun` the checksum of `generation`, computed again from the state after `confirmed`.
 */
export type Diverged = [
  tag: 24,
  generation: number,
  confirmed: number,
  wrong: number[],
  dump: boolean,
  rerun: boolean,
];

/** Lock-step: part `place` of `count` of the right state after `generation`, to be loaded; what followed is in `History`. */
export type Reseed = [
  tag: 25,
  generation: number,
  place: number,
  count: number,
  data: Uint8Array,
];

/**
 * Lock-step: for whom generations are longer than they would be, when that changes and to whoever comes into a match.
 *
 * `by` is `latency` (generations have more iterations: `value` ms there and back) or `framerate` (iterations are longer:
 * `value` a second could be computed), as far as the server believes it. `player` is -1, and `by` empty: nobody.
 */
export type Slowest = [
  tag: 26,
  player: number,
  by: string,
  value: number,
];

/**
 * For a viewer (`Welcome.player` is -1): what is watched, and how. Told at first and whenever it changes.
 *
 * There are the ticks `first` to `last`; `tick` is shown, or has been reached on the way to `goal` (-1: nowhere).
 * `speed` is how many times as fast as they were played ticks are shown; 0: it stands still. When `jumps` is another number
 * than before, the bundle that says so begins anew elsewhere, with a snapshot: nothing that was shown before has to do with it,
 * and ticks may be lower. It counts for the whole of its bundle, wherever it stands there.
 * `follow` is the player whose view is shown. `delay` is how much later than it happens a living room is shown (ms); -1: it is
 * a replay, and `controlled` says whether the viewer may say what is shown (`put playback`).
 */
export type Playback = [
  tag: 14,
  first: number,
  last: number,
  tick: number,
  goal: number,
  speed: number,
  jumps: number,
  follow: number,
  delay: number,
  controlled: boolean,
];

/**
 * The answer to a hello. `prediction` is empty when the client may predict, else the reason why not.
 *
 * `unix_time` is the server's wall clock in ms. The first snapshot is in the first bundle that follows. `token` is for the
 * next hello: keep it before the first bundle goes out, which acknowledges it and voids the one of this hello.
 * `last_input` is the tick of the last input that was ever heard from this seat, `last_id` the highest id of a command or
 * request: the client counts on above both.
 */
export type Welcome = [
  tag: 1,
  protocol: number,
  roomId: string,
  model: string,
  playerId: string,
  player: number,
  tickRate: number,
  tick: number,
  serverTime: number,
  unixTime: number,
  fingerprint: string,
  prediction: string,
  state: string,
  schema: GameSchema,
  roster: PlayerRecord[],
  token: string,
  lastInput: number,
  lastId: number,
];

/** The answer to a `Sync`, sent at once. */
export type SyncReply = [
  tag: 2,
  clientTime: number,
  serverTime: number,
];

/**
 * Everything that the server says in one tick. `last_input` is the client tick of the last input it has applied.
 *
 * `last_id` is the highest id of a command or request of this player that was heard and is kept, whatever happens to the
 * server: what is above it is sent again after a reconnect.
 *
 * `input_lead` is how much earlier than its tick the newest input came (ms), refused or not, below 0 how much later: a client
 * whose inputs come late runs a little faster, one whose inputs come early slower. While `tick` stands still it says nothing.
 */
export type ServerBundle = [
  tag: 3,
  tick: number,
  serverTime: number,
  lastInput: number,
  lastId: number,
  inputLead: number,
  items: ServerItem[],
];

export type ClientItem = Input | Command | Request | Ping | Packet | DumpPart | Rerun;
export const ClientItemTag = {
  Input: 1,
  Command: 2,
  Request: 3,
  Ping: 4,
  Packet: 10,
  DumpPart: 11,
  Rerun: 12,
} as const;

export type ServerItem = Snapshot | Diff | Private | Happened | Roster | RoomState | Answer | Pong | Notice | Said | Chunk | ChunkChanged | Away | Configuration | Match | Master | History | Diverged | Reseed | Slowest | Playback;
export const ServerItemTag = {
  Snapshot: 1,
  Diff: 2,
  Private: 3,
  Happened: 4,
  Roster: 5,
  RoomState: 6,
  Answer: 7,
  Pong: 8,
  Notice: 9,
  Said: 10,
  Chunk: 11,
  ChunkChanged: 12,
  Away: 13,
  Configuration: 20,
  Match: 21,
  Master: 22,
  History: 23,
  Diverged: 24,
  Reseed: 25,
  Slowest: 26,
  Playback: 14,
} as const;

export type ClientMessage = Hello | Sync | ClientBundle;
export const ClientMessageTag = {
  Hello: 1,
  Sync: 2,
  ClientBundle: 3,
} as const;

export type ServerMessage = Welcome | SyncReply | ServerBundle;
export const ServerMessageTag = {
  Welcome: 1,
  SyncReply: 2,
  ServerBundle: 3,
} as const;
