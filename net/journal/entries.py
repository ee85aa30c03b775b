"""Everything that enters a room, as the journal has it: arrays whose first element is a tag. docs/journal.md lists them.

Times are ticks; bodies are MessagePack, whatever codec the client spoke; there are no addresses and no tokens.
"""

from typing import Annotated, Any

from msgspec import Meta, Raw, Struct

from net.protocol import Int16, PlayerNumber, Tick, Uint16, Uint32

Digest = Annotated[bytes, Meta(max_length=64)]


class Entry(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The base of all entries."""


class InputRow(Entry, frozen=True):
    """One input in full; what the fields are is said by the protocol's `Input`."""

    player: PlayerNumber
    tick: Tick
    held: Uint32
    pressed: Uint32
    axes: list[Int16]
    view: Uint16 = 0


class Inputs(Entry, frozen=True, tag=1):
    """The inputs of one tick, as what differs from the tick before: net/journal/inputs.py."""

    absent: list[PlayerNumber] = []
    again: list[PlayerNumber] = []
    aimed: list[PlayerNumber] = []
    aims: bytes = b""
    rows: list[InputRow] = []


class LateInputs(Entry, frozen=True, tag=2):
    """Inputs that came after their player's connection had changed within the tick: they follow that entry."""

    rows: list[InputRow]


class Join(Entry, frozen=True, tag=3):
    """A player takes a seat; `saved` is what the store had of the player."""

    player: PlayerNumber
    player_id: str
    name: str
    saved: bytes = b""


class Leave(Entry, frozen=True, tag=4):
    """A player gives up the seat."""

    player: PlayerNumber


class Drop(Entry, frozen=True, tag=5):
    """A player's connection is lost."""

    player: PlayerNumber


class Return(Entry, frozen=True, tag=6):
    """A player has a connection again, or another one."""

    player: PlayerNumber


class Order(Entry, frozen=True, tag=7):
    """A command of a player's."""

    player: PlayerNumber
    id: Uint32
    name: str
    body: Raw


class Call(Entry, frozen=True, tag=8):
    """An rpc of a player's."""

    player: PlayerNumber
    id: Uint32
    name: str
    body: Raw


class Line(Entry, frozen=True, tag=9):
    """A line of chat."""

    player: PlayerNumber
    channel: str
    text: str


class Act(Entry, frozen=True, tag=10):
    """Kick, ban, mute (until the tick `until`) or unmute. `marks` are keyed hashes of what a banned player is known by."""

    act: str
    player: PlayerNumber
    reason: str
    until: Tick = -1
    marks: list[Digest] = []


class Transition(Entry, frozen=True, tag=11):
    """An event of the state chart."""

    event: str
    detail: str = ""


class Announcement(Entry, frozen=True, tag=12):
    """A sentence to all players."""

    text: str


class Foreign(Entry, frozen=True, tag=13):
    """An event for everybody that another room of the same game emitted."""

    name: str
    body: Raw


class Canonicalised(Entry, frozen=True, tag=14):
    """Physics was made canonical here, beside the keyframe ticks: a server stopped, or a mod was loaded anew."""


class Ended(Entry, frozen=True, tag=15):
    """The room ended, for good. `reason` is a `CloseReason`."""

    reason: int
    sentence: str = ""


class Chosen(Entry, frozen=True, tag=20):
    """Lock-step: options of the setup get these values, those of `player` or (-1) of the room; null removes one."""

    player: PlayerNumber
    changes: dict[str, Any]


class Readiness(Entry, frozen=True, tag=21):
    """Lock-step: a player commits to the configuration as it is, or withdraws."""

    player: PlayerNumber
    ready: bool


class SetupRefused(Entry, frozen=True, tag=22):
    """Lock-step: the engine does not begin with this configuration."""

    reason: str


class Begun(Entry, frozen=True, tag=23):
    """Lock-step: a match of these players begins. The tick that follows has no generation."""

    seed: int
    setup: dict[str, Any]
    players: list[PlayerNumber]


class Turn(Entry, frozen=True, tag=24):
    """Lock-step: the generation of the tick that follows, as the master packet has it."""

    generation: Uint32
    iterations: Uint16
    iteration_ms: Uint16
    bodies: list[tuple[PlayerNumber, bytes]]
    checksum_generation: Tick
    checksum: Uint32


class PutRight(Entry, frozen=True, tag=25):
    """Lock-step: a player whose game was another one is given the right state; whether that arrives is not known yet."""

    player: PlayerNumber


AnyEntry = (
    Inputs
    | LateInputs
    | Join
    | Leave
    | Drop
    | Return
    | Order
    | Call
    | Line
    | Act
    | Transition
    | Announcement
    | Foreign
    | Canonicalised
    | Ended
    | Chosen
    | Readiness
    | SetupRefused
    | Begun
    | Turn
    | PutRight
)
"""An entry as it is written. Inputs are handed on as (player, Input) pairs by the reader."""
