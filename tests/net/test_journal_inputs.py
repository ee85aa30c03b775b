"""How a journal writes inputs: whatever is heard is read again, and what repeats costs next to nothing."""

from itertools import groupby
from operator import itemgetter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from net.journal.entries import InputRow, Inputs
from net.journal.inputs import Heard, InputReader, InputWriter
from net.journal.writer import JournalWriter
from net.protocol import AXIS_SCALE, Input

AXES = st.lists(st.integers(-AXIS_SCALE, AXIS_SCALE), max_size=3)
GIVEN = st.tuples(
    st.integers(0, 5),
    st.sampled_from([0, 1, 1, 1, 2, 40]),
    st.integers(0, 3),
    st.sampled_from([0, 0, 0, 1]),
    AXES | st.none(),
)
"""A player, how far its tick goes on, keys held and pressed, axes (None: as before)."""
TICKS = st.lists(st.lists(GIVEN, max_size=12), max_size=12)


def by_player(heard: Heard) -> dict[int, list[Input]]:
    """Each player's inputs in order: those of different players do not touch each other."""
    ordered = sorted(heard, key=itemgetter(0))
    return {player: [given for _, given in group] for player, group in groupby(ordered, key=itemgetter(0))}


@given(TICKS)
def test_what_is_heard_is_read(ticks: list[list[tuple[Any, ...]]]) -> None:
    """Any inputs of any players, repeated, skipped, doubled, are read in the order in which each player gave them."""
    writer, reader = InputWriter(), InputReader()
    known: dict[int, Input] = {}
    for tick in ticks:
        heard: Heard = []
        for player, step, held, pressed, axes in tick:
            last = known.get(player, Input(0))
            known[player] = Input(last.tick + step, held, pressed, last.axes if axes is None else axes)
            heard.append((player, known[player]))
        assert by_player(reader.read(writer.write(heard))) == by_player(heard)


@given(TICKS, st.integers(0, 5))
def test_late_inputs_are_known_to_both(ticks: list[list[tuple[Any, ...]]], late: int) -> None:
    """What follows a player's return in the same tick is in full, and the next tick goes on from it."""
    writer, reader = InputWriter(), InputReader()
    for number, tick in enumerate(ticks):
        heard = [
            (player, Input(number, held, pressed, axes or [])) for player, _, held, pressed, axes in tick
        ]
        first = [each for each in heard if each[0] != late]
        last = [each for each in heard if each[0] == late]
        read = reader.read(writer.write(first)) + reader.late(writer.late(last))
        assert by_player(read) == by_player(heard)


def test_players_who_hold_their_keys_cost_nothing() -> None:
    """400 players who go on as before are a record of 14 bytes a tick, 9 of which are its frame."""
    writer = JournalWriter()
    sizes = []
    for tick in range(1, 200):
        for player in range(400):
            writer.hear((player, Input(tick, 5, 0, [100, -100])))
        sizes.append(len(writer.tick()))
    assert max(sizes[2:]) <= 18


def test_a_change_costs_a_few_bytes() -> None:
    """One of 400 players turns the aim in each tick: below 20 bytes more than nothing at all."""
    writer = JournalWriter()
    sizes = []
    for tick in range(1, 200):
        for player in range(400):
            writer.hear((player, Input(tick, 5, 0, [tick * 37 if player == 77 else 0, 0])))
        sizes.append(len(writer.tick()))
    assert max(sizes[2:]) <= 38


@pytest.mark.parametrize(
    "entry",
    [
        Inputs(absent=[3]),
        Inputs(again=[3]),
        Inputs(aimed=[3]),
        Inputs(aimed=[1], aims=b"\1"),
        Inputs(aimed=[1], aims=b"\1\0\0\0"),
        Inputs(aimed=[1], aims=b"\0\x80"),
    ],
)
def test_what_no_writer_wrote_is_refused(entry: Inputs) -> None:
    """Players of whom nothing is known, axes too many, too few or out of range are a ValueError, never a guess."""
    reader = InputReader()
    reader.read(Inputs(rows=[InputRow(1, 5, 0, 0, [0])]))
    with pytest.raises(ValueError, match=r"."):
        reader.read(entry)
