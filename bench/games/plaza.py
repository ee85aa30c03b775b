"""A broadcast room: everybody walks all the time, and everybody sees all. What bench_broadcast measures.

There is no physics in it, which has a figure of its own.
"""

from tickroom import Game, Position, Scene, Velocity, World

SIDE = 2000.0
SPEED = 100.0

game = Game("plaza", title="Plaza", version="1.0.0", tick_rate=20, max_players=1000, width=SIDE, height=SIDE)
game.input(keys=("right", "down"))
game.kind("walker")


@game.on("join")
def enter(world: World, player: int) -> None:
    """Writes a walker somewhere on the plaza."""
    place = Position(world.random.random() * SIDE, world.random.random() * SIDE)
    world.spawn(place, Velocity(), Scene("walker", owner=player))


@game.on("leave")
def leave(world: World, player: int) -> None:
    """Takes the walker away."""
    for entity, scene in world.query(Scene):
        if scene.owner == player:
            world.despawn(entity)


@game.system("input")
def walk(world: World, dt: float) -> None:
    """Reads the inputs, writes Position and Velocity: who leaves on one side comes in on the other."""
    for _, scene, position, velocity in world.query(Scene, Position, Velocity):
        keys = world.input(scene.owner)
        velocity.x = SPEED if keys.held("right") else -SPEED
        velocity.y = SPEED if keys.held("down") else -SPEED
        position.x = (position.x + velocity.x * dt) % SIDE
        position.y = (position.y + velocity.y * dt) % SIDE
