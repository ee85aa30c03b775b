"""What lies on the ground."""

from collections.abc import Callable
from typing import Any

from tests.mods.arena_table import OPEN, ArenaTable
from tickroom import Scene


def picked(arena: ArenaTable) -> list[Any]:
    return [event for event in arena.happened if type(event).__name__ == "Picked"]


def test_healing_gives_health_back(arena: ArenaTable) -> None:
    """Walking over a heal adds 50 health, at most to the full."""
    arena.lay("heal", 700.0, 560.0)
    arena.seat_at(0, *OPEN)
    arena.of(0, "Health").value = 30.0
    arena.hold(0, "right")
    arena.step_until(lambda: picked(arena), 40)
    assert arena.of(0, "Health").value == 80.0
    arena.lay("heal", *arena.at(arena.fighter(0)))
    arena.step(3)
    assert arena.of(0, "Health").value == 100.0


def test_who_is_whole_leaves_the_heal_for_others(arena: ArenaTable) -> None:
    """A heal is not wasted, and works later for whoever still stands on it."""
    arena.lay("heal", *OPEN)
    arena.seat_at(0, *OPEN)
    arena.step(20)
    assert picked(arena) == []
    arena.of(0, "Health").value = 60.0
    arena.step(2)
    assert arena.of(0, "Health").value == 100.0


def test_rapid_fire_doubles_the_rate_for_a_while(arena: ArenaTable) -> None:
    """With rapid fire ten shots leave a second and no round is used; 8 s later it is as before."""
    arena.lay("rapid", *OPEN)
    arena.seat_at(0, *OPEN)
    arena.step(3)
    arena.hold(0, "fire", aim_y=-1.0)
    arena.step(30)
    assert len([event for event in arena.happened if type(event).__name__ == "Shot"]) == 10
    assert arena.of(0, "Gear").ammo == 12
    arena.hold(0)
    arena.step(240)
    arena.hold(0, "fire", aim_y=-1.0)
    arena.step(30)
    assert len([event for event in arena.happened if type(event).__name__ == "Shot"]) == 15


def test_a_pick_up_comes_back(arena: ArenaTable) -> None:
    """A taken pick-up is gone for everybody, and lies there again after 10 s."""
    arena.lay("rapid", *OPEN)
    entity = arena.seat_at(0, *OPEN)
    arena.step(3)
    arena.put(entity, 120.0, 560.0)
    assert len(picked(arena)) == 1
    assert arena.all("Pickup") == []
    arena.step(290)
    assert arena.all("Pickup") == []
    arena.step(15)
    assert len(arena.all("Pickup")) == 1


def test_one_pick_up_goes_to_one_fighter(arena: ArenaTable) -> None:
    """Two who reach it in the same tick do not both get it."""
    arena.seat_at(0, 670.0, 560.0)
    arena.seat_at(1, 730.0, 560.0)
    arena.lay("rapid", 700.0, 560.0)
    arena.hold(0, "right")
    arena.hold(1, "left")
    arena.step(20)
    assert len(picked(arena)) == 1


def test_a_crate_may_hold_anything(make_arena: Callable[..., ArenaTable]) -> None:
    """What is in a crate is the server's to decide: over many rooms everything turns up, and always does something."""
    found = set()
    for seed in range(30):
        arena = make_arena(seed)
        arena.lay("crate", *OPEN)
        arena.seat_at(0, *OPEN)
        arena.of(0, "Health").value = 30.0
        arena.step(4)
        (event,) = picked(arena)
        found.add(event.what)
        better = {
            "heal": arena.of(0, "Health").value == 80.0,
            "rapid": arena.of(0, "Powers").rapid_until > arena.world.tick,
            "shield": arena.of(0, "Powers").shield_until > arena.world.tick,
            "gold": arena.score(0).points == 3,
        }
        assert [what for what, happened in better.items() if happened] == [event.what]
    assert found == {"heal", "rapid", "shield", "gold"}


def test_nobody_can_see_what_a_crate_holds(make_arena: Callable[..., ArenaTable]) -> None:
    """A crate's kind is all that is shown of it, and its content is not decided before it is opened."""
    arena = make_arena(wild=True)
    arena.step(2)
    kinds = [arena.world.get(entity, Scene).kind for entity, _ in arena.all("Pickup")]
    assert sorted(set(kinds)) == ["crate", "heal", "rapid"]
    assert len(kinds) == 10
    assert arena.game.components["Pickup"].replicate is None
