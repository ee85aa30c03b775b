"""A lock-step game with as little of a game as there can be: what is measured with it is the room."""

from dataclasses import dataclass

from tickroom import Game, World

game = Game("orders", model="lockstep", tick_rate=20, max_players=4)


@dataclass(slots=True)
class Orders:
    """How many orders a player has given."""

    player: int
    given: int = 0


@dataclass(slots=True)
class Order:
    """A unit is to go somewhere."""

    unit: int
    x: int
    y: int


@dataclass(slots=True)
class Seat:
    """Who plays."""

    player: int


@dataclass(slots=True)
class Setup:
    """What the room configures: nothing."""

    players: list[Seat]


game.component(Orders)


@game.setup
def begin(world: World, setup: Setup) -> None:
    """A player, a line."""
    for seat in setup.players:
        world.spawn(Orders(seat.player))


@game.command
def order(world: World, player: int, _body: Order) -> None:
    """It is counted."""
    for _, orders in world.query(Orders):
        if orders.player == player:
            orders.given += 1
