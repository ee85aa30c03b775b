"""The round that runs, and everybody's score in it."""

from tickroom import World

from ..shared.components import Round, Score
from ..shared.events import Announced
from ..shared.tuning import ROUND_POINTS, ROUND_TIME


def current_round(world: World) -> Round:
    """The arena's one round."""
    (round_,) = (round_ for _, round_ in world.query(Round))
    return round_


def score_of(world: World, player: int) -> Score:
    """A player's score; LookupError when the player is not in the room."""
    for _, score in world.query(Score):
        if score.player == player:
            return score
    raise LookupError(f"player {player} has no scorecard")


def leaders(world: World) -> list[Score]:
    """Whoever has the most points, in player order; more than one is a draw."""
    scores = [score for _, score in world.query(Score)]
    most = max((score.points for score in scores), default=0)
    return [score for score in scores if score.points == most]


def begin_round(world: World) -> None:
    """Scores to zero, the clock to its start."""
    round_ = current_round(world)
    round_.phase, round_.winner = "fight", -1
    round_.target, round_.end_tick = ROUND_POINTS, world.tick + ROUND_TIME
    for _, score in world.query(Score):
        score.points = score.kills = score.deaths = 0
    world.emit(Announced(f"Round {round_.number}: first to {ROUND_POINTS} points"))
