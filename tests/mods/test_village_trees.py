"""Trees: tiles that change for everybody."""

from typing import Any

from tests.mods.loading import module
from tests.mods.village_table import VillageTable
from tickroom import Position, load, save


def at_a_tree(village: VillageTable, player: int = 0) -> tuple[int, int]:
    """A hero stands below a tree; returns the tree's tile."""
    x, y = village.find("tree", "things", (0, 1))
    village.seat_on(player, (x, y + 1))
    return x, y


def test_four_blows_fell_a_tree(village: VillageTable) -> None:
    """The fourth blow leaves a stump that stops nobody, and wood in the bag; all blows are told, and how many are left."""
    tree = at_a_tree(village)
    village.hold(0, "act")
    village.step_until(
        lambda: village.world.map.tile(*tree, "things") == village.world.map.number_of("stump"), 60
    )
    assert [event.left for event in village.heard("Chopped")] == [3, 2, 1, 0]
    assert not village.world.map.is_solid(*tree)
    assert 1 <= village.of(0, "Bag").wood <= 3


def test_an_axe_halves_the_work(village: VillageTable) -> None:
    """With an axe two blows are enough."""
    at_a_tree(village)
    village.of(0, "Bag").axe = 1
    village.hold(0, "act")
    village.step_until(lambda: village.of(0, "Bag").wood, 60)
    assert [event.left for event in village.heard("Chopped")] == [1, 0]


def test_two_woodcutters_share_a_tree(village: VillageTable) -> None:
    """The blows of both count, and the wood is for the last one."""
    x, y = village.find("tree", "things", (0, 1), (1, 0))
    village.seat_on(0, (x, y + 1))
    village.seat_on(1, (x + 1, y))
    village.hold(0, "act")
    village.hold(1, "act")
    village.step(9)
    assert [event.left for event in village.heard("Chopped")] == [3, 2, 1, 0]
    assert (village.of(0, "Bag").wood > 0) != (village.of(1, "Bag").wood > 0)


def test_a_felled_tree_is_a_change_of_the_map(village: VillageTable) -> None:
    """The step that fells it says which cell of which chunk changed: what all clients near are sent."""
    tree = at_a_tree(village)
    village.of(0, "Bag").axe = 1
    village.hold(0, "act")
    changes: list[Any] = []
    for _ in range(40):
        village.engine.inputs.enqueue(
            0, village.world.tick + 1, 1 << village.game.inputs.keys.index("act"), 0, (0.0, 0.0)
        )
        changes += village.engine.step().tiles
    (change,) = changes
    assert change.key == village.world.map.chunk_of(*tree)
    assert change.values == (village.world.map.number_of("stump"),)


def test_a_stump_grows_back_after_two_minutes(village: VillageTable) -> None:
    """It is a tree again when its time has come, but never through somebody who stands on it."""
    tree = at_a_tree(village)
    village.hold(0, "act")
    village.step_until(lambda: village.of(0, "Bag").wood, 60)
    village.hold(0)
    village.put(0, *village.world.map.centre_of(*tree))
    grows = grove(village).grows
    (number,) = grows
    assert grows[number] - village.world.tick > 2300
    grows[number] = village.world.tick
    village.step(25)
    assert not village.world.map.is_solid(*tree)
    village.put(0, *village.place("spawn"))
    village.step(25)
    assert village.world.map.kind(*tree, "things").name == "tree"  # type: ignore[union-attr]
    assert village.world.map.is_solid(*tree)


def test_nothing_is_felled_from_afar(village: VillageTable) -> None:
    """On the plaza there is no tree within reach: a swing hits nothing."""
    village.seat_at(0, *village.place("spawn"))
    village.hold(0, "act")
    village.step(40)
    assert village.heard("Swung")
    assert village.heard("Chopped") == []


def test_a_stump_is_in_the_snapshot(village: VillageTable) -> None:
    """A village saved and loaded has the stump where it was, and the hero its wood."""
    tree = at_a_tree(village)
    village.hold(0, "act")
    village.step_until(lambda: village.of(0, "Bag").wood, 60)
    other = VillageTable(village.game, seed=5)
    load(other.world, save(village.world))
    assert other.world.map.kind(*tree, "things").name == "stump"  # type: ignore[union-attr]
    assert other.of(0, "Bag").wood == village.of(0, "Bag").wood
    assert other.world.get(other.hero(0), Position) == village.world.get(village.hero(0), Position)
    other.engine.close()


def grove(village: VillageTable) -> Any:
    """The resource that knows the stumps."""
    return village.world.resource(module("village", "server.components").Grove)
