"""Seats: who gets one, under which name and number, and whose token opens it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from net.players.seats import BadName, NameTaken, RoomFull, Seats, checked_name
from net.players.sessions import token_digest
from net.rate import RateLimit


def test_numbers_are_the_lowest_free() -> None:
    """A freed number is given again, so that numbers stay below the count of seats."""
    seats = Seats(3)
    first, second = (seats.reserve(name, name, token_digest(name), 0.0) for name in "ab")
    seats.free(first)
    third = seats.reserve("c", "c", token_digest("c"), 0.0)
    assert (second.player, third.player) == (1, 0)
    assert [seat.name for seat in seats] == ["c", "b"]


def test_a_full_room_says_so() -> None:
    """There are never more seats than the count."""
    seats = Seats(1)
    seats.reserve("a", "a", b"", 0.0)
    with pytest.raises(RoomFull, match="1 seats"):
        seats.reserve("b", "b", b"", 0.0)
    assert len(seats) == 1


@pytest.mark.parametrize("name", ["Anna", "anna", " ANNA "])
def test_a_name_is_taken_in_any_case(name: str) -> None:
    """Two players of a room are told apart by their names."""
    seats = Seats(2)
    seats.reserve("a", "Anna", b"", 0.0)
    with pytest.raises(NameTaken):
        seats.reserve("b", name, b"", 0.0)


@pytest.mark.parametrize("name", ["", "   ", "x" * 25, "a\x00b", "\u202eevil", "tab\u200btab"])
def test_names_are_short_and_printable(name: str) -> None:
    """Empty, long, control, direction-changing and invisible names are refused."""
    with pytest.raises(BadName):
        checked_name(name)


@given(st.lists(st.tuples(st.floats(0, 50), st.floats(0, 20)), max_size=60))
def test_a_rate_limit_never_gives_more_than_its_rate(takes: list[tuple[float, float]]) -> None:
    """Whatever the pattern, the sum taken is at most the burst plus the rate times the time."""
    limit, now, taken = RateLimit(100.0, 10.0, 0.0), 0.0, 0.0
    for wait, amount in takes:
        now += wait
        if limit.take(amount, now):
            taken += amount
    assert taken <= 10.0 + now * 0.1 + 1e-6


def test_a_rate_limit_recovers() -> None:
    """After the burst is spent, time alone fills the bucket again."""
    limit = RateLimit(10.0, 2.0, 0.0)
    assert [limit.take(1.0, 0.0) for _ in range(3)] == [True, True, False]
    assert limit.take(1.0, 100.0)


def test_nobody_squats_all_seats() -> None:
    """In a full room the oldest unclaimed reservation of the address that holds the most makes room for others."""
    seats = Seats(4)
    squatted = [seats.reserve(f"s{n}", f"s{n}", b"", 0.0, "10.0.0.1") for n in range(4)]
    seats.reserve("a", "Anna", b"", 1.0, "10.0.0.2")
    assert [seat.name for seat in seats] == ["Anna", "s1", "s2", "s3"]
    squatted[1].joined = squatted[2].joined = True
    with pytest.raises(RoomFull):
        seats.reserve("b", "Ben", b"", 1.0, "10.0.0.3")
    with pytest.raises(RoomFull):
        seats.reserve("s9", "s9", b"", 1.0, "10.0.0.1")


def test_a_seat_that_was_taken_makes_no_room() -> None:
    """Who plays, or has lost the connection for a moment, keeps the seat whoever comes."""
    seats = Seats(3)
    for number in range(3):
        seats.reserve(str(number), str(number), b"", 0.0, "10.0.0.1").joined = True
    with pytest.raises(RoomFull):
        seats.reserve("a", "Anna", b"", 1.0, "10.0.0.2")


def test_a_number_rests_until_the_game_has_heard_of_the_leave() -> None:
    """A newcomer does not get the number of a player whom the game takes to be there still."""
    seats = Seats(1)
    seat = seats.reserve("a", "Anna", b"", 0.0)
    seat.joined = True
    seats.free(seat)
    second = seats.reserve("b", "Ben", b"", 0.0)
    seats.free(second)
    seats.rested()
    assert (seat.player, second.player) == (0, 1)
    assert seats.reserve("c", "Carl", b"", 0.0).player == 0
