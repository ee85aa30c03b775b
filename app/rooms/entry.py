"""What the server knows of a room beside the room itself."""

from dataclasses import dataclass, field

from app.journals.journals import RoomJournal
from app.rooms.schedule import OwnSchedule, Schedule
from net.rooms.base_room import BaseRoom
from net.rooms.step import RoomStep


@dataclass(slots=True, eq=False)
class Entry:
    """A room of the directory: what the server knows of it beside the room itself."""

    room: BaseRoom
    name: str
    creator: str
    """The address that created it, as limits count addresses."""
    schedule: Schedule | OwnSchedule
    journal: RoomJournal | None = None
    """Where what enters the room is written; None: it ends with the server."""
    private_changes: int = 0
    """How many of the room's changes of what is private have been kept."""
    held: RoomStep | None = None
    """A step that could not be kept: nothing of it has left, and the room stands still until it is."""
    retry_at: float = 0.0
    """When to try again (ms)."""
    untold: int = 0
    """Events from other rooms that were too many to wait, and that the log has not counted yet."""
    untold_at: float = field(default=float("-inf"))
    """When it last did (ms)."""
    mistaken_at: float = field(default=float("-inf"))
    """When the log was last told of a mistake of the game's that the room goes on after (ms)."""
    overruns: int = 0
    warned_at: float = field(default=float("-inf"))

    @property
    def is_watchable(self) -> bool:
        """Whether there is a journal to be shown, of a room whose ticks the server runs."""
        return self.journal is not None and self.room.hosted.game.model == "authoritative"
