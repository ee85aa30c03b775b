"""The garbage collector between ticks: when it runs, and that nothing runs by itself."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from app.collector import FIRST_GUESS, FULL_EVERY, NEVER_IDLE, YOUNG, Collector
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


def test_full_collections_are_rare(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    """A full one is made when it is due and half a minute has passed since the last."""
    collector = Collector(clock)
    collected = counts(monkeypatch, YOUNG, 0, 10)
    collector.idle(clock() + 1_000.0)
    clock.pass_ms(FULL_EVERY + 1)
    collector.idle(clock() + 1_000.0)
    collector.idle(clock() + 1_000.0)
    assert collected == [0, 2, 0]


def test_a_generation_that_took_long_is_given_more_room(
    monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    """What a collection was measured to take decides whether the next one fits."""
    collector = Collector(clock)
    monkeypatch.setattr(gc, "get_count", lambda: (YOUNG, 0, 0))
    collected: list[int] = []

    def slow(generation: int) -> None:
        collected.append(generation)
        clock.pass_ms(20.0)

    monkeypatch.setattr(gc, "collect", slow)
    collector.idle(clock() + 1.0)
    collector.idle(clock() + 1.0)
    collector.idle(clock() + 10.0)
    assert collected == [0, 0]
    assert collector.longest[0] == 20.0
