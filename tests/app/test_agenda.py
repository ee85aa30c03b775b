"""The agenda gives the same rooms as looking at all of them would, however their times change."""

from dataclasses import dataclass
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.rooms.agenda import Agenda


@dataclass
class Times:
    """A schedule that tests set."""

    due: float


@dataclass(eq=False)
class Room:
    """An entry of the directory, as far as an agenda looks."""

    schedule: Times


@given(st.lists(st.tuples(st.sampled_from("ptl"), st.integers(0, 4), st.integers(0, 50)), max_size=60))
def test_it_is_as_looking_at_all_rooms(acts: list[tuple[str, int, int]]) -> None:
    """Putting in, taking what is due and being late in any order: compared with a plain list of times."""
    agenda, rooms = Agenda(), [Room(Times(0.0)) for _ in range(5)]
    inside: dict[int, float] = {}
    for act, number, time in acts:
        if act == "p":
            rooms[number].schedule.due = inside[number] = float(time)
            agenda.put(_entry(rooms[number]))
        elif act == "l" and number in inside:
            rooms[number].schedule.due = inside[number] = (
                inside[number] + time
            )  # later than it was put in for
        elif act == "t":
            taken = [rooms.index(_room(each)) for each in agenda.take(float(time))]
            assert sorted(taken) == sorted(each for each, due in inside.items() if due < time)
            for each in taken:
                del inside[each]
    upcoming = agenda.next()
    assert (upcoming is None) == (not inside)
    assert upcoming is None or upcoming <= min(inside.values())


def _entry(room: Room) -> Any:
    return room


def _room(entry: Any) -> Room:
    assert isinstance(entry, Room)
    return entry
