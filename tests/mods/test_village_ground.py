"""The village's ground: what stops, what hurts, what heals, what lets pass one way only."""

import json

import pytest

from tests.mods.loading import MODS
from tests.mods.village_table import VillageTable

HILL_FOOT = 58
"""The row of tiles below the ledge."""


def test_the_map_is_what_the_script_draws() -> None:
    """The committed map is drawn by the committed script: tile by tile and object by object."""
    from mods.village.drawing import draw_map

    committed = json.loads((MODS / "village" / "map" / "village.tmj").read_text(encoding="utf-8"))
    assert committed == draw_map.draw()


def test_the_pictures_are_what_the_script_draws() -> None:
    """The names that the view finds its pictures by are those of the script that drew them."""
    from mods.village.drawing import draw_pictures

    written = (MODS / "village" / "client" / "pictures.js").read_text(encoding="utf-8")
    assert written == draw_pictures.names_as_script()


def test_every_place_can_be_walked_to(village: VillageTable) -> None:
    """From the plaza one gets on foot to the shop, all homes, the lairs, every corner of the forest that is named."""
    world_map = village.world.map
    start = world_map.tile_at(*village.place("spawn"))
    reached, edge = {start}, [start]
    while edge:
        x, y = edge.pop()
        for place in ((x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)):
            if place not in reached and not world_map.flags(*place) & 1:
                reached.add(place)
                edge.append(place)
    goals = [each for kind in ("spawn", "shop", "home", "lair") for each in world_map.objects(kind=kind)]
    assert len(goals) > 80
    assert all(world_map.tile_at(goal.x, goal.y) in reached for goal in goals)


@pytest.mark.parametrize("kind", ["tree", "wall", "cliff", "bush", "fence"])
def test_what_is_solid_stops_a_hero(village: VillageTable, kind: str) -> None:
    """Walking against it from below for two seconds ends at its lower edge."""
    x, y = village.find(kind, "things", (0, 1), (0, 2), (0, 3))
    village.seat_on(0, (x, y + 3))
    village.hold(0, "up")
    village.step(40)
    edge = (y + 1) * 16.0
    assert village.at(0)[1] - 5.5 == pytest.approx(edge, abs=0.5)


def test_nobody_swims(village: VillageTable) -> None:
    """Water stops."""
    x, y = village.find("water", "ground", (0, -1), (0, -2))
    village.seat_on(0, (x, y - 2))
    village.hold(0, "down")
    village.step(40)
    assert village.at(0)[1] + 5.5 == pytest.approx(y * 16.0, abs=0.5)


def test_the_ledge_is_jumped_down_and_not_climbed(village: VillageTable) -> None:
    """From the hill one passes the ledge; from below it is a wall."""
    x, y = village.find("ledge", "things", (0, -2), (0, 2))
    village.seat_on(0, (x, y - 2))
    village.hold(0, "down")
    village.step(30)
    assert village.at(0)[1] > (y + 1.5) * 16.0
    village.hold(0, "up")
    village.step(60)
    assert village.at(0)[1] - 5.5 == pytest.approx((y + 1) * 16.0, abs=0.5)


@pytest.mark.parametrize(("kind", "layer", "harm"), [("thorns", "things", 4.0), ("lava", "ground", 12.0)])
def test_what_hurts_hurts_twice_a_second(village: VillageTable, kind: str, layer: str, harm: float) -> None:
    """Who stands in it loses health at once and every half second, and none beside it."""
    village.seat_on(0, village.find(kind, layer))
    village.step(20)
    assert village.of(0, "Health").value == 100.0 - 2 * harm
    village.put(0, *village.place("spawn"))
    village.step(20)
    assert village.of(0, "Health").value == 100.0 - 2 * harm


def test_who_loses_all_health_wakes_up_on_the_plaza(village: VillageTable) -> None:
    """Lava takes all there is; the hero is whole again at a spawn point, with a tenth of its gold less, and is told."""
    village.seat_on(0, village.find("lava", "ground"))
    village.of(0, "Bag").gold = 50
    village.step_until(lambda: village.heard("Fainted"), 200)
    assert village.of(0, "Health").value == 100.0
    assert village.of(0, "Bag").gold == 45
    starts = [(point.x, point.y) for point in village.world.map.spawn_points()]
    assert village.at(0) in starts


def test_the_fountain_heals(village: VillageTable) -> None:
    """Leaning against it gives health back, up to the full."""
    x, y = village.place("fountain")
    village.seat_at(0, x + 24.0, y)
    village.of(0, "Health").value = 30.0
    village.hold(0, "left")
    village.step(40)
    assert 40.0 <= village.of(0, "Health").value <= 60.0
    village.step(200)
    assert village.of(0, "Health").value == 100.0


def test_the_mat_before_the_shop_opens_it(village: VillageTable) -> None:
    """A hero on the mat is a customer, and none any more when it walks away."""
    village.seat_at(0, *village.place("shop"))
    village.step(2)
    assert village.of(0, "Customer").at_shop
    village.hold(0, "down")
    village.step(30)
    assert not village.of(0, "Customer").at_shop


def test_boots_are_faster(village: VillageTable) -> None:
    """With boots one gets further in a second."""
    village.seat_at(0, *village.place("spawn"))
    village.seat_at(1, *village.place("spawn"))
    village.of(1, "Bag").boots = 1
    start = village.at(0)[1]
    for player in (0, 1):
        village.hold(player, "up")
    village.step(20)
    assert 80.0 < start - village.at(0)[1] < 95.0
    assert 105.0 < start - village.at(1)[1] < 130.0
