"""Players of the arena who fight in earnest, and a match of theirs written down, input by input.

`python -m tests.mods.gladiators FILE` plays the match in FILE again and prints its checksums as JSON.
"""

import json
import sys
from dataclasses import dataclass, field
from itertools import combinations
from math import atan2, cos, hypot, pi, sin
from pathlib import Path
from random import Random
from typing import Any

from tests.mods.arena_table import ArenaTable
from tests.mods.loading import load
from tickroom import Collide, Position, Velocity, checksum

Frame = tuple[int, int, int, list[float]]
"""(player, held, pressed, axes)"""
COMINGS = {1: [0, 1, 2], 40: [3], 700: [4], 1500: [5]}
GOINGS = {1100: [2]}


class Gladiator:
    """Goes for whoever is nearest, circles around, and shoots with an unsteady hand."""

    def __init__(self, arena: ArenaTable, player: int, seed: int) -> None:
        self._arena = arena
        self._player = player
        self._random = Random(seed)
        self._side = 1.0

    def frame(self) -> Frame:
        """What this player does in the next tick."""
        entity = self._arena.fighter(self._player)
        x, y = self._arena.at(entity)
        if self._random.random() < 0.03:
            self._side = -self._side
        foe_x, foe_y = self._foe(entity, x, y)
        aim = atan2(foe_y - y, foe_x - x) + self._random.uniform(-0.08, 0.08)
        away = hypot(foe_x - x, foe_y - y)
        way = aim if away > 260.0 else aim + self._side * pi / 2
        keys = [
            key for key, chance in (("fire", away < 600.0), ("dash", self._random.random() < 0.02)) if chance
        ]
        axes = {"move_x": cos(way), "move_y": sin(way), "aim_x": cos(aim), "aim_y": sin(aim)}
        inputs = self._arena.game.inputs
        held = sum(1 << inputs.keys.index(key) for key in keys)
        return self._player, held, 0, [round(axes.get(axis, 0.0), 4) for axis in inputs.axes]

    def _foe(self, own: int, x: float, y: float) -> tuple[float, float]:
        bodies = [
            (self._arena.at(entity)) for entity, _ in self._arena.all("Health") if self._stands(entity, own)
        ]
        return min(bodies, key=lambda at: hypot(at[0] - x, at[1] - y), default=(1000.0, 700.0))

    def _stands(self, entity: int, own: int) -> bool:
        return entity != own and self._arena.world.has(entity, Collide, Position)


def come_and_go(arena: ArenaTable, tick: int) -> None:
    """Who joins and who leaves at the start of that tick."""
    for player in COMINGS.get(tick, []):
        arena.seat(player)
    for player in GOINGS.get(tick, []):
        arena.engine.leave(player)


@dataclass
class Match:
    """A match that was fought once: its inputs, its checksums, and in how many ticks bodies pushed each other."""

    script: list[list[Frame]] = field(default_factory=list)
    checksums: list[int] = field(default_factory=list)
    pushes: int = 0


def record(arena: ArenaTable, ticks: int) -> Match:
    """Let gladiators fight, and write it down."""
    gladiators: dict[int, Gladiator] = {}
    match = Match()
    for tick in range(1, ticks + 1):
        come_and_go(arena, tick)
        seated = {fighter.player for _, fighter in arena.all("Fighter")}
        gladiators = {
            player: gladiators.get(player) or Gladiator(arena, player, player) for player in sorted(seated)
        }
        match.script.append([gladiator.frame() for gladiator in gladiators.values()])
        match.checksums.append(play_tick(arena, match.script[-1]))
        match.pushes += any_touch(arena)
    return match


def any_touch(arena: ArenaTable) -> bool:
    """Whether any two bodies that push each other stand side by side, with no gap between."""
    bodies = [
        (at.x, at.y, shape.w / 2)
        for _, at, shape, _ in arena.world.query(Position, Collide, Velocity)
        if shape.solid
    ]
    return any(hypot(x - u, y - v) < r + s + 0.2 for (x, y, r), (u, v, s) in combinations(bodies, 2))


def play_tick(arena: ArenaTable, frames: list[Frame]) -> int:
    """One tick with these inputs; returns the world's checksum after it."""
    for player, held, pressed, axes in frames:
        arena.engine.inputs.enqueue(player, arena.world.tick + 1, held, pressed, tuple(axes))
    arena.step()
    return checksum(arena.world)


def replay(arena: ArenaTable, script: list[list[Frame]]) -> list[int]:
    """Play a script again; returns the checksum of each tick."""
    checksums = []
    for tick, frames in enumerate(script, 1):
        come_and_go(arena, tick)
        checksums.append(play_tick(arena, frames))
    return checksums


def main() -> None:
    """Replays the file named on the command line."""
    match: dict[str, Any] = json.loads(Path(sys.argv[1]).read_text())
    arena = ArenaTable(load("arena"), match["seed"], wild=True)
    json.dump(replay(arena, match["script"]), sys.stdout)


if __name__ == "__main__":
    main()
