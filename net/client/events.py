"""What a client hands to its program, in the order it happened."""

from dataclasses import dataclass
from typing import Any

from ecs.chunk import ChunkKey
from net.client.entity import Entity
from net.protocol import (
    Configuration,
    Diverged,
    History,
    Master,
    Match,
    Playback,
    PlayerRecord,
    Reseed,
    Slowest,
    Welcome,
)


@dataclass(slots=True, frozen=True)
class Welcomed:
    """The server took this client in; again after each reconnect. The first snapshot follows."""

    welcome: Welcome


@dataclass(slots=True, frozen=True)
class Ticked:
    """One bundle of the server's is applied whole: everything before this event belongs to `tick`."""

    tick: int
    server_time: float
    """The server's monotonic clock (ms)."""
    last_input: int
    """The tick of the last input of ours that it has in it."""


@dataclass(slots=True, frozen=True)
class EntityEntered:
    """An entity came into view, or into being."""

    entity: Entity


@dataclass(slots=True, frozen=True)
class EntityLeft:
    """An entity went out of view, or is no more."""

    entity: Entity


@dataclass(slots=True, frozen=True)
class GameEvent:
    """An event of the game's, with the fields that the game declares (`event.body.victim`)."""

    name: str
    tick: int
    body: Any


@dataclass(slots=True, frozen=True)
class RosterChanged:
    """The players of the room, all of them."""

    players: list[PlayerRecord]


@dataclass(slots=True, frozen=True)
class RoomStateChanged:
    """The room's state as a dotted path, and a sentence about why."""

    state: str
    detail: str


@dataclass(slots=True, frozen=True)
class Answered:
    """The answer to the request or command of this id; `status` as in HTTP, `body` a value or a sentence."""

    id: int
    status: int
    body: Any


@dataclass(slots=True, frozen=True)
class Noticed:
    """A sentence for the player."""

    text: str


@dataclass(slots=True, frozen=True)
class Spoken:
    """A player's line of chat, on the channel `room`, `near` or `team`. It is text, never markup."""

    player: int
    channel: str
    text: str
    name: str


@dataclass(slots=True, frozen=True)
class PlaybackChanged:
    """For a viewer: what is watched, and how. With another number of `jumps` the scene begins anew elsewhere."""

    playback: Playback


@dataclass(slots=True, frozen=True)
class ServerAway:
    """The server stops now, and is back after so long (ms): a Disconnected follows, and another try after that time."""

    milliseconds: float


@dataclass(slots=True, frozen=True)
class ChunkArrived:
    """A chunk of the tile map is there in full: read it from the client's `map`."""

    key: ChunkKey


@dataclass(slots=True, frozen=True)
class TilesChanged:
    """Tiles of a chunk changed: cell (layer * size * size + y * size + x) -> new value. The `map` has them already."""

    key: ChunkKey
    cells: dict[int, int]


LockstepItem = Configuration | Match | Master | History | Diverged | Reseed | Slowest


@dataclass(slots=True, frozen=True)
class LockstepTold:
    """What the server of a lock-step room says of setup and match: for `net/client/lockstep.py`."""

    item: LockstepItem


@dataclass(slots=True, frozen=True)
class Disconnected:
    """The connection is gone. `retry_in` is the wait before the next attempt (ms), or None when there is none."""

    code: int
    sentence: str
    retry_in: float | None


ClientEvent = (
    Welcomed
    | Ticked
    | EntityEntered
    | EntityLeft
    | GameEvent
    | RosterChanged
    | RoomStateChanged
    | Answered
    | Noticed
    | Spoken
    | ServerAway
    | PlaybackChanged
    | ChunkArrived
    | TilesChanged
    | LockstepTold
    | Disconnected
)
