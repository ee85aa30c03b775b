"""Going from cell to cell. A unit takes the next cell before it walks there, so that no two are ever in one."""

from tickroom import World

from .components import Body, Orders, Walker
from .game import game
from .grid import Grid, Land, grid_of
from .tables import CELL, HALF, IDLE, KINDS
from .ways import Ways, way_to

NEIGHBOURS = ((-1, -1), (1, -1), (-1, 1), (1, 1), (0, -1), (-1, 0), (1, 0), (0, 1))
"""(across, down): corners first, they come nearer by two steps."""
PUSH_AFTER = 4
ASIDE_EVERY = 8
GIVE_UP = 64
CROWD = 12
"""So near to a goal who stands behind others has arrived; and anywhere behind others who arrived at the same goal."""


@game.system("logic", after="work")
def walk(world: World, dt: float) -> None:
    """Reads Body, Orders; writes Walker, Ways."""
    march = March(world)
    size = march.size
    for entity, walker, body in world.query(Walker, Body):
        cell = walker.cell
        to_x, to_y = cell % size * CELL + HALF, cell // size * CELL + HALF
        if walker.x != to_x or walker.y != to_y:
            _glide(walker, to_x, to_y, KINDS[body.kind].speed)
            if walker.x != to_x or walker.y != to_y:
                continue
        if walker.goal >= 0:
            march.next_step(entity, walker, body)


def _glide(walker: Walker, to_x: int, to_y: int, speed: int) -> None:
    across, down = to_x - walker.x, to_y - walker.y
    if across and down:
        speed = speed * 181 >> 8  # 181 / 256: the sine of 45 degrees
    walker.x += max(-speed, min(speed, across))
    walker.y += max(-speed, min(speed, down))


def step_to(grid: Grid, entity: int, walker: Walker, cell: int) -> None:
    """Leave a cell and take another."""
    grid.taken[walker.cell] = 0
    grid.taken[cell] = entity
    walker.cell, walker.wait = cell, 0


class March:
    """What walking looks at in one iteration."""

    __slots__ = ("grid", "land", "size", "ways", "world")

    def __init__(self, world: World) -> None:
        self.world = world
        self.grid = grid_of(world)
        self.land = world.resource(Land)
        self.ways = world.resource(Ways)
        self.size = self.land.size

    def next_step(self, entity: int, walker: Walker, body: Body) -> None:
        """Take the neighbouring cell that is nearest to the goal; wait, push or step aside where others stand."""
        distances = way_to(self.world, self.ways, self.land, walker.goal, body.owner)
        if distances is None:
            return
        here = distances[walker.cell]
        if here <= 0:
            walker.goal = -1  # arrived, or nothing leads there
            if here < 0:
                walker.wait = GIVE_UP
            return
        free, taken = self._nearest(distances, walker.cell, here)
        if free >= 0:
            step_to(self.grid, entity, walker, free)
            return
        walker.wait += 1
        if walker.wait >= GIVE_UP:
            walker.goal = -1
        elif taken >= 0 and walker.wait >= PUSH_AFTER:
            self._push(entity, walker, body, taken, here)
        if walker.goal >= 0 and walker.wait > 0 and walker.wait % ASIDE_EVERY == 0:
            self._step_aside(entity, walker, distances, here)

    def _nearest(self, distances: list[int], cell: int, here: int) -> tuple[int, int]:
        """(the free cell that is nearest to the goal, the one where somebody stands); -1 for none that is nearer."""
        ground, taken, size = self.grid.ground, self.grid.taken, self.size
        free, occupied, free_distance, occupied_distance = -1, -1, here, here
        for across, down in NEIGHBOURS:
            next_cell = cell + across + down * size
            distance = distances[next_cell]
            if not 0 <= distance < free_distance or ground[next_cell]:
                continue
            if across and down and (ground[cell + across] or ground[cell + down * size]):
                continue
            if not taken[next_cell]:
                free, free_distance = next_cell, distance
            elif distance < occupied_distance:
                occupied, occupied_distance = next_cell, distance
        return free, occupied

    def _push(self, entity: int, walker: Walker, body: Body, cell: int, here: int) -> None:
        """Behind an idle friend who has arrived one has arrived, too; else change places with one who idles or waits."""
        world, taken = self.world, self.grid.taken
        other = taken[cell]
        other_walker = world.get(other, Walker)
        if world.get(other, Body).owner != body.owner or not self._stands(other_walker):
            return
        orders = world.get(other, Orders)
        idle = orders.verb == IDLE
        there = here <= CROWD or (orders.goal == walker.goal and other_walker.wait < GIVE_UP)
        if idle and there and walker.goal & 7 == 1:
            walker.goal = -1
        elif idle or (other_walker.goal >= 0 and other_walker.wait >= PUSH_AFTER):
            taken[cell], taken[walker.cell] = entity, other
            other_walker.cell, walker.cell = walker.cell, cell
            other_walker.wait = walker.wait = 0

    def _stands(self, walker: Walker) -> bool:
        cell, size = walker.cell, self.size
        return walker.x == cell % size * CELL + HALF and walker.y == cell // size * CELL + HALF

    def _step_aside(self, entity: int, walker: Walker, distances: list[int], here: int) -> None:
        """To a free cell that is no farther, or one step farther; at each time it is another that is tried first."""
        ground, taken, size, cell = self.grid.ground, self.grid.taken, self.size, walker.cell
        first = (self.world.tick // ASIDE_EVERY + entity) % len(NEIGHBOURS)
        for across, down in (*NEIGHBOURS[first:], *NEIGHBOURS[:first]):
            next_cell = cell + across + down * size
            if not 0 <= distances[next_cell] <= here + 1 or ground[next_cell] or taken[next_cell]:
                continue
            if across and down and (ground[cell + across] or ground[cell + down * size]):
                continue
            waited = walker.wait
            step_to(self.grid, entity, walker, next_cell)
            walker.wait = waited
            return
