"""Workers: gathering gold and wood, bringing it to a hall, building."""

from tickroom import World

from .components import Arms, Bag, Body, Deposit, Finished, Orders, Structure, Walker
from .game import game
from .grid import Grid, Land, cover, grid_of, is_near, side_of_deposit, square
from .realms import realm_of
from .tables import BUILD, GATHER, GATHER_TIME, GOLD, HALL, IDLE, KINDS, LOAD
from .walking import GIVE_UP
from .ways import goal_of

AROUND = 24
"""So far one looks for the next tree or mine."""


@game.system("logic", after="fight")
def work(world: World, dt: float) -> None:
    """Reads Body; writes Bag, Orders, Walker, Deposit, Structure, Body, Realm; emits Finished."""
    for entity, bag, body, walker, orders in world.query(Bag, Body, Walker, Orders):
        if orders.verb == GATHER:
            if bag.amount > 0:
                _deliver(world, bag, body, walker, orders)
            else:
                _gather(world, entity, bag, walker, orders)
        elif orders.verb == BUILD:
            _build(world, walker, orders)


def _go(walker: Walker, goal: int) -> bool:
    """Walk there; False when that was tried, and given up."""
    if walker.goal != goal:
        if walker.wait >= GIVE_UP:
            return False
        walker.goal, walker.wait = goal, 0
    return True


def _stop(walker: Walker, orders: Orders) -> None:
    orders.verb, orders.target, walker.goal, walker.wait = IDLE, 0, -1, 0


def _deliver(world: World, bag: Bag, body: Body, walker: Walker, orders: Orders) -> None:
    structure = world.try_get(bag.hall, Structure) if bag.hall else None
    size = world.resource(Land).size
    if structure is None:
        bag.hall = nearest_hall(world, body.owner, walker.cell)
        if bag.hall == 0:
            _stop(walker, orders)
        return
    side = KINDS[HALL].side
    if not is_near(walker.cell, structure.cell, side, size):
        if not _go(walker, goal_of(structure.cell, side)):
            walker.wait = 0  # there is only one way home: try again
        return
    realm = realm_of(world, body.owner)
    if realm is not None:
        if bag.what == GOLD:
            realm[1].gold += bag.amount
        else:
            realm[1].wood += bag.amount
    bag.amount, bag.hall, bag.timer = 0, 0, 0
    walker.goal, walker.wait = -1, 0


def _gather(world: World, entity: int, bag: Bag, walker: Walker, orders: Orders) -> None:
    deposit = world.try_get(orders.target, Deposit)
    land = world.resource(Land)
    if deposit is None or deposit.left == 0:
        _look_for_another(world, bag, walker, orders, gone=True)
        return
    bag.what = deposit.what
    side = side_of_deposit(deposit)
    if not is_near(walker.cell, deposit.cell, side, land.size):
        bag.timer = 0
        if not _go(walker, goal_of(deposit.cell, side)):
            _look_for_another(world, bag, walker, orders, gone=False)
        return
    walker.goal, walker.wait = -1, 0
    bag.timer += 1
    if bag.timer < GATHER_TIME:
        return
    bag.timer, bag.amount = 0, min(LOAD, deposit.left)
    deposit.left -= bag.amount
    if deposit.left == 0:
        cover(world, deposit.cell, side, 0)
        world.despawn(orders.target)


def _look_for_another(world: World, bag: Bag, walker: Walker, orders: Orders, *, gone: bool) -> None:
    """The nearest deposit of the same kind; when there is none around, one tries again what was given up."""
    found = nearest_deposit(world, bag.what, walker.cell, orders.target)
    if found or not gone:
        orders.target, walker.goal, walker.wait, bag.timer = found or orders.target, -1, 0, 0
    else:
        _stop(walker, orders)


def _build(world: World, walker: Walker, orders: Orders) -> None:
    structure, body = world.try_get(orders.target, Structure), world.try_get(orders.target, Body)
    if structure is None or body is None or structure.left == 0:
        _stop(walker, orders)
        return
    row = KINDS[body.kind]
    if not is_near(walker.cell, structure.cell, row.side, world.resource(Land).size):
        if not _go(walker, goal_of(structure.cell, row.side)):
            _stop(walker, orders)
        return
    walker.goal, walker.wait = -1, 0
    structure.left -= 1
    more, done = row.health - row.health // 10, row.time - structure.left
    body.health += more * done // row.time - more * (done - 1) // row.time
    if structure.left == 0:
        finish(world, orders.target, body)


def finish(world: World, entity: int, body: Body) -> None:
    """A building stands."""
    if KINDS[body.kind].damage:
        world.add(entity, Arms())
    world.emit(Finished(body.kind, body.owner))


def nearest_hall(world: World, player: int, cell: int) -> int:
    """The player's nearest finished hall, or 0."""
    size, best, nearest = world.resource(Land).size, 0, 1 << 30
    for entity, body, structure in world.query(Body, Structure):
        if body.kind == HALL and body.owner == player and structure.left == 0 and body.health > 0:
            away = square(cell, structure.cell + size + 1, size)
            if away < nearest:
                best, nearest = entity, away
    return best


def nearest_deposit(world: World, what: int, cell: int, but: int = 0) -> int:
    """The nearest deposit around that holds this and that one can stand beside, or 0."""
    grid, size, best, nearest = grid_of(world), world.resource(Land).size, 0, AROUND * AROUND
    for entity, deposit in world.query(Deposit):
        if deposit.what == what and entity != but and deposit.left > 0:
            away = square(cell, deposit.cell, size)
            if away < nearest and is_exposed(grid, deposit, size):
                best, nearest = entity, away
    return best


def is_exposed(grid: Grid, deposit: Deposit, size: int) -> bool:
    """Whether a cell beside it is open ground."""
    first, side = deposit.cell, side_of_deposit(deposit)
    for place in range(side):
        row, column = first + place * size, first + place
        if grid.ground[row - 1] == 0 or grid.ground[row + side] == 0:
            return True
        if grid.ground[column - size] == 0 or grid.ground[column + side * size] == 0:
            return True
    return False
