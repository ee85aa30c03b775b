"""Seeded random numbers: the same for a seed on every runtime, kept by save and load."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecs.game import Game
from ecs.random import BriefRandom, SeededRandom, mix
from ecs.world import World


def test_numbers_are_as_recorded() -> None:
    """What every runtime must draw for a seed."""
    source = SeededRandom(20261120)
    assert [source.random().hex() for _ in range(3)] == RECORDED
    assert [source.integer(1, 6) for _ in range(10)] == RECORDED_DICE
    brief = BriefRandom(20261120)
    assert [brief.random().hex() for _ in range(3)] == RECORDED_BRIEF


@given(st.integers(0, 2**64), st.integers(0, 300))
def test_a_loaded_state_goes_on_the_same(seed: int, drawn: int) -> None:
    """Wherever it is saved, what comes after is the same."""
    source = SeededRandom(seed)
    for _ in range(drawn):
        source.random()
    state = source.save()
    expected = [source.random() for _ in range(5)]
    other = SeededRandom(0)
    other.load(state)
    assert [other.random() for _ in range(5)] == expected


@pytest.mark.parametrize("kind", [SeededRandom, BriefRandom])
@given(seed=st.integers(0, 2**64), low=st.integers(-1000, 1000), more=st.integers(0, 1000))
def test_numbers_are_in_their_range(
    kind: type[SeededRandom | BriefRandom], seed: int, low: int, more: int
) -> None:
    """integer, uniform, choice, chance and shuffle give what they promise."""
    source = kind(seed)
    assert low <= source.integer(low, low + more) <= low + more
    assert low <= source.uniform(low, low + more) <= low + more
    items = list(range(more + 1))
    assert source.choice(items) in items
    shuffled = list(items)
    source.shuffle(shuffled)
    assert sorted(shuffled) == items
    assert source.chance(1.0)
    assert not source.chance(0.0)


@pytest.mark.parametrize("kind", [SeededRandom, BriefRandom])
def test_all_values_are_drawn_about_equally(kind: type[SeededRandom | BriefRandom]) -> None:
    """No value of a die is off by more than a few per cent in 60,000 throws."""
    source = kind(1)
    throws = [source.integer(1, 6) for _ in range(60_000)]
    assert all(9_500 < throws.count(side) < 10_500 for side in range(1, 7))


@pytest.mark.parametrize("state", [b"", b"\0" * 2499, b"\xff" * 2500])
def test_a_damaged_state_is_refused(state: bytes) -> None:
    """ValueError, not a strange generator."""
    with pytest.raises(ValueError, match="random state"):
        SeededRandom(1).load(state)


def test_impossible_requests_raise() -> None:
    """An empty choice and an empty range are errors."""
    with pytest.raises(ValueError, match="at least one"):
        SeededRandom(1).choice([])
    with pytest.raises(ValueError, match="low <= high"):
        SeededRandom(1).integer(2, 1)


def test_predicted_numbers_depend_on_player_and_input_tick_only() -> None:
    """Not on the world's seed or on what was drawn before: the client knows both."""
    game = Game("test")
    server, client = World(game, 1), World(game, 2, side="client")
    server.random.random()
    assert server.predicted_random(3, 17).random() == client.predicted_random(3, 17).random()
    drawn = {server.predicted_random(player, tick).random() for player in range(20) for tick in range(20)}
    assert len(drawn) == 400
    server.close()
    client.close()


def test_mixing_tells_orders_and_neighbours_apart() -> None:
    """Seeds of near numbers are far apart."""
    assert len({mix(a, b) for a in range(50) for b in range(50)}) == 2500
    assert mix(1, 2) != mix(2, 1)
    assert 0 <= mix(-5, 2**80) < 2**64


RECORDED = ["0x1.c613514adea22p-2", "0x1.09cc39d8bdd1ap-1", "0x1.2cb5145c0234cp-2"]
RECORDED_DICE = [2, 1, 1, 6, 1, 1, 2, 3, 6, 1]
RECORDED_BRIEF = ["0x1.80ae29d66a4dcp-2", "0x1.c04bf18eede13p-1", "0x1.7ec51b32ce50cp-3"]
