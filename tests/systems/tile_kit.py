"""Games on maps drawn in letters, for the tests of tiles in physics."""

from collections.abc import Iterator
from typing import Any

from tests.ecs.map_kit import drawn
from tickroom import Collide, Engine, Game, Position, StepResult, TileContact, Velocity, World


def map_game(*rows: str, **options: Any) -> Game:
    """A game whose map is drawn in the letters of tests/ecs/map_kit.py, 10 x 10 units a tile, chunks of 8 x 8."""
    of_map = {
        name: options.pop(name)
        for name in list(options)
        if name in ("solid_edge", "friction", "elasticity", "regions", "chunk_size", "layers")
    }
    data = drawn(*rows, **of_map)
    width, height = data.header.extent
    game = Game("tiles", width=width, height=height, **({"tick_rate": 30} | options))
    game.set_tiles(data)
    return game


def body(world: World, x: float, y: float, vx: float = 0.0, vy: float = 0.0, **collide: Any) -> int:
    given: dict[str, Any] = {"shape": "circle", "w": 8.0, "h": 8.0} | collide
    return world.spawn(Position(x, y), Velocity(vx, vy), Collide(**given))


def run(engine: Engine, ticks: int) -> Iterator[StepResult]:
    for _ in range(ticks):
        yield engine.step()


def heard(game: Game) -> list[tuple[int, TileContact]]:
    """A list that gets each TileContact, with its tick."""
    contacts: list[tuple[int, TileContact]] = []

    @game.system("logic")
    def listen(world: World, dt: float) -> None:
        contacts.extend((world.tick, contact) for contact in world.events(TileContact))

    return contacts


def steer(game: Game, vx: float, vy: float) -> None:
    """A rule that sets the velocity of all dynamic bodies in every tick, as most games' movement does."""

    @game.system("input")
    def push(world: World, dt: float) -> None:
        for _, velocity, collide in world.query(Velocity, Collide):
            if collide.body == "dynamic":
                velocity.x, velocity.y = vx, vy
