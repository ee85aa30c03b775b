"""The whole wire protocol of Tickroom: every message both ways, under one version.

A connection speaks the WebSocket subprotocol `tickroom.v1` (MessagePack, binary frames) or `tickroom.v1.json` (the same
messages in JSON, text frames). A message is an array whose first element is its tag. One WebSocket message is

    client: Hello, then Sync (a few), then one ClientBundle a tick
    server: Welcome, then a SyncReply for each Sync, then one ServerBundle a tick

and everything else travels inside the bundles as items: [tag, ...fields].

Units: ticks are counted from the room's start; times are milliseconds; `server_time` is the server's monotonic clock;
positions, speeds and sizes are integers in the steps that `Welcome.schema` names. A packed column is little-endian bytes
in MessagePack and a flat array of integers in JSON.
"""

from enum import IntEnum
from typing import Annotated, Any

from msgspec import Meta, Raw, Struct

from ecs import inputs
from ecs.map_header import MapHeader

PROTOCOL_VERSION = 1
SUBPROTOCOL = "tickroom.v1"
SUBPROTOCOL_JSON = "tickroom.v1.json"
STANDSTILL = "running.paused.storage"
"""The state of a room while its journal cannot be written: what it wrote before leaves when it can."""

MAX_MESSAGE_BYTES = 16_384
"""The largest message that a server takes from a client by default."""
MAX_DEPTH = 16
"""How deep arrays and maps may nest in a client's message."""
MAX_ITEMS = 64
"""How many items a client may put in one bundle."""
MAX_BODY = 8_192
"""Bytes of a lock-step player's commands in one generation, at most; a room may allow fewer."""
MAX_PART = 4_096
"""Bytes of one part of a state dump."""
MAX_KEYS = 32
MAX_AXES = 8
MAX_RESENT = 12
"""Earlier inputs that an `Input` may tell again."""
VIEW_STEPS = inputs.VIEW_STEPS
"""How far behind its input a client's view was travels in so many parts of a tick."""
INPUT_LEAD_LIMIT = 32_767
"""ms. An input that came later or earlier is told as this."""
AXIS_SCALE = 32_767
"""An axis travels as round(value * AXIS_SCALE), value in -1..1."""
ANGLE_STEPS = 65_536
"""An angle travels as steps of a full turn, 0..65535."""

Uint16 = Annotated[int, Meta(ge=0, le=2**16 - 1)]
Uint32 = Annotated[int, Meta(ge=0, le=2**32 - 1)]
Int16 = Annotated[int, Meta(ge=-AXIS_SCALE, le=AXIS_SCALE)]
Int64 = Annotated[int, Meta(ge=-(2**53), le=2**53)]
Tick = Annotated[int, Meta(ge=-1, le=2**32 - 1)]
"""A tick number; -1 means none yet."""
Milliseconds = Annotated[float, Meta(ge=-1e15, le=1e15)]
Name = Annotated[str, Meta(min_length=1, max_length=64)]
Text = Annotated[str, Meta(max_length=500)]
PlayerNumber = Annotated[int, Meta(ge=-1, le=2**16 - 1)]
"""A player's number in the room, from 0; -1 means nobody."""
Packed = bytes | list[int]


class CloseReason(IntEnum):
    """Why the server closed a connection: the WebSocket close code. `CLOSE_SENTENCES` says each in a sentence."""

    GOING_AWAY = 1001
    MESSAGE_TOO_BIG = 1009
    INTERNAL_ERROR = 1011
    MALFORMED = 4000
    UNSUPPORTED_PROTOCOL = 4001
    OUT_OF_STATE = 4002
    HELLO_TIMEOUT = 4003
    BAD_TOKEN = 4004
    RATE_LIMITED = 4005
    SLOW_CLIENT = 4006
    REPLACED = 4007
    ROOM_ENDED = 4008
    ROOM_FAILED = 4009
    KICKED = 4010
    SILENT = 4011
    LEFT = 4012
    FINGERPRINT = 4013
    UNAVAILABLE = 4014


CLOSE_SENTENCES: dict[CloseReason, str] = {
    CloseReason.GOING_AWAY: "The server is stopping; come back soon.",
    CloseReason.MESSAGE_TOO_BIG: "A message was larger than the server takes.",
    CloseReason.INTERNAL_ERROR: "The server made a mistake; it is in its log.",
    CloseReason.MALFORMED: "A message could not be read.",
    CloseReason.UNSUPPORTED_PROTOCOL: "The server does not speak this protocol version.",
    CloseReason.OUT_OF_STATE: "A message came at a time when it is not allowed.",
    CloseReason.HELLO_TIMEOUT: "No hello came in time.",
    CloseReason.BAD_TOKEN: "The token opens no seat in this room.",
    CloseReason.RATE_LIMITED: "Too many messages came in a second.",
    CloseReason.SLOW_CLIENT: "The client did not read what the server sent.",
    CloseReason.REPLACED: "Another connection of the same player took over.",
    CloseReason.ROOM_ENDED: "The room has ended.",
    CloseReason.ROOM_FAILED: "The game made a mistake and its room was stopped.",
    CloseReason.KICKED: "The host or an admin removed this player.",
    CloseReason.SILENT: "Nothing was heard from the client for too long.",
    CloseReason.LEFT: "The player left.",
    CloseReason.FINGERPRINT: "This room needs a client with the same rules.",
    CloseReason.UNAVAILABLE: "The server cannot keep this session now; try again later.",
}


class Message(Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """The base of everything on the wire: an immutable array that takes no extra fields, and is in no cycle of references."""


# Client to server: inside a bundle -----------------------------------------------------------------------------------


class Input(Message, frozen=True, tag=1):
    """The state of a player's keys and axes at the client's tick `tick`.

    `held` has a bit for each key of `InputSchema.keys` that is down; `pressed` for each that went down since the
    last input, so that a key pressed and released between two ticks is not lost. `axes` are in 1/AXIS_SCALE.

    The server applies it in its own tick `tick`, at once where that is over. `view` says how far behind `tick` the view was that
    the player saw, in 1/VIEW_STEPS of a tick (0: not told). `before` has the last MAX_RESENT
    inputs before it that changed something and that the server has not confirmed: packed records, the oldest first, of how many
    ticks before (u8), held and pressed (u32), view (u16), and as many axes (i16) as there are in `axes`.
    """

    tick: Tick
    held: Uint32 = 0
    pressed: Uint32 = 0
    axes: Annotated[list[Int16], Meta(max_length=MAX_AXES)] = []
    view: Uint16 = 0
    before: (
        Annotated[bytes, Meta(max_length=MAX_RESENT * (11 + 2 * MAX_AXES))]
        | Annotated[list[int], Meta(max_length=MAX_RESENT * (4 + MAX_AXES))]
    ) = b""


class Command(Message, frozen=True, tag=2):
    """A command of the game's, by name; it enters the next tick. `id` comes back in an `Answer` when it is refused.

    Ids of commands and requests ascend, from `Welcome.last_id` + 1 on; one that is not above the last is a duplicate.
    """

    id: Uint32
    name: Name
    body: Raw


class Request(Message, frozen=True, tag=3):
    """A question in the manner of REST, answered by an `Answer` with the same id: `get snapshot`, `get roster`."""

    id: Uint32
    verb: Annotated[str, Meta(pattern="^(get|put|post|delete)$")]
    resource: Annotated[str, Meta(min_length=1, max_length=128)]
    body: Raw


class Ping(Message, frozen=True, tag=4):
    """Asks for a `Pong` with the client's time in the next bundle: clock sync and round trip during play."""

    client_time: Milliseconds


class Packet(Message, frozen=True, tag=10):
    """Lock-step: what a player gave while `generation` was the last one begun; one for every generation, empty or not.

    `latency` is the round trip with its jitter (ms), `framerate` the iterations a second that this computer could do (0: not
    known). `checksum` is that of `checksum_generation`, the last that was computed (-1: none). The same packet may come again.
    """

    generation: Uint32
    latency: Uint16
    framerate: Uint16
    checksum_generation: Tick
    checksum: Uint32
    body: Annotated[bytes, Meta(max_length=MAX_BODY)] = b""


class DumpPart(Message, frozen=True, tag=11):
    """Lock-step: part `place` of `count` of the state after `generation`, as `Diverged` asked: MessagePack, zlib, cut.

    A `count` of 0, with place 0 and no data: there is none, or it is too large to be sent.
    """

    generation: Uint32
    place: Uint16
    count: Uint16
    data: Annotated[bytes, Meta(max_length=MAX_PART)]


class Rerun(Message, frozen=True, tag=12):
    """Lock-step: the checksum of `generation`, computed again from the confirmed one, as `Diverged` asked."""

    generation: Uint32
    checksum: Uint32


ClientItem = Input | Command | Request | Ping | Packet | DumpPart | Rerun


# Client to server: messages ------------------------------------------------------------------------------------------


class Hello(Struct, frozen=True, array_like=True, tag=1):
    """The first message. Extra fields are let through, so that a later protocol's hello is refused for its version.

    `fingerprint` is the client's own, or empty. `last_tick` and `last_time` are the tick and the server_time of the last bundle
    that was read before a reconnect, or -1: what was told since is told after the snapshot. In a lock-step room `match` and
    `generation` are the number of the match that its engine runs (0: none) and the last generation that it has of it.
    """

    protocol: Uint32
    token: Annotated[str, Meta(max_length=128)] = ""
    fingerprint: Annotated[str, Meta(max_length=128)] = ""
    last_tick: Tick = -1
    last_time: Milliseconds = -1.0
    match: Uint32 = 0
    generation: Tick = -1


class Sync(Message, frozen=True, tag=2):
    """A clock-sync ping outside the bundles, answered at once; at most 8 after the welcome."""

    client_time: Milliseconds


class ClientBundle(Message, frozen=True, tag=3):
    """Everything that a client says in one tick. `ack` is the tick of the last server bundle it has applied."""

    tick: Tick
    ack: Tick
    items: Annotated[list[ClientItem], Meta(max_length=MAX_ITEMS)] = []


ClientMessage = Hello | Sync | ClientBundle


# Server to client: what a welcome describes --------------------------------------------------------------------------


class InputSchema(Message, frozen=True):
    """The game's keys and axes, in the order of their bits and places.

    `bindings` names for each key the browser's `KeyboardEvent.code`s (and `Pointer0`, `Gamepad0`..) that press it.
    """

    keys: list[str]
    axes: list[str]
    bindings: dict[str, list[str]]


class FieldSchema(Message, frozen=True):
    """A field of a component or an event. `step` > 0: it travels as round(value / step)."""

    name: str
    type: str
    step: float = 0.0


class ComponentSchema(Message, frozen=True):
    """A replicated component: `audience` is `near`, `owner`, `team` or `always`."""

    name: str
    audience: str
    fields: list[FieldSchema]


class EventSchema(Message, frozen=True):
    """An event that may reach clients: its body is an array of these fields."""

    name: str
    fields: list[FieldSchema]


class KindSchema(Message, frozen=True):
    """How a page without the game's own view draws an entity of this kind.

    `shape` is `circle` or `box`, `colour` a CSS colour, `layer` the drawing order (low first), `label` whether the owner's
    name stands above.
    """

    name: str
    shape: str
    colour: str
    layer: int
    label: bool


class Steps(Message, frozen=True):
    """How numbers travel: x = origin_x + qx * position; speed = q * velocity; size = q * size (world units).

    `position_bits` (16 or 32) is the width of qx and qy in packed columns.
    """

    origin_x: float
    origin_y: float
    position: float
    velocity: float
    size: float
    position_bits: int


class GameSchema(Message, frozen=True):
    """What a client must know of a game to decode its bundles and to draw it. Lists are indexed by the wire."""

    name: str
    title: str
    version: str
    width: float
    height: float
    inputs: InputSchema
    kinds: list[KindSchema]
    components: list[ComponentSchema]
    events: list[EventSchema]
    commands: list[str]
    steps: Steps
    view: str = ""
    """Address of the game's own JavaScript view module on this server, or empty."""
    map: MapHeader | None = None
    """What the numbers of the tile map mean (docs/maps.md), or null where the game has none."""
    rewind: Uint16 = 0
    """How far back (ms) the server looks for what a shooter saw. 0: nowhere, and `Input.view` is for nothing."""


class PlayerRecord(Message, frozen=True):
    """A player of the room as all others see it."""

    player: PlayerNumber
    player_id: str
    name: str
    connected: bool
    team: int = -1


class EntityRecord(Message, frozen=True):
    """A SceneEntity in full. `slot` names it on the wire until it leaves; `id` is the entity's own, never reused.

    `angle` is in 1/ANGLE_STEPS of a turn. `components` are (index in `GameSchema.components`, values in field order).
    """

    slot: Uint16
    id: Uint32
    kind: Uint16
    owner: PlayerNumber
    x: Int64
    y: Int64
    vx: Int64
    vy: Int64
    w: Int64
    h: Int64
    angle: Uint16
    state: str
    components: list[tuple[int, list[Any]]]


EXACT_MOTION = -4
EXACT_COMPONENT = -5
"""`Change.component` of what only a client that predicts is told, of its own entities."""


class Change(Message, frozen=True):
    """One replicated component of one entity, new; values None: removed. Index -1: `[w, h]`; -2: `[state]`; -3: `[owner]`.

    In the `Private` of a client that may predict also -4: `[x, y, angle, vx, vy, spin]`, exact, null for what is as told before;
    and -5: `[name, [fields]]` of a component that only who predicts is told exactly, the name alone: removed (docs/protocol.md).
    """

    slot: Uint16
    component: int
    values: list[Any] | None


# Server to client: inside a bundle -----------------------------------------------------------------------------------


class Snapshot(Message, frozen=True, tag=1):
    """Every SceneEntity that the client sees. Replaces all that it knew."""

    snapshot_id: Tick
    entities: list[EntityRecord]


class Diff(Message, frozen=True, tag=2):
    """What changed from snapshot `base` to `snapshot_id`. A client that does not hold `base` asks for a snapshot.

    Packed columns: `moved` is (slot u16, qx, qy) with qx, qy of `Steps.position_bits`, a place; `nudged` is (slot u16, dx i8,
    dy i8), a way from the place in `base`; `velocities` is (slot u16, vx i16, vy i16); `angles` is (slot u16, angle u16).
    Apply in this order: left, entered, moved, nudged, velocities, angles, changed.
    """

    base: Tick
    snapshot_id: Tick
    left: list[Uint16]
    entered: list[EntityRecord]
    moved: Packed
    nudged: Packed
    velocities: Packed
    angles: Packed
    changed: list[Change]


class Private(Message, frozen=True, tag=3):
    """Components that only this client may see (audience `owner` or `team`); follows the snapshot or diff of `snapshot_id`.

    With `full` true they replace all private components that the client knew.
    """

    snapshot_id: Tick
    full: bool
    changed: list[Change]


class Happened(Message, frozen=True, tag=4):
    """An event: index in `GameSchema.events`, the tick it happened in, and its fields as an array."""

    event: Uint16
    tick: Tick
    body: list[Any]


class Roster(Message, frozen=True, tag=5):
    """Players of the room whose records are new, and the numbers of those who left for good.

    The welcome has the whole roster; with `full` true this replaces it.
    """

    full: bool
    players: list[PlayerRecord]
    left: list[PlayerNumber]


class RoomState(Message, frozen=True, tag=6):
    """The room's state as a dotted path (`running.iterating`), and a sentence about why."""

    state: str
    detail: str = ""


class Answer(Message, frozen=True, tag=7):
    """The answer to a `Request`, or to a `Command` that was refused: `status` as in HTTP, `body` a value or a sentence."""

    id: Uint32
    status: int
    body: Any


class Pong(Message, frozen=True, tag=8):
    """The answer to a `Ping`: `received` and the bundle's `server_time` let the client take the waiting out."""

    client_time: Milliseconds
    received: Milliseconds


class Notice(Message, frozen=True, tag=9):
    """A sentence for the player, from the server or the game."""

    text: Text


class Said(Message, frozen=True, tag=10):
    """A line of chat. `channel` is `room`, `near` or `team`. It is text, never markup.

    `name` is what the speaker was called then; in the answer to `get chat`, `player` is -1 for who has left since.
    """

    player: PlayerNumber
    channel: str
    text: Text
    name: str


class Chunk(Message, frozen=True, tag=11):
    """A chunk of the tile map in full: chunk (x, y) of region (region_x, region_y), as docs/maps.md lays its tiles out.

    `version` stands for the tiles: equal versions, equal tiles.
    """

    region_x: Uint16
    region_y: Uint16
    x: Uint16
    y: Uint16
    version: Int64
    tiles: bytes


class ChunkChanged(Message, frozen=True, tag=12):
    """Tiles of a chunk that changed from version `base` to `version`. Who does not hold `base` asks for the chunk.

    `tiles` is a packed column of (cell u32, value u16); a cell's number is layer * size * size + y * size + x.
    """

    region_x: Uint16
    region_y: Uint16
    x: Uint16
    y: Uint16
    base: Int64
    version: Int64
    tiles: Packed


class Away(Message, frozen=True, tag=13):
    """The server stops now and closes with GOING_AWAY: come back after so long, with the same token, to the same seat."""

    milliseconds: Milliseconds


class Configuration(Message, frozen=True, tag=20):
    """Lock-step: the whole setup, at each change and to whoever comes.

    `revision` goes up with each change of `options` (the room's) or `players` (each with the options that are the player's).
    `ready` have committed to it; `host` may start alone (-1: nobody). `refusal` is why the engine did not begin with it.
    """

    revision: Uint32
    options: dict[str, Any]
    players: list[tuple[PlayerNumber, dict[str, Any]]]
    ready: list[PlayerNumber]
    host: PlayerNumber
    refusal: str


class Match(Message, frozen=True, tag=21):
    """Lock-step: a match, as it begins and to whoever comes into it: what the engine's `init` takes.

    Commands of generation G run in G + `delay`. `iteration_ms` is how long an iteration is meant to be. `generation` is the last
    that was told; what the client lacks up to there follows as `History`. A bundle of tick T has told T - first_tick - 1.
    `Packet.body` has at most `max_body` bytes.
    """

    number: Uint32
    seed: Int64
    setup: Any
    delay: Uint16
    iteration_ms: Uint16
    checksum_interval: Uint16
    first_tick: Tick
    generation: Tick
    max_body: Uint16


class Master(Message, frozen=True, tag=22):
    """Lock-step: run this generation: `bodies` are (player, commands) by player, then `iterations` of `iteration_ms`.

    All agreed on `checksum` for the earlier `checksum_generation` (-1: none yet).
    """

    generation: Uint32
    iterations: Uint16
    iteration_ms: Uint16
    bodies: list[tuple[PlayerNumber, bytes]]
    checksum_generation: Tick
    checksum: Uint32


class History(Message, frozen=True, tag=23):
    """Lock-step: the generations `first` to `first + count - 1`: a MessagePack array of Master, packed by zlib.

    One that begins at 0 is for an engine that is begun anew.
    """

    first: Uint32
    count: Uint32
    data: bytes


class Diverged(Message, frozen=True, tag=24):
    """Lock-step: the checksums of `generation` differ; on `confirmed` all agreed (-1: on nothing but the setup).

    `wrong` are known to be wrong; empty: nobody is known to be right. With `dump` the state after `generation` is asked for, as
    DumpPart; with `rerun` the checksum of `generation`, computed again from the state after `confirmed`.
    """

    generation: Uint32
    confirmed: Tick
    wrong: list[PlayerNumber]
    dump: bool
    rerun: bool


class Reseed(Message, frozen=True, tag=25):
    """Lock-step: part `place` of `count` of the right state after `generation`, to be loaded; what followed is in `History`."""

    generation: Uint32
    place: Uint16
    count: Uint16
    data: bytes


class Slowest(Message, frozen=True, tag=26):
    """Lock-step: for whom generations are longer than they would be, when that changes and to whoever comes into a match.

    `by` is `latency` (generations have more iterations: `value` ms there and back) or `framerate` (iterations are longer:
    `value` a second could be computed), as far as the server believes it. `player` is -1, and `by` empty: nobody.
    """

    player: PlayerNumber
    by: str
    value: Uint16


class Playback(Message, frozen=True, tag=14):
    """For a viewer (`Welcome.player` is -1): what is watched, and how. Told at first and whenever it changes.

    There are the ticks `first` to `last`; `tick` is shown, or has been reached on the way to `goal` (-1: nowhere).
    `speed` is how many times as fast as they were played ticks are shown; 0: it stands still. When `jumps` is another number
    than before, the bundle that says so begins anew elsewhere, with a snapshot: nothing that was shown before has to do with it,
    and ticks may be lower. It counts for the whole of its bundle, wherever it stands there.
    `follow` is the player whose view is shown. `delay` is how much later than it happens a living room is shown (ms); -1: it is
    a replay, and `controlled` says whether the viewer may say what is shown (`put playback`).
    """

    first: Tick
    last: Tick
    tick: Tick
    goal: Tick
    speed: Annotated[float, Meta(ge=0, le=64)]
    jumps: Uint32
    follow: PlayerNumber
    delay: Milliseconds
    controlled: bool


ServerItem = (
    Snapshot
    | Diff
    | Private
    | Happened
    | Roster
    | RoomState
    | Answer
    | Pong
    | Notice
    | Said
    | Chunk
    | ChunkChanged
    | Away
    | Configuration
    | Match
    | Master
    | History
    | Diverged
    | Reseed
    | Slowest
    | Playback
)


# Server to client: messages ------------------------------------------------------------------------------------------


class Welcome(Message, frozen=True, tag=1):
    """The answer to a hello. `prediction` is empty when the client may predict, else the reason why not.

    `unix_time` is the server's wall clock in ms. The first snapshot is in the first bundle that follows. `token` is for the
    next hello: keep it before the first bundle goes out, which acknowledges it and voids the one of this hello.
    `last_input` is the tick of the last input that was ever heard from this seat, `last_id` the highest id of a command or
    request: the client counts on above both.
    """

    protocol: Uint32
    room_id: str
    model: str
    player_id: str
    player: PlayerNumber
    tick_rate: int
    tick: Tick
    server_time: Milliseconds
    unix_time: Milliseconds
    fingerprint: str
    prediction: str
    state: str
    schema: GameSchema
    roster: list[PlayerRecord]
    token: str
    last_input: Tick
    last_id: Uint32


class SyncReply(Message, frozen=True, tag=2):
    """The answer to a `Sync`, sent at once."""

    client_time: Milliseconds
    server_time: Milliseconds


class ServerBundle(Message, frozen=True, tag=3):
    """Everything that the server says in one tick. `last_input` is the client tick of the last input it has applied.

    `last_id` is the highest id of a command or request of this player that was heard and is kept, whatever happens to the
    server: what is above it is sent again after a reconnect.

    `input_lead` is how much earlier than its tick the newest input came (ms), refused or not, below 0 how much later: a client
    whose inputs come late runs a little faster, one whose inputs come early slower. While `tick` stands still it says nothing.
    """

    tick: Tick
    server_time: Milliseconds
    last_input: Tick
    last_id: Uint32
    input_lead: Annotated[int, Meta(ge=-INPUT_LEAD_LIMIT, le=INPUT_LEAD_LIMIT)]
    items: list[ServerItem]


ServerMessage = Welcome | SyncReply | ServerBundle
