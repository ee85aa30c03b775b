"""The order of systems: by stage, in a stage as declared, moved by `before` and `after`."""

from collections.abc import Iterable

from ecs.declare import STAGES, SystemDeclaration
from ecs.errors import GameError


def arrange(systems: Iterable[SystemDeclaration]) -> tuple[SystemDeclaration, ...]:
    """The systems in the order they run: by stage, in a stage as declared, moved by `before` and `after`.

    Raises GameError for a name that is no system of the stage, and for a circle.
    """
    given = tuple(systems)
    ordered: list[SystemDeclaration] = []
    for stage in STAGES:
        ordered += _arrange_stage([system for system in given if system.stage == stage])
    return tuple(ordered)


def _arrange_stage(systems: list[SystemDeclaration]) -> list[SystemDeclaration]:
    earlier = _who_comes_first(systems)
    ordered: list[SystemDeclaration] = []
    waiting = list(systems)
    while waiting:
        done = {system.name for system in ordered}
        ready = next((system for system in waiting if earlier[system.name] <= done), None)
        if ready is None:
            circle = waiting[0]
            names = ", ".join(system.name for system in waiting)
            raise GameError(f"before and after go in a circle among {names}", circle.file, circle.line)
        ordered.append(ready)
        waiting.remove(ready)
    return ordered


def _who_comes_first(systems: list[SystemDeclaration]) -> dict[str, set[str]]:
    earlier: dict[str, set[str]] = {system.name: set() for system in systems}
    for system in systems:
        for name in (*system.before, *system.after):
            if name not in earlier:
                problem = f"{system.name}: {name!r} is no system of the stage {system.stage!r}"
                raise GameError(problem, system.file, system.line)
        earlier[system.name].update(system.after)
        for name in system.before:
            earlier[name].add(system.name)
    return earlier
