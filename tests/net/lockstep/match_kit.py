"""A small lock-step game for rooms: each player has a unit with gold; commands give and take, and time grows it."""

from dataclasses import dataclass
from random import Random
from typing import Annotated, Any

from msgspec import Meta

from ecs.errors import Refused
from ecs.game import Game
from ecs.world import World
from net.drivers.virtual_lockstep import VirtualLockstep, VirtualPlayer
from net.lockstep.settings import LockstepSettings


@dataclass(slots=True)
class Purse:
    """What a player has."""

    player: int
    gold: int
    given: list[int]


@dataclass(slots=True)
class Give:
    """A command: that much more; it is kept in the order in which it came."""

    amount: Annotated[int, Meta(ge=-1000, le=1000)]


@dataclass(slots=True)
class Seat:
    """Who plays."""

    player: int
    team: int = 0


@dataclass(slots=True)
class Setup:
    """What the room configures."""

    players: list[Seat]
    gold: int = 0


@dataclass(slots=True)
class Chest:
    """What makes a state large."""

    noise: bytes


def purses(max_players: int = 4, states: dict[str, Any] | None = None, ballast: int = 0) -> Game:
    """The game; a match with gold 13 is refused. `ballast` bytes of each state cannot be packed."""
    game = Game("purses", model="lockstep", tick_rate=20, max_players=max_players)
    game.component(Purse)
    game.component(Chest)
    if states is not None:
        game.states(states)

    @game.setup
    def begin(world: World, setup: Setup) -> None:
        if setup.gold == 13:
            raise Refused("13 is no number")
        for seat in setup.players:
            world.spawn(Purse(seat.player, setup.gold, []))
        for seed in range(ballast // 1_000):
            world.spawn(Chest(Random(seed).randbytes(1_000)))

    @game.command
    def give(world: World, player: int, body: Give) -> None:
        for _, purse in world.query(Purse):
            if purse.player == player:
                purse.gold += body.amount
                purse.given = [*purse.given[-49:], body.amount]

    @game.system("logic")
    def grow(world: World, dt: float) -> None:
        """Reads and writes Purse."""
        for _, purse in world.query(Purse):
            purse.gold += world.random.integer(0, 3)

    game.seal()
    return game


def purse_of(client: VirtualPlayer, player: int) -> Purse:
    """A player's purse in a client's world."""
    return next(purse for _, purse in client.engine.world.query(Purse) if purse.player == player)


def checksums(client: VirtualPlayer) -> dict[int, int]:
    """What a client has computed lately, by generation."""
    return dict(client.lockstep._sums)


def agree(clients: list[VirtualPlayer]) -> bool:
    """Whether all have equal checksums in all generations that they have in common; they must have some."""
    sums = [checksums(client) for client in clients]
    common = set.intersection(*(set(each) for each in sums))
    return bool(common) and all(len({each[generation] for each in sums}) == 1 for generation in common)


def changed(client: VirtualPlayer, gold: int = 1_000) -> int:
    """Somebody changes a client's state behind its back; the entity that is another one from now on."""
    entity, purse = next((entity, purse) for entity, purse in client.engine.world.query(Purse))
    purse.gold += gold
    return entity


def notices(client: VirtualPlayer) -> list[str]:
    """The sentences that a client was told."""
    return [text for event in client.events if isinstance(text := getattr(event, "text", None), str)]


__all__ = [
    "Give", "LockstepSettings", "Purse", "VirtualLockstep", "agree", "changed", "checksums", "notices", "purse_of", "purses",
]  # fmt: skip
