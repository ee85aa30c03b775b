"""Verdicts: checksums are compared as they come, and only a strict majority or a referee is right."""

from hypothesis import given
from hypothesis import strategies as st

from net.lockstep.verdicts import KEPT, MAX_OPEN, REFEREE, Verdicts, majority


def test_a_generation_is_confirmed_when_all_have_said_the_same() -> None:
    """Two of three are not enough; the third confirms, and the checksum is known."""
    verdicts = Verdicts()
    verdicts.hear(0, 0, 7)
    verdicts.hear(1, 0, 7)
    assert verdicts.judge({0, 1, 2}) is None
    assert verdicts.confirmed == -1
    verdicts.hear(2, 0, 7)
    assert verdicts.judge({0, 1, 2}) is None
    assert (verdicts.confirmed, verdicts.checksum) == (0, 7)


def test_a_strict_majority_is_right() -> None:
    """Of three, two that agree are right, at once when they have said so; the generation before is where they still agreed."""
    verdicts = Verdicts()
    for who in range(3):
        verdicts.hear(who, 4, 1)
    verdicts.judge({0, 1, 2})
    verdicts.hear(0, 5, 1)
    verdicts.hear(1, 5, 2)
    assert verdicts.judge({0, 1, 2}) is None
    verdicts.hear(2, 5, 2)
    verdict = verdicts.judge({0, 1, 2})
    assert verdict is not None
    assert (verdict.generation, verdict.confirmed, verdict.checksum) == (5, 4, 2)
    assert (verdict.right, verdict.wrong) == ((1, 2), (0,))


def test_two_who_differ_are_both_not_right() -> None:
    """Without a majority nobody is right: two players, or four in two halves."""
    for players in (2, 4):
        verdicts = Verdicts()
        for who in range(players):
            verdicts.hear(who, 0, who % 2)
        verdict = verdicts.judge(set(range(players)))
        assert verdict is not None
        assert verdict.checksum is None
        assert verdict.right == verdict.wrong == ()


def test_the_referee_is_right_against_all() -> None:
    """One referee outweighs any number of players."""
    verdicts = Verdicts()
    for who in range(3):
        verdicts.hear(who, 0, 5)
    verdicts.hear(REFEREE, 0, 6)
    verdict = verdicts.judge({0, 1, 2})
    assert verdict is not None
    assert (verdict.checksum, verdict.wrong) == (6, (0, 1, 2))


def test_viewers_have_no_vote_and_are_measured() -> None:
    """What ten viewers say decides nothing; one of them is told what would have been right, as is one who comes late."""
    verdicts = Verdicts()
    for viewer in range(100, 110):
        verdicts.hear(viewer, 0, 9)
    verdicts.hear(0, 0, 1)
    verdicts.hear(1, 0, 1)
    assert verdicts.judge({0, 1}) is None
    assert verdicts.confirmed == 0
    assert verdicts.astray == set(range(100, 110))
    assert verdicts.hear(200, 0, 9) == 1
    assert verdicts.hear(200, 0, 1) is None


def test_one_who_does_not_say_anything_is_waited_for_or_not() -> None:
    """Impatiently the two who differ are judged without the third, who could have decided."""
    verdicts = Verdicts()
    verdicts.hear(0, 0, 1)
    verdicts.hear(1, 0, 2)
    assert verdicts.judge({0, 1, 2}) is None
    assert verdicts.disagree({0, 1, 2})
    verdict = verdicts.judge({0, 1, 2}, patient=False)
    assert verdict is not None
    assert verdict.checksum is None


def test_a_player_without_checksums_holds_nothing_up() -> None:
    """After half of the window what the others agree on is confirmed without who keeps silent."""
    verdicts = Verdicts()
    for generation in range(MAX_OPEN):
        verdicts.hear(0, generation, generation)
        verdicts.hear(1, generation, generation)
        assert verdicts.judge({0, 1, 2}) is None
    assert verdicts.confirmed > 0


def test_what_has_been_said_first_counts() -> None:
    """Nobody takes a checksum back."""
    verdicts = Verdicts()
    verdicts.hear(0, 0, 1)
    verdicts.hear(0, 0, 2)
    verdicts.hear(1, 0, 1)
    assert verdicts.judge({0, 1}) is None
    assert verdicts.checksum == 1


def test_after_it_is_settled_the_wrong_one_begins_anew() -> None:
    """What was right counts from there, the wrong one is named; what it had said of what was told by then does not count, however
    late it comes; from then on it is compared with the others."""
    verdicts = Verdicts()
    for who, value in ((0, 1), (1, 2), (2, 2)):
        verdicts.hear(who, 5, value)
        verdicts.hear(who, 6, value)
    assert verdicts.settle(5, 2, told=7) == [0]
    assert verdicts.unproven == {0}
    assert verdicts.confirmed == 5
    assert verdicts.hear(0, 5, 1) is None
    assert verdicts.hear(0, 7, 1) is None
    for who in (1, 2):
        verdicts.hear(who, 7, 2)
    assert verdicts.judge({0, 1, 2}) is None
    assert verdicts.confirmed == 7
    for who in (0, 1, 2):
        verdicts.hear(who, 8, 4)
    assert verdicts.judge({0, 1, 2}) is None
    assert verdicts.unproven == set()
    for who, value in ((0, 3), (1, 2), (2, 2)):
        verdicts.hear(who, 9, value)
    verdict = verdicts.judge({0, 1, 2})
    assert verdict is not None
    assert verdict.wrong == (0,)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=9), st.integers(0, 4))
def test_a_majority_is_more_than_half_of_all_voters(said: list[int], silent: int) -> None:
    """Compared with counting: what is right has more than half of those who could vote, and there is at most one."""
    voters = len(said) + silent
    found = majority(dict(enumerate(said)), voters)
    right = [value for value in set(said) if said.count(value) * 2 > voters]
    assert right == ([] if found is None else [found])


@given(st.integers(2, 4), st.data())
def test_one_changed_state_is_found_at_its_first_checksum(players: int, data: st.DataObject) -> None:
    """From a generation on one player's state is another; in whatever order players speak, that generation is judged."""
    cheat, since = data.draw(st.integers(0, players - 1)), data.draw(st.integers(0, 9))
    turns = data.draw(st.permutations([who for who in range(players) for _ in range(10)]))
    order = [(turns[:place].count(who), who) for place, who in enumerate(turns)]
    verdicts, found = Verdicts(), None
    for generation, who in order:
        verdicts.hear(
            who, generation, 1_000 + generation if who == cheat and generation >= since else generation
        )
        found = found or verdicts.judge(set(range(players)), patient=True)
    assert found is not None
    assert found.generation == since
    if players > 2:
        assert found.wrong == (cheat,)


def test_memory_is_bounded() -> None:
    """However long a match is, only the last confirmed checksums are kept."""
    verdicts = Verdicts()
    for generation in range(3 * KEPT):
        verdicts.hear(0, generation, generation)
        verdicts.judge({0})
    assert len(verdicts._right) == KEPT
    assert not verdicts._open


def test_a_match_that_goes_on_has_its_last_confirmed_checksum() -> None:
    """What was confirmed before a server was killed is told again, and late checksums are compared with it."""
    verdicts = Verdicts(41, 0xABCD)
    assert (verdicts.confirmed, verdicts.checksum) == (41, 0xABCD)
    assert verdicts.hear(0, 41, 7) == 0xABCD
    assert verdicts.hear(1, 41, 0xABCD) is None
