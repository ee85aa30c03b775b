"""Orders that are about a place: when one has come there, they are done."""

from tickroom import World

from .components import Arms, Orders, Walker
from .game import game
from .tables import ADVANCE, IDLE, MOVE
from .ways import work_out_ways


@game.system("logic")
def obey(world: World, dt: float) -> None:
    """Reads Arms; writes Orders, Walker, Ways."""
    work_out_ways(world)
    for _, orders, walker, arms in world.query(Orders, Walker, Arms):
        verb = orders.verb
        if verb == MOVE:
            if walker.goal < 0:
                orders.verb = IDLE
        elif verb == ADVANCE and arms.foe == 0:
            _advance(orders, walker)


def _advance(orders: Orders, walker: Walker) -> None:
    if orders.target == 0:
        walker.goal, walker.wait, orders.target = orders.goal, 0, 1
    elif walker.goal < 0:
        orders.verb, orders.target = IDLE, 0


def tell(orders: Orders, walker: Walker, arms: Arms, verb: int, target: int, goal: int) -> None:
    """A new order replaces the old one."""
    orders.verb, orders.target, orders.goal = verb, target, goal
    walker.goal, walker.wait = (goal if verb == MOVE else -1), 0
    arms.foe = 0
