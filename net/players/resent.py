"""Inputs that a client tells again with a later one: packed, and looked at only where one of them may be missing."""

from net.codec import INPUT_LAYOUTS
from net.errors import RemoteProtocolError
from net.protocol import AXIS_SCALE, MAX_RESENT, CloseReason, Input


def earlier_inputs(given: Input) -> list[Input]:
    """The inputs in `given.before`, the oldest first. Raises RemoteProtocolError where it is not as the protocol says."""
    layout = INPUT_LAYOUTS[len(given.axes)]
    column = given.before
    if isinstance(column, list):
        width = 4 + len(given.axes)
        records = [tuple(column[at : at + width]) for at in range(0, len(column), width)]
        if len(column) % width:
            raise _wrong("ends inside of a record")
    elif len(column) % layout.size:
        raise _wrong("ends inside of a record")
    else:
        records = list(layout.iter_unpack(column))
    if len(records) > MAX_RESENT:
        raise _wrong(f"has more than {MAX_RESENT} records")
    return [_input(given.tick, *record) for record in records]


def _input(tick: int, ago: int, held: int, pressed: int, view: int, *axes: int) -> Input:
    if not 1 <= ago <= 255 or tick - ago < -1:
        raise _wrong(f"has an input of {ago} ticks before")
    if not (0 <= held < 2**32 and 0 <= pressed < 2**32 and 0 <= view < 2**16):
        raise _wrong("has keys or a view that cannot be")
    if any(not -AXIS_SCALE <= axis <= AXIS_SCALE for axis in axes):
        raise _wrong("has an axis that is out of range")
    return Input(tick - ago, held, pressed, list(axes), view)


def _wrong(what: str) -> RemoteProtocolError:
    return RemoteProtocolError(CloseReason.MALFORMED, f"An input's `before` {what}.")
