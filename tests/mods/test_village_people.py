"""Who lives in the village, and who comes out of the den."""

from collections import Counter
from collections.abc import Callable

from tests.mods.loading import module
from tests.mods.village_table import VillageTable
from tickroom import Position, Scene, Velocity, World


def where(village: VillageTable) -> dict[int, tuple[float, float]]:
    """Where each villager is."""
    world = village.world
    found = {entity: world.get(entity, Position) for entity, _ in village.all("Villager")}
    return {entity: (at.x, at.y) for entity, at in found.items()}


def test_villagers_walk_about_and_never_through_walls(village: VillageTable) -> None:
    """In 30 s nearly all of 500 villagers have gone somewhere; nobody is ever in a solid tile, or far from home."""
    before = where(village)
    assert len(before) == 500
    for _ in range(6):
        village.step(100)
        for entity, villager in village.all("Villager"):
            at = village.world.get(entity, Position)
            assert not village.world.map.solid_at(at.x, at.y)
            assert abs(at.x - villager.home_x) < 250 and abs(at.y - villager.home_y) < 250
    after = where(village)
    moved = sum(abs(after[each][0] - x) + abs(after[each][1] - y) > 8 for each, (x, y) in before.items())
    assert moved > 400


def test_few_villagers_think_in_one_tick(village: VillageTable) -> None:
    """Decisions are spread: in no tick of ten seconds do more than 40 of 500 make one."""
    village.step(100)
    for _ in range(200):
        before = {entity: villager.think_tick for entity, villager in village.all("Villager")}
        village.step()
        thought = sum(villager.think_tick != before[entity] for entity, villager in village.all("Villager"))
        assert thought <= 40


def lair(village: VillageTable, kind: str, x: float, y: float) -> int:
    """A monster comes out there; returns it."""
    entity = village.world.spawn(village.type("Lair")(kind, x, y))
    village.step()
    monster: int = village.world.get(entity, village.type("Lair")).monster
    return monster


def test_a_wolf_runs_after_a_hero_and_bites(village: VillageTable) -> None:
    """Who comes near a wolf is followed and bitten until it runs away far enough."""
    x, y = village.place("spawn")
    village.seat_at(0, x, y)
    wolf = lair(village, "wolf", x, y + 80.0)
    village.step_until(lambda: village.of(0, "Health").value < 100.0, 100)
    assert village.heard("Hurt")[0].victim == village.hero(0)
    at = village.world.get(wolf, Position)
    assert abs(at.x - x) + abs(at.y - y) < 40.0
    village.put(0, x - 1200.0, y)
    village.step(30)
    assert village.world.get(wolf, village.type("Monster")).prey == -1


def test_night_lets_monsters_see_further(village: VillageTable) -> None:
    """At 200 units a wolf sees nobody by day, and follows by night."""
    x, y = village.place("spawn")
    village.seat_at(0, x, y)
    wolf = lair(village, "wolf", x, y + 190.0)
    monster = village.world.get(wolf, village.type("Monster"))
    village.world.get(wolf, Velocity).y = 0.0
    village.step(1)
    assert monster.prey == -1
    village.all("Sky")[0][1].phase = "night"
    village.step(30)
    assert monster.prey == village.hero(0)


def test_a_slain_monster_leaves_what_its_table_says(make_village: Callable[..., VillageTable]) -> None:
    """Loot is one line of the server's table by its weight: over many kills every line of it comes, and nothing else."""
    village = make_village()
    beasts, drop = module("village", "server.tables").BEASTS, module("village", "server.loot").drop
    for kind, beast in beasts.items():
        lines = Counter(loot_of(village, drop, kind) for _ in range(600))
        table = {(what, count): weight for what, count, weight in beast.loot}
        assert set(lines) == set(table)
        whole = sum(table.values())
        for line, weight in table.items():
            assert abs(lines[line] / 600 - weight / whole) < 0.1


def loot_of(
    village: VillageTable, drop: Callable[[World, str, float, float], None], kind: str
) -> tuple[str, int]:
    """What one kill leaves."""
    before = {entity for entity, _ in village.all("Loot")}
    drop(village.world, kind, 1.0, 1.0)
    new = [loot for entity, loot in village.all("Loot") if entity not in before]
    return (new[0].what, new[0].count) if new else ("", 0)


def test_a_hero_slays_a_slime_and_gathers_its_loot(make_village: Callable[..., VillageTable]) -> None:
    """Blows hurt a slime until it falls; those near are told whose they were; what it left goes into the bag, once."""
    gained = []
    for seed in range(8):
        village = make_village(seed)
        x, y = village.place("spawn")
        village.seat_at(0, x, y)
        slime = lair(village, "slime", x + 16.0, y)
        village.hold(0, "act")
        village.step(60)
        (slain,) = village.heard("Slain")
        assert (slain.kind, slain.player) == ("slime", 0)
        assert not village.world.exists(slime)
        for event in village.heard("Gained"):
            start = 5 if event.what == "gold" else 0
            assert getattr(village.of(0, "Bag"), event.what) == start + event.count
            gained.append(event)
    assert 3 <= len(gained) <= 8


def test_loot_is_for_one(village: VillageTable) -> None:
    """Of two who stand on it one has it; both of them and nobody else could have."""
    x, y = village.place("spawn")
    for player in (0, 1):
        village.seat_at(player, x, y)
    module("village", "server.loot").lay(village.world, "gem", 1, x, y)
    village.step(3)
    assert sorted(village.of(player, "Bag").gem for player in (0, 1)) == [0, 1]
    assert village.all("Loot") == []


def test_loot_that_nobody_wants_is_gone_after_a_minute(village: VillageTable) -> None:
    """It lies for 60 s."""
    module("village", "server.loot").lay(village.world, "gem", 1, 900.0, 900.0)
    village.step(1195)
    assert len(village.all("Loot")) == 1
    village.step(10)
    assert village.all("Loot") == []


def test_a_potion_is_drunk_only_by_who_needs_it(village: VillageTable) -> None:
    """Whole heroes keep it; a hurt one has 50 more health, and one bottle less."""
    village.seat_at(0, *village.place("spawn"))
    bag, health = village.of(0, "Bag"), village.of(0, "Health")
    bag.potion = 2
    village.hold(0, "drink")
    village.step(2)
    assert bag.potion == 2
    village.hold(0)
    health.value = 30.0
    village.step(25)
    village.hold(0, "drink")
    village.step(2)
    assert (bag.potion, health.value) == (1, 80.0)


def test_a_lair_brings_forth_again(village: VillageTable) -> None:
    """30 s after its monster fell there is another."""
    x, y = village.place("spawn")
    monster = lair(village, "slime", x, y)
    village.world.despawn(monster)
    village.step(595)
    assert village.all("Monster") == []
    village.step(15)
    assert len(village.all("Monster")) == 1


def test_the_den_is_inhabited(make_village: Callable[..., VillageTable]) -> None:
    """Wolves and slimes come out of the lairs that the map names, in the first tick."""
    village = make_village(wild=True)
    village.step()
    kinds = Counter(village.world.get(entity, Scene).kind for entity, _ in village.all("Monster"))
    assert kinds["wolf"] >= 8 and kinds["slime"] >= 8
