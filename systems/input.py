"""The InputDispatcher: what each player's keys and axes did, gathered between ticks and read once per tick."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from ecs.errors import SnapshotError
from ecs.inputs import PlayerInput

MAX_QUEUED = 32
"""Frames kept for a player; more are merged, so that no key press is lost and no memory is taken."""
MAX_LEFT = 2
"""Frames left waiting after a tick, to even out the network; what is above is applied in this tick, merged."""
PATIENCE = 30
"""Ticks in a row with frames left waiting, after which one of them is merged: a stall's delay does not stay."""


_Axes = tuple[float, ...]
_HandRow = tuple[int, _Axes, int, int, int]
_FrameRow = tuple[int, int, int, _Axes]


class InputFrame(msgspec.Struct, frozen=True, gc=False):
    """A player's keys and axes at its own tick: `held` and `pressed` have a bit for each key, `axes` are -1..1."""

    tick: int
    held: int = 0
    pressed: int = 0
    axes: tuple[float, ...] = ()


@dataclass(slots=True)
class Hand:
    """One player's state: what is held and where the axes are, the last ticks applied and queued, what waits."""

    held: int = 0
    axes: tuple[float, ...] = ()
    applied: int = -1
    queued: int = -1
    crowded: int = 0
    waiting: deque[InputFrame] = field(default_factory=deque)


class InputDispatcher:
    """Each player's key and axis state. Frames are queued as they arrive; `diff` applies one tick's worth of them.

    A resource: what is held and what waits is in the snapshot.
    """

    checksum = False  # inputs count from when rules act on them

    def __init__(self, idle: PlayerInput) -> None:
        self._idle = idle
        self._hands: dict[int, Hand] = {}

    def enqueue(
        self, player: int, tick: int, held: int = 0, pressed: int = 0, axes: Sequence[float] = ()
    ) -> bool:
        """Queue what a player's keys and axes were at its own tick: a bit for each key, axes in -1..1.

        False when the tick is no newer than one that came before: a client may send the same again.
        """
        hand = self._hands.get(player)
        if hand is None:
            hand = self._hands[player] = Hand()
        if tick <= hand.queued:
            return False
        hand.queued = tick
        hand.waiting.append(InputFrame(tick, held, pressed, tuple(axes)))
        if len(hand.waiting) > MAX_QUEUED:
            oldest = hand.waiting.popleft()
            hand.waiting[0] = _merge(hand.held, oldest, hand.waiting[0])
        return True

    def diff(self) -> dict[int, PlayerInput]:
        """What each player did since the last tick. Presses and releases are then reset."""
        return {player: self._next(hand) for player, hand in sorted(self._hands.items())}

    def last_input(self, player: int) -> int:
        """The client's tick of the last input that was applied, or -1."""
        hand = self._hands.get(player)
        return -1 if hand is None else hand.applied

    def forget(self, player: int) -> None:
        """The player left: nothing of its input stays."""
        self._hands.pop(player, None)

    def last_heard(self, player: int) -> int:
        """The client's tick of the last input that was queued, or -1."""
        hand = self._hands.get(player)
        return -1 if hand is None else hand.queued

    def release(self, player: int) -> None:
        """The player's connection is another one now, or none: its keys go up, its axes to 0.

        Presses that wait still count, and ticks are counted on: an input that is sent again on the next connection is known.
        """
        hand = self._hands.get(player)
        if hand is not None:
            merged = InputFrame(hand.queued, hand.held)
            for frame in (*hand.waiting, InputFrame(hand.queued)):
                merged = _merge(hand.held, merged, frame)
            hand.waiting = deque([merged])
            hand.crowded = 0

    def save(self) -> Any:
        """Plain values of all players' hands."""
        return [
            [player, [hand.held, hand.axes, hand.applied, hand.queued, hand.crowded],
             [[frame.tick, frame.held, frame.pressed, frame.axes] for frame in hand.waiting]]
            for player, hand in sorted(self._hands.items())
        ]  # fmt: skip

    def load(self, data: Any) -> None:
        """Take over what `save` gave. Raises SnapshotError."""
        try:
            rows = msgspec.convert(data, list[tuple[int, _HandRow, list[_FrameRow]]])
        except msgspec.ValidationError as error:
            raise SnapshotError(f"the inputs cannot be read: {error}") from None
        self._hands = {
            player: Hand(*state, waiting=deque(InputFrame(*frame) for frame in waiting))
            for player, state, waiting in rows
        }

    def _next(self, hand: Hand) -> PlayerInput:
        before = hand.held
        frame = _take(hand)
        if frame is None:
            return self._idle.with_state(before, 0, 0, hand.axes, hand.applied)
        pressed = frame.pressed | (frame.held & ~before)
        released = (before | pressed) & ~frame.held
        hand.held, hand.axes, hand.applied = frame.held, frame.axes, frame.tick
        return self._idle.with_state(frame.held, pressed, released, frame.axes, frame.tick)


def _take(hand: Hand) -> InputFrame | None:
    """The frame of this tick: the oldest waiting, merged with what is too many."""
    if not hand.waiting:
        hand.crowded = 0
        return None
    frame = hand.waiting.popleft()
    if not hand.waiting:
        hand.crowded = 0
        return frame
    hand.crowded += 1
    surplus = max(len(hand.waiting) - MAX_LEFT, 1 if hand.crowded >= PATIENCE else 0)
    for _ in range(surplus):
        frame = _merge(hand.held, frame, hand.waiting.popleft())
        hand.crowded = 0
    return frame


def _merge(before: int, older: InputFrame, newer: InputFrame) -> InputFrame:
    """Two frames as one: the newer state, and every key that went down in either."""
    pressed = older.pressed | (older.held & ~before) | newer.pressed | (newer.held & ~older.held)
    return InputFrame(newer.tick, newer.held, pressed, newer.axes)
