// Generated from net/protocol.py by build/protocol_types.py. Do not edit.

import { any, bool, bytes, dict, float, int, list, nothing, oneOf, packed, record, tagged, text, tuple } from "./shape.js";

const EntityRecord = record("EntityRecord", {
  slot: int(0, 65535),
  id: int(0, 4294967295),
  kind: int(0, 65535),
  owner: int(-1, 65535),
  x: int(),
  y: int(),
  vx: int(),
  vy: int(),
  w: int(),
  h: int(),
  angle: int(0, 65535),
  state: text,
  components: list(tuple(int(), list(any))),
});

const Snapshot = record("Snapshot", {
  snapshot_id: int(-1, 4294967295),
  entities: list(EntityRecord),
}, 1);

const Change = record("Change", {
  slot: int(0, 65535),
  component: int(),
  values: oneOf(nothing, list(any)),
});

const Diff = record("Diff", {
  base: int(-1, 4294967295),
  snapshot_id: int(-1, 4294967295),
  left: list(int(0, 65535)),
  entered: list(EntityRecord),
  moved: packed,
  nudged: packed,
  velocities: packed,
  angles: packed,
  changed: list(Change),
}, 2);

const Private = record("Private", {
  snapshot_id: int(-1, 4294967295),
  full: bool,
  changed: list(Change),
}, 3);

const Happened = record("Happened", {
  event: int(0, 65535),
  tick: int(-1, 4294967295),
  body: list(any),
}, 4);

const PlayerRecord = record("PlayerRecord", {
  player: int(-1, 65535),
  player_id: text,
  name: text,
  connected: bool,
  team: int(),
});

const Roster = record("Roster", {
  full: bool,
  players: list(PlayerRecord),
  left: list(int(-1, 65535)),
}, 5);

const RoomState = record("RoomState", {
  state: text,
  detail: text,
}, 6);

const Answer = record("Answer", {
  id: int(0, 4294967295),
  status: int(),
  body: any,
}, 7);

const Pong = record("Pong", {
  client_time: float(-1000000000000000.0, 1000000000000000.0),
  received: float(-1000000000000000.0, 1000000000000000.0),
}, 8);

const Notice = record("Notice", {
  text: text,
}, 9);

const Said = record("Said", {
  player: int(-1, 65535),
  channel: text,
  text: text,
  name: text,
}, 10);

const Chunk = record("Chunk", {
  region_x: int(0, 65535),
  region_y: int(0, 65535),
  x: int(0, 65535),
  y: int(0, 65535),
  version: int(),
  tiles: bytes,
}, 11);

const ChunkChanged = record("ChunkChanged", {
  region_x: int(0, 65535),
  region_y: int(0, 65535),
  x: int(0, 65535),
  y: int(0, 65535),
  base: int(),
  version: int(),
  tiles: packed,
}, 12);

const Away = record("Away", {
  milliseconds: float(-1000000000000000.0, 1000000000000000.0),
}, 13);

const Configuration = record("Configuration", {
  revision: int(0, 4294967295),
  options: dict(any),
  players: list(tuple(int(-1, 65535), dict(any))),
  ready: list(int(-1, 65535)),
  host: int(-1, 65535),
  refusal: text,
}, 20);

const Match = record("Match", {
  number: int(0, 4294967295),
  seed: int(),
  setup: any,
  delay: int(0, 65535),
  iteration_ms: int(0, 65535),
  checksum_interval: int(0, 65535),
  first_tick: int(-1, 4294967295),
  generation: int(-1, 4294967295),
  max_body: int(0, 65535),
}, 21);

const Master = record("Master", {
  generation: int(0, 4294967295),
  iterations: int(0, 65535),
  iteration_ms: int(0, 65535),
  bodies: list(tuple(int(-1, 65535), bytes)),
  checksum_generation: int(-1, 4294967295),
  checksum: int(0, 4294967295),
}, 22);

const History = record("History", {
  first: int(0, 4294967295),
  count: int(0, 4294967295),
  data: bytes,
}, 23);

const Diverged = record("Diverged", {
  generation: int(0, 4294967295),
  confirmed: int(-1, 4294967295),
  wrong: list(int(-1, 65535)),
  dump: bool,
  rerun: bool,
}, 24);

const Reseed = record("Reseed", {
  generation: int(0, 4294967295),
  place: int(0, 65535),
  count: int(0, 65535),
  data: bytes,
}, 25);

const Slowest = record("Slowest", {
  player: int(-1, 65535),
  by: text,
  value: int(0, 65535),
}, 26);

const Playback = record("Playback", {
  first: int(-1, 4294967295),
  last: int(-1, 4294967295),
  tick: int(-1, 4294967295),
  goal: int(-1, 4294967295),
  speed: float(0, 64),
  jumps: int(0, 4294967295),
  follow: int(-1, 65535),
  delay: float(-1000000000000000.0, 1000000000000000.0),
  controlled: bool,
}, 14);

const serverItem = tagged("ServerItem", {
  1: Snapshot,
  2: Diff,
  3: Private,
  4: Happened,
  5: Roster,
  6: RoomState,
  7: Answer,
  8: Pong,
  9: Notice,
  10: Said,
  11: Chunk,
  12: ChunkChanged,
  13: Away,
  20: Configuration,
  21: Match,
  22: Master,
  23: History,
  24: Diverged,
  25: Reseed,
  26: Slowest,
  14: Playback,
});

const InputSchema = record("InputSchema", {
  keys: list(text),
  axes: list(text),
  bindings: dict(list(text)),
});

const KindSchema = record("KindSchema", {
  name: text,
  shape: text,
  colour: text,
  layer: int(),
  label: bool,
});

const FieldSchema = record("FieldSchema", {
  name: text,
  type: text,
  step: float(),
});

const ComponentSchema = record("ComponentSchema", {
  name: text,
  audience: text,
  fields: list(FieldSchema),
});

const EventSchema = record("EventSchema", {
  name: text,
  fields: list(FieldSchema),
});

const Steps = record("Steps", {
  origin_x: float(),
  origin_y: float(),
  position: float(),
  velocity: float(),
  size: float(),
  position_bits: int(),
});

const LayerKind = record("LayerKind", {
  name: text,
  solid: oneOf(nothing, bool),
  visible: bool,
  opacity: float(0.0, 1.0),
  offset_x: float(-1000000000.0, 1000000000.0),
  offset_y: float(-1000000000.0, 1000000000.0),
  parallax_x: float(-1000000000.0, 1000000000.0),
  parallax_y: float(-1000000000.0, 1000000000.0),
  tint: text,
  properties: dict(oneOf(bool, int(), float(-1000000000.0, 1000000000.0), text)),
});

const TileKind = record("TileKind", {
  key: text,
  name: text,
  solid: bool,
  one_way: text,
  opaque: oneOf(nothing, bool),
  damage: float(-1000000000.0, 1000000000.0),
  trigger: text,
  properties: dict(oneOf(bool, int(), float(-1000000000.0, 1000000000.0), text)),
  picture: int(-1, 65535),
  place: int(0, 4294967295),
  frames: list(tuple(int(0, 4294967295), int(0, 4294967295))),
});

const Picture = record("Picture", {
  image: text,
  width: int(0, 4294967295),
  height: int(0, 4294967295),
  tile_width: int(0, 4294967295),
  tile_height: int(0, 4294967295),
  columns: int(1, 65535),
  margin: int(0, 4294967295),
  spacing: int(0, 4294967295),
});

const MapHeader = record("MapHeader", {
  tile_width: float(Number.MIN_VALUE, 1000000000.0),
  tile_height: float(Number.MIN_VALUE, 1000000000.0),
  region_width: int(1, 65536),
  region_height: int(1, 65536),
  layers: list(LayerKind),
  kinds: list(TileKind),
  pictures: list(Picture),
  regions: list(tuple(int(0, 65535), int(0, 65535))),
  chunk_size: int(4, 64),
  solid_edge: bool,
  friction: float(0.0, 1000.0),
  elasticity: float(0.0, 1000.0),
});

const GameSchema = record("GameSchema", {
  name: text,
  title: text,
  version: text,
  width: float(),
  height: float(),
  inputs: InputSchema,
  kinds: list(KindSchema),
  components: list(ComponentSchema),
  events: list(EventSchema),
  commands: list(text),
  steps: Steps,
  view: text,
  map: oneOf(nothing, MapHeader),
  rewind: int(0, 65535),
});

const Welcome = record("Welcome", {
  protocol: int(0, 4294967295),
  room_id: text,
  model: text,
  player_id: text,
  player: int(-1, 65535),
  tick_rate: int(),
  tick: int(-1, 4294967295),
  server_time: float(-1000000000000000.0, 1000000000000000.0),
  unix_time: float(-1000000000000000.0, 1000000000000000.0),
  fingerprint: text,
  prediction: text,
  state: text,
  schema: GameSchema,
  roster: list(PlayerRecord),
  token: text,
  last_input: int(-1, 4294967295),
  last_id: int(0, 4294967295),
}, 1);

const SyncReply = record("SyncReply", {
  client_time: float(-1000000000000000.0, 1000000000000000.0),
  server_time: float(-1000000000000000.0, 1000000000000000.0),
}, 2);

const ServerBundle = record("ServerBundle", {
  tick: int(-1, 4294967295),
  server_time: float(-1000000000000000.0, 1000000000000000.0),
  last_input: int(-1, 4294967295),
  last_id: int(0, 4294967295),
  input_lead: int(-32767, 32767),
  items: list(serverItem),
}, 3);

export const serverMessage = tagged("ServerMessage", {
  1: Welcome,
  2: SyncReply,
  3: ServerBundle,
});
