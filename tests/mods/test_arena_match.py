"""A round from its start to its result, and the next one."""

from typing import Any

import pytest

from tests.mods.arena_table import SHIELDED, ArenaTable
from tickroom import Scene

LEFT, RIGHT = (620.0, 560.0), (900.0, 560.0)


def named(arena: ArenaTable, name: str) -> list[Any]:
    return [event for event in arena.happened if type(event).__name__ == name]


def test_the_clock_starts_with_the_first_player(arena: ArenaTable) -> None:
    """An arena may wait for an hour; the first who comes has the whole five minutes."""
    arena.step(10)
    assert arena.round().end_tick > 10**9
    arena.seat(0)
    arena.step()
    assert arena.round().end_tick == arena.world.tick + 9000
    arena.seat(1)
    arena.step(5)
    assert arena.round().end_tick == arena.world.tick - 5 + 9000


def test_a_scripted_match_between_two(arena: ArenaTable) -> None:
    """One stands still, the other shoots him whenever he can: twelve kills end the round, and the next one begins."""
    arena.seat_at(0, *LEFT)
    arena.seat_at(1, *RIGHT)

    def fight() -> bool:
        for player, place in ((0, LEFT), (1, RIGHT)):
            arena.put(arena.fighter(player), *place)
        arena.shoot_at(0, *RIGHT)
        return bool(named(arena, "RoundEnded"))

    arena.step_until(fight, 9000)
    (ended,) = named(arena, "RoundEnded")
    assert (ended.number, ended.winner, ended.points) == (1, 0, 60)
    assert len(named(arena, "Died")) == 12
    assert (arena.score(0).kills, arena.score(1).deaths) == (12, 12)
    assert arena.round().phase == "result"
    arena.step(200)
    assert len(named(arena, "RoundEnded")) == 1
    arena.hold(0)
    arena.step(60)
    assert (arena.round().phase, arena.round().number) == ("fight", 2)
    assert [(score.points, score.kills, score.deaths) for _, score in arena.all("Score")] == [(0, 0, 0)] * 2
    assert all(arena.world.get(entity, Scene).state == "" for entity, _ in arena.all("Fighter"))
    assert arena.of(1, "Powers").shield_until >= arena.world.tick - 60 + SHIELDED - 8


def test_nobody_is_hurt_between_rounds(arena: ArenaTable) -> None:
    """While the result is shown, shots do no harm."""
    arena.seat_at(0, *LEFT)
    arena.seat_at(1, *RIGHT)
    arena.score(0).points = 60
    arena.step()
    assert arena.round().phase == "result"
    arena.shoot_at(0, *RIGHT)
    arena.step(60)
    assert len(named(arena, "Shot")) > 5
    assert arena.of(1, "Health").value == 100.0


@pytest.mark.parametrize(("points", "winner"), [((7, 3), 0), ((2, 9), 1), ((4, 4), -1), ((0, 0), -1)])
def test_time_up_ends_the_round(arena: ArenaTable, points: tuple[int, int], winner: int) -> None:
    """At the end of the time whoever has more points wins; equal points are a draw."""
    arena.seat_at(0, *LEFT)
    arena.seat_at(1, *RIGHT)
    for player in (0, 1):
        arena.score(player).points = points[player]
    arena.round().end_tick = arena.world.tick + 5
    arena.step(4)
    assert named(arena, "RoundEnded") == []
    arena.step()
    (ended,) = named(arena, "RoundEnded")
    assert (ended.winner, ended.points) == (winner, max(points))
    assert arena.round().winner == winner


def test_an_arena_that_emptied_starts_again(arena: ArenaTable) -> None:
    """When all have left, the next player finds a fresh round and no old scores."""
    arena.seat_at(0, *LEFT)
    arena.score(0).points = 30
    arena.engine.leave(0)
    arena.step(500)
    arena.seat(1)
    arena.step()
    assert arena.round().end_tick == arena.world.tick + 9000
    assert [(score.player, score.points) for _, score in arena.all("Score")] == [(1, 0)]
