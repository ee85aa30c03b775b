"""The garbage collector between ticks: when it runs, and that nothing runs by itself."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from app.collector import FIRST_GUESS, FULL_EVERY, NEVER_IDLE, OVERDUE, YOUNG, Collector
from tests.app.site_kit import Clock


class Node:
    """One half of a cycle."""

    other: "Node"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def collector(clock: Clock) -> Iterator[Collector]:
    """A collector that has begun, and ends with the test."""
    made = Collector(clock)
    made.begin()
    yield made
    made.end()
    gc.collect()


def counts(monkeypatch: pytest.MonkeyPatch, young: int, middle: int = 0, old: int = 0) -> list[int]:
    """Pretends that so much is waiting; answers a list that fills with the generations collected."""
    collected: list[int] = []
    monkeypatch.setattr(gc, "get_count", lambda: (young, middle, old))
    monkeypatch.setattr(gc, "collect", collected.append)
    return collected


def test_python_does_not_collect_by_itself(collector: Collector) -> None:
    """Between begin and end automatic collection is off and what was loaded is frozen."""
    assert not gc.isenabled()
    assert gc.get_freeze_count() > 1_000
    collector.end()
    assert gc.isenabled()


def test_cycles_are_freed_in_pauses(collector: Collector, clock: Clock) -> None:
    """A cycle made after begin is gone when pauses have come."""
    one, two = Node(), Node()
    one.other, two.other = two, one
    gone = weakref.ref(one)
    del one, two
    kept = [[index] for index in range(YOUNG + 500)]
    collector.idle(clock() + 1_000.0)
    assert gone() is None
    assert kept


@pytest.mark.parametrize(
    ("waiting", "room", "expected"),
    [
        ((YOUNG - 1, 99, 99), 1_000.0, []),
        ((YOUNG, 0, 0), FIRST_GUESS[0] + 0.1, [0]),
        ((YOUNG, 0, 0), FIRST_GUESS[0] - 0.1, []),
        ((NEVER_IDLE + 1, 0, 0), 0.0, [0]),
        ((YOUNG, 10, 0), FIRST_GUESS[1] + 0.1, [1]),
        ((YOUNG, 10, 0), FIRST_GUESS[1] - 0.1, [0]),
    ],
)
def test_the_oldest_generation_that_is_due_and_fits_is_collected(
    monkeypatch: pytest.MonkeyPatch,
    clock: Clock,
    waiting: tuple[int, int, int],
    room: float,
    expected: list[int],
) -> None:
    """Nothing without need, nothing that would be late for the next tick, but never without bound."""
    collected = counts(monkeypatch, *waiting)
    Collector(clock).idle(clock() + room)
    assert collected == expected


def test_everything_is_collected_now_and_then(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    """A full collection is made when 5 s have passed since the last and there is room for it."""
    collector = Collector(clock)
    collected = counts(monkeypatch, YOUNG)
    collector.idle(clock() + 1_000.0)
    clock.pass_ms(FULL_EVERY + 1)
    collector.idle(clock() + FIRST_GUESS[2] - 0.1)
    collector.idle(clock() + 1_000.0)
    collector.idle(clock() + 1_000.0)
    assert collected == [0, 0, 2, 0]


def test_a_full_collection_is_not_put_off_for_ever(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    """After five minutes without a pause that is long enough it is made anyway."""
    collector = Collector(clock)
    collected = counts(monkeypatch, YOUNG)
    clock.pass_ms(OVERDUE + 1)
    collector.idle(clock())
    assert collected == [2]


def test_what_collections_took_decides_whether_the_next_fits(
    monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    """One slow collection changes little; when most are slow, they wait for more room."""
    collector = Collector(clock)
    monkeypatch.setattr(gc, "get_count", lambda: (YOUNG, 0, 0))
    durations = [0.1, 0.1, 20.0, 0.1, 20.0, 20.0]
    monkeypatch.setattr(gc, "collect", lambda _: clock.pass_ms(durations.pop(0)))
    for _ in range(10):
        collector.idle(clock() + 2.0)
    assert durations == []
    monkeypatch.setattr(gc, "collect", lambda _: pytest.fail("20 ms do not fit in 2 ms"))
    collector.idle(clock() + 2.0)
    assert collector.longest[0] == pytest.approx(20.0)
