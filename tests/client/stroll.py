"""A game in one file for the tests of bots and examples: four players that stroll and wave. Served from a folder of mods."""

from dataclasses import dataclass

from tickroom import Collide, Game, Position, Scene, Velocity, World

game = Game(
    "stroll", title="Stroll", version="1.0.0", tick_rate=30, max_players=4, width=1000.0, height=1000.0
)
game.input(keys=("left", "right", "up", "down", "fire"), axes=("aim_x", "aim_y"))
game.kind("player", label=True)


@game.event
@dataclass(slots=True, frozen=True)
class Waved:
    """Somebody pressed fire."""

    player: int


@game.on("join")
def enter(world: World, player: int) -> None:
    place = Position(100.0 + 200.0 * player, 500.0)
    world.spawn(place, Velocity(), Collide(w=10.0, h=10.0, solid=False), Scene("player", owner=player))


@game.on("leave")
def exit_(world: World, player: int) -> None:
    for entity, scene in world.query(Scene):
        if scene.owner == player:
            world.despawn(entity)


@game.system("input")
def walk(world: World, dt: float) -> None:
    for _, scene, velocity in world.query(Scene, Velocity):
        keys = world.input(scene.owner)
        velocity.x = 100.0 * (keys.held("right") - keys.held("left"))
        velocity.y = 100.0 * (keys.held("down") - keys.held("up"))
        if keys.pressed("fire"):
            world.emit(Waved(scene.owner))
