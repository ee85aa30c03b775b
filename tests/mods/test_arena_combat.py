"""Shooting, being hurt, dying and coming back."""

from collections.abc import Callable
from math import hypot
from typing import Any

import pytest

from tests.mods.arena_table import SHIELDED, ArenaTable
from tickroom import Collide, Position, Scene, Velocity

LEFT, RIGHT = (620.0, 560.0), (900.0, 560.0)
DAMAGE = 14.0


def named(arena: ArenaTable, name: str) -> list[Any]:
    return [event for event in arena.happened if type(event).__name__ == name]


@pytest.fixture
def duel(arena: ArenaTable) -> ArenaTable:
    """Two unshielded fighters who see each other across open floor."""
    arena.seat_at(0, *LEFT)
    arena.seat_at(1, *RIGHT)
    arena.step()
    return arena


def test_a_shot_hurts_whom_it_meets(duel: ArenaTable) -> None:
    """A bullet flies to the other fighter, takes health once, pushes it, and is gone."""
    duel.shoot_at(0, *RIGHT)
    duel.step()
    duel.hold(0)
    assert len(duel.all("Bullet")) == 1
    duel.step_until(lambda: duel.of(1, "Health").value < 100.0, 20)
    assert duel.of(1, "Health").value == 100.0 - DAMAGE
    duel.step()
    assert duel.all("Bullet") == []
    assert duel.at(duel.fighter(1))[0] > RIGHT[0]
    (hit,) = named(duel, "Hit")
    assert (hit.victim, hit.player, hit.amount) == (duel.fighter(1), 0, DAMAGE)
    assert hypot(hit.x - RIGHT[0], hit.y - RIGHT[1]) < 30.0
    duel.step(30)
    assert duel.of(1, "Health").value == 100.0 - DAMAGE


def test_a_bullet_never_meets_its_shooter(duel: ArenaTable) -> None:
    """Running after one's own bullets at any speed hurts nobody."""
    duel.hold(0, "fire", "right", "dash", aim_x=0.0, aim_y=-1.0)
    duel.step(40)
    assert len(named(duel, "Shot")) > 3
    assert duel.of(0, "Health").value == 100.0


@pytest.mark.parametrize("gap", [0.0, 1.0, 10.0, 60.0])
@pytest.mark.parametrize(("toward", "sign"), [("right", 1.0), ("left", -1.0)])
def test_shots_do_not_pass_walls(arena: ArenaTable, gap: float, toward: str, sign: float) -> None:
    """With a wall between, nobody is hurt: not from afar, not with the muzzle pressed into the wall."""
    wall = 740.0
    arena.seat_at(0, wall - sign * (16.0 + 18.0 + gap), 700.0)
    arena.seat_at(1, wall + sign * (16.0 + 18.0 + 2.0), 700.0)
    arena.hold(0, "fire", *([toward] if gap == 0.0 else []), aim_x=sign, aim_y=0.0)
    arena.step(60)
    assert len(named(arena, "Shot")) >= 8
    assert len(named(arena, "Struck")) >= 8
    assert arena.of(1, "Health").value == 100.0


@pytest.mark.parametrize("start", [20.0, 25.0, 29.0, 31.0, 40.0])
def test_no_distance_lets_a_fast_shot_slip_past_a_body(arena: ArenaTable, start: float) -> None:
    """A bullet crosses 30 units a tick, nearly a fighter's width; each distance must still hit."""
    arena.seat_at(0, *LEFT)
    arena.seat_at(1, LEFT[0] + 36.0 + start, LEFT[1])
    arena.shoot_at(0, LEFT[0] + 500.0, LEFT[1])
    arena.step()
    arena.hold(0)
    arena.step(5)
    assert arena.of(1, "Health").value == 100.0 - DAMAGE


def test_the_fire_rate_is_five_a_second(duel: ArenaTable) -> None:
    """Holding the trigger for a second fires five times, however often it is pressed."""
    duel.hold(0, "fire", aim_x=0.0, aim_y=-1.0)
    duel.step(30)
    assert len(named(duel, "Shot")) == 5


def test_an_empty_magazine_reloads(duel: ArenaTable) -> None:
    """After twelve shots comes a pause of 1.1 s, then the magazine is full again."""
    duel.hold(0, "fire", aim_x=0.0, aim_y=-1.0)
    duel.step_until(lambda: duel.of(0, "Gear").ammo == 0, 100)
    assert len(named(duel, "Shot")) == 12
    duel.step(33)
    assert len(named(duel, "Shot")) == 12
    duel.step(3)
    assert len(named(duel, "Shot")) == 13


def test_a_magazine_can_be_reloaded_early(duel: ArenaTable) -> None:
    """Pressing reload with some rounds left fills it, and firing waits for that."""
    duel.hold(0, "fire", aim_x=0.0, aim_y=-1.0)
    duel.step(8)
    duel.hold(0, "fire", "reload", aim_x=0.0, aim_y=-1.0)
    duel.step(10)
    assert len(named(duel, "Shot")) == 2
    duel.hold(0)
    duel.step_until(lambda: duel.of(0, "Gear").ammo == 12, 40)


def test_death_and_return(duel: ArenaTable) -> None:
    """No health left: the fighter lies dead and out of the way, the score is counted, and after 3 s it is back, whole."""
    duel.of(1, "Health").value = 1.0
    duel.shoot_at(0, *RIGHT)
    duel.step_until(lambda: named(duel, "Died"), 20)
    duel.hold(0)
    victim = duel.fighter(1)
    (died,) = named(duel, "Died")
    assert (died.victim, died.killer) == (1, 0)
    assert duel.world.get(victim, Scene).state == "dead"
    assert not duel.world.has(victim, Collide)
    assert (duel.score(0).kills, duel.score(0).deaths, duel.score(0).points) == (1, 0, 5)
    assert (duel.score(1).kills, duel.score(1).deaths, duel.score(1).points) == (0, 1, 0)
    duel.hold(1, "up", "fire", "dash", aim_x=1.0)
    place = duel.at(victim)
    duel.step(80)
    assert duel.at(victim) == place
    assert len([shot for shot in named(duel, "Shot") if shot.player == 1]) == 0
    duel.hold(1)
    duel.step(15)
    assert duel.world.get(victim, Scene).state == ""
    assert duel.world.has(victim, Collide)
    assert duel.of(1, "Health").value == 100.0
    assert len([back for back in named(duel, "Respawned") if back.player == 1]) == 2


def test_the_dead_are_neither_hit_nor_in_the_way(duel: ArenaTable) -> None:
    """Bullets and fighters pass over a fallen fighter."""
    duel.of(1, "Health").value = 1.0
    duel.shoot_at(0, *RIGHT)
    duel.step_until(lambda: named(duel, "Died"), 20)
    hits = len(named(duel, "Hit"))
    duel.hold(0, "fire", "right", aim_x=1.0)
    duel.step(50)
    assert duel.at(duel.fighter(0))[0] > RIGHT[0] + 50.0
    assert len(named(duel, "Hit")) == hits


def test_who_has_just_come_is_protected(arena: ArenaTable) -> None:
    """A joined player cannot be hurt for 2.5 s, and can be afterwards."""
    arena.seat_at(0, *LEFT)
    arena.step(SHIELDED)
    newcomer = arena.seat_at(1, *RIGHT, shielded=True)
    arena.shoot_at(0, *RIGHT)
    arena.step(SHIELDED - 10)
    assert arena.of(1, "Health").value == 100.0
    assert len(named(arena, "Shot")) > 8
    arena.put(newcomer, *RIGHT)
    arena.step(60)
    assert arena.of(1, "Health").value < 100.0


def test_who_shoots_gives_up_the_shield(arena: ArenaTable) -> None:
    """The protection is for looking around, not for attacking."""
    arena.seat_at(0, *LEFT)
    arena.seat_at(1, *RIGHT, shielded=True)
    arena.shoot_at(1, RIGHT[0], 0.0)
    arena.step()
    arena.hold(1)
    arena.shoot_at(0, *RIGHT)
    arena.step(15)
    assert arena.of(1, "Health").value < 100.0


def test_a_fighter_comes_back_far_from_its_killer(make_arena: Callable[..., ArenaTable]) -> None:
    """The place is drawn from the three that are farthest from everybody, so it is neither near nor always the same."""
    places = set()
    for seed in range(8):
        arena = make_arena(seed)
        arena.seat_at(0, 110.0, 110.0)
        arena.seat(1)
        arena.step()
        place = arena.at(arena.fighter(1))
        assert hypot(place[0] - 110.0, place[1] - 110.0) > 1000.0
        places.add(place)
    assert 1 < len(places) <= 3


def test_two_players_who_come_at_once_get_two_places(arena: ArenaTable) -> None:
    """Sixteen players who join in one tick all stand apart."""
    for player in range(16):
        arena.seat(player)
    arena.step()
    places = {arena.at(entity) for entity, _ in arena.all("Fighter")}
    assert len(places) == 16


def test_leaving_cleans_up(duel: ArenaTable) -> None:
    """Of a player who leaves, nothing stays: no fighter, no scorecard, no bullets; the others play on."""
    duel.shoot_at(0, *RIGHT)
    duel.step(2)
    duel.forget(0)
    duel.engine.leave(0)
    duel.step()
    assert [fighter.player for _, fighter in duel.all("Fighter")] == [1]
    assert [score.player for _, score in duel.all("Score")] == [1]
    assert duel.all("Bullet") == []
    owners = {scene.owner for _, scene in duel.world.query(Scene)}
    assert owners == {-1, 1}
    duel.shoot_at(1, *LEFT)
    duel.step(30)


def test_a_killer_who_has_left_is_no_trouble(duel: ArenaTable) -> None:
    """A hunter's or a leaver's kill counts the death and nothing else."""
    duel.of(1, "Health").value = 1.0
    duel.shoot_at(0, *RIGHT)
    duel.step()
    bullet, _ = duel.all("Bullet")[0]
    duel.part(bullet, "Bullet").player = 7
    duel.hold(0)
    duel.step_until(lambda: named(duel, "Died"), 20)
    assert duel.score(1).deaths == 1
    assert duel.score(0).points == 0


def test_bullets_fall_after_their_flight(arena: ArenaTable) -> None:
    """A bullet that meets nothing is gone after a second."""
    arena.seat_at(0, 60.0, 560.0)
    arena.hold(0, "fire", aim_x=1.0)
    arena.step()
    arena.hold(0)
    ((bullet, _),) = arena.all("Bullet")
    arena.step(29)
    assert 800.0 < arena.world.get(bullet, Position).x < 1000.0
    arena.step(2)
    assert arena.all("Bullet") == []
    assert named(arena, "Struck") == []


def bullet(arena: ArenaTable, x: float, y: float, behind: float) -> None:
    """The first player's bullet flies to the right through (x, y), and its player saw the others so many ticks ago."""
    of = arena.game.components["Bullet"].type
    shape = Collide("circle", 8.0, 8.0, sensor=True, swept=True, category=8, mask=1)
    way = Position(x - 15.0, y), Velocity(900.0, 0.0)
    arena.world.spawn(of(0, arena.world.tick + 30, behind), *way, shape, Scene("bullet", owner=0))


def test_a_shot_at_the_fallen_does_not_push_who_has_come_back(duel: ArenaTable) -> None:
    """Three ticks after it is back, far away, bullets fly where it lay and all along the way between: nothing is met."""
    victim = duel.fighter(1)
    duel.of(1, "Health").value = 0.0
    duel.of(1, "Fighter").respawn_tick = duel.world.tick + 20
    duel.world.remove(victim, Collide)
    duel.step_until(lambda: duel.world.has(victim, Collide), 30)
    back = duel.at(victim)
    assert hypot(back[0] - RIGHT[0], back[1] - RIGHT[1]) > 200.0
    duel.step(3)
    for behind in (3.0, 3.25, 3.5, 3.75, 4.0, 5.0, 8.0):
        bullet(duel, *RIGHT, behind)
        for part in range(1, 10):
            x, y = (RIGHT[at] + (back[at] - RIGHT[at]) * part / 10 for at in (0, 1))
            bullet(duel, x, y, behind)
    duel.step()
    velocity = duel.world.get(victim, Velocity)
    assert (velocity.x, velocity.y) == (0.0, 0.0)
    assert named(duel, "Hit") == []
