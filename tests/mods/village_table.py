"""The village with verbs for its tests: put heroes somewhere, look at their bags, find places on the map."""

from typing import Any

from tests.mods.driver import Table
from tickroom import Game, Position, Velocity

NEVER = 2**31


class VillageTable(Table):
    """A village without monsters, unless they are asked for."""

    def __init__(self, game: Game, seed: int = 1, *, wild: bool = False) -> None:
        super().__init__(game, seed)
        if not wild:
            for _, lair in self.all("Lair"):
                lair.next_tick = NEVER

    def type(self, component: str) -> Any:
        """A component's type, by name."""
        return self.game.components[component].type

    def all(self, component: str) -> list[tuple[int, Any]]:
        """Every entity with a component of that name, and the component."""
        return list(self.world.query(self.type(component)))

    def hero(self, player: int) -> int:
        """The entity of a player."""
        return next(entity for entity, hero in self.all("Hero") if hero.player == player)

    def of(self, player: int, component: str) -> Any:
        """A component of a player's hero."""
        return self.world.get(self.hero(player), self.type(component))

    def at(self, player: int) -> tuple[float, float]:
        """Where a player's hero is."""
        position = self.world.get(self.hero(player), Position)
        return position.x, position.y

    def put(self, player: int, x: float, y: float) -> None:
        """Set a hero down at rest."""
        hero = self.hero(player)
        position, velocity = self.world.get(hero, Position), self.world.get(hero, Velocity)
        position.x, position.y, velocity.x, velocity.y = x, y, 0.0, 0.0

    def seat_at(self, player: int, x: float, y: float) -> int:
        """A player joins and stands there."""
        self.seat(player)
        self.step()
        self.put(player, x, y)
        return self.hero(player)

    def seat_on(self, player: int, tile: tuple[int, int]) -> int:
        """A player joins and stands in the middle of a tile."""
        return self.seat_at(player, *self.world.map.centre_of(*tile))

    def find(self, kind: str, layer: str, *free: tuple[int, int]) -> tuple[int, int]:
        """The first tile of a kind beside which the tiles at these distances have nothing on them that stops or hurts."""
        world_map = self.world.map
        number = world_map.number_of(kind)
        for y in range(5, 250):
            for x in range(5, 250):
                if world_map.tile(x, y, layer) == number and all(
                    world_map.flags(x + dx, y + dy) == 0 for dx, dy in free
                ):
                    return x, y
        raise AssertionError(f"there is no such {kind}")

    def heard(self, event: str) -> list[Any]:
        """Every event of that name so far."""
        return [happened for happened in self.happened if type(happened).__name__ == event]

    def place(self, kind: str) -> tuple[float, float]:
        """The first object of a kind on the map."""
        found = self.world.map.objects(kind=kind)[0]
        return found.x, found.y
