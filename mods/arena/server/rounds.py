"""A round ends when somebody has the points or the time is up; after a look at the result comes the next."""

from tickroom import Position, Scene, World

from ..shared.components import Bullet, Fighter, Round
from ..shared.events import RoundEnded
from ..shared.game import game
from ..shared.tuning import RESULT_TIME, ROUND_POINTS
from .careers import end_round
from .fighters import place_anew
from .match import begin_round, current_round, leaders


@game.on("create")
def open_book(world: World) -> None:
    """The arena's one Round; its clock stands until the first player comes."""
    world.spawn(Scene("round", seen_by="always"), Position(), Round(target=ROUND_POINTS))


@game.system("events")
def referee(world: World, dt: float) -> None:
    """Reads Score; writes Round, careers, and at a new round's start all fighters; emits RoundEnded, Announced."""
    round_ = current_round(world)
    if round_.phase == "fight":
        best = leaders(world)
        if best and (best[0].points >= round_.target or world.tick >= round_.end_tick):
            show_result(world, round_, best[0].player if len(best) == 1 else -1, best[0].points)
    elif world.tick >= round_.end_tick:
        next_round(world, round_)


def show_result(world: World, round_: Round, winner: int, points: int) -> None:
    """Nobody is hurt from here on, and the scores stand for all to see."""
    round_.phase, round_.winner, round_.end_tick = "result", winner, world.tick + RESULT_TIME
    end_round(world, winner)
    world.emit(RoundEnded(round_.number, winner, points))


def next_round(world: World, round_: Round) -> None:
    """Everybody starts afresh."""
    round_.number += 1
    begin_round(world)
    for entity, _ in world.query(Bullet):
        world.despawn(entity)
    for entity, _ in world.query(Fighter):
        place_anew(world, entity)
