"""The hunters: wander, notice, chase, bite, and come back."""

from collections.abc import Callable
from math import hypot
from typing import Any

from tests.mods.arena_table import NEVER, ArenaTable
from tickroom import Position, Scene, Velocity


def the_hunter(arena: ArenaTable) -> int:
    return arena.all("Hunter")[0][0]


def distance(arena: ArenaTable, one: int, other: int) -> float:
    (x, y), (to_x, to_y) = arena.at(one), arena.at(other)
    return hypot(to_x - x, to_y - y)


def named(arena: ArenaTable, name: str) -> list[Any]:
    return [event for event in arena.happened if type(event).__name__ == name]


def test_hunters_wander_when_nobody_is_there(make_arena: Callable[..., ArenaTable]) -> None:
    """All of them walk about, slowly, and none stands in a wall."""
    arena = make_arena(wild=True)
    arena.step(2)
    hunters = [entity for entity, _ in arena.all("Hunter")]
    before = {entity: arena.at(entity) for entity in hunters}
    walked = dict.fromkeys(hunters, 0.0)
    for _ in range(300):
        arena.step()
        for entity in hunters:
            velocity = arena.world.get(entity, Velocity)
            walked[entity] += hypot(velocity.x, velocity.y) / 30.0
            assert hypot(velocity.x, velocity.y) < 200.0
    assert len(hunters) == 5
    assert all(far > 200.0 for far in walked.values())
    assert all(arena.at(entity) != before[entity] for entity in hunters)
    assert {arena.world.get(entity, Scene).state for entity in hunters} == {"stroll"}


def test_a_hunter_chases_the_nearest_fighter(arena: ArenaTable) -> None:
    """Of two fighters in sight it goes for the nearer one, and says so in its state."""
    near, far = arena.seat_at(0, 600.0, 560.0), arena.seat_at(1, 1100.0, 560.0)
    arena.hunt(780.0, 560.0)
    arena.step(8)
    hunter = the_hunter(arena)
    assert arena.world.get(hunter, Scene).state == "chase"
    before = distance(arena, hunter, near), distance(arena, hunter, far)
    arena.step(12)
    assert distance(arena, hunter, near) < before[0] - 40.0
    assert distance(arena, hunter, far) > before[1] + 40.0


def test_a_hunter_changes_to_who_comes_nearer(arena: ArenaTable) -> None:
    """The nearest is chosen anew while it chases."""
    arena.seat_at(0, 400.0, 560.0)
    other = arena.seat_at(1, 1500.0, 560.0)
    arena.hunt(740.0, 560.0)
    arena.step(10)
    hunter = the_hunter(arena)
    assert arena.part(hunter, "Hunter").prey == arena.fighter(0)
    x, y = arena.at(hunter)
    arena.put(other, x + 90.0, y)
    arena.step(10)
    assert arena.part(hunter, "Hunter").prey == other


def test_walls_hide_a_fighter(arena: ArenaTable) -> None:
    """A hunter does not notice whom it cannot see, however near."""
    arena.seat_at(0, 700.0, 700.0)
    arena.hunt(785.0, 700.0)
    arena.step(2)
    arena.part(the_hunter(arena), "Hunter").goal_x = 785.0
    arena.step(10)
    assert arena.world.get(the_hunter(arena), Scene).state == "stroll"


def test_a_hunter_forgets_whom_it_lost(arena: ArenaTable) -> None:
    """It goes where it saw the fighter last, and strolls on after 2.5 s without a sight."""
    entity = arena.seat_at(0, 600.0, 560.0)
    arena.hunt(780.0, 560.0)
    arena.step(10)
    hunter = the_hunter(arena)
    arena.put(entity, 110.0, 1300.0)
    arena.step(40)
    assert arena.world.get(hunter, Scene).state == "chase"
    assert arena.at(hunter)[0] < 660.0
    arena.step(60)
    assert arena.world.get(hunter, Scene).state == "stroll"


def test_a_hunter_bites_in_reach_and_not_all_the_time(arena: ArenaTable) -> None:
    """A bite takes 12, at most every 0.7 s, and a fighter who stays is killed and counted for nobody."""
    entity = arena.seat_at(0, 600.0, 560.0)
    arena.hunt(660.0, 560.0)
    arena.step_until(lambda: named(arena, "Hit"), 60)
    assert arena.of(0, "Health").value == 88.0
    arena.step(20)
    assert len(named(arena, "Hit")) == 1
    arena.step(3)
    assert len(named(arena, "Hit")) == 2
    arena.step_until(lambda: named(arena, "Died"), 400)
    (died,) = named(arena, "Died")
    assert (died.victim, died.killer) == (0, -1)
    assert arena.score(0).deaths == 1
    assert arena.world.get(entity, Scene).state == "dead"


def test_a_hunter_leaves_the_dead_alone(arena: ArenaTable) -> None:
    """Its prey dead, a hunter strolls on."""
    arena.seat_at(0, 600.0, 560.0)
    arena.of(0, "Health").value = 5.0
    arena.hunt(660.0, 560.0)
    arena.step_until(lambda: named(arena, "Died"), 60)
    arena.step(7)
    assert arena.world.get(the_hunter(arena), Scene).state == "stroll"


def test_a_shot_hunter_gives_a_point_and_comes_back(arena: ArenaTable) -> None:
    """Four hits kill a hunter; its nest brings forth another one after 12 s."""
    arena.seat_at(0, 600.0, 560.0)
    nest = arena.hunt(780.0, 560.0)
    arena.step(2)
    arena.shoot_at(0, 780.0, 560.0)
    arena.step_until(lambda: named(arena, "Died"), 60)
    arena.hold(0)
    assert [(event.victim, event.killer) for event in named(arena, "Died")] == [(-1, 0)]
    assert (arena.score(0).points, arena.score(0).kills) == (1, 0)
    arena.step()
    assert arena.all("Hunter") == []
    arena.step(355)
    assert arena.all("Hunter") == []
    arena.step(10)
    assert len(arena.all("Hunter")) == 1
    arena.part(nest, "Nest").next_tick = NEVER


def test_a_hunter_looks_where_it_goes(arena: ArenaTable) -> None:
    """The view turns it by the angle of its position."""
    arena.seat_at(0, 600.0, 560.0)
    arena.hunt(780.0, 560.0)
    arena.step(10)
    angle = arena.world.get(the_hunter(arena), Position).angle
    assert abs(abs(angle) - 3.14159) < 0.2
