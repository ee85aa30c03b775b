"""Every lock-step game under mods/: it plays with random players, and its dumps go on in each generation."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from tests.effort import turns
from tests.mods.loading import load as load_game
from tests.mods.loading import of_model
from tests.mods.skirmish_players import RandomPlayers, setup_of
from tickroom import LockstepEngine, MasterPacket, World

Bodies = tuple[tuple[int, bytes], ...]
Players = Callable[[World], Bodies]
GENERATIONS = 60
PLAYED: dict[str, tuple[Any, Callable[[int], Players]]] = {
    "skirmish": (setup_of(3, "small", "army"), lambda seed: RandomPlayers(seed, 3, eagerness=0.5).bodies),
}
"""For each game a setup, and players who look at the world and give the bodies of a generation."""


class Table:
    """An engine and its players."""

    def __init__(self, name: str, seed: int = 1, players: int = 1) -> None:
        setup, make = PLAYED[name]
        self.engine = LockstepEngine(load_game(name))
        self.engine.init(seed, setup)
        self._players = make(players)

    def turn(self) -> int:
        """One generation; its checksum."""
        bodies = self._players(self.engine.world)
        self.engine.step(MasterPacket(self.engine.generation + 1, 2, 50, bodies))
        return self.engine.checksum()


@pytest.fixture(params=of_model("lockstep"))
def name(request: pytest.FixtureRequest) -> str:
    """Each lock-step game of the repository."""
    return str(request.param)


@pytest.fixture
def table(name: str) -> Iterator[Callable[..., Table]]:
    """Makes tables of the game that are closed at the end."""
    tables: list[Table] = []

    def make(**options: int) -> Table:
        tables.append(Table(name, **options))
        return tables[-1]

    yield make
    for each in tables:
        each.engine.close()


def test_something_happens(table: Callable[..., Table]) -> None:
    """Each generation has a checksum of its own, and other commands or another seed make another match."""
    one, other_players, other_seed = table(), table(players=2), table(seed=2)
    checksums = [one.turn() for _ in range(GENERATIONS)]
    assert len(set(checksums)) == GENERATIONS
    assert [other_players.turn() for _ in range(GENERATIONS)] != checksums
    assert other_seed.turn() != checksums[0]


def test_a_dump_of_each_generation_goes_on(table: Callable[..., Table]) -> None:
    """Loaded into an engine that stands elsewhere, each generation's dump has the checksums of the match ever after."""
    straight, hopping, spare = table(), table(), table(seed=5)
    for _ in range(turns(GENERATIONS)):
        assert hopping.turn() == straight.turn()
        data = msgspec.json.encode(hopping.engine.dump())
        spare.engine.load(msgspec.json.decode(data))
        assert msgspec.json.encode(spare.engine.dump()) == data
        hopping.engine, spare.engine = spare.engine, hopping.engine


def test_two_rooms_do_not_disturb_each_other(table: Callable[..., Table]) -> None:
    """Two matches in turns are each as one alone: the game keeps no state outside its world."""
    alone, one, other = table(), table(), table(seed=2, players=3)
    for _ in range(40):
        assert one.turn() == alone.turn()
        other.turn()
