"""What each client is shown of a tick's changes: all of it, or what is near.

A view is told of a tick once (`observe`) and then asked for each client's diff or snapshot. Records and changes are
encoded once for each codec, whoever gets them.
"""

from collections.abc import Callable, Collection, Sequence
from itertools import chain
from typing import Protocol

import numpy as np

from ecs.world import World
from net.codec import Codec
from net.errors import SceneError
from net.protocol import Change
from net.replication.columns import MotionColumns, whole_columns
from net.replication.diff_writer import DiffWriter
from net.replication.gather import Gathered, Told, gathered, joined
from net.replication.interest import Interest, Sight
from net.replication.pairs import Mask, Pairs
from net.replication.rations import NEAR, Rations
from net.replication.replicate import Changes, Replicator
from net.replication.surroundings import Surroundings


class NotHidden(SceneError):
    """A game hides an entity and has no view_radius, without which a room has one view for all."""


class View(Protocol):
    """How a room shows itself to its players, by player number."""

    @property
    def is_rationed(self) -> bool:
        """Whether it wants to be told what was sent (`sent`)."""

    def observe(self, changes: Changes) -> None:
        """Take a tick's changes; what the view says afterwards is about this tick."""

    def diffs(self, codec: Codec, base: int, tick: int, /) -> Callable[[int], bytes]:
        """What writes each player's `Diff` from `base`, the tick before, encoded."""

    def snapshot(self, player: int, codec: Codec, tick: int, /) -> bytes:
        """The player's `Snapshot`, encoded."""

    def sent(self, player: int, size: int, /) -> None:
        """The player was sent a bundle of so many bytes."""

    def shows(self, player: int, slot: int, /) -> bool:
        """Whether the player sees the entity in a slot."""


def view_of(
    world: World,
    replicator: Replicator,
    radius: float | None,
    bytes_per_second: float | None = None,
    surroundings: Surroundings | None = None,
) -> View:
    """The view of a game: of the whole room, or of what is within `radius` (world units).

    `bytes_per_second` is what a client of the latter may be sent before far things are told less often; `surroundings` say
    who looks from where, the players if nothing else is given.
    """
    if radius is None:
        return WholeRoom(replicator, replicator.steps.position_bits)
    rations = None if bytes_per_second is None else Rations(bytes_per_second, world.game.tick_rate)
    return Vicinity(world, replicator, radius, rations, surroundings)


class WholeRoom:
    """Everybody sees everything: one diff and one snapshot for each codec."""

    def __init__(self, replicator: Replicator, position_bits: int) -> None:
        self._replicator = replicator
        self._position_bits = position_bits
        self._version: object = None
        self._changes: Changes | None = None
        self._diffs: dict[Codec, bytes] = {}
        self._snapshots: dict[Codec, bytes] = {}

    is_rationed = False

    def observe(self, changes: Changes) -> None:
        """Take a tick's changes. Raises NotHidden where an entity is not for everybody."""
        if self._replicator.audience_version is not self._version:
            self._version = self._replicator.audience_version
            self._check()
        self._changes = changes
        self._diffs.clear()
        self._snapshots.clear()

    def diffs(self, codec: Codec, base: int, tick: int) -> Callable[[int], bytes]:
        """The same for every player."""
        diff = self._diffs.get(codec)
        if diff is None:
            diff = self._diffs[codec] = self._write_diff(codec, base, tick)
        return lambda _player: diff

    def snapshot(self, _player: int, codec: Codec, tick: int) -> bytes:
        """The same for every player."""
        if codec not in self._snapshots:
            records = [codec.encode(record) for record in self._replicator.records()]
            self._snapshots[codec] = DiffWriter(codec, -1, tick, self._position_bits).snapshot(records)
        return self._snapshots[codec]

    def sent(self, _player: int, _size: int) -> None:
        """One diff for all cannot be cut for one."""

    def shows(self, _player: int, _slot: int) -> bool:
        """All that there is."""
        return True

    def _check(self) -> None:
        rows = self._replicator.table.rows
        for entity, scene in zip(rows.entities, rows.scenes, strict=True):
            if scene.seen_by not in ("near", "always"):
                raise NotHidden(
                    f"entity {entity} is seen_by {scene.seen_by!r}, but in a game without a view_radius everybody sees all: "
                    "give Game(...) a view_radius"
                )

    def _write_diff(self, codec: Codec, base: int, tick: int) -> bytes:
        changes = self._changes
        if changes is None:
            raise RuntimeError("a diff is asked for before the first tick")
        motion = changes.motion
        return DiffWriter(codec, base, tick, self._position_bits).diff(
            changes.left,
            [codec.encode(record) for record in changes.entered],
            (
                motion.moved.packed(),
                motion.nudged.packed(),
                motion.velocities.packed(),
                motion.angles.packed(),
            ),
            [codec.encode(change) for change in changes.changed],
        )


class Vicinity:
    """Players see what is near their own entity, what is theirs, their team's, and what is shown to everybody."""

    def __init__(
        self,
        world: World,
        replicator: Replicator,
        radius: float,
        rations: Rations | None = None,
        surroundings: Surroundings | None = None,
    ) -> None:
        """`rations` are the clients' budgets of bytes, where there are any."""
        self._world = world
        self._replicator = replicator
        self._interest = Interest(radius)
        self._near = radius * NEAR
        self._rations = rations
        self._position_bits = replicator.steps.position_bits
        self._players: tuple[int, ...] = ()
        self._rows = 0
        """Every number that a player has had is below."""
        self._pieces_of: dict[Codec, _Pieces] = {}
        self._surroundings = surroundings or Surroundings(world, replicator)
        self._tick = _Tick.nothing()

    @property
    def is_rationed(self) -> bool:
        """Whether its clients have budgets."""
        return self._rations is not None

    def observe(self, changes: Changes) -> None:
        """Work out who sees what, and gather the motion that each is sent."""
        gone = self._follow_players()
        self._interest.look(self._rows, self._surroundings.eyes(), gone)
        sight = self._interest.update(self._surroundings.subjects(), changes.left)
        self._tick = _Tick(sight, changes, self._portions(sight, changes))
        self._pieces_of.clear()

    def _follow_players(self) -> list[int]:
        """Who has gone since the tick before, ascending."""
        before, self._players = self._players, self._surroundings.players()
        if self._players == before:
            return []
        self._rows = max(self._rows, max(self._players, default=-1) + 1)
        return sorted(set(before).difference(self._players))

    def _portions(self, sight: Sight, changes: Changes) -> list[tuple[Mask, MotionColumns]]:
        """Who is told which motion: everybody of all that changed, but for those who are short of bytes."""
        if self._rations is None:
            return [(sight.stays, changes.motion)]
        motion, table = changes.motion, self._replicator.table
        columns = (motion.moved, motion.nudged, motion.velocities, motion.angles)
        moving = np.concatenate([column.slots for column in columns])
        close = self._interest.closer_than(self._near)
        portion = self._rations.portion(sight.pairs, sight.stays, close, moving, self._world.tick)
        if portion is None:
            return [(sight.stays, motion)]
        late = np.isin(table.slot_column, sight.pairs.slots[portion.catch_up])
        whole = whole_columns(table.slot_column, table.now, late, self._position_bits)
        return [(portion.follow, motion), (portion.catch_up, whole)]

    def diffs(self, codec: Codec, base: int, tick: int) -> Callable[[int], bytes]:
        """What changed of what a player sees, what came into its view and what left it."""
        writer = DiffWriter(codec, base, tick, self._position_bits)
        return _Diffs(self._tick, self._pieces(codec), writer).of

    def snapshot(self, player: int, codec: Codec, tick: int) -> bytes:
        """All that the player sees."""
        if self._rations is not None:
            self._rations.begin_anew(player)
        pieces = self._pieces(codec)
        writer = DiffWriter(codec, -1, tick, self._position_bits)
        return writer.snapshot(pieces.records(self._interest.sees(player)))

    def sent(self, player: int, size: int) -> None:
        """Counts towards the player's budget."""
        if self._rations is not None:
            self._rations.spend(player, size)

    def shows(self, player: int, slot: int) -> bool:
        """Whether it is in the player's view after this tick."""
        return self._interest.shows(player, slot)

    def _pieces(self, codec: Codec) -> "_Pieces":
        pieces = self._pieces_of.get(codec)
        if pieces is None:
            changed = self._tick.changes.changed
            pieces = self._pieces_of[codec] = _Pieces(codec, self._replicator, changed)
        return pieces


class _Tick:
    """A tick's sight and what each row is sent of it."""

    def __init__(
        self, sight: Sight, changes: Changes, portions: Sequence[tuple[Mask, MotionColumns]]
    ) -> None:
        self.changes = changes
        self.entering = sight.entering()
        self.leaving = sight.leaving()
        self.motion = _gathered(sight, portions)
        """moved, nudged, velocities and angles: the packed records that each row is sent."""
        self.changed = _changed_by_row(sight, changes.changed)
        """The places in `changes.changed` of what each row is told."""
        self.told = self.entering.keys() | self.leaving.keys() | self.changed.keys()
        """The rows that are told of more than motion."""

    @classmethod
    def nothing(cls) -> "_Tick":
        """Before the first tick."""
        nobody = np.zeros(0, np.bool_)
        return cls(Sight(Pairs(np.zeros(0, np.int64), 0), nobody, nobody, nobody), Changes.none(), [])


def _gathered(sight: Sight, portions: Sequence[tuple[Mask, MotionColumns]]) -> list[Gathered]:
    columns = []
    for mask, motion in portions:
        told = Told(sight.pairs, mask)
        each = (motion.moved, motion.nudged, motion.velocities, motion.angles)
        columns.append([gathered(told, column.slots, column.records) for column in each])
    return [joined(column) for column in zip(*columns, strict=True)]


def _changed_by_row(sight: Sight, changed: list[Change]) -> dict[int, list[int]]:
    """Row -> the places of the changes that it is told of, ascending."""
    places: dict[int, list[int]] = {}
    for place, change in enumerate(changed):
        places.setdefault(change.slot, []).append(place)
    if not places:
        return {}
    return {
        row: sorted(place for slot in slots for place in places[slot])
        for row, slots in sight.watching(list(places)).items()
    }


class _Diffs:
    """A tick's diffs in one codec, by row."""

    def __init__(self, tick: _Tick, pieces: "_Pieces", writer: DiffWriter) -> None:
        self._tick = tick
        self._told = tick.told
        self._motion = tick.motion
        self._pieces = pieces
        self._write = writer.diff
        self._write_motion = writer.motion
        pieces.make(set(chain.from_iterable(tick.entering.values())))

    def of(self, row: int) -> bytes:
        """The diff of a row."""
        moved, nudged, velocities, angles = self._motion
        after = row + 1  # not by `Gathered.of`: four calls for each client in each tick
        motion = (
            moved.data and moved.data[moved.ends[row] : moved.ends[after]],
            nudged.data and nudged.data[nudged.ends[row] : nudged.ends[after]],
            velocities.data and velocities.data[velocities.ends[row] : velocities.ends[after]],
            angles.data and angles.data[angles.ends[row] : angles.ends[after]],
        )
        if row not in self._told:
            return self._write_motion(motion)
        tick, pieces = self._tick, self._pieces
        changed = tick.changed.get(row)
        return self._write(
            tick.leaving.get(row, ()),
            pieces.records(tick.entering.get(row, ())),
            motion,
            [pieces.change(place) for place in changed] if changed else (),
        )


class _Pieces:
    """Records and changes of one tick in one codec, each encoded once."""

    def __init__(self, codec: Codec, replicator: Replicator, changed: list[Change]) -> None:
        self._codec = codec
        self._replicator = replicator
        self._changed = changed
        self._records: dict[int, bytes] = {}
        self._changes: dict[int, bytes] = {}

    def make(self, slots: Collection[int]) -> None:
        """Encode the records of these entities: many at once are cheaper."""
        for record in self._replicator.records_of(slots):
            self._records[record.slot] = self._codec.encode(record)

    def records(self, slots: Sequence[int]) -> list[bytes]:
        """Entities in full."""
        missing = [slot for slot in slots if slot not in self._records]
        if missing:
            self.make(missing)
        return [self._records[slot] for slot in slots]

    def change(self, place: int) -> bytes:
        """A change."""
        piece = self._changes.get(place)
        if piece is None:
            piece = self._changes[place] = self._codec.encode(self._changed[place])
        return piece
