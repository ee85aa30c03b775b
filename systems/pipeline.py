"""The pipeline: one ordered tuple of systems, the stages input, physics, logic and events one after another.

A tick is: joins, leaves and commands in the order of arrival; the players' inputs; then these systems; then the events
are gathered and what was despawned is gone.
"""

from collections.abc import Callable
from typing import Any

from ecs.built_in import SYSTEMS
from ecs.game import Game
from ecs.order import arrange

System = Callable[[Any, float], None]


def pipeline(game: Game, physics: System) -> tuple[tuple[str, System], ...]:
    """(name, system) in the order they run; the engine's own physics is the first of its stage, unless a game says else.

    Raises GameError for a circle, and for a name that is no system of the stage.
    """
    own = {"physics": physics}
    ordered = arrange((*SYSTEMS, *game.systems.values()))
    return tuple((system.name, own.get(system.name, system.function)) for system in ordered)
