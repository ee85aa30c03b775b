"""The arena with verbs for its tests: put fighters somewhere, aim, look at their health and score."""

from math import atan2, cos, sin
from typing import Any

from tests.mods.driver import Table
from tickroom import Game, Position, Velocity

OPEN = (600.0, 560.0)
"""A place with nothing but floor for 50 units around, and for 900 units to the right at this height."""
NEVER = 2**31
SHIELDED = 75
"""Ticks for which a fighter who has just come cannot be hurt."""


class ArenaTable(Table):
    """An arena without hunters and pick-ups, unless they are asked for."""

    def __init__(self, game: Game, seed: int = 1, *, wild: bool = False) -> None:
        super().__init__(game, seed)
        if not wild:
            for _, source in (*self.all("Nest"), *self.all("Pad")):
                source.next_tick = NEVER

    def all(self, component: str) -> list[tuple[int, Any]]:
        """Every entity with a component of that name, and the component."""
        return list(self.world.query(self.game.components[component].type))

    def part(self, entity: int, component: str) -> Any:
        """An entity's component, by name."""
        return self.world.get(entity, self.game.components[component].type)

    def fighter(self, player: int) -> int:
        """The entity of a player's fighter."""
        return next(entity for entity, fighter in self.all("Fighter") if fighter.player == player)

    def of(self, player: int, component: str) -> Any:
        """A component of a player's fighter."""
        return self.part(self.fighter(player), component)

    def score(self, player: int) -> Any:
        """A player's line of the scoreboard."""
        return next(score for _, score in self.all("Score") if score.player == player)

    def round(self) -> Any:
        """The arena's one Round."""
        return self.all("Round")[0][1]

    def at(self, entity: int) -> tuple[float, float]:
        """Where an entity is."""
        position = self.world.get(entity, Position)
        return position.x, position.y

    def put(self, entity: int, x: float, y: float) -> None:
        """Set an entity down at rest."""
        position, velocity = self.world.get(entity, Position), self.world.get(entity, Velocity)
        position.x, position.y, velocity.x, velocity.y = x, y, 0.0, 0.0

    def seat_at(self, player: int, x: float, y: float, *, shielded: bool = False) -> int:
        """A player joins and stands there, unless told otherwise without its first shield."""
        self.seat(player)
        self.step()
        entity = self.fighter(player)
        self.put(entity, x, y)
        if not shielded:
            self.of(player, "Powers").shield_until = 0
        return entity

    def shoot_at(self, player: int, x: float, y: float, *keys: str) -> None:
        """From now on the player fires at that place, as seen from where the player is now."""
        from_x, from_y = self.at(self.fighter(player))
        angle = atan2(y - from_y, x - from_x)
        self.hold(player, "fire", *keys, aim_x=cos(angle), aim_y=sin(angle))

    def hunt(self, x: float, y: float) -> int:
        """A hunter comes out there, at the next step; returns its nest."""
        nest = self.game.components["Nest"].type(x, y, next_tick=0)
        return self.world.spawn(nest)

    def lay(self, what: str, x: float, y: float) -> int:
        """A pad at that place offers something from the next step on; returns the pad."""
        return self.world.spawn(self.game.components["Pad"].type(what, x, y, next_tick=0))
