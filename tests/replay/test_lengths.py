"""When the generations of a journal were."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as some

from net.replay.lengths import MAX_MARKS, Lengths, Moment


def test_a_moment_where_the_length_changes() -> None:
    """Even stretches have two moments, ticks that were no generation take no time, and the total is all of them."""
    lengths = Lengths()
    assert (lengths.moments(), lengths.total) == ([], 0.0)
    for tick in (*range(5, 15), *range(19, 29)):
        lengths.add(tick, 50.0 if tick < 15 else 200.0)
    assert lengths.moments() == [Moment(4, 0.0), Moment(14, 500.0), Moment(18, 500.0), Moment(28, 2500.0)]
    assert lengths.total == 2500.0


@given(some.lists(some.sampled_from((50.0, 100.0, 250.0)), min_size=1, max_size=3 * MAX_MARKS))
def test_moments_are_few_and_ascend(each: list[float]) -> None:
    """However often the length changes; the ends are exact."""
    lengths = Lengths()
    for tick, length in enumerate(each, 1):
        lengths.add(tick, length)
    moments = lengths.moments()
    assert len(moments) <= MAX_MARKS
    assert (moments[0], moments[-1]) == (Moment(0, 0.0), Moment(len(each), sum(each)))
    assert all(one.tick < other.tick and one.ms < other.ms for one, other in pairwise(moments))
