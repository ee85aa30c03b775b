"""All rooms of this server: making, finding and ending them. Nothing of an ended room is kept but its id."""

import secrets
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from time import perf_counter_ns

from msgspec.structs import replace

from app.config import Config
from app.saving import Saving
from app.schedule import Schedule
from app.store.store import Store
from net.hosted import HostedGame
from net.protocol import CloseReason
from net.room import Room, RoomStep
from net.settings import RoomSettings

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Letters and digits that nobody mistakes for others when a room's id is read aloud."""
ID_LENGTH = 8
"""31^8 = 8.5e11 rooms: nobody guesses one, and two never meet."""
REMEMBERED = 1_000
"""Ids of ended rooms that are told from unknown ones."""


class RoomMissing(Exception):
    """There is no such room now. `ended` says whether there was one."""

    def __init__(self, room_id: str, *, ended: bool) -> None:
        self.ended = ended
        super().__init__(f"the room {room_id!r} has ended" if ended else f"there is no room {room_id!r}")


class TooManyRooms(Exception):
    """No further room may be made. `everybody` says whether for anybody, or for this address only."""

    def __init__(self, sentence: str, *, everybody: bool) -> None:
        self.everybody = everybody
        super().__init__(sentence)


@dataclass(slots=True, eq=False)
class Entry:
    """A room of the directory: what the server knows of it beside the room itself."""

    room: Room
    name: str
    creator: str
    """The address that created it, as limits count addresses."""
    schedule: Schedule
    overruns: int = 0
    warned_at: float = field(default=float("-inf"))
    unsaved_at: float = field(default=float("-inf"))
    """When it was last said that players' saved data could not be written."""


class RoomDirectory:
    """The rooms by id, in the order of their making. Times are monotonic ms."""

    def __init__(self, config: Config, clock: Callable[[], float], epoch: float, store: Store) -> None:
        """`clock` gives ms; `epoch` is the wall clock (unix ms) at its time 0."""
        self.saving = Saving(store.saves)
        self._store = store
        self._config = config
        self._settings = room_settings(config)
        self._epoch = epoch
        self._entries: dict[str, Entry] = {}
        self._ended: deque[str] = deque(maxlen=REMEMBERED)
        self._clock = clock
        self.on_made: Callable[[], None] = lambda: None
        """Called when there is one more room; the loop's."""

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        """A copy, so that rooms may end while it is walked."""
        return iter(list(self._entries.values()))

    def create(self, hosted: HostedGame, name: str, creator: str, max_players: int = 0) -> Entry:
        """Make a room. Raises TooManyRooms, or whatever the game's own `create` raises."""
        self._check_room_for_one_more(creator)
        settings = self._settings
        if max_players:
            fewer = min(max_players, settings.max_players or max_players)
            settings = replace(settings, max_players=fewer)
        room_id = self._new_id()
        seed = secrets.randbits(63)
        room = Room(
            room_id,
            hosted,
            seed=seed,
            settings=settings,
            now=self._clock(),
            epoch=self._epoch,
            timer=perf_counter_ns,
            sessions=self._store.sessions,
        )
        first_tick = self._clock()  # making a room takes a while, which is no delay of its first tick
        schedule = Schedule(room.tick_rate, first_tick)
        entry = Entry(room, name or hosted.schema.title, creator, schedule)
        self._entries[room_id] = entry
        self.on_made()
        return entry

    def entry(self, room_id: str) -> Entry:
        """The entry of a room that has not ended. Raises RoomMissing."""
        entry = self._entries.get(room_id)
        if entry is None:
            raise RoomMissing(room_id[:64], ended=room_id in self._ended)
        return entry

    def find(self, room_id: str) -> Room | None:
        """The room, if there is one now."""
        entry = self._entries.get(room_id)
        return entry.room if entry else None

    def end(self, entry: Entry, reason: CloseReason, sentence: str = "") -> RoomStep:
        """End a room and forget it. The answer is what is still to be said to its clients."""
        step = entry.room.end(reason, sentence)
        self.forget(entry, step)
        return step

    def forget(self, entry: Entry, last: RoomStep) -> None:
        """Drop a room that has ended, with this as its last step."""
        if self._entries.pop(entry.room.room_id, None) is not None:
            self._ended.append(entry.room.room_id)
            self.saving.over(entry.room, last)

    def is_abandoned(self, entry: Entry, now: float) -> bool:
        """Whether a room has been empty for as long as the configuration lets it."""
        since = entry.room.empty_since
        return since is not None and now - since > self._config.rooms.empty_timeout * 1000.0

    def _check_room_for_one_more(self, creator: str) -> None:
        limits = self._config.limits
        if len(self._entries) >= limits.rooms:
            raise TooManyRooms(f"the server has {limits.rooms} rooms and takes no more", everybody=True)
        if sum(entry.creator == creator for entry in self._entries.values()) >= limits.rooms_per_address:
            sentence = f"one address may have {limits.rooms_per_address} rooms at a time"
            raise TooManyRooms(sentence, everybody=False)

    def _new_id(self) -> str:
        while True:
            room_id = "".join(secrets.choice(ALPHABET) for _ in range(ID_LENGTH))
            if room_id not in self._entries and room_id not in self._ended:
                return room_id


def room_settings(config: Config) -> RoomSettings:
    """The bounds of a room, from the operator's seconds to the room's milliseconds."""
    rooms, limits = config.rooms, config.limits
    return RoomSettings(
        max_players=rooms.max_players or None,
        hello_timeout=rooms.hello_timeout * 1000.0,
        reservation=rooms.reservation * 1000.0,
        seat_kept=rooms.seat_kept * 1000.0,
        silence=rooms.silence * 1000.0,
        slow_client=rooms.slow_client * 1000.0,
        max_message_bytes=limits.message_bytes,
        messages_per_second=limits.messages_per_second,
        message_burst=limits.message_burst,
        bytes_per_second=limits.bytes_per_second,
        byte_budget=float(limits.byte_budget) or None,
        max_commands=limits.commands,
        max_waiting_items=limits.waiting_items,
    )
