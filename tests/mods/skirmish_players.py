"""Players of skirmish who give random commands, most of them sensible, some wrong, some no commands at all."""

import random
from typing import Any

import msgspec

from tests.mods.loading import module
from tickroom import World

NAMES = ("worker", "spearman", "archer", "knight", "hall", "house", "barracks", "tower")


def setup_of(players: int = 4, size: str = "large", start: str = "village") -> dict[str, Any]:
    """A setup, each in a team of its own."""
    seats = [{"player": player, "team": player} for player in range(players)]
    return {"players": seats, "size": size, "start": start}


class RandomPlayers:
    """Looks at a world and gives the bodies of a generation. The same seed and world give the same bodies."""

    def __init__(self, seed: int, players: int = 4, eagerness: float = 0.15) -> None:
        self._random = random.Random(seed)
        self._players = players
        self._eagerness = eagerness

    def bodies(self, world: World) -> tuple[tuple[int, bytes], ...]:
        """What each player gives; many give nothing."""
        parts = module("skirmish", "shared.components")
        self._bodies = world.query(parts.Body)
        self._deposits = [(entity, deposit.cell) for entity, deposit in world.query(parts.Deposit)]
        self._idle = {entity for entity, orders in world.query(parts.Orders) if orders.verb == 0}
        self._unfinished = {entity for entity, each in world.query(parts.Structure) if each.left > 0}
        self._buildings = {entity: structure.cell for entity, structure in world.query(parts.Structure)}
        self._size = world.resources["Land"].size
        return tuple((player, self._body(player)) for player in range(self._players))

    def _body(self, player: int) -> bytes:
        chance = self._random
        if chance.random() > self._eagerness:
            return b""
        self._own = [(entity, body.kind) for entity, body in self._bodies if body.owner == player]
        body = msgspec.msgpack.encode([self._command(player) for _ in range(chance.choice((1, 1, 2, 4)))])
        if chance.random() < 0.02:
            return body[: chance.randrange(len(body))] + chance.randbytes(chance.randrange(3))
        return body

    def _command(self, player: int) -> list[Any]:
        chance = self._random
        workers = [entity for entity, kind in self._own if kind == 0]
        if chance.random() < 0.9:
            workers = [entity for entity in workers if entity in self._idle] or workers[:3]
        soldiers = [entity for entity, kind in self._own if 0 < kind < 4]
        buildings = [(entity, kind) for entity, kind in self._own if kind > 3] or [(1, 4)]
        some = self._some(soldiers if soldiers and chance.random() < 0.9 else [*workers, *soldiers])
        building, kind = chance.choice(buildings)
        x, y = chance.randrange(self._size), chance.randrange(self._size)
        verbs = ("move", "advance", "attack") if soldiers else ("gather", "train", "build")
        verb = chance.choice((*verbs, "gather", "gather", "train", "train", "build", "other"))
        match verb:
            case "move" | "advance":
                return [verb, {"units": some, "x": x, "y": y}]
            case "attack":
                foes = [entity for entity, body in self._bodies if body.owner != player]
                return [verb, {"units": some, "target": chance.choice(foes or [1])}]
            case "gather":
                return [verb, {"units": self._some(workers)[:4], "target": self._deposit(buildings[0][0])}]
            case "build":
                near_x, near_y = self._near(building)
                what = self._wanted([kind for _, kind in buildings])
                return [verb, {"units": self._some(workers)[:4], "kind": what, "x": near_x, "y": near_y}]
            case "train":
                ready = [entity for entity, kind in buildings if kind == 6 and entity not in self._unfinished]
                if ready and chance.random() < 0.7:
                    building, kind = chance.choice(ready), 6
                right = ((0,), (), (1, 2, 3), ())[kind - 4] if chance.random() < 0.9 else ()
                return [verb, {"building": building, "kind": NAMES[chance.choice(right or (0, 1, 2, 3))]}]
        return self._other(some, workers, building, x, y)

    def _other(self, some: list[int], workers: list[int], building: int, x: int, y: int) -> list[Any]:
        verb = self._random.choice(("assist", "assist", "cancel", "rally", "rally", "stop", "odd"))
        match verb:
            case "assist":
                unfinished = [entity for entity, _ in self._own if entity in self._unfinished]
                target = self._random.choice(unfinished or [building])
                return [verb, {"units": self._some(workers)[:3], "target": target}]
            case "cancel":
                return [verb, {"building": building}]
            case "rally":
                return [verb, {"building": building, "x": x, "y": y}]
            case "stop":
                return [verb, {"units": some[:3]}]
        return self._odd(some)

    def _wanted(self, kinds: list[int]) -> str:
        """A building that one has too few of, or any."""
        for kind, most in ((5, 1), (6, 1), (5, 3), (7, 2), (5, 8)):
            if kinds.count(kind) < most:
                return NAMES[kind]
        return self._random.choices(NAMES[4:], (1, 1, 2, 2))[0]

    def _deposit(self, building: int) -> int:
        """Mostly one of those near a building."""
        cell, size = self._buildings.get(building, 0), self._size
        x, y = cell % size, cell // size
        by_distance = sorted(
            self._deposits, key=lambda each: abs(each[1] % size - x) + abs(each[1] // size - y)
        )
        near = by_distance[:12] if self._random.random() < 0.9 else by_distance
        return self._random.choice(near or [(1, 0)])[0]

    def _near(self, building: int) -> tuple[int, int]:
        cell, size = self._buildings.get(building, 0), self._size
        place = (cell % size + self._random.randrange(-8, 10), cell // size + self._random.randrange(-8, 10))
        return max(0, place[0]), max(0, place[1])

    def _odd(self, some: list[int]) -> list[Any]:
        """Commands that are wrong in every way there is."""
        chance = self._random
        odd: list[list[Any]] = [
            ["move", {"units": some, "x": 96, "y": 0}],
            ["move", {"units": some, "x": -1, "y": 0}],
            ["move", {"units": [], "x": 1, "y": 0}],
            ["move", {"units": [2**31], "x": 1, "y": 0}],
            ["move", {"units": some, "x": 1.5, "y": 0}],
            ["move", {"units": some, "y": 1, "x": 0}],
            ["move", {"units": some, "x": True, "y": 0}],
            ["move", {"units": some + some, "x": 3, "y": 3}],
            ["attack", {"units": some, "target": 2**31 - 1}],
            ["attack", {"units": some, "target": some[0]}],
            ["train", {"building": some[0], "kind": "worker"}],
            ["train", {"building": 1, "kind": "hall"}],
            ["build", {"units": some[:1], "kind": "tower", "x": 0, "y": 95}],
            ["build", {"units": some[:1], "kind": "wörk", "x": 0, "y": 95}],
            ["fly", {"units": some}],
            ["resign"],
            ["resign", {"more": None}],
            ["stop", {"units": some, "more": {"deep": [[[]]]}}],
        ]
        return chance.choice(odd)

    def _some(self, entities: list[int]) -> list[int]:
        """A few of them or nearly all, sometimes with one that is not there."""
        chance = self._random
        if not entities:
            return [chance.randrange(1, 3000)]
        count = chance.choice((1, 2, 5, 12, 60))
        some = sorted(chance.sample(entities, min(count, len(entities))))
        return some if chance.random() < 0.95 else [*some, chance.randrange(1, 3000)]
