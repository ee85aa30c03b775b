"""Players come, go, and come back after a death."""

from dataclasses import replace

from tickroom import Collide, Position, Scene, Velocity, World

from ..shared.bodies import FIGHTER_BODY
from ..shared.components import Fighter, Gear, Health, Powers, Score
from ..shared.events import Respawned
from ..shared.game import game
from ..shared.requests import Return
from ..shared.tuning import MAGAZINE, SPAWN_SHIELD
from .careers import greet
from .match import begin_round
from .places import SPAWNS


@game.on("join")
def join(world: World, player: int) -> None:
    """A fighter and a line of the scoreboard; the first player to come starts a new round."""
    x, y = spawn_place(world)
    entity = world.spawn(
        Fighter(player),
        Health(),
        Powers(),
        Gear(),
        Position(x, y),
        Velocity(0.0, 0.0),
        Scene("fighter", owner=player),
    )
    world.spawn(Scene("scorecard", owner=player, seen_by="always"), Position(), Score(player))
    if len(world.players) == 1:
        begin_round(world)
    stand_up(world, entity, x, y)
    greet(world, player)


@game.on("leave")
def leave(world: World, player: int) -> None:
    """Nothing of the player stays."""
    for entity, scene in world.query(Scene):
        if scene.owner == player:
            world.despawn(entity)


@game.authority(Return)
def return_fighter(world: World, player: int, request: Return) -> None:
    """Choose a place far from everybody else, and put the fighter there."""
    place_anew(world, request.fighter)


def place_anew(world: World, entity: int) -> None:
    """Put a fighter, dead or alive, whole into a new place."""
    stand_up(world, entity, *spawn_place(world, entity))


def stand_up(world: World, entity: int, x: float, y: float) -> None:
    """Make the fighter whole, armed, solid and safe for a moment."""
    fighter, health, gear = world.get(entity, Fighter), world.get(entity, Health), world.get(entity, Gear)
    fighter.respawn_tick = -1
    health.value = health.most
    gear.ammo, gear.reload_tick = MAGAZINE, -1
    gear.fire_tick = gear.dash_tick = world.tick
    powers = world.get(entity, Powers)
    powers.shield_until, powers.rapid_until = world.tick + SPAWN_SHIELD, world.tick
    position, velocity = world.get(entity, Position), world.get(entity, Velocity)
    position.x, position.y, velocity.x, velocity.y = x, y, 0.0, 0.0
    world.get(entity, Scene).state = ""
    if not world.has(entity, Collide):
        world.add(entity, replace(FIGHTER_BODY))
    world.emit(Respawned(fighter.player, x, y), at=(x, y))


def spawn_place(world: World, entity: int = -1) -> tuple[float, float]:
    """One of the three places that are farthest from the nearest body that hurts."""
    others = [(at.x, at.y) for other, _, _, at in world.query(Collide, Health, Position) if other != entity]
    ranked = sorted(SPAWNS, key=lambda place: (-nearest(place, others), place))
    return world.random.choice(ranked[:3])


def nearest(place: tuple[float, float], others: list[tuple[float, float]]) -> float:
    """The squared distance to the nearest of the others."""
    return min(
        ((x - place[0]) * (x - place[0]) + (y - place[1]) * (y - place[1]) for x, y in others), default=0.0
    )
