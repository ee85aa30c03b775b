"""Who fights whom: finding a foe, coming near, striking. Workers fight only when they are told to."""

from math import isqrt

from tickroom import World

from .chance import Chance
from .components import Arms, Arrow, Body, Orders, Struck, Structure, Walker
from .game import game
from .grid import Grid, Land, grid_of, middle, square
from .realms import teams
from .tables import (
    ADVANCE,
    ARROW_SPEED,
    ATTACK,
    CELL,
    HALF,
    HALL,
    IDLE,
    KINDS,
    WORKER,
)
from .walking import GIVE_UP, NEIGHBOURS, step_to
from .ways import goal_of

LOOK_EVERY = 8
LEASH = 3
"""So many cells beyond its sight a unit follows a foe that it chose itself."""
STRAIGHT = 6 * CELL
"""From so near a foe is approached straight, not by a way."""
PATIENCE = 24
BLOCKED = 6


@game.system("logic", after="obey")
def fight(world: World, dt: float) -> None:
    """Reads Body, Structure, Realm; writes Arms, Walker, Orders, Body; spawns Arrow; emits Struck."""
    war = War(world)
    for entity, arms, body, walker, orders in world.query(Arms, Body, Walker, Orders):
        if arms.pause > 0:
            arms.pause -= 1
        if (world.tick + entity) % LOOK_EVERY == 0 and war.may_look(arms, body, orders):
            _look(war, arms, body, walker, orders)
        elif arms.foe:
            _engage(war, entity, arms, body, walker, orders)
    for entity, arms, body, structure in world.query(Arms, Body, Structure):
        if structure.left == 0:
            _guard(war, entity, arms, body, structure)


class War:
    """What the fights of one iteration look at."""

    __slots__ = ("buildings", "grid", "land", "size", "teams", "world")

    def __init__(self, world: World) -> None:
        self.world = world
        self.grid: Grid = grid_of(world)
        self.land = world.resource(Land)
        self.size = self.land.size
        self.teams = teams(world)
        self.buildings = [
            (self.teams[body.owner], structure.cell + (self.size + 1), entity)
            for entity, body, structure in world.query(Body, Structure)
            if body.health > 0
        ]

    def may_look(self, arms: Arms, body: Body, orders: Orders) -> bool:
        """Whether a unit chooses its own foe now: it has none, or only a building, and was not told whom to attack."""
        if body.kind == WORKER or orders.verb not in {IDLE, ADVANCE}:
            return False
        return arms.foe == 0 or self.world.has(arms.foe, Structure)

    def look_around(self, cell: int, sight: int, owner: int) -> int:
        """The nearest foe in sight: units before buildings, of equals the one with the lower number; or 0."""
        size, taken, team = self.size, self.grid.taken, self.teams[owner]
        x, y = cell % size, cell // size
        left, right = max(0, x - sight), min(size - 1, x + sight) + 1
        best, nearest = 0, sight * sight + 1
        for row in range(max(0, y - sight), min(size - 1, y + sight) + 1):
            for entity in filter(None, taken[row * size + left : row * size + right]):
                body = self.world.get(entity, Body)
                if self.teams[body.owner] == team or body.health <= 0:
                    continue
                away = square(cell, self.world.get(entity, Walker).cell, size)
                if away < nearest or (away == nearest and entity < best):
                    best, nearest = entity, away
        return best or self._building_around(cell, sight, team)

    def _building_around(self, cell: int, sight: int, team: int) -> int:
        best, nearest = 0, sight * sight + 1
        for other, place, entity in self.buildings:
            if other != team:
                away = square(cell, place, self.size)
                if away < nearest:
                    best, nearest = entity, away
        return best

    def place_of(self, foe: int, x: int, y: int) -> tuple[int, int, int, int] | None:
        """(x, y, cell, side) of a foe: of a building the nearest middle of its cells to a point; None when there is none.
        The side of a unit is 1."""
        body = self.world.try_get(foe, Body)
        if body is None or body.health <= 0:
            return None
        if body.kind < HALL:
            walker = self.world.get(foe, Walker)
            return walker.x, walker.y, walker.cell, 1
        cell = self.world.get(foe, Structure).cell
        left, top = middle(cell, self.size)
        side = KINDS[body.kind].side
        more = (side - 1) * CELL
        return max(left, min(x, left + more)), max(top, min(y, top + more)), cell, side


def _look(war: War, arms: Arms, body: Body, walker: Walker, orders: Orders) -> None:
    found = war.look_around(walker.cell, KINDS[body.kind].sight, body.owner)
    if found != arms.foe:
        arms.foe, walker.goal, walker.wait, orders.target = found, -1, 0, 0


def _engage(war: War, entity: int, arms: Arms, body: Body, walker: Walker, orders: Orders) -> None:
    place = war.place_of(arms.foe, walker.x, walker.y)
    row = KINDS[body.kind]
    if place is None:
        _next_foe(arms, walker, orders)
        return
    x, y, cell, side = place
    away = (x - walker.x) * (x - walker.x) + (y - walker.y) * (y - walker.y)
    if away <= row.reach * row.reach:
        walker.goal, walker.wait = -1, 0
        if arms.pause == 0:
            arms.pause = row.pause
            _strike(war.world, entity, body.kind, arms.foe, walker.x, walker.y, away)
    elif orders.verb != ATTACK and away > ((row.sight + LEASH) * CELL) ** 2:
        arms.foe, walker.goal = 0, -1
    elif side > 1:
        _besiege(war, arms, body, walker, goal_of(cell, side))
    elif orders.verb == ATTACK and (away > STRAIGHT * STRAIGHT or walker.goal >= 0):
        _follow(war, walker, cell, away)
    else:
        _approach(war, entity, arms, walker, orders, x, y)


def _next_foe(arms: Arms, walker: Walker, orders: Orders) -> None:
    """The foe is gone: back to whom one was told to attack, or the order is done."""
    walker.goal = -1
    if orders.verb == ATTACK and arms.foe != orders.target:
        arms.foe = orders.target
        return
    arms.foe = 0
    if orders.verb == ATTACK:
        orders.verb = IDLE


def _besiege(war: War, arms: Arms, body: Body, walker: Walker, goal: int) -> None:
    """To a building by a way; first one fights who stands before it."""
    walker.goal = goal
    if walker.wait < BLOCKED:
        return
    if walker.wait >= GIVE_UP:
        walker.wait = 0  # there may be another side
    other = war.look_around(walker.cell, 2, body.owner)
    if other and war.world.has(other, Walker):
        arms.foe, walker.goal, walker.wait = other, -1, 0


def _follow(war: War, walker: Walker, cell: int, away: int) -> None:
    """By a way to where the foe was; a new one when it has gone elsewhere."""
    if walker.goal < 0 or square(walker.goal >> 3, cell, war.size) > 9:
        walker.goal, walker.wait = goal_of(cell), 0
    elif walker.wait == 0 and away < (STRAIGHT >> 1) * (STRAIGHT >> 1):
        walker.goal = -1


def _approach(war: War, entity: int, arms: Arms, walker: Walker, orders: Orders, x: int, y: int) -> None:
    """One cell nearer, straight; who cannot for long gives up, or takes a way round when it was told to attack."""
    size, cell = war.size, walker.cell
    at_x, at_y = middle(cell, size)
    if walker.x != at_x or walker.y != at_y:
        return
    walker.goal = -1
    best, nearest = -1, (x - at_x) * (x - at_x) + (y - at_y) * (y - at_y)
    ground, taken = war.grid.ground, war.grid.taken
    for across, down in NEIGHBOURS:
        next_cell = cell + across + down * size
        if ground[next_cell] or taken[next_cell]:
            continue
        if across and down and (ground[cell + across] or ground[cell + down * size]):
            continue
        dx, dy = x - at_x - across * CELL, y - at_y - down * CELL
        away = dx * dx + dy * dy
        if away < nearest:
            best, nearest = next_cell, away
    if best >= 0:
        step_to(war.grid, entity, walker, best)
        return
    walker.wait += 1
    if walker.wait > PATIENCE:
        walker.wait = 0
        if orders.verb == ATTACK:
            walker.goal = goal_of(y // CELL * size + x // CELL)
        else:
            arms.foe = 0


def _guard(war: War, entity: int, arms: Arms, body: Body, structure: Structure) -> None:
    """A tower strikes whoever is in its reach."""
    row = KINDS[body.kind]
    if arms.pause > 0:
        arms.pause -= 1
    x, y = middle(structure.cell, war.size)
    x, y = x + HALF, y + HALF
    if arms.foe:
        place = war.place_of(arms.foe, x, y)
        away = row.reach * row.reach + 1 if place is None else (place[0] - x) ** 2 + (place[1] - y) ** 2
        if away > row.reach * row.reach:
            arms.foe = 0
        elif arms.pause == 0:
            arms.pause = row.pause
            _strike(war.world, entity, body.kind, arms.foe, x, y, away)
    elif (war.world.tick + entity) % LOOK_EVERY == 0:
        arms.foe = war.look_around(structure.cell, row.reach // CELL, body.owner)


def _strike(world: World, entity: int, kind: int, foe: int, x: int, y: int, away: int) -> None:
    """Hurt a foe: at once with a blade, later with an arrow."""
    row = KINDS[kind]
    damage = row.damage + world.resource(Chance).below(row.spread + 1)
    if row.reach < 2 * CELL:
        hurt(world, foe, damage, entity)
    else:
        flight = isqrt(away) // ARROW_SPEED + 1
        world.spawn(Arrow(foe, entity, damage, flight, flight, x, y))


def hurt(world: World, target: int, damage: int, by: int) -> None:
    """Take health; an idle unit turns against whoever did it."""
    body = world.try_get(target, Body)
    if body is None:
        return
    body.health -= damage
    world.emit(Struck(target))
    arms, orders = world.try_get(target, Arms), world.try_get(target, Orders)
    if (
        arms is not None
        and orders is not None
        and arms.foe == 0
        and orders.verb == IDLE
        and body.kind != WORKER
    ):
        arms.foe = by
