"""The keys and axes that this client holds, and the inputs that the server has not acknowledged yet."""

from collections import deque

from net.client.errors import LocalProtocolError
from net.protocol import AXIS_SCALE, Input, InputSchema

MAX_PENDING = 256
"""Unacknowledged inputs that are kept, two seconds at 128 Hz; the oldest goes first."""


class InputState:
    """What is held now, by the names that the game declares. Raises LocalProtocolError for any other name."""

    def __init__(self, schema: InputSchema) -> None:
        self._bits = {name: 1 << at for at, name in enumerate(schema.keys)}
        self._places = {name: at for at, name in enumerate(schema.axes)}
        self._axes = [0] * len(schema.axes)
        self._held = 0
        self._pressed = 0
        self.pending: deque[Input] = deque(maxlen=MAX_PENDING)
        """Sent and not acknowledged, oldest first: what a prediction applies again."""

    def hold(self, key: str) -> None:
        """A key goes down and stays down."""
        bit = self._bit(key)
        self._pressed |= bit & ~self._held
        self._held |= bit

    def release(self, key: str) -> None:
        """A key goes up; that it went down since the last tick is still told."""
        self._held &= ~self._bit(key)

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

    def held(self, key: str) -> bool:
        """Whether a key is down."""
        return bool(self._held & self._bit(key))

    def take(self, tick: int) -> Input:
        """The input of this tick; it is pending from now on, and nothing is pressed any more."""
        taken = Input(tick, self._held, self._pressed, list(self._axes))
        self._pressed = 0
        self.pending.append(taken)
        return taken

    def acknowledge(self, last_input: int) -> None:
        """The server has applied all inputs up to that of this tick."""
        while self.pending and self.pending[0].tick <= last_input:
            self.pending.popleft()

    def send_again(self, last_heard: int) -> None:
        """Another connection is there: what was pressed in inputs that the server has not heard is told with the next."""
        while self.pending and self.pending[-1].tick > last_heard:
            self._pressed |= self.pending.pop().pressed

    def _bit(self, key: str) -> int:
        if key not in self._bits:
            raise _unknown("key", key, self._bits)
        return self._bits[key]


def _unknown(what: str, name: str, known: dict[str, int]) -> LocalProtocolError:
    return LocalProtocolError(f"the game has no {what} {name!r}; it has: {', '.join(known) or 'none'}")
