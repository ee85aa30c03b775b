"""What players may tell: the only way into a match. A command that cannot be obeyed is refused, and changes nothing."""

from dataclasses import dataclass
from typing import Annotated, Literal

from msgspec import Meta

from tickroom import Refused, World

from .components import Arms, Bag, Body, Deposit, Fog, Orders, Realm, Structure, Trainer, Walker
from .game import game
from .grid import Grid, Land, cells_of, cover, grid_of, ring
from .obeying import tell
from .realms import is_set, pays, realm_of, sees, supply, teams
from .tables import ADVANCE, ATTACK, BUILD, GATHER, IDLE, KINDS, MAX_QUEUE, MOVE, NAMES
from .ways import goal_of
from .working import is_exposed, nearest_deposit

Id = Annotated[int, Meta(ge=1, le=2**31 - 1)]
Ids = Annotated[list[Id], Meta(min_length=1, max_length=250)]
Coordinate = Annotated[int, Meta(ge=0, le=95)]
UnitName = Literal["worker", "spearman", "archer", "knight"]
BuildingName = Literal["hall", "house", "barracks", "tower"]


@dataclass(slots=True)
class Go:
    """Units, and the cell where they go."""

    units: Ids
    x: Coordinate
    y: Coordinate


@dataclass(slots=True)
class Act:
    """Units, and the entity that they attack, gather from or build."""

    units: Ids
    target: Id


@dataclass(slots=True)
class Stop:
    """Units."""

    units: Ids


@dataclass(slots=True)
class Build:
    """Workers, what they build, and its first cell."""

    units: Ids
    kind: BuildingName
    x: Coordinate
    y: Coordinate


@dataclass(slots=True)
class Train:
    """A building, and what it trains."""

    building: Id
    kind: UnitName


@dataclass(slots=True)
class Cancel:
    """A building: the last that it trains, or, when it is not finished, itself."""

    building: Id


@dataclass(slots=True)
class Rally:
    """A building, and the cell where what it trains goes."""

    building: Id
    x: Coordinate
    y: Coordinate


@dataclass(slots=True)
class Resign:
    """Nothing more to say."""


Unit = tuple[int, Orders, Walker, Arms]


@game.command
def move(world: World, player: int, body: Go) -> None:
    """Go there, whatever one meets."""
    units = _own(world, player, body.units)
    goal = goal_of(_place(world, body.x, body.y))
    for _, orders, walker, arms in units:
        tell(orders, walker, arms, MOVE, 0, goal)


@game.command
def advance(world: World, player: int, body: Go) -> None:
    """Go there and fight whom one meets."""
    units = _own(world, player, body.units)
    goal = goal_of(_place(world, body.x, body.y))
    for _, orders, walker, arms in units:
        tell(orders, walker, arms, ADVANCE, 0, goal)


@game.command
def stop(world: World, player: int, body: Stop) -> None:
    """Stand."""
    for _, orders, walker, arms in _own(world, player, body.units):
        tell(orders, walker, arms, IDLE, 0, -1)


@game.command
def attack(world: World, player: int, body: Act) -> None:
    """Fight one foe that one's team sees."""
    units = _own(world, player, body.units)
    foe, team = world.try_get(body.target, Body), teams(world)
    if (
        foe is None
        or team[foe.owner] == team[player]
        or not sees(world, team[player], _cell(world, body.target))
    ):
        raise Refused("there is no such foe in sight")
    for _, orders, walker, arms in units:
        tell(orders, walker, arms, ATTACK, body.target, -1)
        arms.foe = body.target


@game.command
def gather(world: World, player: int, body: Act) -> None:
    """Workers bring what is there to a hall."""
    workers = [unit for unit in _own(world, player, body.units) if world.has(unit[0], Bag)]
    deposit = world.try_get(body.target, Deposit)
    if not workers or deposit is None or not is_set(_fog(world, player).explored, deposit.cell):
        raise Refused("there is nothing to gather for workers")
    target, size = body.target, world.resource(Land).size
    if not is_exposed(grid_of(world), deposit, size):
        target = nearest_deposit(world, deposit.what, deposit.cell) or target
    for entity, orders, walker, arms in workers:
        tell(orders, walker, arms, GATHER, target, -1)
        bag = world.get(entity, Bag)
        bag.timer = bag.hall = 0


@game.command
def build(world: World, player: int, body: Build) -> None:
    """Pay for a building, and have workers build it."""
    workers = [unit for unit in _own(world, player, body.units) if world.has(unit[0], Bag)]
    if not workers:
        raise Refused("only workers build")
    kind = NAMES.index(body.kind)
    cell = _free_square(world, player, body.x, body.y, KINDS[kind].side)
    if not pays(_realm(world, player), kind):
        raise Refused("there is not enough gold or wood")
    building = place_building(world, kind, player, cell, KINDS[kind].time)
    for _, orders, walker, arms in workers:
        tell(orders, walker, arms, BUILD, building, -1)


@game.command
def assist(world: World, player: int, body: Act) -> None:
    """Workers help to build what is not finished."""
    workers = [unit for unit in _own(world, player, body.units) if world.has(unit[0], Bag)]
    _, structure = _building(world, player, body.target)
    if not workers or structure.left == 0:
        raise Refused("there is nothing to build for workers")
    for _, orders, walker, arms in workers:
        tell(orders, walker, arms, BUILD, body.target, -1)


@game.command
def train(world: World, player: int, body: Train) -> None:
    """Pay for a unit, and begin or queue its training."""
    building, structure = _building(world, player, body.building)
    trainer = world.try_get(body.building, Trainer)
    kind = NAMES.index(body.kind)
    if trainer is None or structure.left > 0 or kind not in KINDS[building.kind].trains:
        raise Refused("this is not trained there")
    if len(trainer.queue) >= MAX_QUEUE:
        raise Refused("the queue is full")
    used, room = supply(world, player)
    if used + KINDS[kind].room > room:
        raise Refused("there is no room for more: build houses")
    if not pays(_realm(world, player), kind):
        raise Refused("there is not enough gold or wood")
    if not trainer.queue:
        trainer.left = KINDS[kind].time
    trainer.queue.append(kind)


@game.command
def cancel(world: World, player: int, body: Cancel) -> None:
    """Take back what was last queued, or an unfinished building; what it cost comes back."""
    building, structure = _building(world, player, body.building)
    trainer = world.try_get(body.building, Trainer)
    if structure.left > 0 and building.health > 0:
        building.health = 0
        _refund(_realm(world, player), building.kind)
    elif trainer is not None and trainer.queue:
        _refund(_realm(world, player), trainer.queue.pop())
    else:
        raise Refused("there is nothing to cancel")


@game.command
def rally(world: World, player: int, body: Rally) -> None:
    """Where trained units go."""
    _building(world, player, body.building)
    trainer = world.try_get(body.building, Trainer)
    size = world.resource(Land).size
    if trainer is None or body.x >= size or body.y >= size:
        raise Refused("nothing is trained there")
    cell = body.y * size + body.x
    trainer.rally = cell if grid_of(world).ground[cell] > 0 else _place(world, body.x, body.y)


@game.command
def resign(world: World, player: int, body: Resign) -> None:
    """All that one has falls."""
    _realm(world, player)
    for _, each in world.query(Body):
        if each.owner == player:
            each.health = 0


def place_building(world: World, kind: int, owner: int, cell: int, left: int) -> int:
    """A building, finished when no work is left; its cells are taken at once."""
    row = KINDS[kind]
    health = row.health if left == 0 else row.health // 10
    parts = [Body(kind, owner, health), Structure(cell, left)]
    entity = world.spawn(*parts, *([Trainer()] if row.trains else []))
    cover(world, cell, row.side, entity)
    return entity


def _own(world: World, player: int, entities: list[int]) -> list[Unit]:
    """Those units of the list that are the player's, each once. Raises Refused when there are none."""
    units = []
    for entity in dict.fromkeys(entities):
        walker, body = world.try_get(entity, Walker), world.try_get(entity, Body)
        if walker is not None and body is not None and body.owner == player:
            units.append((entity, world.get(entity, Orders), walker, world.get(entity, Arms)))
    if not units:
        raise Refused("none of these units is yours")
    return units


def _building(world: World, player: int, entity: int) -> tuple[Body, Structure]:
    body, structure = world.try_get(entity, Body), world.try_get(entity, Structure)
    if body is None or structure is None or body.owner != player:
        raise Refused("this building is not yours")
    return body, structure


def _realm(world: World, player: int) -> Realm:
    found = realm_of(world, player)
    if found is None:
        raise Refused("you are not in this match")
    return found[1]


def _fog(world: World, player: int) -> Fog:
    found = realm_of(world, player)
    if found is None:
        raise Refused("you are not in this match")
    return world.get(found[0], Fog)


def _cell(world: World, entity: int) -> int:
    walker = world.try_get(entity, Walker)
    return walker.cell if walker is not None else world.get(entity, Structure).cell


def _place(world: World, x: int, y: int) -> int:
    """That cell, or the nearest one where no building, tree or rock stands. Raises Refused outside of the map."""
    size, grid = world.resource(Land).size, grid_of(world)
    if x >= size or y >= size:
        raise Refused("that is outside of the map")
    cell = y * size + x
    if grid.ground[cell] == 0:
        return cell
    found = _open_near(grid, cell, size)
    if found < 0:
        raise Refused("nobody can go there")
    return found


def _open_near(grid: Grid, cell: int, size: int) -> int:
    """The first cell around it, whoever stands there, the nearest ring first, or -1."""
    ground = grid.ground
    for radius in range(1, 13):
        for each in ring(cell, 1, radius, size):
            if ground[each] == 0:
                return each
    return -1


def _free_square(world: World, player: int, x: int, y: int, side: int) -> int:
    size, grid = world.resource(Land).size, grid_of(world)
    if not (1 <= x < size - side and 1 <= y < size - side):
        raise Refused("that is outside of the map")
    cell, explored = y * size + x, _fog(world, player).explored
    for each in cells_of(cell, side, size):
        if grid.ground[each] or grid.taken[each] or not is_set(explored, each):
            raise Refused("there is no free ground")
    return cell


def _refund(realm: Realm, kind: int) -> None:
    realm.gold += KINDS[kind].gold
    realm.wood += KINDS[kind].wood
