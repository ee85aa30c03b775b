"""A player of skirmish who plays: gathers, trains, builds a little, and marches. For clients in Python; pages have the same in
tests/browser/skirmish_demo/script.js."""

from math import cos, sin
from typing import Any

from tests.mods.loading import module
from tickroom import World

WORKER, HALL, BARRACKS = 0, 4, 6
GOLD, WOOD = 1, 2
SOLDIERS = ("spearman", "archer", "knight")
Command = tuple[str, dict[str, Any]]


EVERY = 4
"""How often a player looks, in generations; at each tenth look it marches."""


class Commander:
    """Looks at a world for one player, in one generation of it."""

    def __init__(self, world: World, player: int, generation: int) -> None:
        parts = module("skirmish", "shared.components")
        self._parts = parts
        self._world = world
        self._player = player
        self._generation = generation
        self._size: int = world.resources["Land"].size
        self._bodies = world.query(parts.Body)
        self._own = [(entity, body.kind) for entity, body in self._bodies if body.owner == player]
        self._halls = [entity for entity, kind in self._own if kind == HALL]
        self._unfinished = {entity for entity, each in world.query(parts.Structure) if each.left > 0}

    def commands(self) -> list[Command]:
        """What the player wants now."""
        if not self._halls:
            return []
        return [
            *self._gather(),
            *self._train_workers(),
            *self._build(),
            *self._train_soldiers(),
            *self._march(),
        ]

    def _place(self, entity: int) -> tuple[int, int]:
        cell: int = self._world.get(entity, self._parts.Structure).cell
        return cell % self._size, cell // self._size

    def _workers(self) -> list[int]:
        return [entity for entity, kind in self._own if kind == WORKER]

    def _gather(self) -> list[Command]:
        idle = [each for each in self._workers() if self._world.get(each, self._parts.Orders).verb == 0]
        found = [(place, self._nearest((each + place) % 2 + 1)) for place, each in enumerate(idle)]
        return [("gather", {"units": [idle[place]], "target": target}) for place, target in found if target]

    def _nearest(self, what: int) -> int:
        x, y = self._place(self._halls[0])
        deposits = [
            ((deposit.cell % self._size - x) ** 2 + (deposit.cell // self._size - y) ** 2, entity)
            for entity, deposit in self._world.query(self._parts.Deposit)
            if deposit.what == what
        ]
        return min(deposits)[1] if deposits else 0

    def _queue(self, building: int) -> list[int]:
        queue: list[int] = self._world.get(building, self._parts.Trainer).queue
        return queue

    def _train_workers(self) -> list[Command]:
        hall = self._halls[0]
        if len(self._own) >= 24 or len(self._queue(hall)) >= 2:
            return []
        return [("train", {"building": hall, "kind": "worker"})]

    def _build(self) -> list[Command]:
        workers, kinds = self._workers(), [kind for _, kind in self._own]
        used, room = module("skirmish", "shared.realms").supply(self._world, self._player)
        wanted = "house" if room - used < 3 else "" if BARRACKS in kinds else "barracks"
        is_building = any(entity in self._unfinished for entity, _ in self._own)
        if not wanted or is_building or not workers:
            return []
        x, y = self._place(self._halls[0])
        turn = self._generation / 20
        x, y = x + round(7 * cos(turn)), y + round(7 * sin(turn))
        inside = 0 <= x < self._size and 0 <= y < self._size
        return [("build", {"units": workers[-2:], "kind": wanted, "x": x, "y": y})] if inside else []

    def _train_soldiers(self) -> list[Command]:
        barracks = [each for each, kind in self._own if kind == BARRACKS and each not in self._unfinished]
        kind = SOLDIERS[self._generation % 3]
        return [
            ("train", {"building": each, "kind": kind}) for each in barracks if len(self._queue(each)) < 2
        ]

    def _march(self) -> list[Command]:
        soldiers = [entity for entity, kind in self._own if WORKER < kind < HALL]
        foes = [entity for entity, body in self._bodies if body.kind == HALL and body.owner != self._player]
        if len(soldiers) < 8 or not foes or self._generation % (10 * EVERY) >= EVERY:
            return []
        x, y = self._place(foes[0])
        return [("advance", {"units": soldiers[:200], "x": x, "y": y})]


def wants(world: World, player: int, generation: int) -> list[Command]:
    """The commands of a player after a generation; none in most."""
    return Commander(world, player, generation).commands() if (generation + player) % EVERY == 0 else []
