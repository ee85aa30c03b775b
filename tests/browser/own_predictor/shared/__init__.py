"""A dot that each player slides about: its rule here, and the same in JavaScript in client/predictor.js."""

from tickroom import Game, Position, Scene, World

SPEED = 300.0
"""World units a second."""
game = Game(
    "sliders", title="Sliders", version="1.0.0", tick_rate=30, max_players=4, width=4000.0, height=600.0
)
game.kind("dot", shape="circle", colour="#4af", layer=1, label=True)
game.input(keys=("left", "right"), bindings={"left": ("KeyA",), "right": ("KeyD",)})


@game.on("join")
def join(world: World, player: int) -> None:
    world.spawn(Position(1000.0, 300.0), Scene("dot", owner=player, w=60.0, h=60.0))


@game.system("input")
def slide(world: World, dt: float) -> None:
    for _, scene, position in world.query(Scene, Position):
        given = world.input(scene.owner)
        position.x += SPEED * dt * (given.held("right") - given.held("left"))
