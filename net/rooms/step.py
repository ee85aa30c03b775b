"""What one step of a room wants done outside of it: data, for the loop to keep and to send in this order."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from msgspec import Struct

from net.players.connections import Closing
from net.rooms.outbox import Outgoing
from systems.saves import Save


@dataclass(slots=True)
class RoomStep:
    """The outcome of a step."""

    journal: bytes = b""
    """For the room's journal file, before anything else of the step leaves."""
    keyframe: bool = False
    """Whether the journal's last record is the whole room: a new file may begin here (`Room.begin_journal`)."""
    keyframe_at: int = 0
    """Where in `journal` the keyframe begins: it is written after the saves, for a restart from it does not make them again."""
    saves: list[Save] = field(default_factory=list)
    """Players' saved data for the store, after the journal and before the bundles."""
    outgoing: Outgoing = field(default_factory=list)
    closing: Closing = field(default_factory=list)
    """Sessions to close after their bytes are written, with the sentence for the player."""
    server_wide: list[object] = field(default_factory=list)
    """Events for the other rooms of the same game: hand each to their `deliver`."""
    vacated: list[str] = field(default_factory=list)
    """Players, by id, who never took the seat that they had reserved, and have it no more: the game has not heard of them."""
    reports: Sequence[Struct] = ()
    """Of divergences in a lock-step room (net/lockstep/inquest.py), to be kept."""
    failure: Exception | None = None
    """The game's mistake that ended the room."""
    mistakes: list[str] = field(default_factory=list)
    """Those of the game that the room goes on after."""
    slowest: tuple[str, int] | None = None
    """The slowest system of the tick and its time (ns), where the room has a timer."""
