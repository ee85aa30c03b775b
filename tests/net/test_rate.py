"""What one connection may send: messages and their bytes, counted together."""

from hypothesis import given
from hypothesis import strategies as st

from net.rate import RateLimit, TrafficLimit

MESSAGES, BURST, VOLUME = 60.0, 12.0, 5_000.0

traffic = st.lists(st.tuples(st.integers(0, 4_000), st.integers(0, 500)), max_size=60)


@given(traffic)
def test_what_fits_both_buckets_is_let_through(messages: list[tuple[int, int]]) -> None:
    """It lets through exactly what a bucket of messages and a bucket of bytes both would, and takes nothing else."""
    both = TrafficLimit(MESSAGES, BURST, VOLUME, 0.0)
    count, volume = RateLimit(MESSAGES, BURST, 0.0), RateLimit(VOLUME, VOLUME, 0.0)
    now = 0.0
    for size, pause in messages:
        now += pause
        expected = (
            count.take(0.0, now) and volume.take(0.0, now) and count._left >= 1.0 and volume._left >= size
        )
        if expected:
            assert count.take(1.0, now) and volume.take(float(size), now)
        assert both.take(size, now) is expected


def test_a_burst_is_used_up_and_comes_back() -> None:
    """After the burst nothing passes until time does, whichever bucket is empty."""
    limit = TrafficLimit(10.0, 2.0, 1_000.0, 0.0)
    assert [limit.take(1, 0.0) for _ in range(3)] == [True, True, False]
    assert limit.take(1, 100.0)
    assert not TrafficLimit(10.0, 2.0, 1_000.0, 0.0).take(1_001, 0.0)
