"""How fighters move."""

from collections.abc import Callable
from math import cos, hypot, pi, sin

import pytest

from tests.mods.arena_table import OPEN, ArenaTable
from tests.mods.driver import Fidgeter
from tests.mods.loading import module
from tickroom import Velocity

TOP_SPEED = 330.0


def speed(arena: ArenaTable, entity: int) -> float:
    velocity = arena.world.get(entity, Velocity)
    return hypot(velocity.x, velocity.y)


def test_a_fighter_gathers_speed_and_keeps_its_top_speed(arena: ArenaTable) -> None:
    """A held key accelerates over several ticks up to the top speed and not beyond."""
    entity = arena.seat_at(0, *OPEN)
    arena.hold(0, "right")
    speeds = []
    for _ in range(20):
        arena.step()
        speeds.append(speed(arena, entity))
    assert 0.0 < speeds[0] < 100.0
    assert speeds == sorted(speeds)
    assert speeds[-1] == pytest.approx(TOP_SPEED)


def test_a_fighter_who_steers_nowhere_stops(arena: ArenaTable) -> None:
    """Without a key friction brings the fighter to rest within a third of a second."""
    entity = arena.seat_at(0, *OPEN)
    arena.hold(0, "right")
    arena.step(15)
    arena.hold(0)
    arena.step(10)
    assert speed(arena, entity) == 0.0


def test_two_keys_are_no_faster_than_one(arena: ArenaTable) -> None:
    """A diagonal has the same top speed."""
    entity = arena.seat_at(0, *OPEN)
    arena.hold(0, "right", "up")
    arena.step(12)
    assert speed(arena, entity) == pytest.approx(TOP_SPEED)


def test_half_a_stick_is_half_the_speed(arena: ArenaTable) -> None:
    """A stick (gamepad or touch) steers in any direction and at any pace."""
    entity = arena.seat_at(0, *OPEN)
    arena.hold(0, move_x=0.3, move_y=-0.4)
    arena.step(20)
    velocity = arena.world.get(entity, Velocity)
    assert (velocity.x, velocity.y) == pytest.approx((0.3 * TOP_SPEED, -0.4 * TOP_SPEED), rel=1e-3)


@pytest.mark.parametrize(
    ("key", "start", "stop"),
    [
        ("left", (140.0, 560.0), (50.0, 560.0)),
        ("up", (700.0, 120.0), (700.0, 50.0)),
        ("right", (650.0, 700.0), (706.0, 700.0)),
        ("down", (1000.0, 560.0), (1000.0, 617.0)),
    ],
)
def test_walls_stop_a_fighter(
    arena: ArenaTable, key: str, start: tuple[float, float], stop: tuple[float, float]
) -> None:
    """Running against the border or against cover for two seconds ends at its surface, at rest."""
    entity = arena.seat_at(0, *start)
    arena.hold(0, key)
    arena.step(60)
    before = arena.at(entity)
    assert before == pytest.approx(stop, abs=4.0)
    arena.step(30)
    assert arena.at(entity) == pytest.approx(before, abs=0.5)


def test_a_dash_leaps_ahead_but_not_through_a_wall(arena: ArenaTable) -> None:
    """A dash covers more ground than running, and the thinnest wall stops it from any distance."""
    entity = arena.seat_at(0, 620.0, 560.0)
    arena.hold(0, "right", "dash")
    arena.step(8)
    assert arena.at(entity)[0] - 620.0 > 130.0
    for distance in range(20, 60, 2):
        arena.of(0, "Gear").dash_tick = 0
        arena.put(entity, 724.0 - 18.0 - distance, 700.0)
        arena.hold(0, "right")
        arena.step()
        arena.hold(0, "right", "dash")
        arena.step(15)
        assert arena.at(entity)[0] < 724.0 - 12.0


def test_a_dash_needs_rest(arena: ArenaTable) -> None:
    """Pressing again at once does nothing; after two seconds the dash is back."""
    arena.seat_at(0, *OPEN)
    for _ in range(6):
        arena.hold(0, "right", "dash")
        arena.step(2)
        arena.hold(0, "left")
        arena.step(2)
    dashed = [event for event in arena.happened if type(event).__name__ == "Dashed"]
    assert len(dashed) == 1
    arena.step(60)
    arena.hold(0, "right", "dash")
    arena.step()
    assert len([event for event in arena.happened if type(event).__name__ == "Dashed"]) == 2


def test_fighters_push_each_other_and_do_not_overlap(arena: ArenaTable) -> None:
    """Two who run into each other come to rest side by side."""
    one, other = arena.seat_at(0, 600.0, 560.0), arena.seat_at(1, 800.0, 560.0)
    arena.hold(0, "right")
    arena.hold(1, "left")
    arena.step(60)
    assert 28.0 < arena.at(other)[0] - arena.at(one)[0] < 37.0


@pytest.mark.parametrize("angle", [0.0, 1.0, pi / 2, -2.5])
def test_the_pointer_turns_the_fighter(arena: ArenaTable, angle: float) -> None:
    """The aim axes set where the fighter looks, whatever it collides with."""
    arena.seat_at(0, *OPEN)
    arena.hold(0, "left", aim_x=cos(angle), aim_y=sin(angle))
    arena.step(5)
    assert arena.of(0, "Position").angle == pytest.approx(angle)


def test_without_a_pointer_the_fighter_looks_where_it_goes(arena: ArenaTable) -> None:
    """A player with only a keyboard can aim, too."""
    arena.seat_at(0, *OPEN)
    arena.hold(0, "up")
    arena.step(3)
    arena.hold(0)
    arena.step(3)
    assert arena.of(0, "Position").angle == pytest.approx(-pi / 2)


def test_a_lost_connection_lets_all_keys_go(arena: ArenaTable) -> None:
    """A fighter whose player's connection broke comes to rest instead of running on."""
    entity = arena.seat_at(0, *OPEN)
    arena.hold(0, "right")
    arena.step(10)
    arena.forget(0)
    arena.engine.drop(0)
    arena.step(12)
    assert speed(arena, entity) == 0.0


def test_nobody_gets_out_of_the_arena(make_arena: Callable[..., ArenaTable]) -> None:
    """Sixteen run and dash into everything for a minute: all stay inside, and at rest none is in a wall."""
    arena = make_arena(wild=True)
    fidgeters = [Fidgeter(arena.game, player) for player in range(16)]
    for player in range(16):
        arena.seat(player)
    for tick in range(1, 1801):
        for player, fidgeter in enumerate(fidgeters):
            arena.engine.inputs.enqueue(player, tick, *fidgeter.state(tick))
        arena.step()
        for x, y in standing(arena):
            assert 16.0 < x < 1984.0 and 16.0 < y < 1384.0, f"tick {tick}: {x}, {y}"
    for player in range(16):
        arena.hold(player)
    arena.step(90)
    is_free = module(
        "arena", "shared.layout"
    ).is_free  # 11: a hunter (radius 16) that touches a corner diagonally
    assert len(standing(arena)) > 16
    assert [place for place in standing(arena) if not is_free(*place, 11.0)] == []


def standing(arena: ArenaTable) -> list[tuple[float, float]]:
    return [arena.at(entity) for entity, _ in (*arena.all("Fighter"), *arena.all("Hunter"))]
