"""All rooms of this server: making, finding and ending them. Of an ended room its journal is kept, and its id."""

import secrets
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import perf_counter_ns

from msgspec.structs import replace

from app.config import Config
from app.journals.journals import Journals
from app.journals.keeper import Keeper
from app.journals.saving import Saving
from app.rooms.entry import Entry
from app.rooms.lockstep import LockstepOptions, lockstep_room
from app.rooms.referee import Referees
from app.rooms.rules import default_rules
from app.rooms.schedule import OwnSchedule, Schedule
from app.store.store import Store
from net.hosted import HostedGame
from net.journal.records import Header
from net.journal.writer import JournalWriter, writer_for
from net.lockstep.room import LockstepRoom
from net.players.seats import RoomRefusal
from net.protocol import CloseReason
from net.rooms.base_room import BaseRoom
from net.rooms.room import Room
from net.rooms.step import RoomStep
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


class RoomHeld(RoomRefusal):
    """The room is kept and does not run: its journal waits for an operator, whom the log tells why. The reason is for players."""

    status = 503

    def __init__(self) -> None:
        super().__init__(
            "This room is kept and does not run now: whoever runs this server has to look at it first."
        )


class TooManyRooms(Exception):
    """No further room may be made. `everybody` says whether for anybody, or for this address only."""

    def __init__(self, sentence: str, *, everybody: bool) -> None:
        self.everybody = everybody
        super().__init__(sentence)


@dataclass(frozen=True, slots=True)
class HeldRoom:
    """A room of which there is a journal and no more."""

    room_id: str
    reason: str
    """In the operator's words."""
    header: Header | None = None
    """What its journal says of it, where that can be read."""
    tick: int = 0
    """Of its last keyframe."""


class RoomDirectory:
    """The rooms by id, in the order of their making. Times are monotonic ms."""

    def __init__(
        self,
        config: Config,
        clock: Callable[[], float],
        epoch: float,
        store: Store,
        journals: Journals | None = None,
        referees: Referees | None = None,
    ) -> None:
        """`clock` gives ms; `epoch` is the wall clock (unix ms) at its time 0. Without journals rooms end with the server."""
        self.referees = referees
        self.saving = Saving(store.saves)
        self.keeper = Keeper(clock, self.saving, journals)
        self.engines = store.engines
        self._store = store
        self._config = config
        self.held: dict[str, HeldRoom] = {}
        """Rooms that could not be resumed, by id."""
        self._settings = room_settings(config)
        self._epoch = epoch
        self._entries: dict[str, Entry] = {}
        self._ended: deque[str] = deque(maxlen=REMEMBERED)
        if self.keeper.journals is not None:
            self._ended.extend(self.keeper.journals.ended_ids(REMEMBERED))
        self.clock = clock
        self.on_due: Callable[[Entry], None] = lambda _: None
        """Called when a room is new, or due earlier than it was; the loop's."""

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        """A copy, so that rooms may end while it is walked."""
        return iter(list(self._entries.values()))

    def create(
        self,
        hosted: HostedGame,
        name: str,
        creator: str,
        max_players: int = 0,
        options: LockstepOptions | None = None,
    ) -> Entry:
        """Make a room; `options` are of a lock-step one. Raises TooManyRooms, net.lockstep.setup.SetupRefused, or whatever the
        game's own `create` raises."""
        self._check_room_for_one_more(creator)
        room_id = self._new_id()
        journal = writer_for(hosted.game.model) if self.keeper.journals is not None else None
        room = self.make(room_id, hosted, secrets.randbits(63), max_players, journal, options)
        entry = Entry(room, name or hosted.schema.title, creator, schedule_of(room, self.clock()))
        try:
            entry.journal = self.keeper.begin(room, entry.name, creator)
        except BaseException:
            room.end(CloseReason.ROOM_ENDED)
            raise
        self.add(entry)
        return entry

    def make(
        self,
        room_id: str,
        hosted: HostedGame,
        seed: int,
        max_players: int = 0,
        journal: JournalWriter | None = None,
        options: LockstepOptions | None = None,
    ) -> BaseRoom:
        """A room that is not in the directory yet. Raises what the game's own `create` raises."""
        settings = self._settings
        if max_players:
            fewer = min(max_players, settings.max_players or max_players)
            settings = replace(settings, max_players=fewer)
        if hosted.game.model == "lockstep":
            room = lockstep_room(
                room_id, hosted, options or LockstepOptions(rules=default_rules(self._config.lockstep)),
                seed=seed, settings=settings, now=self.clock(),
                epoch=self._epoch, sessions=self._store.sessions, journal=journal, referees=self.referees,
            )  # fmt: skip
            room.on_due = lambda: self._is_due(room_id)
            return room
        return Room(
            room_id,
            hosted,
            seed=seed,
            settings=settings,
            now=self.clock(),
            epoch=self._epoch,
            timer=perf_counter_ns,
            sessions=self._store.sessions,
            journal=journal,
        )

    def add(self, entry: Entry) -> None:
        """Take a room in: its first tick is due now."""
        entry.schedule = schedule_of(
            entry.room, self.clock()
        )  # what came before is no delay of its first tick
        self._entries[entry.room.room_id] = entry
        self.on_due(entry)

    def _is_due(self, room_id: str) -> None:
        """A room is due earlier than it was."""
        entry = self._entries.get(room_id)
        if entry is not None:
            self.on_due(entry)

    def hold(self, held: HeldRoom) -> None:
        """There is a room that cannot run: it is listed, and who comes is told why."""
        self.held[held.room_id] = held

    def entry(self, room_id: str) -> Entry:
        """The entry of a room that has not ended. Raises RoomMissing, RoomHeld."""
        entry = self._entries.get(room_id)
        if entry is None:
            self._check_held(room_id)
            raise RoomMissing(room_id[:64], ended=room_id in self._ended)
        return entry

    def find(self, room_id: str) -> BaseRoom | None:
        """The room, if there is one now. Raises RoomHeld."""
        entry = self._entries.get(room_id)
        if entry is None:
            self._check_held(room_id)
        return entry.room if entry else None

    def _check_held(self, room_id: str) -> None:
        if room_id in self.held:
            raise RoomHeld

    def end(self, entry: Entry, reason: CloseReason, sentence: str = "") -> RoomStep:
        """End a room for good and forget it. The answer is what is still to be said to its clients."""
        step = entry.room.end(reason, sentence)
        self.forget(entry, step)
        return step

    def stop(self, entry: Entry, away: float) -> RoomStep:
        """Stop a room that is to go on when the server does, in `away` ms. The answer likewise; nothing of the game where it
        could not be kept."""
        if entry.journal is None:
            return self.end(entry, CloseReason.GOING_AWAY)
        del self._entries[entry.room.room_id]
        step = entry.room.stop(self.clock(), away)
        if not self.keeper.stopped(entry, step):
            step.outgoing = []
        return step

    def forget(self, entry: Entry, step: RoomStep) -> None:
        """Drop a room that has ended; `step` is its last."""
        if self._entries.pop(entry.room.room_id, None) is not None:
            self._ended.append(entry.room.room_id)
            self.keeper.ended(entry, step)

    def is_abandoned(self, entry: Entry, now: float) -> bool:
        """Whether a room has been empty for as long as the configuration lets it."""
        since = entry.room.attendance.empty_since
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
            if not (room_id in self._entries or room_id in self._ended or room_id in self.held):
                return room_id


def schedule_of(room: BaseRoom, first: float) -> Schedule | OwnSchedule:
    """When a room is stepped: by its rate, or as it says."""
    return OwnSchedule(room, first) if isinstance(room, LockstepRoom) else Schedule(room.tick_rate, first)


def room_settings(config: Config) -> RoomSettings:
    """The bounds of a room, from the operator's seconds to the room's milliseconds."""
    rooms, limits = config.rooms, config.limits
    return RoomSettings(
        max_players=rooms.max_players or None,
        hello_timeout=rooms.hello_timeout * 1000.0,
        reservation=rooms.reservation * 1000.0,
        seat_kept=rooms.seat_kept * 1000.0,
        token_lifetime=rooms.token_lifetime * 1000.0,
        silence=rooms.silence * 1000.0,
        slow_client=rooms.slow_client * 1000.0,
        max_message_bytes=limits.message_bytes,
        messages_per_second=limits.messages_per_second,
        message_burst=limits.message_burst,
        bytes_per_second=limits.bytes_per_second,
        keyframe_bytes=min(RoomSettings().keyframe_bytes, config.journals.segment_bytes),
        byte_budget=float(limits.byte_budget) or None,
        max_commands=limits.commands,
        max_waiting_items=limits.waiting_items,
    )
