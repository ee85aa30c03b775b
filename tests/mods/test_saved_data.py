"""What the games keep of a player from one day to the next."""

from collections.abc import Callable
from dataclasses import asdict

from tests.mods.arena_table import ArenaTable
from tests.mods.loading import module
from tests.mods.village_table import VillageTable

Villages = Callable[..., VillageTable]
Arenas = Callable[..., ArenaTable]
FIVE_SECONDS = 100


def test_a_hero_comes_back_with_its_bag(make_village: Villages) -> None:
    """Whatever was in it when the player left, the next day in another village."""
    today, tomorrow = make_village(seed=1), make_village(seed=2)
    today.seat(0)
    today.step()
    bag = today.of(0, "Bag")
    assert bag.gold == 5
    bag.gold, bag.pelt, bag.sword = 70, 3, 1
    today.engine.leave(0)
    today.step()
    tomorrow.seat(4, saved=today.saves[0])
    tomorrow.step()
    assert asdict(tomorrow.of(4, "Bag")) == {**asdict(bag), "gold": 70, "pelt": 3, "sword": 1}


def test_bags_are_kept_while_they_are_carried(make_village: Villages) -> None:
    """Not only at a leave: what is found is in the store within five seconds."""
    village = make_village()
    village.seat(0)
    village.step(FIVE_SECONDS)
    before = village.saves[0]
    village.of(0, "Bag").gem += 1
    village.step(FIVE_SECONDS)
    assert village.saves[0] != before
    other = make_village(seed=2)
    other.seat(0, saved=village.saves[0])
    other.step()
    assert other.of(0, "Bag").gem == 1


def test_leaving_while_bags_are_noted_is_a_leave(make_village: Villages) -> None:
    """In the tick that notes all bags, a hero that goes is nobody's any more, and whoever has its number keeps their own."""
    noted = module("village", "server.belongings").NOTED
    village = make_village()
    village.seat(0)
    village.seat(1)
    village.step(noted - 1)
    village.of(0, "Bag").gold = 90
    village.engine.leave(0)
    village.engine.leave(1)
    village.seat(0)
    village.step()
    assert village.world.tick % noted == 0
    assert village.world.saved(0).gold == 5
    assert village.world.players == (0,)


def test_a_new_hero_begins_with_little(make_village: Villages) -> None:
    """Who has saved data does not get the first gold again."""
    village = make_village()
    village.seat(0)
    village.step()
    village.of(0, "Bag").gold = 0
    village.engine.leave(0)
    village.step()
    village.seat(0, saved=village.saves[0])
    village.step()
    assert village.of(0, "Bag").gold == 0


def career(arena: ArenaTable, player: int) -> tuple[int, int]:
    kept = arena.world.saved(player)
    return kept.wins, kept.best


def test_rounds_count_for_a_career(make_arena: Arenas) -> None:
    """The winner has a round more, everybody the best points so far, and who comes back is reminded."""
    most = module("arena", "shared.tuning").ROUND_POINTS
    arena = make_arena()
    arena.seat(0)
    arena.seat(1)
    arena.step()
    scores = {score.player: score for _, score in arena.all("Score")}
    scores[0].points, scores[1].points = most, 4
    arena.step()
    assert (career(arena, 0), career(arena, 1)) == ((1, most), (0, 4))
    arena.engine.leave(0)
    arena.step()
    other = make_arena(seed=2)
    other.seat(3, saved=arena.saves[0])
    told = [event.text for event in other.step() if type(event).__name__ == "Announced"]
    assert f"Your best: {most} points, 1 round won" in told and career(other, 3) == (1, most)


def test_points_count_when_the_player_leaves_in_the_middle(make_arena: Arenas) -> None:
    """A round that goes on without a player does not take the points away; a new player is not greeted."""
    arena = make_arena()
    arena.seat(0)
    arena.seat(1)
    told = [event.text for event in arena.step() if type(event).__name__ == "Announced"]
    assert not any("Your best" in text for text in told)
    {score.player: score for _, score in arena.all("Score")}[1].points = 7
    arena.engine.leave(1)
    arena.step()
    arena.seat(1, saved=arena.saves[1])
    arena.step()
    assert career(arena, 1) == (0, 7)
