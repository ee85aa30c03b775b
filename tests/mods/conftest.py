"""What the tests of the games share."""

from collections.abc import Callable, Iterator

import pytest

from tests.mods.arena_table import ArenaTable
from tests.mods.loading import load
from tests.mods.village_table import VillageTable
from tickroom import Game


@pytest.fixture(scope="session")
def arena_game() -> Game:
    """The arena, loaded once: a game is data, every room makes a world of its own."""
    return load("arena")


@pytest.fixture
def make_arena(arena_game: Game) -> Iterator[Callable[..., ArenaTable]]:
    """Make arenas that are closed at the end: `make_arena(seed=1, wild=False)`."""
    tables: list[ArenaTable] = []

    def make(seed: int = 1, *, wild: bool = False) -> ArenaTable:
        tables.append(ArenaTable(arena_game, seed, wild=wild))
        return tables[-1]

    yield make
    for table in tables:
        table.engine.close()


@pytest.fixture
def arena(make_arena: Callable[..., ArenaTable]) -> ArenaTable:
    """An arena without hunters and pick-ups."""
    return make_arena()


@pytest.fixture(scope="session")
def village_game() -> Game:
    """The village, loaded once."""
    return load("village")


@pytest.fixture
def make_village(village_game: Game) -> Iterator[Callable[..., VillageTable]]:
    """Make villages that are closed at the end: `make_village(seed=1, wild=False)`."""
    tables: list[VillageTable] = []

    def make(seed: int = 1, *, wild: bool = False) -> VillageTable:
        tables.append(VillageTable(village_game, seed, wild=wild))
        return tables[-1]

    yield make
    for table in tables:
        table.engine.close()


@pytest.fixture
def village(make_village: Callable[..., VillageTable]) -> VillageTable:
    """A village without monsters."""
    return make_village()
