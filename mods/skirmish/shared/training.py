"""Buildings train units, which go to where the building's rally is."""

from tickroom import World

from .components import Arms, Bag, Body, Deposit, Finished, Orders, Structure, Trainer, Walker
from .game import game
from .grid import Land, free_near, grid_of, middle
from .obeying import tell
from .tables import GATHER, KINDS, MOVE, WORKER
from .ways import goal_of


@game.system("logic", after="walk")
def train_units(world: World, dt: float) -> None:
    """Reads Structure, Body; writes Trainer; spawns units; emits Finished."""
    for _, trainer, structure, body in world.query(Trainer, Structure, Body):
        if not trainer.queue or structure.left > 0:
            continue
        if trainer.left > 0:
            trainer.left -= 1
        if trainer.left == 0:
            _let_out(world, trainer, structure, body)


def _let_out(world: World, trainer: Trainer, structure: Structure, body: Body) -> None:
    land, side = world.resource(Land), KINDS[body.kind].side
    cell = free_near(grid_of(world), structure.cell, side, land.size, 6)
    if cell < 0:
        return  # no room around: wait
    entity = spawn_unit(world, trainer.queue.pop(0), body.owner, cell)
    if trainer.queue:
        trainer.left = KINDS[trainer.queue[0]].time
    if trainer.rally >= 0:
        _send(world, entity, trainer.rally)
    world.emit(Finished(world.get(entity, Body).kind, body.owner))


def _send(world: World, entity: int, rally: int) -> None:
    orders, walker, arms = world.get(entity, Orders), world.get(entity, Walker), world.get(entity, Arms)
    there = grid_of(world).ground[rally]
    if there > 0 and world.has(there, Deposit) and world.has(entity, Bag):
        tell(orders, walker, arms, GATHER, there, -1)
    else:
        tell(orders, walker, arms, MOVE, 0, goal_of(rally))


def spawn_unit(world: World, kind: int, owner: int, cell: int) -> int:
    """A new unit in a free cell."""
    land = world.resource(Land)
    x, y = middle(cell, land.size)
    parts = [Body(kind, owner, KINDS[kind].health), Walker(cell, x, y), Orders(), Arms()]
    entity = world.spawn(*parts, *([Bag()] if kind == WORKER else []))
    grid_of(world).taken[cell] = entity
    return entity
