"""Being hurt and being healed."""

from tickroom import Position, Scene, Velocity, World

from ..shared.components import Bag, Health, Hero
from ..shared.events import Fainted, Healed, Hurt, Slain
from ..shared.game import game
from ..shared.requests import Drink
from .components import Monster
from .heroes import start_place
from .loot import drop
from .tables import FAINT_COSTS, POTION_HEALS


def hurt(world: World, victim: int, amount: float, player: int = -1) -> None:
    """Take health from a hero or a monster; `player` did it, or -1 nobody."""
    health, at = world.get(victim, Health), world.get(victim, Position)
    if health.value <= 0.0 or world.leaving(victim):
        return
    health.value = max(0.0, health.value - amount)
    world.emit(Hurt(victim, amount, at.x, at.y), at=(at.x, at.y))
    if health.value > 0.0:
        return
    if world.has(victim, Monster):
        slay(world, victim, player)
    else:
        faint(world, victim)


def slay(world: World, monster: int, player: int) -> None:
    """A monster falls, and leaves what the table says."""
    kind, at = world.get(monster, Scene).kind, world.get(monster, Position)
    world.despawn(monster)
    world.emit(Slain(kind, player, at.x, at.y), at=(at.x, at.y))
    drop(world, kind, at.x, at.y)


def faint(world: World, entity: int) -> None:
    """A hero wakes up on the plaza, whole but a little poorer."""
    bag, health = world.get(entity, Bag), world.get(entity, Health)
    lost = int(bag.gold * FAINT_COSTS)
    bag.gold -= lost
    health.value = health.most
    position, velocity = world.get(entity, Position), world.get(entity, Velocity)
    position.x, position.y = start_place(world)
    velocity.x = velocity.y = 0.0
    world.emit(Fainted(lost), to=world.get(entity, Hero).player)


def heal(world: World, entity: int, amount: float) -> None:
    """Give health back, and tell those near."""
    health, at = world.get(entity, Health), world.get(entity, Position)
    if health.value < health.most:
        health.value = min(health.most, health.value + amount)
        world.emit(Healed(world.get(entity, Hero).player, at.x, at.y), at=(at.x, at.y))


@game.authority(Drink)
def drink(world: World, player: int, request: Drink) -> None:
    """A bottle heals, unless there is nothing to heal."""
    bag, health = world.get(request.hero, Bag), world.get(request.hero, Health)
    if bag.potion > 0 and health.value < health.most:
        bag.potion -= 1
        heal(world, request.hero, POTION_HEALS)
