"""A small lock-step game for tests: players add to counters, which grow by chance."""

from dataclasses import dataclass, field
from typing import Annotated

from msgspec import Meta

from tickroom import Game, Refused, World


@dataclass(slots=True)
class Counter:
    """A player's number."""

    player: int
    value: int
    history: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Total:
    """A resource of the game's own."""

    added: int = 0


@dataclass(slots=True)
class Add:
    """A command."""

    amount: Annotated[int, Meta(ge=-100, le=100)]


@dataclass(slots=True, frozen=True)
class Added:
    """An event."""

    player: int


@dataclass(slots=True)
class Setup:
    """Who plays."""

    players: list[int]


def counting_game(*, own_checksum: bool = False, chance: bool = True) -> Game:
    """Whoever is in the setup has a counter; `add` adds to it, and refuses 13."""
    game = Game("counting", model="lockstep", tick_rate=20)
    game.component(Counter)
    game.event(Added)

    @game.setup
    def begin(world: World, setup: Setup) -> None:
        if len(setup.players) < 2:
            raise Refused("two players at least")
        world.register(Total())
        for player in setup.players:
            world.spawn(Counter(player, 0))

    @game.command
    def add(world: World, player: int, body: Add) -> None:
        if body.amount == 13:
            raise Refused("13 is no number")
        for _, counter in world.query(Counter):
            if counter.player == player:
                counter.value += body.amount
                world.resource(Total).added += body.amount
                world.emit(Added(player))

    @game.system("logic")
    def grow(world: World, dt: float) -> None:
        """Reads and writes Counter."""
        for _, counter in world.query(Counter):
            counter.value += world.random.integer(0, 9) if chance else 1
            counter.history = [*counter.history[-2:], counter.value]

    if own_checksum:

        @game.checksum
        def total(world: World) -> int:
            return sum(counter.value for _, counter in world.query(Counter)) << 8

    return game
