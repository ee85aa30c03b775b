"""The inputs of a tick, written as what differs from what is expected of each player.

Expected is one input of every player that gave one in the tick before: the next tick of its own, the same keys held, axes
and view, nothing pressed. `absent` are the expected players of which the first input is another one, or none; `again` gave such
an input beyond that; `aimed` moved axes only, by `aims` (a signed 16-bit little-endian difference for each axis, modulo
2^16); `rows` are all else. A player's inputs are in this order: expected, again, aimed, rows. At a keyframe, and where a
server resumed, nothing is known of anybody.
"""

from collections.abc import Iterable
from struct import pack, unpack_from

from net.journal.entries import InputRow, Inputs
from net.protocol import AXIS_SCALE, Input

Heard = list[tuple[int, Input]]
"""(player, input) in the order in which they came."""

AGAIN, AIMED, ROW = range(3)
"""The kinds of an input that is not the expected one, in the order in which they are read."""


class _Last:
    """The last input that is known of a player."""

    __slots__ = ("axes", "held", "next", "view")

    def __init__(self, given: Input) -> None:
        self.next = given.tick + 1
        self.held = given.held
        self.axes = given.axes
        self.view = given.view


class InputWriter:
    """Inputs -> entry. It and its reader know the same of each player at each record."""

    def __init__(self) -> None:
        self._last: dict[int, _Last] = {}
        self._expected: set[int] = set()

    def write(self, heard: Heard) -> Inputs | None:
        """The entry for one tick's inputs; None where there are none."""
        if not heard:
            self._expected.clear()
            return None
        known, others, waiting = self._last, _Others(), self._expected.copy()
        absent, aimed, kinds = others.absent, others.aimed, others.kinds
        before, after = others.before, others.after
        for player, given in heard:
            last = known.get(player)
            if (
                last is not None
                and last.next == given.tick
                and last.held == given.held
                and not given.pressed
                and last.view == given.view
                and player in waiting
            ):  # what most inputs are: 0.2 us each, 0.4 us with other axes
                last.next += 1
                waiting.remove(player)
                axes = given.axes
                if last.axes != axes:
                    absent.append(player)
                    if len(axes) == len(last.axes):  # as `add` does it, without two calls
                        kinds[player] = AIMED
                        aimed.append(player)
                        before += last.axes
                        after += axes
                    else:
                        others.add_row(player, given)
                    last.axes = axes
            else:
                if player in waiting:
                    waiting.remove(player)
                    absent.append(player)
                if last is None:
                    known[player] = _Last(given)
                    others.add_row(player, given)
                else:
                    others.add(player, given, last)
                    last.next, last.held, last.axes = given.tick + 1, given.held, given.axes
                    last.view = given.view
        self._expected.difference_update(waiting)
        self._expected.update(kinds)
        return others.entry(waiting)

    def late(self, heard: Heard) -> list[InputRow]:
        """Inputs that follow an entry of their player's in the same tick, in full."""
        for player, given in heard:
            self._last[player] = _Last(given)
            self._expected.add(player)
        return [_row(player, given) for player, given in heard]


class _Others:
    """The inputs of one tick that are not the expected ones."""

    __slots__ = ("absent", "again", "aimed", "after", "before", "kinds", "rows")

    def __init__(self) -> None:
        self.absent: list[int] = []
        self.again: list[int] = []
        self.aimed: list[int] = []
        self.before: list[int] = []
        self.after: list[int] = []
        """All axes of those who aimed, one after the other."""
        self.rows: list[InputRow] = []
        self.kinds: dict[int, int] = {}
        """The kind of the latest input of a player in this tick: the next one's is no lower."""

    def add(self, player: int, given: Input, last: _Last) -> None:
        """One more, `last` being what was known of its player."""
        kind, before = _kind(given, last), self.kinds.get(player, AGAIN)
        if before > kind:  # noqa: PLR1730 - half the time of max()
            kind = before
        if kind == ROW:
            self.add_row(player, given)
            return
        self.kinds[player] = kind
        if kind == AGAIN:
            self.again.append(player)
        else:
            self.aimed.append(player)
            self.before += last.axes
            self.after += given.axes

    def add_row(self, player: int, given: Input) -> None:
        """One in full."""
        self.kinds[player] = ROW
        self.rows.append(_row(player, given))

    def entry(self, waiting: set[int]) -> Inputs:
        """All of them; the players of `waiting` gave none at all."""
        absent = sorted([*self.absent, *waiting])
        aims = [(after - before) & 0xFFFF for after, before in zip(self.after, self.before, strict=True)]
        return Inputs(absent, self.again, self.aimed, pack(f"<{len(aims)}H", *aims), self.rows)


class InputReader:
    """Entry -> inputs. Raises ValueError for what no writer wrote."""

    def __init__(self) -> None:
        self._last: dict[int, _Last] = {}
        self._expected: set[int] = set()

    def read(self, inputs: Inputs | None) -> Heard:
        """The inputs of one tick."""
        if inputs is None:
            self._expected = set()
            return []
        absent = set(inputs.absent)
        if not absent <= self._expected:
            raise ValueError("a player is absent of whom nothing was expected")
        plain = sorted(self._expected - absent)
        heard = [self._repeat(player) for player in (*plain, *inputs.again)]
        heard += self._aims(inputs.aimed, inputs.aims)
        heard += self.late(inputs.rows)
        self._expected = {player for player, _ in heard}
        return heard

    def late(self, rows: Iterable[InputRow]) -> Heard:
        """Inputs in full."""
        heard = []
        for row in rows:
            given = Input(row.tick, row.held, row.pressed, row.axes, row.view)
            self._last[row.player] = _Last(given)
            self._expected.add(row.player)
            heard.append((row.player, given))
        return heard

    def _known(self, player: int) -> _Last:
        last = self._last.get(player)
        if last is None:
            raise ValueError(f"player {player} repeats an input that is not there")
        return last

    def _repeat(self, player: int) -> tuple[int, Input]:
        last = self._known(player)
        last.next += 1
        return player, Input(last.next - 1, last.held, 0, last.axes, last.view)

    def _aims(self, aimed: list[int], aims: bytes) -> Heard:
        heard, place = [], 0
        for player in aimed:
            last = self._known(player)
            layout = f"<{len(last.axes)}H"
            if place + 2 * len(last.axes) > len(aims):
                raise ValueError("there are fewer axes than players who moved them")
            steps = unpack_from(layout, aims, place)
            place += 2 * len(last.axes)
            last.axes = [_signed(axis + step) for axis, step in zip(last.axes, steps, strict=True)]
            last.next += 1
            heard.append((player, Input(last.next - 1, last.held, 0, last.axes, last.view)))
        if place != len(aims):
            raise ValueError("there are more axes than players who moved them")
        return heard


def _kind(given: Input, last: _Last) -> int:
    if last.next != given.tick or last.held != given.held or given.pressed or last.view != given.view:
        return ROW
    if last.axes == given.axes:
        return AGAIN
    return AIMED if len(last.axes) == len(given.axes) else ROW


def _row(player: int, given: Input) -> InputRow:
    return InputRow(player, given.tick, given.held, given.pressed, given.axes, given.view)


def _signed(value: int) -> int:
    value = (value + 0x8000 & 0xFFFF) - 0x8000
    if value < -AXIS_SCALE:
        raise ValueError("an axis is out of range")
    return value
