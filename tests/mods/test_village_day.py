"""Days pass, and everybody hears of it."""

from typing import Any

from tests.mods.loading import load
from tests.mods.village_table import VillageTable
from tickroom.testing import VirtualRoom


def test_a_day_passes_with_announcements(village: VillageTable) -> None:
    """Dusk after 240 s, dawn 90 s later; each is announced once, and the sky says so until when."""
    ((_, sky),) = village.all("Sky")
    assert (sky.day, sky.phase, sky.end_tick) == (1, "day", 4800)
    village.step(20)
    assert village.heard("Announced") == []
    sky.end_tick = village.world.tick + 10  # the rest of the day is as its first second
    village.step(12)
    assert (sky.day, sky.phase) == (1, "night")
    assert sky.end_tick - village.world.tick in range(1790, 1801)
    sky.end_tick = village.world.tick + 10
    village.step(12)
    assert (sky.day, sky.phase) == (2, "day")
    assert [event.text for event in village.heard("Announced")] == [
        "The sun sets on day 1. Beware of the wolves!",
        "Day 2 dawns over the village.",
    ]


def test_everybody_hears_the_announcement_and_sees_the_sky() -> None:
    """Two players far from one another are both told of the dusk, and both see the sky, wherever they are."""
    game = load("village")
    with VirtualRoom(game) as room:
        ada, ben = room.join("Ada"), room.join("Ben")
        room.run(5)
        skies: list[tuple[int, Any]] = list(room.world.query(game.components["Sky"].type))
        sky = skies[0][1]
        sky.end_tick = room.world.tick + 5
        room.run_until(lambda: ada.heard("Announced") and ben.heard("Announced"))
        for client in (ada, ben):
            room.run(3)
            (seen,) = [entity for entity in client.scene if entity.kind == "sky"]
            assert seen["Sky"].phase == "night"


def test_players_see_only_what_is_near() -> None:
    """On the plaza one sees some villagers, and by far not all 500 of them."""
    with VirtualRoom(load("village")) as room:
        ada = room.join("Ada")
        room.run(10)
        seen = [entity for entity in ada.scene if entity.kind == "villager"]
        assert 5 < len(seen) < 250
        assert all(abs(each.x - ada.me.x) < 450 and abs(each.y - ada.me.y) < 450 for each in seen)
