"""Day and night, and what the crier says of them."""

from tickroom import Position, Scene, World

from ..shared.components import Sky
from ..shared.events import Announced
from ..shared.game import game
from ..shared.tuning import DAY_TIME, NIGHT_TIME


@game.on("create")
def first_morning(world: World) -> None:
    """The first day begins."""
    world.spawn(Sky(end_tick=DAY_TIME), Position(), Scene("sky", seen_by="always"))


@game.system("logic")
def turn(world: World, dt: float) -> None:
    """Reads and writes Sky; emits Announced at dusk and at dawn."""
    for _, sky in world.query(Sky):
        if world.tick < sky.end_tick:
            continue
        if sky.phase == "day":
            sky.phase, sky.end_tick = "night", world.tick + NIGHT_TIME
            world.emit(Announced(f"The sun sets on day {sky.day}. Beware of the wolves!"))
        else:
            sky.day += 1
            sky.phase, sky.end_tick = "day", world.tick + DAY_TIME
            world.emit(Announced(f"Day {sky.day} dawns over the village."))


def is_night(world: World) -> bool:
    """Whether it is night now."""
    return any(sky.phase == "night" for _, sky in world.query(Sky))
