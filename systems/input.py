"""The InputDispatcher: what each player's keys and axes did, gathered between ticks and read once per tick."""

from dataclasses import dataclass
from typing import Any

import msgspec

from ecs.errors import SnapshotError
from ecs.inputs import VIEW_STEPS, PlayerInput

MAX_QUEUED = 32
"""Frames kept for a player; more are merged, so that no key press is lost and no memory is taken."""


_Axes = tuple[float, ...]
_HandRow = tuple[int, _Axes, int, int, int, int]
_FrameRow = tuple[int, int, int, _Axes, int]


class InputFrame(msgspec.Struct, frozen=True, gc=False):
    """A player's keys and axes for a tick of the world: `held` and `pressed` have a bit for each key, `axes` are -1..1.

    `view` is how far behind `tick` the view was that the player saw, in the protocol's steps; 0: not told.
    """

    tick: int
    held: int = 0
    pressed: int = 0
    axes: tuple[float, ...] = ()
    view: int = 0


@dataclass(slots=True)
class Hand:
    """One player's state: what is held and where the axes are, the last ticks applied and queued, what waits."""

    held: int = 0
    axes: tuple[float, ...] = ()
    view: int = 0
    applied: int = -1
    queued: int = -1
    silent: int = 0
    """Ticks in a row without a frame."""
    first: InputFrame | None = None
    """The frame of ticks to come that is next, most often the only one: no object is made to hold it (0305)."""
    more: tuple[InputFrame, ...] = ()
    """Those after it."""

    @property
    def waiting(self) -> tuple[InputFrame, ...]:
        """All frames of ticks to come."""
        return () if self.first is None else (self.first, *self.more)


class InputDispatcher:
    """Each player's key and axis state. A frame names the tick that it is for; `diff` applies those that are due.

    One that comes late is applied at once, so that no press is lost; one that comes early waits. After `patience` ticks
    without a frame a player holds nothing any more, and a frame for a tick further ahead than that is refused.
    A resource: what is held and what waits is in the snapshot.
    """

    checksum = False  # inputs count from when rules act on them

    def __init__(self, idle: PlayerInput, patience: int) -> None:
        self._idle = idle
        self._patience = patience
        self._latest = patience
        """The last tick that a frame may be for."""
        self._hands: dict[int, Hand] = {}
        """By player, ascending."""

    def enqueue(
        self, player: int, tick: int, held: int = 0, pressed: int = 0, axes: _Axes = (), view: int = 0
    ) -> bool:
        """Queue what a player's keys and axes are at a tick: a bit for each key, axes in -1..1.

        False when the tick is no newer than one that came before (a client may send the same again), or too far ahead.
        """
        hand = self._hands.get(player)
        if hand is None:
            hand = self._seat(player)
        if tick <= hand.queued or tick > self._latest:
            return False
        hand.queued = tick
        frame = InputFrame(tick, held, pressed, axes, view)
        if hand.first is None:
            hand.first = frame
        elif len(hand.more) < MAX_QUEUED - 1:
            hand.more = (*hand.more, frame)
        else:
            hand.first = _merge(hand.held, hand.first, hand.more[0])
            hand.more = (*hand.more[1:], frame)
        return True

    def diff(self, tick: int) -> dict[int, PlayerInput]:
        """What each player does in this tick of the world. Presses and releases are then reset."""
        self._latest = tick + self._patience
        inputs = {}
        for player, hand in self._hands.items():
            first = hand.first
            if first is not None and first.tick <= tick:
                inputs[player] = self._apply(hand, first, tick)
            else:
                inputs[player] = self._keep(hand)
        return inputs

    def last_input(self, player: int) -> int:
        """The tick of the last input that was applied, or -1."""
        hand = self._hands.get(player)
        return -1 if hand is None else hand.applied

    def forget(self, player: int) -> None:
        """The player left: nothing of its input stays."""
        self._hands.pop(player, None)

    def last_heard(self, player: int) -> int:
        """The tick of the last input that was queued, or -1."""
        hand = self._hands.get(player)
        return -1 if hand is None else hand.queued

    def release(self, player: int) -> None:
        """The player's connection is another one now, or none: its keys go up, its axes to 0, with the next tick.

        Presses that wait still count, and ticks are counted on: an input that is sent again on the next connection is known.
        """
        hand = self._hands.get(player)
        if hand is not None:
            due = min(hand.queued, self._latest - self._patience)
            merged = InputFrame(due, hand.held)
            for frame in (*hand.waiting, InputFrame(due)):
                merged = _merge(hand.held, merged, frame)
            hand.first, hand.more = merged, ()

    def save(self) -> Any:
        """Plain values of all players' hands."""
        return [self._latest, [
            [player, [hand.held, hand.axes, hand.view, hand.applied, hand.queued, hand.silent],
             [[frame.tick, frame.held, frame.pressed, frame.axes, frame.view] for frame in hand.waiting]]
            for player, hand in self._hands.items()
        ]]  # fmt: skip

    def load(self, data: Any) -> None:
        """Take over what `save` gave. Raises SnapshotError."""
        try:
            latest, rows = msgspec.convert(data, tuple[int, list[tuple[int, _HandRow, list[_FrameRow]]]])
        except msgspec.ValidationError as error:
            raise SnapshotError(f"the inputs cannot be read: {error}") from None
        self._latest = latest
        self._hands = {
            player: _hand(state, [InputFrame(*frame) for frame in waiting])
            for player, state, waiting in sorted(rows)
        }

    def _seat(self, player: int) -> Hand:
        hand = Hand()
        self._hands = dict(sorted([*self._hands.items(), (player, hand)]))
        return hand

    def _apply(self, hand: Hand, frame: InputFrame, tick: int) -> PlayerInput:
        """The frame of this tick, merged with those before it that came late: `frame` is the first that waits."""
        before, more, due = hand.held, hand.more, 0
        while due < len(more) and more[due].tick <= tick:
            frame = _merge(before, frame, more[due])
            due += 1
        hand.first, hand.more = (more[due], more[due + 1 :]) if due < len(more) else (None, ())
        held, axes = frame.held, frame.axes
        pressed = frame.pressed | (held & ~before)
        released = (before | pressed) & ~held
        hand.held, hand.axes, hand.view = held, axes, frame.view
        hand.applied, hand.silent = frame.tick, 0
        view = frame.view
        if view and frame.tick < tick:
            view += (tick - frame.tick) * VIEW_STEPS  # what the player saw then is as much longer ago
        return self._idle.with_state(held, pressed, released, axes, frame.tick, view)

    def _keep(self, hand: Hand) -> PlayerInput:
        """Nothing came for this tick: what is held stays held, but not for ever."""
        released = 0
        hand.silent += 1
        if hand.silent == self._patience:
            released, hand.held, hand.axes, hand.view = hand.held, 0, (), 0
        return self._idle.with_state(hand.held, 0, released, hand.axes, hand.applied, hand.view)


def _hand(state: _HandRow, waiting: list[InputFrame]) -> Hand:
    return Hand(*state, first=waiting[0] if waiting else None, more=tuple(waiting[1:]))


def _merge(before: int, older: InputFrame, newer: InputFrame) -> InputFrame:
    """Two frames as one: the newer state, and every key that went down in either."""
    pressed = older.pressed | (older.held & ~before) | newer.pressed | (newer.held & ~older.held)
    return InputFrame(newer.tick, newer.held, pressed, newer.axes, newer.view)
