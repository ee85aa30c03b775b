"""Who has no health left is gone at the end of the iteration."""

from tickroom import World

from .components import Body, Fell, Structure, Walker
from .game import game
from .grid import Land, cover, grid_of, middle
from .tables import HALL, KINDS


@game.system("logic", after="fly")
def die(world: World, dt: float) -> None:
    """Reads Body; despawns; frees cells; emits Fell."""
    for entity, body in world.query(Body):
        if body.health <= 0:
            x, y = _leave(world, entity, body)
            world.despawn(entity)
            world.emit(Fell(body.kind, body.owner, x, y))


def _leave(world: World, entity: int, body: Body) -> tuple[int, int]:
    if body.kind < HALL:
        walker = world.get(entity, Walker)
        grid_of(world).taken[walker.cell] = 0
        return walker.x, walker.y
    structure = world.get(entity, Structure)
    cover(world, structure.cell, KINDS[body.kind].side, 0)
    return middle(structure.cell, world.resource(Land).size)
