"""The inputs of a tick, written as what differs from what is expected of each player.

Expected is one input of every player that gave one in the tick before: the next tick of its own, the same keys held and
axes, nothing pressed. `absent` are the expected players of which the first input is another one, or none; `again` gave such
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

EXPECTED, AGAIN, AIMED, ROW = range(4)


class _Last:
    """The last input that is known of a player."""

    __slots__ = ("axes", "held", "tick")

    def __init__(self, tick: int, held: int, axes: list[int]) -> None:
        self.tick = tick
        self.held = held
        self.axes = axes


class InputWriter:
    """Inputs -> entry. It and its reader know the same of each player at each record."""

    def __init__(self) -> None:
        self._last: dict[int, _Last] = {}
        self._expected: set[int] = set()

    def write(self, heard: Heard) -> Inputs | None:
        """The entry for one tick's inputs; None where there are none."""
        plain: set[int] = set()
        again: list[int] = []
        aimed: list[int] = []
        aims: list[bytes] = []
        rows: list[InputRow] = []
        ranks: dict[int, int] = {}
        """The kind of the latest input of a player in this tick: the next one's is no lower."""
        expected, known = self._expected, self._last
        for player, given in heard:
            last = known.get(player)
            rank = ranks.get(player, -1)
            if last is None or given.tick != last.tick + 1 or given.held != last.held or given.pressed:
                kind = ROW
            elif given.axes == last.axes:
                kind = EXPECTED if rank < 0 and player in expected else AGAIN
            else:
                kind = AIMED if len(given.axes) == len(last.axes) else ROW
            if kind < rank:
                kind = ROW
            ranks[player] = kind
            if last is None:
                known[player] = _Last(given.tick, given.held, given.axes)
            if kind == EXPECTED:
                plain.add(player)
            elif kind == AGAIN:
                again.append(player)
            elif kind == AIMED and last is not None:
                aimed.append(player)
                aims.append(_difference(given.axes, last.axes))
            else:
                rows.append(InputRow(player, given.tick, given.held, given.pressed, given.axes))
            if last is not None:
                last.tick, last.held, last.axes = given.tick, given.held, given.axes
        absent = sorted(expected - plain) if len(plain) != len(expected) else []
        self._expected = set(ranks)
        return Inputs(absent, again, aimed, b"".join(aims), rows) if heard else None

    def late(self, heard: Heard) -> list[InputRow]:
        """Inputs that follow an entry of their player's in the same tick, in full."""
        for player, given in heard:
            self._last[player] = _Last(given.tick, given.held, given.axes)
            self._expected.add(player)
        return [InputRow(player, i.tick, i.held, i.pressed, i.axes) for player, i in heard]


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
            self._last[row.player] = _Last(row.tick, row.held, row.axes)
            self._expected.add(row.player)
            heard.append((row.player, Input(row.tick, row.held, row.pressed, row.axes)))
        return heard

    def _known(self, player: int) -> _Last:
        last = self._last.get(player)
        if last is None:
            raise ValueError(f"player {player} repeats an input that is not there")
        return last

    def _repeat(self, player: int) -> tuple[int, Input]:
        last = self._known(player)
        last.tick += 1
        return player, Input(last.tick, last.held, 0, last.axes)

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
            last.tick += 1
            heard.append((player, Input(last.tick, last.held, 0, last.axes)))
        if place != len(aims):
            raise ValueError("there are more axes than players who moved them")
        return heard


def _difference(axes: list[int], before: list[int]) -> bytes:
    return pack(f"<{len(axes)}H", *[(a - b) & 0xFFFF for a, b in zip(axes, before, strict=True)])


def _signed(value: int) -> int:
    value = (value + 0x8000 & 0xFFFF) - 0x8000
    if value < -AXIS_SCALE:
        raise ValueError("an axis is out of range")
    return value
