"""What a fighter has done in all its rounds, from one day to the next."""

from dataclasses import dataclass

from tickroom import World

from ..shared.events import Announced
from ..shared.game import game
from .match import current_round, score_of


@game.saved
@dataclass(slots=True)
class Career:
    """What is kept of a player: rounds won, and the most points in a round."""

    wins: int = 0
    best: int = 0


def greet(world: World, player: int) -> None:
    """Remind a player who comes back of what there is to beat."""
    career = world.saved(player, Career)
    if career.best:
        rounds = "1 round" if career.wins == 1 else f"{career.wins} rounds"
        world.emit(Announced(f"Your best: {career.best} points, {rounds} won"), to=player)


def end_round(world: World, winner: int) -> None:
    """The round is over: everybody's points are known, and who won, or -1."""
    for player in world.players:
        note_points(world, player)
    if winner in world.players:
        world.saved(winner, Career).wins += 1


@game.on("leave")
def leave_round(world: World, player: int) -> None:
    """Points count even when the round goes on without the player."""
    if current_round(world).phase == "fight":
        note_points(world, player)


def note_points(world: World, player: int) -> None:
    """A player's points of the round that is being fought."""
    career = world.saved(player, Career)
    career.best = max(career.best, score_of(world, player).points)
