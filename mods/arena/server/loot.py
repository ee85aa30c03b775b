"""Pick-ups: where they lie, when they come back, what is in them. Authority of the server alone."""

from tickroom import Collide, Position, Scene, World

from ..shared.categories import FIGHTER, PICKUP
from ..shared.components import Fighter, Health, Pickup, Powers
from ..shared.events import Picked
from ..shared.game import game
from ..shared.requests import Take
from ..shared.tuning import CRATE_GOLD, CRATE_SHIELD, HEAL, PICKUP_RETURN, PICKUP_SIZE, RAPID_TIME
from .components import Pad
from .match import score_of
from .places import CRATE_HOLDS, PADS


@game.on("create")
def lay_pads(world: World) -> None:
    """Every pad is full when the first player comes."""
    for what, x, y in PADS:
        world.spawn(Pad(what, x, y, next_tick=0))


@game.system("logic", after=("collect",))
def refill(world: World, dt: float) -> None:
    """Reads and writes Pad; spawns pick-ups."""
    for _, pad in world.query(Pad):
        if pad.pickup >= 0 and not world.exists(pad.pickup):
            pad.pickup, pad.next_tick = -1, world.tick + PICKUP_RETURN
        if pad.pickup < 0 and world.tick >= pad.next_tick:
            pad.pickup = lay(world, pad)


def lay(world: World, pad: Pad) -> int:
    """Put a pick-up on its pad."""
    shape = Collide(
        "circle", PICKUP_SIZE, PICKUP_SIZE, body="static", sensor=True, category=PICKUP, mask=FIGHTER
    )
    return world.spawn(Pickup(pad.what), Position(pad.x, pad.y), shape, Scene(pad.what))


@game.authority(Take)
def take(world: World, player: int, request: Take) -> None:
    """Give what is in the pick-up to the fighter who stands on it, unless it is of no use or another was first."""
    pickup = world.get(request.pickup, Pickup)
    what = world.random.choice(CRATE_HOLDS) if pickup.what == "crate" else pickup.what
    if world.leaving(request.pickup) or not give(world, request.fighter, what):
        return
    at = world.get(request.pickup, Position)
    world.emit(Picked(world.get(request.fighter, Fighter).player, what, at.x, at.y), at=(at.x, at.y))
    world.despawn(request.pickup)


def give(world: World, entity: int, what: str) -> bool:
    """Apply a pick-up to a fighter; False when the fighter has no use for it."""
    health, powers = world.get(entity, Health), world.get(entity, Powers)
    if what == "heal":
        if health.value >= health.most:
            return False
        health.value = min(health.most, health.value + HEAL)
    elif what == "rapid":
        powers.rapid_until = world.tick + RAPID_TIME
    elif what == "shield":
        powers.shield_until = world.tick + CRATE_SHIELD
    else:
        score_of(world, world.get(entity, Fighter).player).points += CRATE_GOLD
    return True
