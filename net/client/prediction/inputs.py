"""The ClientInputDispatcher: own inputs by the tick that they are for, kept until the server has answered them."""

from collections import deque
from dataclasses import dataclass

from msgspec import structs

from ecs.inputs import PlayerInput
from net.protocol import AXIS_SCALE, Input
from systems.input import InputFrame

MAX_PENDING = 256
"""Inputs that wait for the server's answer, two seconds at 128 Hz; the oldest goes first."""


@dataclass(frozen=True, slots=True)
class Held:
    """What was held after a tick, and the tick of the last input that counted."""

    keys: int = 0
    axes: tuple[float, ...] = ()
    applied: int = -1
    view: int = 0


class ClientInputDispatcher:
    """One player's inputs. `diff` is asked tick by tick, and again from an earlier tick on after `rewind`."""

    def __init__(self, idle: PlayerInput) -> None:
        self._idle = idle
        self._frames: deque[InputFrame] = deque(maxlen=MAX_PENDING)
        self._newest = -1
        self._acknowledged = InputFrame(-1)
        self.held = Held()

    def enqueue(self, given: Input) -> bool:
        """Take an input that is sent. False where it was sent before.

        One of an earlier tick than the last replaces what was sent for later ones: the server has refused those.
        """
        if given.tick == self._newest:
            return False
        while self._frames and self._frames[-1].tick >= given.tick:
            self._frames.pop()
        self._newest = given.tick
        axes = tuple([value / AXIS_SCALE for value in given.axes]) if given.axes else ()
        self._frames.append(InputFrame(given.tick, given.held, given.pressed, axes, given.view))
        return True

    def acknowledge(self, last_input: int) -> int:
        """The server has applied everything up to this tick; how many inputs are left."""
        while self._frames and self._frames[0].tick <= last_input:
            self._acknowledged = self._frames.popleft()
        return len(self._frames)

    def unheard(self, last_input: int) -> None:
        """Another connection: the server has heard nothing above this tick; what was pressed there is told again by later inputs.

        A server that was killed may have forgotten what it had acknowledged.
        """
        while self._frames and self._frames[-1].tick > last_input:
            self._frames.pop()
        self._newest = min(self._newest, last_input)
        if self._acknowledged.tick > last_input:
            self._acknowledged = structs.replace(self._acknowledged, tick=last_input)

    def rewind(self) -> None:
        """Go back to where the server is: only what it has acknowledged was applied."""
        frame = self._acknowledged
        self.held = Held(frame.held, frame.axes, frame.tick, frame.view)

    def diff(self, tick: int) -> PlayerInput:
        """What the player does in this tick: its input, and what came too late for the ticks before it."""
        before = self.held
        due = [frame for frame in self._frames if before.applied < frame.tick <= tick]
        if not due:
            return self._idle.with_state(before.keys, 0, 0, before.axes, before.applied, before.view)
        pressed, keys = 0, before.keys
        for frame in due:
            pressed |= frame.pressed | (frame.held & ~keys)
            keys = frame.held
        released = (before.keys | pressed) & ~keys
        last = due[-1]
        self.held = Held(keys, last.axes, last.tick, last.view)
        return self._idle.with_state(keys, pressed, released, last.axes, last.tick, last.view)
