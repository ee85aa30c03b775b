"""Inquests: everybody's dump, the first difference, and who does not come to its own checksum again."""

import zlib
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from net.errors import RemoteProtocolError
from net.lockstep.dumps import MAX_PARTS, PART, DumpUnreadable, Parts, pack_dump, parts_of, unpack_dump
from net.lockstep.inquest import DEADLINE, LONGEST, NO_DUMP, Inquest, Report
from net.lockstep.verdicts import Verdict


def dump(value: int) -> dict[str, Any]:
    """Of a world with one entity."""
    return {"generation": 9, "entities": {"3": {"Body": {"health": value, "x": 1}}}, "resources": {}}


def verdict(checksums: dict[int, int], right: int | None) -> Verdict:
    """About generation 9."""
    sides = ([who for who, each in checksums.items() if (each == right) is same] for same in (True, False))
    first, second = (tuple(side) if right is not None else () for side in sides)
    return Verdict(9, 8, right, first, second, checksums)


def send(inquest: Inquest, who: int, given_dump: object) -> None:
    """All parts of a dump."""
    parts = parts_of(pack_dump(given_dump))
    for place, data in enumerate(parts):
        inquest.part(who, 9, place, len(parts), data, 0.0)


def report(inquest: Inquest) -> Report:
    """With nothing about the room."""
    return inquest.report(
        room_id="r",
        game="g",
        fingerprint="f",
        seed=1,
        setup={},
        turns=[],
        names={0: "Ada", 1: "Ben", 2: "Cleo"},
    )


def test_who_has_no_dump_to_send_is_not_waited_for() -> None:
    """A part of a count of 0 is an answer, though the re-run is still to come; one with data or a place is no message at all."""
    inquest = Inquest(verdict({0: 1, 1: 2}, None), [0, 1], 0.0)
    for place, data in ((1, b""), (0, b"x")):
        with pytest.raises(RemoteProtocolError):
            inquest.part(0, 9, place, 0, data, 0.0)
    for who in (0, 1):
        inquest.part(who, 9, 0, 0, b"", 0.0)
        assert inquest.lacks(who)
        inquest.rerun(who, 9, 1)
        assert not inquest.lacks(who)
    assert inquest.is_over(0.0)
    assert report(inquest).difference == NO_DUMP
    assert (report(inquest).dumps, report(inquest).suspects) == ({}, [1])


def test_the_wrong_one_is_named_with_the_first_component_that_differs() -> None:
    """Two of three are right: the report compares one of them with the third."""
    inquest = Inquest(verdict({0: 1, 1: 2, 2: 1}, 1), [0, 1, 2], 0.0)
    for who, value in ((0, 40), (1, 41), (2, 40)):
        assert not inquest.is_over(0.0)
        send(inquest, who, dump(value))
    assert inquest.is_over(0.0)
    told = report(inquest)
    assert (told.wrong, told.compared) == ([1], [0, 1])
    assert (told.entity, told.component, told.field) == (3, "Body", "health")
    assert "40" in told.difference
    assert "41" in told.difference


def test_of_two_the_one_that_cannot_do_it_again_is_suspect() -> None:
    """Nobody is right; both compute again, and the one with another result than before is named."""
    inquest = Inquest(verdict({0: 1, 1: 2}, None), [0, 1], 0.0)
    send(inquest, 0, dump(40))
    send(inquest, 1, dump(41))
    assert not inquest.is_over(0.0)
    inquest.rerun(0, 9, 1)
    inquest.rerun(1, 9, 1)
    inquest.rerun(1, 9, 2)
    assert inquest.is_over(0.0)
    told = report(inquest)
    assert told.right == told.wrong == []
    assert told.suspects == [1]
    assert told.compared == [0, 1]
    assert (told.entity, told.component) == (3, "Body")


def test_two_who_both_do_it_again_are_both_named_as_they_are() -> None:
    """Each comes to its own checksum again: nobody is suspect, and the difference is told all the same."""
    inquest = Inquest(verdict({0: 1, 1: 2}, None), [0, 1], 0.0)
    for who in (0, 1):
        send(inquest, who, dump(who))
        inquest.rerun(who, 9, who + 1)
    told = report(inquest)
    assert told.suspects == []
    assert told.component == "Body"


def test_who_does_not_answer_is_not_waited_for_beyond_the_deadline() -> None:
    """After 10 s, or when the silent one is gone, there is a report of what came."""
    inquest = Inquest(verdict({0: 1, 1: 2, 2: 1}, 1), [0, 1, 2], 0.0)
    send(inquest, 0, dump(40))
    send(inquest, 2, dump(40))
    assert not inquest.is_over(DEADLINE - 1.0)
    assert inquest.is_over(DEADLINE)
    inquest.gone(1)
    assert inquest.is_over(0.0)
    assert report(inquest).difference == NO_DUMP


def test_answers_that_were_not_asked_for_cost_their_sender() -> None:
    """Another generation, another player, a re-run where somebody is right, parts out of order or without end."""
    inquest = Inquest(verdict({0: 1, 1: 2, 2: 1}, 1), [0, 1, 2], 0.0)
    with pytest.raises(RemoteProtocolError):
        inquest.part(0, 10, 0, 1, b"", 0.0)
    with pytest.raises(RemoteProtocolError):
        inquest.part(7, 9, 0, 1, b"", 0.0)
    with pytest.raises(RemoteProtocolError):
        inquest.rerun(0, 9, 1)
    for place, count, data in ((1, 2, b""), (0, MAX_PARTS + 1, b""), (0, 0, b"x"), (0, 1, bytes(PART + 1))):
        with pytest.raises(RemoteProtocolError):
            inquest.part(0, 9, place, count, data, 0.0)


def test_what_was_on_its_way_from_an_earlier_divergence_costs_nobody() -> None:
    """Parts and re-runs of a generation before come after the next divergence has begun: they are passed over."""
    inquest = Inquest(verdict({0: 1, 1: 2}, None), [0, 1], 0.0)
    inquest.part(0, 8, 5, 9, b"", 0.0)
    inquest.rerun(0, 8, 1)
    send(inquest, 0, dump(40))
    assert report(inquest).reruns == {}


def test_a_large_dump_is_waited_for_as_long_as_it_comes() -> None:
    """Each part gives the next one time, up to a limit: whoever drips them ends nothing else."""
    inquest = Inquest(verdict({0: 1, 1: 2, 2: 1}, 1), [0, 1, 2], 0.0)
    for place in range(8):
        inquest.part(0, 9, place, 200, b"", place * 9_000.0)
        assert inquest.is_over(place * 9_000.0 + DEADLINE)
        if place * 9_000.0 + DEADLINE > LONGEST:
            break
    assert not inquest.is_over(LONGEST - 1.0)
    assert inquest.is_over(LONGEST)


@given(st.binary(max_size=300))
def test_hostile_dumps_are_unreadable_and_nothing_else(junk: bytes) -> None:
    """Whatever bytes are sent as a dump, a report is made."""
    inquest = Inquest(verdict({0: 1, 1: 2, 2: 1}, 1), [0, 1, 2], 0.0)
    inquest.part(1, 9, 0, 1, junk, 0.0)
    inquest.part(0, 9, 0, 1, zlib.compress(junk), 0.0)
    assert report(inquest).compared == [0, 1]


def test_a_bomb_is_not_unpacked() -> None:
    """40 MB of spaces in 40 kB are refused before they are memory."""
    with pytest.raises(DumpUnreadable):
        unpack_dump(zlib.compress(b" " * 40_000_000, 1))


@given(st.binary(max_size=3 * PART), st.integers(0, 3))
def test_parts_make_the_whole_again(packed: bytes, again: int) -> None:
    """Cut and put together; when the connection is lost in between, all is sent again."""
    parts, pieces = Parts(), parts_of(packed)
    for place, data in list(enumerate(pieces))[:again]:
        parts.add(place, len(pieces), data)
    for place, data in enumerate(pieces):
        parts.add(place, len(pieces), data)
    assert parts.packed == packed


def test_a_report_is_json() -> None:
    """It can be written to a file and read again, dumps included."""
    inquest = Inquest(verdict({0: 1, 1: 2, 2: 1}, 1), [0, 1, 2], 0.0)
    for who in range(3):
        send(inquest, who, dump(who))
    told = report(inquest)
    assert msgspec.json.decode(msgspec.json.encode(told), type=Report) == told
