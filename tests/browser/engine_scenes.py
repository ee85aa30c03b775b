"""Heaps of bodies that are stirred: what has to be the same bits on every platform, keyframes included."""

from systems.engine import Engine
from tickroom import Collide, Game, Position, Velocity, World, checksum

TICKS = 250
SCENES = {"circles that rotate": ("circle", True), "boxes that stand straight": ("box", False)}
"""Rotating or tilted boxes are not among them: Chipmunk asks the C library for their sine (docs/browser-engine.md)."""


def scenes() -> dict[str, list[int]]:
    """The checksums of all ticks of each scene."""
    return {name: _run(*bodies) for name, bodies in SCENES.items()}


def _run(shape: str, turning: bool) -> list[int]:
    engine = Engine(_heap(shape, turning), seed=7)
    checksums = []
    for _ in range(TICKS):
        engine.step()
        checksums.append(checksum(engine.world))
    engine.close()
    return checksums


def _heap(shape: str, turning: bool) -> Game:
    game = Game("heap", tick_rate=60, gravity=(0.0, -500.0), damping=0.9, keyframe_interval=50)

    @game.on("create")
    def create(world: World) -> None:
        for x, y, w, h in ((0, -10, 600, 20), (-300, 200, 20, 440), (300, 200, 20, 440)):
            world.spawn(Position(x, y), Collide("box", w, h, body="static", friction=0.5))
        for i in range(40):
            position = Position(world.random.uniform(-250, 250), 20 + i * 12.0)
            world.spawn(position, Velocity(), Collide(shape, 16, 16, rotates=turning, friction=0.4))

    @game.system("input")
    def stir(world: World, dt: float) -> None:
        for entity, velocity, _ in world.query(Velocity, Collide):
            if (world.tick + entity) % 40 == 0:
                velocity.x = 60.0 if entity % 2 else -60.0
                velocity.y += 120.0

    return game
