"""Who is out of the match, and who has won it."""

from dataclasses import dataclass

from tickroom import World

from .components import Body, Lost, Realm, Won
from .game import game


@dataclass(slots=True)
class Match:
    """A resource: the team that has won, or -1."""

    winner: int = -1


@game.system("logic", after="look")
def judge(world: World, dt: float) -> None:
    """Reads Body; writes Realm, Match; emits Lost, Won."""
    if world.tick % 20 != 0:
        return
    there = {body.owner for _, body in world.query(Body) if body.health > 0}
    for _, realm in world.query(Realm):
        if realm.alive and realm.player not in there:
            realm.alive = 0
            world.emit(Lost(realm.player))
    left = sorted({realm.team for _, realm in world.query(Realm) if realm.alive})
    match = world.resource(Match)
    if match.winner < 0 and len(left) == 1:
        match.winner = left[0]
        world.emit(Won(left[0]))
