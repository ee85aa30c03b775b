"""Own entities computed ahead of the server: exactly where it will have them, and put right where it has not."""

from dataclasses import replace
from math import dist
from random import Random

import pytest

from tests.mods.loading import load
from tests.prediction.far_table import NEVER, FarTable, Place, place_of
from tickroom import Collide, Position, Scene, Velocity

OPEN = (600.0, 560.0)
"""A place in the arena with nothing but floor for 900 units to the right."""
MOVES = ("up", "down", "left", "right")


def wander(table: FarTable, ticks: int, *also: str, aims: bool = False, seed: int = 1) -> dict[int, Place]:
    """Hold other keys every few ticks; where the own entity was shown at each tick."""
    random, shown = Random(seed), {}
    held: tuple[str, ...] = ("right",)
    for number in range(ticks):
        if number % 9 == 0:
            held = tuple(random.sample(MOVES, random.choice((1, 2))))
        axes = (0.0, 0.0, random.uniform(-1, 1), random.uniform(-1, 1)) if aims else ()
        predicted = table.step(*held, *also, axes=axes)
        shown[predicted.tick] = place_of(predicted, table.own())
    return shown


@pytest.mark.parametrize("game", ["arena", "village"])
def test_own_moves_are_where_the_server_will_have_them(game: str) -> None:
    """500 ticks of walking into whatever there is, a keyframe among them: shown at once, twelve ticks before the server says
    so, and within a thousandth of a unit of it."""
    table = FarTable(load(game))
    shown = wander(table, 500)
    assert table.statistics.corrected == 0
    assert table.statistics.compared > 400
    known = shown.keys() & table.places.keys()
    assert len(known) > 400
    assert max(dist(shown[tick], table.places[tick]) for tick in known) < 1e-3
    assert max(dist(place, table.places[min(known)]) for place in shown.values()) > 100.0, "it hardly moved"


def test_shots_are_matched_with_those_of_the_server() -> None:
    """A shot is there in the tick of its input, under an id below 0; later it has the server's, and the same key."""
    table = FarTable(load("arena"))
    at = table.world.get(table.own(), Position)
    at.x, at.y = OPEN
    for _ in range(2 * table.way + 2):
        table.step()
    corrected = table.statistics.corrected
    ids: dict[int, list[int]] = {}
    for number in range(200):
        for entity, _, key in table.step(
            "fire", axes=(0.0, 0.0, 1.0, 0.1 if number % 60 < 30 else -0.1)
        ).entities:
            if key is not None and entity not in ids.setdefault(key, []):
                ids[key].append(entity)
    assert table.statistics.matched > 20
    assert (table.statistics.mistaken, table.statistics.corrected) == (0, corrected)
    changed = [entities for entities in ids.values() if len(entities) == 2]
    assert len(changed) > 15
    assert all(mine < 0 < servers for mine, servers in changed)
    assert all(entities[0] < 0 for entities in ids.values())


def test_a_shot_ends_where_its_player_saw_somebody() -> None:
    """A hunter walks through the line of fire, 10 ticks behind on the player's screen: a bullet that meets it there is
    gone at once and for good, in the tick in which the server, which looks back, lets it hit."""
    game = load("arena")
    table = FarTable(game, way=4)
    at, of = table.world.get(table.own(), Position), game.components
    at.x, at.y = OPEN
    health, bullet = of["Health"].type, of["Bullet"].type
    walker = table.world.spawn(
        health(1e6, 1e6), Position(OPEN[0] + 300.0, OPEN[1] - 60.0), Velocity(0.0, 40.0),
        replace(game.prediction_limits.bodies["hunter"]), Scene("hunter"),
    )  # fmt: skip
    there: dict[int, int] = {}
    here: dict[int, int] = {}
    server: dict[int, int] = {}
    for _ in range(140):
        predicted = table.step("fire", axes=(0.0, 0.0, 1.0, 0.0))
        for entity, _, key in predicted.entities:
            if key is not None:
                here[key] = predicted.tick
                server[key] = max(entity, server.get(key, 0))
        for entity, _ in table.world.query(bullet):
            there[entity] = table.room.tick
    assert table.world.get(walker, health).value < 1e6 - 3 * 14.0
    over = [
        (here[key], there[entity])
        for key, entity in server.items()
        if there.get(entity, NEVER) < table.room.tick - 20
    ]
    assert len(over) > 10
    assert all(abs(mine - its) <= 1 for mine, its in over)
    flights = sorted(there[entity] - key // 256 for key, entity in server.items() if entity in there)
    assert flights[0] < flights[-1] - 10, "no shot was stopped on its way"


def test_a_shot_that_the_server_does_not_have_is_taken_back() -> None:
    """The magazine is empty on the server alone: the bullet that was shown goes, and is told to be gone."""
    table = FarTable(load("arena"))
    gear = table.part("Gear")
    gear.fire_tick = table.room.tick + 100
    spawned, gone = set(), set()
    predicted = table.step()
    for _ in range(20):
        predicted = table.step("fire")
        spawned |= {entity for entity, _, key in predicted.entities if key is not None}
        gone |= set(predicted.gone)
    assert spawned
    assert spawned == gone
    assert table.statistics.mistaken == len(gone)


def test_a_push_is_corrected_and_blended() -> None:
    """The server's fighter is pushed by 30 units: the shown one goes there in three ticks, and never jumps."""
    table = FarTable(load("arena"))
    for _ in range(30):
        table.step()
    entity = table.own()
    before = place_of(table.step(), entity)
    table.world.get(entity, Position).x += 30.0
    ways, last = [], before
    for _ in range(2 * table.way + 6):
        place = place_of(table.step(), entity)
        ways.append(dist(place, last))
        last = place
    assert table.statistics.corrected == 1
    assert table.statistics.largest == pytest.approx(30.0, abs=0.01)
    assert table.statistics.snapped == 0
    assert dist(last, before) == pytest.approx(30.0, abs=0.01)
    assert max(ways) < 11.0


def test_a_teleport_is_shown_at_once() -> None:
    """Beyond what the game calls a snap nothing is blended."""
    table = FarTable(load("arena"))
    entity = table.own()
    position = table.world.get(entity, Position)
    position.x, position.y = 2000.0 - position.x, 1400.0 - position.y
    ways, last = [], place_of(table.step(), entity)
    for _ in range(2 * table.way + 6):
        place = place_of(table.step(), entity)
        ways.append(dist(place, last))
        last = place
    assert table.statistics.snapped == 1
    assert max(ways) > 200.0
    assert last == pytest.approx((position.x, position.y), abs=0.01)


def test_falling_and_coming_back() -> None:
    """A fallen fighter does not walk or shoot here either, and walks again from where the server puts it."""
    table = FarTable(load("arena"))
    entity = table.own()
    table.part("Health").value = 0.0
    table.part("Fighter").respawn_tick = table.room.tick + 40
    table.world.remove(entity, Collide)
    predicted = table.step()
    for _ in range(30):
        predicted = table.step("right", "fire")
    assert len(predicted.entities) == 1
    assert predicted.entities[0][1]["Fighter"][1] >= 0
    assert place_of(predicted, entity) == pytest.approx(table.places[table.room.tick], abs=0.01)
    predicted = table.step()
    for _ in range(60):
        predicted = table.step("right")
    corrected = table.statistics.corrected
    shown = wander(table, 60)
    assert table.statistics.corrected == corrected
    known = shown.keys() & table.places.keys()
    assert max(dist(shown[tick], table.places[tick]) for tick in known) < 1e-3


def test_an_own_entity_that_leaves_is_no_longer_predicted() -> None:
    """It is gone when the server says so; inputs then move nothing."""
    table = FarTable(load("arena"))
    table.world.despawn(table.own())
    predicted = table.step()
    for _ in range(2 * table.way + 3):
        predicted = table.step("right")
    assert predicted.entities == []


def test_others_stand_in_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hunter that nothing moves, and that is not computed along, stops the own fighter as on the server, but for a unit."""
    game = load("arena")
    monkeypatch.delitem(game.prediction_limits.neighbours, "hunter")
    table = FarTable(game)
    entity = table.own()
    at = table.world.get(entity, Position)
    hunter = game.prediction_limits.bodies["hunter"]
    body = Collide("circle", hunter.w, hunter.h, body="static", category=hunter.category, mask=hunter.mask)
    at.x, at.y = OPEN
    table.world.spawn(Position(at.x + 80.0, at.y), Velocity(), body, Scene("hunter"))
    for _ in range(2 * table.way + 4):
        table.step()
    snapped, corrected = table.statistics.snapped, table.statistics.corrected
    predicted = table.step()
    for _ in range(60):
        predicted = table.step("right")
    assert place_of(predicted, entity)[0] < 600.0 + 80.0 - 30.0
    assert (table.statistics.snapped, table.statistics.largest < 1.0) == (snapped, True)
    assert table.statistics.corrected == corrected


def test_a_stalled_connection_is_waited_for() -> None:
    """Nothing is computed further ahead than two seconds; when all bundles come at once, it goes on as if nothing was."""
    table = FarTable(load("arena"))
    table.deaf = True
    ticks = [table.step("down").tick for _ in range(120)]
    assert ticks[-1] == ticks[-40]
    table.deaf = False
    predicted = table.step()
    for _ in range(20):
        predicted = table.step()
    assert predicted.tick == table.room.tick + table.way
    assert place_of(predicted, table.own()) == pytest.approx(table.places[table.room.tick], abs=0.01)


def test_two_runs_of_the_same_ticks_show_the_same() -> None:
    """What is shown depends on the frames alone."""
    runs = []
    for _ in range(2):
        table = FarTable(load("arena"), seed=4)
        runs.append(wander(table, 100, "fire", aims=True))
    assert runs[0] == runs[1]
