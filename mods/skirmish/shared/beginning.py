"""How a match begins: its setup, its map, who has what."""

from dataclasses import dataclass
from typing import Annotated, Literal

from msgspec import Meta

from tickroom import Refused, World

from .chance import Chance
from .commands import place_building
from .components import Deposit, Fog, Realm
from .drawing_land import Plan, draw
from .game import game
from .grid import Grid, Land, cover, free_near, grid_of
from .judging import Match
from .looking import look_for
from .tables import (
    ARMY_GOLD,
    ARMY_WOOD,
    GOLD,
    HALL,
    KINDS,
    MAX_UNITS,
    MINE_GOLD,
    MINE_SIDE,
    SIZES,
    START_GOLD,
    START_WOOD,
    START_WORKERS,
    TREE_WOOD,
    WOOD,
    WORKER,
)
from .training import spawn_unit
from .ways import Ways

Number = Annotated[int, Meta(ge=0, le=1000)]


@dataclass(slots=True)
class Seat:
    """Who plays in which team."""

    player: Number
    team: Number


@dataclass(slots=True)
class Setup:
    """The room's configuration. `start`: a village of a hall and some workers, or as many soldiers as there may be."""

    players: list[Seat]
    size: Literal["small", "large"]
    start: Literal["village", "army"]


@game.setup
def begin(world: World, setup: Setup) -> None:
    """Everything as it is before the first generation."""
    _check(setup)
    for resource in (Chance(), Land(), Grid(), Ways(), Match()):
        world.register(resource)
    chance, land = world.resource(Chance), world.resource(Land)
    chance.seed(world.seed)
    plan = draw(chance, SIZES[setup.size])
    land.size, land.ground = plan.size, plan.text()
    seats = sorted(setup.players, key=lambda seat: seat.player)
    rich = setup.start == "army"
    nothing = "0" * (plan.size * plan.size // 4)
    for seat in seats:
        treasury = (ARMY_GOLD, ARMY_WOOD) if rich else (START_GOLD, START_WOOD)
        world.spawn(Realm(seat.player, seat.team, *treasury), Fog(nothing, nothing))
    _place_deposits(world, plan)
    bases = plan.bases if len(seats) > 2 else [plan.bases[0], plan.bases[3]]
    for seat, base in zip(seats, bases, strict=False):
        _place_player(world, seat.player, base, MAX_UNITS // len(seats) if rich else 0)
    for _, realm, fog in world.query(Realm, Fog):
        look_for(world, realm, fog)


def _check(setup: Setup) -> None:
    if not 2 <= len(setup.players) <= 4:
        raise Refused(f"a match is for 2 to 4 players, not {len(setup.players)}")
    if len({seat.player for seat in setup.players}) < len(setup.players):
        raise Refused("a player has two seats")
    if len({seat.team for seat in setup.players}) < 2:
        raise Refused("all are in one team: there is nobody to fight")


def _place_deposits(world: World, plan: Plan) -> None:
    for cell in plan.mines:
        cover(world, cell, MINE_SIDE, world.spawn(Deposit(GOLD, cell, MINE_GOLD)))
    for cell in plan.trees():
        cover(world, cell, 1, world.spawn(Deposit(WOOD, cell, TREE_WOOD)))


def _place_player(world: World, player: int, base: int, army: int) -> None:
    """A hall and workers around it; an army is archers and spearmen in turns until there is no room."""
    size, side = world.resource(Land).size, KINDS[HALL].side
    place_building(world, HALL, player, base, 0)
    kinds, room = [WORKER] * START_WORKERS, army - START_WORKERS
    while room >= 2:
        kind = 1 + len(kinds) % 2
        kinds.append(kind)
        room -= KINDS[kind].room
    for kind in kinds:
        cell = free_near(grid_of(world), base, side, size, 20)
        if cell >= 0:
            spawn_unit(world, kind, player, cell)
