"""A broadcast room: everybody walks all the time, and everybody sees all. What bench_broadcast measures."""

from tickroom import Collide, Game, Position, Scene, Velocity, World

SIDE = 2000.0
SPEED = 100.0

game = Game("plaza", title="Plaza", version="1.0.0", tick_rate=20, max_players=1000, width=SIDE, height=SIDE)
game.input(keys=("up", "down", "left", "right"))
game.kind("walker")


@game.on("join")
def enter(world: World, player: int) -> None:
    """Writes a walker somewhere on the plaza."""
    place = Position(world.random.random() * SIDE, world.random.random() * SIDE)
    body = Collide("circle", 10.0, 10.0, solid=False)
    world.spawn(place, Velocity(SPEED, 0.0), body, Scene("walker", owner=player))


@game.on("leave")
def leave(world: World, player: int) -> None:
    """Takes the walker away."""
    for entity, scene in world.query(Scene):
        if scene.owner == player:
            world.despawn(entity)


@game.system("input")
def steer(world: World, _dt: float) -> None:
    """Reads the inputs, writes Velocity: only what is new, so that physics has less to take over."""
    for _, scene, velocity in world.query(Scene, Velocity):
        keys = world.input(scene.owner)
        x = SPEED * (keys.held("right") - keys.held("left"))
        y = SPEED * (keys.held("down") - keys.held("up"))
        if velocity.x != x or velocity.y != y:
            velocity.x, velocity.y = x, y


@game.system("logic")
def wrap(world: World, _dt: float) -> None:
    """Reads and writes Position: who leaves on one side comes in on the other."""
    for _, position, _ in world.query(Position, Velocity):
        if not 0.0 <= position.x < SIDE:
            position.x %= SIDE
        if not 0.0 <= position.y < SIDE:
            position.y %= SIDE
