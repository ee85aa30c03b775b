"""Inputs that come again with a later one: applied once by their ticks, looked at only where one is missing, bounded."""

from collections.abc import Callable

import pytest

from net.codec import INPUT_LAYOUTS, JSON, MESSAGEPACK, Codec
from net.errors import RemoteProtocolError
from net.players.resent import earlier_inputs
from net.protocol import INPUT_LEAD_LIMIT, MAX_RESENT, CloseReason, Input
from tests.net.room_kit import Table

RIGHT = 1
PLAIN = INPUT_LAYOUTS[0]


def packed(*records: tuple[int, ...]) -> bytes:
    """Records of inputs without axes."""
    return b"".join(PLAIN.pack(*record) for record in records)


@pytest.mark.parametrize("codec", [MESSAGEPACK, JSON], ids=["msgpack", "json"])
def test_both_encodings_say_the_same(codec: Codec) -> None:
    """A packed column and its integers are the same inputs, the oldest first."""
    layout = INPUT_LAYOUTS[2]
    column = layout.pack(9, 1, 1, 160, -32767, 5) + layout.pack(2, 0, 0, 0, 0, 0)
    given = Input(20, 0, 0, [1, 2], 0, codec.pack(column, layout))
    assert earlier_inputs(given) == [Input(11, 1, 1, [-32767, 5], 160), Input(18, 0, 0, [0, 0])]


@pytest.mark.parametrize(
    "before",
    [
        b"\x01",
        [1, 2, 3],
        packed((0, 1, 1, 0)),
        packed((30, 1, 1, 0)),
        [256, 0, 0, 0],
        [-1, 0, 0, 0],
        [1, 2**32, 0, 0],
        [1, 0, -1, 0],
        [1, 0, 0, 2**16],
        packed((1, 1, 1, 0)) * (MAX_RESENT + 1),
    ],
)
def test_what_no_client_of_ours_says_is_malformed(before: bytes | list[int]) -> None:
    """With a sentence about `before`, and no exception of another kind."""
    with pytest.raises(RemoteProtocolError, match="`before`") as caught:
        earlier_inputs(Input(20, before=before))
    assert caught.value.reason is CloseReason.MALFORMED


def test_an_axis_beyond_its_range_is_malformed() -> None:
    """-32768 fits into the column and is no axis."""
    with pytest.raises(RemoteProtocolError, match="out of range"):
        earlier_inputs(Input(20, axes=[0], before=INPUT_LAYOUTS[1].pack(1, 0, 0, 0, -32768)))


def pressed_in(table: Table, ticks: int) -> list[int]:
    """In which of the next ticks rules see Anna press `right`."""
    seen = []
    for _ in range(ticks):
        table.step()
        if table.room.engine.world.input(0).pressed("right"):
            seen.append(table.room.tick)
    return seen


def test_a_lost_input_is_told_by_the_next_and_one_that_came_is_not_told_twice() -> None:
    """The press of tick 2 never arrives; inputs 3 and 4 tell it both, and it counts once. The journal has each once."""
    table = Table()
    anna = table.sit("Anna")
    table.step()
    heard: list[Input] = []
    hear: Callable[[int, Input], bool] = table.room.play.hear
    table.room.play.hear = lambda player, given: hear(player, given) and not heard.append(given)  # type: ignore[method-assign, func-returns-value]
    anna.send(Input(3, before=packed((1, 0, RIGHT, 0))))
    anna.send(Input(4, before=packed((2, 0, RIGHT, 0))))
    anna.send(Input(5, before=b"nonsense"))
    assert pressed_in(table, 5) == [2]
    assert [given.tick for given in heard] == [2, 3, 4, 5]


def test_a_damaged_column_costs_its_sender_alone() -> None:
    """Where ticks are missing it is looked at, and the connection is closed with MALFORMED."""
    table = Table()
    anna, ben = table.sit("Anna"), table.sit("Ben")
    table.step()
    with pytest.raises(RemoteProtocolError):
        anna.send(Input(9, before=b"nonsense"))
    ben.send(Input(2, held=RIGHT))
    table.step()
    assert table.room.engine.world.input(1).held("right")


def test_an_input_that_is_refused_tells_its_lead() -> None:
    """Too far ahead it is not queued, and its client is told how far, within bounds; what came before tells nothing."""
    table = Table()
    anna = table.sit("Anna")
    table.step()
    leads = []
    for tick in (2, 40, 2**31 - 1, 2):
        anna.send(Input(tick))
        leads.append(anna.session.input_lead)
    assert table.room.engine.inputs.last_heard(0) == 2
    interval = 1000.0 / table.game.tick_rate
    assert leads[1] - leads[0] == pytest.approx(38 * interval, abs=1.0)
    assert leads[2:] == [INPUT_LEAD_LIMIT] * 2
