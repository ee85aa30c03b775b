"""The keys and axes that this client holds, and the inputs that the server has not acknowledged yet."""

from collections import deque
from collections.abc import Collection
from math import hypot

from net.client.errors import LocalProtocolError
from net.codec import INPUT_LAYOUTS, MESSAGEPACK, Codec
from net.protocol import AXIS_SCALE, MAX_RESENT, VIEW_STEPS, Input, InputSchema, Packed

MAX_PENDING = 256
"""Unacknowledged inputs that are kept, two seconds at 128 Hz; the oldest goes first."""
MOST_AGO = 255
"""An input tells no earlier one of more ticks before again."""
SAME_VIEW = VIEW_STEPS // 4
"""A view that is that little nearer or farther than the one that was told is told as the same, which costs nothing."""
LONGEST_VIEW = 2**16 - 1


class InputState:
    """What is held now, by the names that the game declares. Raises LocalProtocolError for any other name."""

    def __init__(self, schema: InputSchema, codec: Codec = MESSAGEPACK) -> None:
        self._codec = codec
        self._bits = {name: 1 << at for at, name in enumerate(schema.keys)}
        self._places = {name: at for at, name in enumerate(schema.axes)}
        self._axes = [0] * len(schema.axes)
        self._held = 0
        self._pressed = 0
        self.pending: deque[Input] = deque(maxlen=MAX_PENDING)
        """Sent and not acknowledged, oldest first: what a prediction applies again."""
        self._changes: deque[Input] = deque(maxlen=MAX_RESENT)
        """Of these, those that changed something: each input tells them again."""
        self._last = Input(-1, axes=list(self._axes))

    def hold(self, key: str) -> None:
        """A key goes down and stays down."""
        bit = self._bit(key)
        self._pressed |= bit & ~self._held
        self._held |= bit

    def release(self, key: str) -> None:
        """A key goes up; that it went down since the last tick is still told."""
        self._held &= ~self._bit(key)

    def release_all(self, keep: Collection[str] = ()) -> None:
        """All keys go up and all axes but those in `keep` to the centre, as when a window is no longer looked at: nobody runs
        on for ever."""
        self._held = 0
        for name, at in self._places.items():
            if name not in keep:
                self._axes[at] = 0

    def tap(self, key: str) -> None:
        """A key goes down and up between two ticks."""
        self._pressed |= self._bit(key)

    def axis(self, name: str, value: float) -> None:
        """Set an axis, -1 to 1."""
        if name not in self._places:
            raise _unknown("axis", name, self._places)
        if not -1.0 <= value <= 1.0:
            raise LocalProtocolError(f"the axis {name!r} goes from -1 to 1, not to {value}")
        self._axes[self._places[name]] = round(value * AXIS_SCALE)

    def point(self, x_axis: str, y_axis: str, x: float, y: float) -> None:
        """Set two axes to the direction (x, y), of any length; one of no length leaves them as they are."""
        length = hypot(x, y)
        if length > 0.0:
            self.axis(x_axis, x / length)
            self.axis(y_axis, y / length)

    def held(self, key: str) -> bool:
        """Whether a key is down."""
        return bool(self._held & self._bit(key))

    def take(self, tick: int, seen: float | None = None) -> Input:
        """The input of this tick; it is pending from now on, and nothing is pressed any more.

        `seen` is the tick that the player sees, where the server wants to know.
        """
        view = 0 if seen is None else self._view((tick - seen) * VIEW_STEPS)
        last = self._last
        taken = Input(tick, self._held, self._pressed, list(self._axes), view, self._before(tick))
        self._pressed = 0
        self.pending.append(taken)
        if taken.pressed or (last.held, last.axes, last.view) != (taken.held, taken.axes, view):
            self._changes.append(taken)
        self._last = taken
        return taken

    def acknowledge(self, last_input: int) -> None:
        """The server has applied all inputs up to that of this tick."""
        for inputs in (self.pending, self._changes):
            while inputs and inputs[0].tick <= last_input:
                inputs.popleft()

    def send_again(self, last_heard: int) -> None:
        """What was pressed in inputs that the server has not heard, and will not any more, is told with the next."""
        while self.pending and self.pending[-1].tick > last_heard:
            self._pressed |= self.pending.pop().pressed
        while self._changes and self._changes[-1].tick > last_heard:
            self._changes.pop()

    def _before(self, tick: int) -> Packed:
        if not self._changes:
            return b""
        layout = INPUT_LAYOUTS[len(self._axes)]
        records = [
            layout.pack(tick - known.tick, known.held, known.pressed, known.view, *known.axes)
            for known in self._changes
            if tick - known.tick <= MOST_AGO
        ]
        return self._codec.pack(b"".join(records), layout)

    def _view(self, steps: float) -> int:
        told = self._last.view
        if told and abs(steps - told) <= SAME_VIEW:
            return told
        return max(1, min(round(steps), LONGEST_VIEW))

    def _bit(self, key: str) -> int:
        if key not in self._bits:
            raise _unknown("key", key, self._bits)
        return self._bits[key]


def _unknown(what: str, name: str, known: dict[str, int]) -> LocalProtocolError:
    return LocalProtocolError(f"the game has no {what} {name!r}; it has: {', '.join(known) or 'none'}")
